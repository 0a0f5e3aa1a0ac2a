"""A cluster's processes are found by a mark in their arguments, and ended; nobody else's are."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from seatrial.rehearsal.processes import end_marked, inner_init, marked

MARK = "--seatrial-cluster=seatrial-test-processes"
SLEEP = "import sys; print('here', flush=True); sys.stdin.read()"


@contextmanager
def process(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    argv = [sys.executable, "-c", SLEEP, *arguments]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "here\n"
        try:
            yield running
        finally:
            running.kill()


def test_what_bears_the_mark_is_ended_and_nothing_else() -> None:
    with process(MARK) as ours, process(f"{MARK}-2") as theirs:
        assert [one.pid for one in marked(MARK)] == [ours.pid]
        assert end_marked(MARK) == []
        assert ours.wait(timeout=5) == -9
        assert theirs.poll() is None


def test_a_mark_without_processes_is_no_trouble() -> None:
    assert end_marked(MARK) == []
    assert inner_init(MARK) is None

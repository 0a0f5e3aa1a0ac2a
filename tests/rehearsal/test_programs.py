"""Programs that are run: their last words are in the error, and they can be ended together."""

import threading

import pytest

from seatrial.rehearsal.programs import ProgramFailed, Programs, output_of, require
from seatrial.rehearsal.troubles import MachineLacks
from seatrial.run.clock import ticks


def test_every_line_is_handed_on() -> None:
    lines: list[str] = []
    Programs().stream(["/bin/sh", "-c", "echo one; echo two >&2"], lines.append)
    assert lines == ["one", "two"]


def test_a_failure_ends_with_the_last_words() -> None:
    with pytest.raises(ProgramFailed, match=r"ended with 4(.|\n)*out of luck"):
        Programs().stream(["/bin/sh", "-c", "echo out of luck; exit 4"], lambda _: None)


def test_a_program_that_hangs_is_a_failure() -> None:
    with pytest.raises(ProgramFailed, match="no answer within"):
        output_of(["sleep", "30"], timeout_s=0.2)


def test_all_are_ended_together_and_later_ones_at_once() -> None:
    programs, failures, begun = Programs(), list[str](), threading.Event()

    def run(script: str) -> None:
        try:
            programs.stream(["/bin/sh", "-c", script], lambda _: begun.set())
        except ProgramFailed as failed:
            failures.append(str(failed).splitlines()[0])

    thread = threading.Thread(target=run, args=("echo here; exec sleep 60",))
    thread.start()
    assert begun.wait(5)
    programs.end_all()
    thread.join(5)
    run("exec sleep 60")
    assert len(failures) == 2
    assert all("was ended by signal 15" in one for one in failures)


def test_a_program_does_not_go_on_alone_when_its_reader_is_interrupted() -> None:
    began = ticks()

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Programs().stream(["/bin/sh", "-c", "echo here; exec sleep 30"], interrupted)
    assert ticks() - began < 20


def test_what_is_not_installed_is_named_with_the_way_out() -> None:
    with pytest.raises(MachineLacks, match=r"'no-such-program' is not installed: install it from there\."):
        require("no-such-program", "install it from there")

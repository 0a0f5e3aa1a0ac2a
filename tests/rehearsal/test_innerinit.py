"""The first process: it starts what it is told, tells what ended, and takes everything with it when it goes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from seatrial.rehearsal.innerinit import Orders, Part, Run, Write
from seatrial.rehearsal.programs import dying_with_parent
from seatrial.run.clock import pause, ticks

PATIENCE_S = 10.0


def until(answer: Callable[[], bool]) -> bool:
    deadline = ticks() + PATIENCE_S
    while not answer() and ticks() < deadline:
        pause(0.02)
    return answer()


class Running:
    """An init without namespaces, as the simulated nodes have it."""

    def __init__(self, home: Path, process: "subprocess.Popen[str]", control: int) -> None:
        self.process = process
        self.control = control
        self._home = home

    def parts(self) -> dict[str, dict[str, object]]:
        with suppress(OSError, ValueError):
            told: dict[str, dict[str, object]] = json.loads((self._home / "parts.json").read_text())
            return told
        return {}

    def log(self, part: str) -> str:
        return (self._home / f"{part}.log").read_text()

    def say(self, word: bytes) -> None:
        os.write(self.control, word)

    def has_ended(self) -> bool:
        return self.process.poll() is not None


@contextmanager
def init(home: Path, stages: list[list[Part]], prepare: list[Run | Write] | None = None) -> Iterator[Running]:
    orders = Orders(str(home), str(home / "parts.json"), prepare or [], stages)
    (home / "orders.json").write_text(orders.to_json())
    reading, writing = os.pipe()
    argv = [sys.executable, "-m", "seatrial.rehearsal.innerinit", "--mark", str(home / "orders.json"), str(reading)]
    with subprocess.Popen(argv, pass_fds=(reading,), stderr=subprocess.PIPE, text=True) as process:
        os.close(reading)
        try:
            yield Running(home, process, writing)
        finally:
            process.kill()
            with suppress(OSError):
                os.close(writing)


def shell(name: str, script: str) -> Part:
    return Part(name, dying_with_parent(["/bin/sh", "-c", script]))


def test_orders_survive_their_file() -> None:
    orders = Orders("/logs", "/parts", [Run(["true"]), Write("/x", "1")], [[Part("a", ["b"], {"C": "d"})], []])
    assert Orders.from_json(orders.to_json()) == orders


def test_a_stage_starts_when_it_is_told_and_an_end_is_written_down(tmp_path: Path) -> None:
    stages = [[shell("first", "echo hello; exec sleep 60")], [shell("second", "exit 3")]]
    with init(tmp_path, stages) as running:
        assert until(lambda: running.process.pid > 0)
        assert running.parts() == {}
        running.say(b"n")
        assert until(lambda: "first" in running.parts())
        assert "second" not in running.parts()
        running.say(b"n")
        assert until(lambda: running.parts().get("second", {}).get("code") == 3)
        assert "ended" not in running.parts()["first"]
        assert running.log("first") == "hello\n"


def test_the_users_environment_stays_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETCD_NAME", "other")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    part = Part("part", dying_with_parent(["/usr/bin/env"]), {"OWN": "1"})
    with init(tmp_path, [[part]]) as running:
        running.say(b"n")
        assert until(lambda: running.parts().get("part", {}).get("code") == 0)
        assert sorted(line.split("=")[0] for line in running.log("part").splitlines()) == ["OWN", "PATH"]


def test_a_program_that_is_not_there_is_told_like_one_that_ended(tmp_path: Path) -> None:
    with init(tmp_path, [[Part("gone", ["/no/such/program"])]]) as running:
        running.say(b"n")
        assert until(lambda: running.parts().get("gone", {}).get("code") == 127)
        assert "No such file" in str(running.parts()["gone"]["because"])


def test_the_cluster_ends_with_the_up_that_made_half_of_it(tmp_path: Path) -> None:
    with init(tmp_path, [[shell("part", "exec sleep 60")]]) as running:
        running.say(b"n")
        assert until(lambda: "part" in running.parts())
        pid = int(str(running.parts()["part"]["pid"]))
        os.close(running.control)
        assert until(running.has_ended)
        assert until(lambda: not is_alive(pid))


def test_a_kept_cluster_outlives_its_up(tmp_path: Path) -> None:
    with init(tmp_path, [[shell("part", "sleep 0.5; exit 9")]]) as running:
        running.say(b"n")
        running.say(b"k")
        os.close(running.control)
        assert until(lambda: running.parts().get("part", {}).get("code") == 9)
        assert not running.has_ended()


@pytest.mark.parametrize("deed", [Run(["false"]), Write("/proc/no/such/file", "1")])
def test_without_its_preparation_nothing_is_started(deed: Run | Write, tmp_path: Path) -> None:
    with init(tmp_path, [[shell("part", "exec sleep 60")]], [deed]) as running:
        assert until(running.has_ended)
        assert list(running.parts()) == ["preparation"]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"

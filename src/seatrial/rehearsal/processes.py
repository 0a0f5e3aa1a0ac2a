"""Finds the processes of a cluster by the mark in their arguments, and ends them."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seatrial.run.clock import pause, ticks

PROC = Path("/proc")
END_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Marked:
    """A process that bears a cluster's mark."""

    pid: int
    argv: tuple[str, ...]

    @property
    def is_init(self) -> bool:
        """The inner init itself, not the programs that carry its command line to it."""
        return self.argv[2:4] == ("-m", "seatrial.rehearsal.innerinit")


def marked(mark: str) -> list[Marked]:
    """Every process that has the mark as an argument. A zombie has no arguments, so it is not counted as alive."""
    found = []
    for folder in PROC.iterdir():
        argv = _arguments(folder) if folder.name.isdigit() else ()
        if mark in argv:
            found.append(Marked(int(folder.name), argv))
    return found


def inner_init(mark: str) -> int | None:
    """The pid, as the host counts, of the cluster's first process."""
    return next((one.pid for one in marked(mark) if one.is_init), None)


def end_marked(mark: str) -> list[Marked]:
    """Kill the inner init, and give its keeper the time to clear away; then whatever still bears the mark.
    Returns what resisted."""
    inits = [one for one in marked(mark) if one.is_init]
    _kill(inits)
    if inits:
        _await_none(mark, END_TIMEOUT_S)
    _kill(marked(mark))
    return _await_none(mark, END_TIMEOUT_S)


def _await_none(mark: str, timeout_s: float) -> list[Marked]:
    deadline = ticks() + timeout_s
    left = marked(mark)
    while left and ticks() < deadline:
        pause(0.05)
        left = marked(mark)
    return left


def _kill(them: Sequence[Marked]) -> None:
    for one in them:
        try:
            os.kill(one.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # ended by itself in between


def _arguments(folder: Path) -> tuple[str, ...]:
    try:
        return tuple((folder / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0"))
    except OSError:
        return ()  # ended while we looked

"""Lets one command at a time do a thing; the kernel gives a lock back with its holder, however that ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seatrial.run.clock import pause, ticks

LOOK_EVERY_S = 0.1


@contextmanager
def waiting_for(file: Path) -> Iterator[None]:
    """Hold the lock as soon as its holder, who does the same work, is done; a build bounds itself."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def within(seconds: float, file: Path) -> Iterator[None]:
    """Hold the lock, or TimeoutError when it is not free in time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    deadline = ticks() + seconds
    with file.open("w") as lock:
        while not _taken(lock.fileno()):
            if ticks() > deadline:
                raise TimeoutError(str(file))
            pause(LOOK_EVERY_S)
        yield


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

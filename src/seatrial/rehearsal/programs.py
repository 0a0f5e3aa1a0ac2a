"""Runs other programs for the local cluster: argv only, output kept, and none outlives the command that began it."""

import os
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from seatrial.rehearsal.troubles import MachineLacks, RehearsalError

TAIL_LINES = 12
DEFAULT_TIMEOUT_S = 120.0


class ProgramFailed(RehearsalError):  # noqa: N818 - the name says what happened
    """A program ended with an error; its last lines are in the text."""


class Programs:
    """The programs one command has running at once, so that all can be ended when one fails or the user interrupts."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._ending = False
        self._lock = threading.Lock()

    def stream(
        self,
        argv: Sequence[str],
        on_line: Callable[[str], None],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Run `argv` to its end and hand on each line it says."""
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        with self._started(argv, env, cwd) as process:
            for line in process.stdout or ():
                tail.append(line.rstrip())
                on_line(line.rstrip())
            code = process.wait()
        if code != 0:
            raise ProgramFailed(failure_text(argv, code, "\n".join(tail)))

    def end_all(self) -> None:
        """End what runs; what is begun after this is ended at once."""
        with self._lock:
            self._ending = True
            for process in self._running:
                process.terminate()

    @contextmanager
    def _started(
        self, argv: Sequence[str], env: Mapping[str, str] | None, cwd: Path | None
    ) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            dying_with_parent(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
        with self._lock:
            self._running.add(process)
            if self._ending:
                process.terminate()
        try:
            with process, _ended_with_us(process):
                yield process
        finally:
            with self._lock:
                self._running.discard(process)


@contextmanager
def _ended_with_us(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Ctrl-C reaches the thread that waits for the program: the program is not left to go on alone."""
    try:
        yield
    except BaseException:
        process.terminate()
        raise


def dying_with_parent(argv: Sequence[str]) -> list[str]:
    """The same, but killed by the kernel when the thread that began it ends: `kill -9` must leave nothing running."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *argv] if setpriv else list(argv)


def output_of(argv: Sequence[str], *, timeout_s: float = DEFAULT_TIMEOUT_S, cwd: Path | None = None) -> str:
    """What a short program says; ProgramFailed with its last words if it fails."""
    try:
        done = subprocess.run(
            list(argv), capture_output=True, text=True, errors="replace", timeout=timeout_s, cwd=cwd, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise ProgramFailed(f"{Path(argv[0]).name} gave no answer within {timeout_s:.0f} s: {' '.join(argv)}") from late
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-TAIL_LINES:])
        raise ProgramFailed(failure_text(argv, done.returncode, last))
    return done.stdout


def require(program: str, where_from: str) -> str:
    """The full path of a program that must be installed."""
    found = shutil.which(program)
    if found is None:
        raise MachineLacks(f"'{program}' is not installed: {where_from}.")
    return found


def failure_text(argv: Sequence[str], code: int, output: str) -> str:
    """What failed, how, and its last words."""
    how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    return f"{Path(argv[0]).name} {how}: {' '.join(argv)}\n{output}".rstrip()

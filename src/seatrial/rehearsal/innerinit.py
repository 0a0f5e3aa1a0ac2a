"""The first process inside a cluster: prepares its namespaces, starts its parts, reaps what ends; all dies with it.

It is PID 1 of its own PID namespace, so the kernel kills everything else when it goes, whatever ends it. Until `up`
says "keep" on the control pipe, the end of `up` (the pipe closes) is its own end: a half-made cluster can't stay.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from seatrial.run.clock import utc_now

NEXT_STAGE = b"n"
KEEP = b"k"
PREPARATION = "preparation"


@dataclass(frozen=True)
class Run:
    """Do: run this to its end."""

    argv: list[str]


@dataclass(frozen=True)
class Write:
    """Do: write this text into this file, with the folder made."""

    path: str
    text: str


Deed = Run | Write


@dataclass(frozen=True)
class Part:
    """One program to start and watch; its log is NAME.log."""

    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Orders:
    """All that the init is told, in one file."""

    logs: str
    parts_file: str
    prepare: Sequence[Deed]
    stages: Sequence[Sequence[Part]]

    def to_json(self) -> str:
        """For the file."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Orders":
        """From the file that `up` wrote."""
        told = json.loads(text)
        deeds = [Run(**deed) if "argv" in deed else Write(**deed) for deed in told["prepare"]]
        stages = [[Part(**part) for part in stage] for stage in told["stages"]]
        return cls(told["logs"], told["parts_file"], deeds, stages)


class Parts:
    """The started programs, and a file that tells of them."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._running: dict[int, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []  # kept: a dropped Popen would reap by itself
        self._told: dict[str, dict[str, str | int]] = {}

    def start(self, part: Part) -> None:
        """Start one program; that it can't be started is written down like an end."""
        with self.log_of(part.name).open("ab") as log:
            try:
                process = subprocess.Popen(
                    part.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**bare_environment(), **part.env},
                    pass_fds=inherited(part.argv),
                )
            except OSError as refused:
                self._tell(part.name, {"code": 127, "ended": utc_now().isoformat(), "because": str(refused)})
                return
        self._processes.append(process)
        self._running[process.pid] = part.name
        self._tell(part.name, {"pid": process.pid, "since": utc_now().isoformat()})

    def reap(self) -> None:
        """Collect every child that has ended, adopted ones too: a zombie would count as alive."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = self._running.pop(pid, None)
            if name is not None:
                code = os.waitstatus_to_exitcode(status)
                self._tell(name, {"code": code, "ended": utc_now().isoformat()})

    def refuse(self, because: str) -> None:
        """The preparation failed: nothing will be started."""
        self._tell(PREPARATION, {"code": 1, "ended": utc_now().isoformat(), "because": because})

    def log_of(self, name: str) -> Path:
        """Where a part's words go."""
        return Path(self._orders.logs) / f"{name}.log"

    def _tell(self, name: str, fact: dict[str, str | int]) -> None:
        self._told[name] = self._told.get(name, {}) | fact
        file = Path(self._orders.parts_file)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(self._told, indent=1))
        fresh.replace(file)


def main(orders_file: str, control_fd: int) -> None:
    """Prepare, start stage after stage as told, then watch for ever."""
    orders = Orders.from_json(Path(orders_file).read_text())
    parts = Parts(orders)
    children = child_signal()
    try:
        for deed in orders.prepare:
            do(deed)
    except (OSError, subprocess.SubprocessError) as refused:
        parts.refuse(f"{refused} {getattr(refused, 'stderr', '') or ''}".strip())
        raise SystemExit(1) from refused
    watch(parts, list(orders.stages), control_fd, children)


def do(deed: Deed) -> None:
    """One step of the preparation."""
    match deed:
        case Run(argv):
            subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30)
        case Write(path, text):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(text)


def watch(parts: Parts, stages: list[Sequence[Part]], control_fd: int, children: int) -> None:
    """Sleeps until a child ends or `up` speaks; the orders end after "keep"."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(children, selectors.EVENT_READ)
        waiting.register(control_fd, selectors.EVENT_READ)
        while True:
            parts.reap()
            for key, _ in waiting.select():
                said = os.read(key.fd, 1 if key.fd == control_fd else 4096)
                if key.fd != control_fd:
                    continue
                match said:
                    case b"n" if stages:
                        for part in stages.pop(0):
                            parts.start(part)
                    case b"k":
                        waiting.unregister(control_fd)
                        os.close(control_fd)
                    case _:
                        raise SystemExit("`up` ended before the cluster was ready: so does the cluster")


def child_signal() -> int:
    """A descriptor that becomes readable when a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reading


def bare_environment() -> dict[str, str]:
    """The user's environment stays outside: a proxy there would be asked for the node's own address, and etcd takes
    every ETCD_ variable for a setting."""
    return {"PATH": os.environ.get("PATH", os.defpath)}


def inherited(argv: Sequence[str]) -> tuple[int, ...]:
    """Only the door is given the listener that came from the host: `… forward FD ADDRESS`."""
    return (int(argv[2]),) if argv[1:2] == ["forward"] else ()


if __name__ == "__main__":
    main(sys.argv[2], int(sys.argv[3]))

"""Starts a prepared cluster stage by stage, and waits until its API server, its node and its metrics answer."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seatrial.rehearsal.innerinit import KEEP, NEXT_STAGE, PREPARATION, Orders
from seatrial.rehearsal.kubectl import Kubectl
from seatrial.rehearsal.paths import Places
from seatrial.rehearsal.processes import end_marked, inner_init
from seatrial.rehearsal.troubles import ClusterFailed
from seatrial.run.clock import pause, ticks

LOOK_EVERY_S = 0.2
READY_TIMEOUT_S = 120.0
FIRST_PROCESS_TIMEOUT_S = 20.0
LOG_TAIL_LINES = 8
LOG_LINE_CHARACTERS = 300
NODE = "/api/v1/nodes/{node}"
DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
METRICS = "/apis/metrics.k8s.io/v1beta1"


@dataclass(frozen=True)
class Starting:
    """A cluster that is being started; it ends with this process until it is kept."""

    places: Places
    control_fd: int
    init: int

    def next_stage(self) -> None:
        """Let the init start its next parts."""
        os.write(self.control_fd, NEXT_STAGE)

    def keep(self) -> None:
        """From here on the cluster stays when this process ends."""
        os.write(self.control_fd, KEEP)

    def wait_until(self, what: str, answer: Callable[[], bool]) -> None:
        """Ask until the answer is yes; a part that has ended meanwhile is told with its last words."""
        deadline = ticks() + READY_TIMEOUT_S
        while not answer():
            self._refuse_ended()
            if ticks() > deadline:
                raise ClusterFailed(f"{what} did not come within {READY_TIMEOUT_S:.0f} s: see {self.places.logs}.")
            pause(LOOK_EVERY_S)

    def _refuse_ended(self) -> None:
        ended = [name for name, facts in told_parts(self.places).items() if "ended" in facts]
        if ended:
            raise ClusterFailed(told_end(self.places, ended[0]))
        if inner_init(self.places.mark) is None:
            raise ClusterFailed(f"The cluster's first process ended.\n{log_tail(self.places, 'keeper')}")


@contextmanager
def starting(places: Places, orders: Orders, program: list[str], *doors: socket.socket) -> Iterator[Starting]:
    """Start keeper and init. Whatever goes wrong before `keep`, Ctrl-C too, ends all of it again."""
    orders_file = places.base / "orders.json"
    orders_file.write_text(orders.to_json())
    ours, theirs = _control_pipe()
    try:
        _spawn_keeper(places, orders_file, (theirs, *(door.fileno() for door in doors)), program)
        os.close(theirs)
        yield Starting(places, ours, _await_init(places))
    except BaseException:
        os.close(ours)
        end_marked(places.mark)
        raise
    os.close(ours)


def api_answers(kubectl: Kubectl) -> bool:
    """Whether the API server says that it is ready."""
    return kubectl.raw("/readyz").code == 0


def node_ready(kubectl: Kubectl, node: str) -> bool:
    """Whether pods can be placed, and a pod's default account is there."""
    ready = kubectl.conditions(NODE.format(node=node)).get("Ready") == "True"
    return ready and kubectl.raw(DEFAULT_ACCOUNT).code == 0


def metrics_answer(kubectl: Kubectl) -> bool:
    """Whether the metrics API is served: asked, because the APIService says Available too early. The first figures
    come one or two resolutions later."""
    return kubectl.raw(METRICS).code == 0


def told_parts(places: Places) -> dict[str, dict[str, str | int]]:
    """What the init wrote of its parts; empty before it wrote anything."""
    try:
        told: dict[str, dict[str, str | int]] = json.loads(places.parts.read_text())
    except (OSError, ValueError):
        return {}
    return told


def told_end(places: Places, part: str) -> str:
    """That a part ended, how, and its last words."""
    facts = told_parts(places)[part]
    because = facts.get("because") or log_tail(places, part)
    how = "The node could not be prepared" if part == PREPARATION else f"{part} ended with {facts.get('code')}"
    return f"{how}:\n{because}"


def log_tail(places: Places, part: str) -> str:
    """The last lines of a part's log."""
    try:
        lines = (places.logs / f"{part}.log").read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(f"    {line[:LOG_LINE_CHARACTERS]}" for line in lines[-LOG_TAIL_LINES:])


def free_port() -> socket.socket:
    """A listener on loopback, on a port that the kernel chose."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _control_pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    return writing, reading


def _spawn_keeper(places: Places, orders: Path, fds: tuple[int, ...], program: list[str]) -> None:
    """The keeper leaves at once for a session of its own: Ctrl-C on the terminal is for `up` alone."""
    keeper = [sys.executable, "-P", "-m", "seatrial.rehearsal.keeper"]
    told = [places.mark, str(places.base), str(orders), ",".join(map(str, fds)), *program]
    with (places.logs / "keeper.log").open("ab") as log:
        subprocess.run(
            [*keeper, *told], stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=fds, check=True, timeout=30
        )


def _await_init(places: Places) -> int:
    deadline = ticks() + FIRST_PROCESS_TIMEOUT_S
    while (init := inner_init(places.mark)) is None:
        if ticks() > deadline:
            raise ClusterFailed(f"The cluster's first process did not start.\n{log_tail(places, 'keeper')}")
        pause(0.02)
    return init

"""Rollouts on a local cluster and who observes them: the change, the observers beside it, and when each of them said what."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.rehearsal.kubectl import Kubectl
from seatrial.rehearsal.settings import Cluster
from seatrial.run.clock import pause, ticks

HERE = Path(__file__).parent
READY_S = 30.0
Body = dict[str, object]


@dataclass(frozen=True)
class Ground:
    """A cluster, a namespace of ours on it, and the programs of others that are to be had here."""

    cluster: Cluster
    namespace: str
    peers: Path

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's own."""
        return Kubectl(self.cluster.kubectl, self.cluster.kubeconfig)

    def make(self, *bodies: Body) -> None:
        """Apply objects; their namespace is ours."""
        given = "\n---\n".join(json.dumps(one) for one in bodies)
        self.asked(["apply", "--server-side", "--force-conflicts", "-n", self.namespace, "-f", "-"], given)

    def asked(self, arguments: Sequence[str], given: str | None = None) -> str:
        """kubectl's answer; the end of the benchmark where there is none."""
        answer = self.kubectl.run(arguments, given=given, timeout_s=60)
        if answer.code:
            raise SystemExit(f"kubectl {' '.join(arguments[:3])}: {answer.err}")
        return answer.out

    def generation(self, name: str) -> int:
        """Of the Deployment, now."""
        return int(
            self.asked(["get", "deployment", name, "-n", self.namespace, "-o", "jsonpath={.metadata.generation}"])
        )

    def settle(self, name: str) -> None:
        """Wait for a rollout that nobody measures."""
        self.asked(["rollout", "status", f"deployment/{name}", "-n", self.namespace, "--timeout=50s"])


def deployment(name: str, image: str, replicas: int, **pod: object) -> Body:
    """A Deployment of one container. pod: what else its pod has; `container` what else its container has."""
    # Without a readiness probe Ready proves nothing, and the verdict would wait out its minute of settling.
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 3}
    container = {"name": "app", "image": image, "readinessProbe": probe, **dict(pod.pop("container", {}))}  # type: ignore[call-overload] # a mapping
    minimum = pod.pop("min_ready_seconds", 0)
    surge = pod.pop("surge", "25%")
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "minReadySeconds": minimum,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": surge}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, **pod},
            },
        },
    }


@dataclass
class Observer:
    """A program beside a rollout, and what it said when."""

    name: str
    argv: Sequence[str]
    lines: list[tuple[float, str]] = field(default_factory=list)
    ended_at: float | None = None
    code: int | None = None
    _kill: Callable[[], None] = lambda: None
    _reader: threading.Thread = field(default_factory=threading.Thread)

    def start(self, environment: Mapping[str, str]) -> None:
        """Begin; lines are stamped as they come."""
        process = subprocess.Popen(
            [*_first(), *self.argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(environment)
        )
        self._kill = process.kill
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self.lines.append((ticks(), line.rstrip()))
        self.code = process.wait()
        self.ended_at = ticks()

    def is_ready(self) -> bool:
        """Whether one of ours watches. Of others nobody knows: they get their time before the change."""
        return any(line == "ready" for _, line in self.lines) or self.ended_at is not None

    def wait(self, until: float) -> None:
        """Wait for its end; end it where it does not come."""
        while self._reader.is_alive() and ticks() < until:
            pause(0.02)
        if self._reader.is_alive():
            self._kill()
        self._reader.join(5)

    def verdicts(self) -> list[dict[str, object]]:
        """What one of ours told."""
        return [json.loads(line) for _, line in self.lines if line.startswith("{")]

    def verdict(self) -> dict[str, object] | None:
        """The last of it."""
        return next(reversed(self.verdicts()), None)


def _first() -> list[str]:
    """Every observer alike goes first where that may be had: what is measured is how they look, not how busy this machine is."""
    return ["nice", "-n", "-10"] if os.geteuid() == 0 else []


def one_of_ours(ground: Ground, who: str, first: str, second: str, generation: int, timeout_s: float) -> Observer:
    """`ours` or `limit`."""
    arguments = [str(ground.cluster.kubeconfig), first, second, str(generation), str(timeout_s)]
    return Observer(who, [sys.executable, str(HERE / "observing.py"), who, *arguments])


def observed(
    observers: Sequence[Observer], ground: Ground, change: Body | None, *, warm_s: float, timeout_s: float
) -> float:
    """Start all, change when they watch (None: one of them does), wait for all. The time of the change."""
    environment = {**os.environ, "KUBECONFIG": str(ground.cluster.kubeconfig), "PYTHONPATH": str(HERE)}
    early = [one for one in observers if one.name in ("ours", "limit")]
    for one in early:
        one.start(environment)
    deadline = ticks() + READY_S
    while not all(one.is_ready() for one in early) and ticks() < deadline:
        pause(0.02)
    changed_at = ticks()
    if change:
        ground.make(change)
    for one in observers:
        if one not in early:
            one.start(environment)
    pause(warm_s)
    for one in observers:
        one.wait(changed_at + timeout_s)
    return changed_at


# ── counting bytes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Relay:
    """A port that passes connections on to the API server and counts what comes back."""

    port: int = 0
    received: int = 0


@contextmanager
def relayed(cluster: Cluster, file: Path) -> Iterator[Relay]:
    """A kubeconfig whose server is a relay: TLS goes through it unopened."""
    text = cluster.kubeconfig.read_text()
    found = re.search(r"https://([0-9.]+):([0-9]+)", text)
    if found is None:
        raise SystemExit(f"{cluster.kubeconfig} names no server by its address")
    listener = socket.create_server(("127.0.0.1", 0))
    relay = Relay(listener.getsockname()[1])
    file.write_text(text.replace(found[0], f"https://127.0.0.1:{relay.port}"))
    file.chmod(0o600)
    threading.Thread(target=_accept, args=(listener, (found[1], int(found[2])), relay), daemon=True).start()
    try:
        yield relay
    finally:
        listener.close()


def _accept(listener: socket.socket, server: tuple[str, int], relay: Relay) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        far = socket.create_connection(server)
        threading.Thread(target=_pass, args=(near, far, None), daemon=True).start()
        threading.Thread(target=_pass, args=(far, near, relay), daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket, relay: Relay | None) -> None:
    try:
        while chunk := source.recv(65536):
            if relay:
                relay.received += len(chunk)
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return

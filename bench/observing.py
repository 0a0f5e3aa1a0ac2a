"""One observer of a rollout, a process of its own: `ours` as the watch step looks and judges, `limit` as a bare socket sees it.

Each prints `ready` when it watches, and one JSON line with the monotonic time of its verdict. Monotonic time is the machine's, so
that the times of two processes can be subtracted.
"""

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from msgspec.structs import replace

from seatrial.cluster.connect import connect
from seatrial.cluster.kubeconfig import load
from seatrial.cluster.read import ReadingCluster
from seatrial.cluster.tls import tls_context
from seatrial.judge.rollout import RolloutTerms, Sightings, judge, logs_wanted, remember
from seatrial.model.judgement import Verdict, deciding, verdict_of
from seatrial.model.observation import LogTail, Look, ObjectRef
from seatrial.run.attention import Attention
from seatrial.run.clock import SystemClock, ticks
from seatrial.run.following import Following

TICK_S = 1.0
Object = dict[str, object]


def told(**what: object) -> None:
    """One line for who measures."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def ready() -> None:
    """From here on nothing is missed."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


async def ours(kubeconfig: str, namespace: str, name: str, generation: int, timeout_s: float) -> None:
    """The rollout's rules on every look, until they pass or fail."""
    clock = SystemClock()
    workload = ObjectRef("apps/v1", "Deployment", namespace, name)
    attention = Attention(clock, lambda: ())
    terms, sightings, is_ready = RolloutTerms(applied_at=clock.now()), Sightings(), False
    ends_s, held = ticks() + timeout_s + 5, False
    async with await connect(kubeconfig, None, clock) as cluster, Following(cluster.reads, workload, attention) as seen:
        while ticks() < ends_s:
            seen.check()
            if look := seen.latest:
                if not is_ready:
                    is_ready = True
                    ready()
                if look.deployment and look.deployment.metadata.generation >= generation:
                    look = replace(look, at=max(look.at, clock.now()))
                    sightings = remember(sightings, look)
                    judgements = judge(replace(look, logs=await _logs(cluster.reads, look, terms)), terms, sightings)
                    verdict = verdict_of(judgements)
                    one = deciding(judgements)
                    if verdict is Verdict.HOLD and not held and one:
                        held = True
                        told(at=ticks(), verdict="HOLD", rule=one.rule, because=one.because)
                    if verdict in (Verdict.PASS, Verdict.FAIL):
                        told(
                            at=ticks(),
                            verdict=verdict.value,
                            rule=one.rule if one else "",
                            because=one.because if one else "",
                            evidence=one.evidence[-1:] if one else (),
                        )
                        return
            await attention.wait(TICK_S)


async def _logs(reads: ReadingCluster, look: Look, terms: RolloutTerms) -> tuple[LogTail, ...]:
    """As the watch step reads them, without its memory of what it has read."""
    found = []
    for want in logs_wanted(look, terms):
        read = reads.previous_log if want.previous else reads.log
        tail = await read(look.deployment.metadata.namespace if look.deployment else "", want.pod, want.container, 60)
        if isinstance(tail, LogTail):
            found.append(tail)
    return tuple(found)


# ── the limit ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def limit(kubeconfig: str, path: str, proof: str, generation: int, timeout_s: float) -> None:
    """One watch on a bare TLS socket; the time of the first object version that proves it."""
    credentials = load(kubeconfig, None)
    where = urlsplit(credentials.server)
    raw = socket.create_connection((where.hostname or "", where.port or 443))
    raw.settimeout(timeout_s)
    with tls_context(credentials).wrap_socket(raw, server_hostname=where.hostname) as wire:
        # HTTP/1.0: the body comes as it is, without chunks.
        query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
        joint = "&" if "?" in path else "?"
        wire.sendall(f"GET {path}{joint}{query} HTTP/1.0\r\nHost: {where.netloc}\r\nUser-Agent: limit\r\n\r\n".encode())
        lines = wire.makefile("rb")
        while lines.readline().strip():
            pass
        count = 0
        for line in lines:
            at = ticks()
            count += len(line)
            event = json.loads(line)
            if event["type"] == "BOOKMARK":
                if "annotations" in event["object"]["metadata"]:
                    ready()
                continue
            if PROOFS[proof](event["object"], generation):
                told(at=at, bytes=count)
                return


def _dig(body: object, *steps: str) -> object:
    for step in steps:
        body = body.get(step) if isinstance(body, dict) else None
    return body


def _number(body: object, *steps: str) -> int:
    found = _dig(body, *steps)
    return found if isinstance(found, int) else 0


def complete(body: Object, generation: int) -> bool:
    """The Deployment says: all replicas are new, available, and no old one is left (kubectl's own criterion)."""
    wanted = _number(body, "spec", "replicas")
    counts = [_number(body, "status", f"{one}eplicas") for one in ("r", "updatedR", "availableR")]
    observed = _number(body, "status", "observedGeneration")
    return observed >= max(generation, _number(body, "metadata", "generation")) and counts == [wanted] * 3


def _states(body: Object) -> list[object]:
    statuses = _dig(body, "status", "containerStatuses")
    return [
        _dig(one, kind) for one in (statuses if isinstance(statuses, list) else ()) for kind in ("state", "lastState")
    ]


def ended(body: Object, _: int) -> bool:
    """A container ended with another code than 0."""
    return any(_number(one, "terminated", "exitCode") for one in _states(body))


def waits_for(reason: str) -> Callable[[Object, int], bool]:
    """A container waits for this reason."""
    return lambda body, _: any(_dig(one, "waiting", "reason") == reason for one in _states(body))


def says(kind: str, status: str) -> Callable[[Object, int], bool]:
    """A condition of the object has this status."""

    def proof(body: Object, _: int) -> bool:
        conditions = _dig(body, "status", "conditions")
        found = conditions if isinstance(conditions, list) else []
        return any(_dig(one, "type") == kind and _dig(one, "status") == status for one in found)

    return proof


def runs(body: Object, _: int) -> bool:
    """A container has been started."""
    return any(_dig(one, "running") for one in _states(body))


PROOFS: dict[str, Callable[[Object, int], bool]] = {
    "complete": complete,
    "ended": ended,
    "image": waits_for("ErrImagePull"),
    "config": waits_for("CreateContainerConfigError"),
    "refused": says("ReplicaFailure", "True"),
    "unplaced": says("PodScheduled", "False"),
    "runs": runs,
    "never": lambda *_: False,
}

if __name__ == "__main__":
    who, kubeconfig, first, second, generation, timeout_s = sys.argv[1:]
    with contextlib.suppress(KeyboardInterrupt, TimeoutError):
        if who == "ours":
            asyncio.run(ours(kubeconfig, first, second, int(generation), float(timeout_s)))
        else:
            limit(kubeconfig, first, second, int(generation), float(timeout_s))

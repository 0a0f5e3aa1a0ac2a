"""The reading side of the fake cluster: the shape of run.tools.Reads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec
from tests.support.fake_apply import bodies, part, peek, text
from tests.support.fake_store import ref_of

from seatrial.cluster.belongs import autoscaler_belongs, event_belongs
from seatrial.model.kube import Deployment, Hpa, KubeEvent, Node, NodeMetrics, Pod, PodMetrics, ReplicaSet
from seatrial.model.observation import (
    Access,
    AccessAnswer,
    CouldNotLook,
    ExecResult,
    HttpAnswer,
    Identity,
    LogTail,
    Look,
    ObjectRef,
)
from seatrial.model.writes import Body, Rejected

if TYPE_CHECKING:
    from tests.support.fake_cluster import FakeCluster

V = TypeVar("V")
PARTS = ("deployment", "replicasets", "pods", "hpas", "events")


class FakeReads:
    """Looks at what the story has set; every read lets happen what is due, and takes no time."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster

    def _begins(self, read: str, what: str) -> CouldNotLook | None:
        """Count the request, let happen what is due, and meet the trouble that the story has set."""
        cluster = self._cluster
        cluster.agenda.settle()
        cluster.requests.append(f"{read} {what}".strip())
        trouble = cluster.find_trouble(read)
        return CouldNotLook(cluster.clock.now(), what or read, trouble.because, trouble.forbidden) if trouble else None

    async def identity(self) -> Identity | CouldNotLook:
        """As set on the cluster."""
        return self._begins("identity", "") or self._cluster.identity

    async def access(self, wants: Sequence[Access]) -> tuple[AccessAnswer, ...] | CouldNotLook:
        """All allowed, but what `deny` has named."""
        blind = self._begins("access", "")
        denied = self._cluster.denied
        return blind or tuple(AccessAnswer(one, (one.verb, one.resource) not in denied) for one in wants)

    async def get(self, ref: ObjectRef) -> Body | CouldNotLook | None:
        """A copy of the object."""
        return self._begins("get", str(ref)) or self._cluster.store.get(ref)

    async def nodes(self) -> tuple[Node, ...] | CouldNotLook:
        """node-1, unless the story has put others into the store."""
        return self._begins("nodes", "") or _views(self._cluster.store.of_kind("Node"), Node)

    async def placed_pods(self) -> tuple[Pod, ...] | CouldNotLook:
        """Every pod that the story has."""
        return self._begins("placed_pods", "") or _views(self._cluster.store.of_kind("Pod"), Pod)

    async def node_metrics(self) -> tuple[NodeMetrics, ...] | CouldNotLook:
        """Fresh, and about half used."""
        blind = self._begins("node_metrics", "")
        if blind or not self._cluster.autoscalers.sees_metrics:
            return blind or self._no_metrics("node metrics")
        usage = {"cpu": "2", "memory": "12Gi"}
        nodes = self._cluster.store.of_kind("Node")
        return _views([self._sample(one, {"usage": usage}) for one in nodes], NodeMetrics)

    async def pod_metrics(self, namespace: str, selector: str) -> tuple[PodMetrics, ...] | CouldNotLook:
        """Pods that have run for 15 s."""
        blind = self._begins("pod_metrics", selector)
        if blind or not self._cluster.autoscalers.sees_metrics:
            return blind or self._no_metrics("pod metrics")
        wanted = dict(pair.split("=", 1) for pair in selector.split(",") if pair)
        found: list[Body] = []
        for pod, usage in self._cluster.autoscalers.samples(namespace, ""):
            if wanted.items() <= part(pod, "metadata", "labels").items():
                name = bodies(pod, "spec", "containers")[0]["name"]
                found.append(self._sample(pod, {"containers": [{"name": name, "usage": usage}]}))
        return _views(found, PodMetrics)

    def _no_metrics(self, what: str) -> CouldNotLook:
        because = "503 the server is currently unable to handle the request (metrics.k8s.io)"
        return CouldNotLook(self._cluster.clock.now(), what, because)

    def _sample(self, of: Body, usage: Body) -> Body:
        meta = {"name": text(of, "metadata", "name"), "namespace": text(of, "metadata", "namespace")}
        return {"metadata": meta, "timestamp": self._cluster.agenda.stamp(), "window": "15s"} | usage

    async def hpas(self, namespace: str) -> tuple[Hpa, ...] | CouldNotLook:
        """All autoscalers of the namespace."""
        return self._begins("hpas", namespace) or self._all("HorizontalPodAutoscaler", namespace, Hpa)

    def _all(self, kind: str, namespace: str, view: type[V]) -> tuple[V, ...]:
        return _views(self._cluster.store.of_kind(kind, namespace), view)

    async def look(self, workload: ObjectRef) -> Look:
        """What is there now; the parts that `break_read` has named are blind."""
        self._begins("look", str(workload))
        return self._look(workload)

    def _look(self, workload: ObjectRef) -> Look:
        cluster, space = self._cluster, workload.namespace
        blind = tuple(gap for gap in (self._blind(one) for one in PARTS) if gap)
        unseen = {gap.what for gap in blind}
        body = cluster.store.get(workload)
        hpas = tuple(
            one for one in self._all("HorizontalPodAutoscaler", space, Hpa) if autoscaler_belongs(one, workload)
        )
        names = frozenset(one.metadata.name for one in hpas)
        events = tuple(one for one in self._all("Event", space, KubeEvent) if event_belongs(one, workload, names))
        return Look(
            at=cluster.clock.now(),
            deployment=msgspec.convert(body, Deployment) if body and "deployment" not in unseen else None,
            replica_sets=self._selected("ReplicaSet", body, ReplicaSet) if "replicasets" not in unseen else (),
            pods=self._selected("Pod", body, Pod) if "pods" not in unseen else (),
            hpas=hpas if "hpas" not in unseen else (),
            events=events if "events" not in unseen else (),
            blind=blind,
        )

    def _blind(self, what: str) -> CouldNotLook | None:
        trouble = self._cluster.find_trouble(what)
        return CouldNotLook(self._cluster.clock.now(), what, trouble.because, trouble.forbidden) if trouble else None

    def _selected(self, kind: str, workload: Body | None, view: type[V]) -> tuple[V, ...]:
        if workload is None:
            return ()
        wanted = part(workload, "spec", "selector", "matchLabels")
        found = self._cluster.store.of_kind(kind, text(workload, "metadata", "namespace"))
        return _views([one for one in found if wanted.items() <= part(one, "metadata", "labels").items()], view)

    async def follow(self, workload: ObjectRef) -> AsyncIterator[Look]:
        """A Look at once, then one after each change."""
        self._begins("follow", str(workload))
        seen = self._look(workload)
        yield seen
        while True:
            await self._something_happens()
            now = self._look(workload)
            if msgspec.structs.replace(now, at=seen.at) != seen:
                seen = now
                yield seen

    async def _something_happens(self) -> None:
        """Wait for a write, or for the next thing on the agenda."""
        moved = asyncio.Event()
        told = self._cluster.store.changed
        wake = lambda _: moved.set()  # noqa: E731 - it is compared by identity below
        told.append(wake)
        try:
            wait_s = self._cluster.agenda.next_in_s()
            if wait_s is None:
                await moved.wait()
            else:
                with contextlib.suppress(TimeoutError):
                    await self._cluster.clock.within(wait_s, moved.wait())
            self._cluster.agenda.settle()
        finally:
            told.remove(wake)

    # ── inside of pods ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _pod(self, namespace: str, pod: str) -> Body | None:
        return self._cluster.store.get(ObjectRef("v1", "Pod", namespace, pod))

    def _missing(self, pod: str) -> CouldNotLook:
        return CouldNotLook(self._cluster.clock.now(), f"pod {pod}", f'404 pods "{pod}" not found')

    async def log(self, namespace: str, pod: str, container: str, tail: int) -> LogTail | CouldNotLook:
        """The script's lines, as far as the container's age has brought them."""
        blind = self._begins("log", pod)
        body = self._pod(namespace, pod)
        if blind or body is None:
            return blind or self._missing(pod)
        state = bodies(body, "status", "containerStatuses")[:1]
        since = [text(one, "state", how, "startedAt") for one in state for how in ("running", "terminated")]
        started = next((one for one in since if one), "")
        if not started:
            return CouldNotLook(
                self._cluster.clock.now(), f"log of {pod}", f'400 container "{container}" is waiting to start'
            )
        return LogTail(pod, container, self._lines(body, self._age_s(started))[-tail:])

    async def previous_log(self, namespace: str, pod: str, container: str, tail: int) -> LogTail | CouldNotLook:
        """The script's lines up to the end of the life before."""
        blind = self._begins("previous_log", pod)
        body = self._pod(namespace, pod)
        if blind or body is None:
            return blind or self._missing(pod)
        state = bodies(body, "status", "containerStatuses")
        ended = peek(state[0], "lastState", "terminated") if state else None
        if not isinstance(ended, dict):
            because = f'400 previous terminated container "{container}" in pod "{pod}" not found'
            return CouldNotLook(self._cluster.clock.now(), f"previous log of {pod}", because)
        lived_s = self._age_s(text(ended, "startedAt")) - self._age_s(text(ended, "finishedAt"))
        return LogTail(pod, container, self._lines(body, lived_s)[-tail:], previous=True)

    def _age_s(self, since: str) -> float:
        return (self._cluster.agenda.now() - datetime.fromisoformat(since)).total_seconds()

    def _lines(self, pod: Body, age_s: float) -> tuple[str, ...]:
        script = self._cluster.deployments.script_of(pod)
        return tuple(line for at_s, line in sorted(script.log, key=lambda one: one[0]) if at_s <= age_s)

    async def run_in(
        self, namespace: str, pod: str, container: str, argv: Sequence[str], deadline_s: float, bytes_max: int
    ) -> ExecResult | CouldNotLook:
        """What `on_exec` has set; otherwise the program is not in the image."""
        blind = self._begins("run_in", pod)
        body = self._pod(namespace, pod)
        if blind or body is None:
            return blind or self._missing(pod)
        command = " ".join(argv)
        for has, reply in self._cluster.execs:
            if has in command:
                return reply(body)
        because = f"the container has no {argv[0]}: executable file not found in $PATH"
        return CouldNotLook(self._cluster.clock.now(), f"{argv[0]} in {pod}", because)

    async def ask_pod(
        self, namespace: str, pod: str, port: int, path: str, deadline_s: float
    ) -> HttpAnswer | CouldNotLook:
        """What `on_http` has set; otherwise health follows readiness."""
        blind = self._begins("ask_pod", f"{pod}:{port}{path}")
        body = self._pod(namespace, pod)
        if blind or body is None:
            return blind or self._missing(pod)
        return self._answer(path, body, serving=self._cluster.is_ready(body))

    async def ask_service(
        self, namespace: str, service: str, port: int, path: str, deadline_s: float
    ) -> HttpAnswer | CouldNotLook:
        """What `on_http` has set; otherwise UP where any pod is Ready."""
        blind = self._begins("ask_service", f"{service}:{port}{path}")
        if blind:
            return blind
        ready = any(self._cluster.is_ready(one) for one in self._cluster.store.of_kind("Pod", namespace))
        if not ready:
            return HttpAnswer(503, b"no endpoints available for service", "text/plain", 0.01, via_proxy_error=True)
        return self._answer(path, None, serving=ready)

    def _answer(self, path: str, pod: Body | None, serving: bool) -> HttpAnswer:
        for known, reply in self._cluster.https:
            if known == path:
                return reply(pod)
        status = 200 if serving else 503
        body = b'{"status":"UP"}' if serving else b'{"status":"DOWN"}'
        return HttpAnswer(status, body, "application/json", 0.02)

    async def would_become(self, body: Body, live: Body | None = None) -> Body | Rejected | CouldNotLook:
        """The object after a forced server-side apply; nothing is stored."""
        blind = self._begins("would_become", str(ref_of(body)))
        store = self._cluster.store
        return blind or (store.would_become(body) if live is None else store.would_become_ours(body))


def _views(found: list[Body], view: type[V]) -> tuple[V, ...]:
    return tuple(msgspec.convert(one, view) for one in found)

"""The five parts of a look at a workload (itself, its ReplicaSets, its pods, autoscalers, events), and the look made of them.

Nodes come along where they may be seen; without them the look is whole all the same.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine

from seatrial.cluster.belongs import autoscaler_belongs, may_matter, still_matters
from seatrial.cluster.nodes import Nodes
from seatrial.cluster.paths import Resource, collection
from seatrial.cluster.stream import Stream, tell_nobody
from seatrial.cluster.timing import Clock
from seatrial.cluster.wire import Wire
from seatrial.model.kube import Deployment, Hpa, KubeEvent, Pod, ReplicaSet
from seatrial.model.observation import CouldNotLook, Look, ObjectRef

# From a socket's bytes to a changed item the loop goes round about four times.
QUIET_PASSES = 5
PASSES_MAX = 100
DEPLOYMENTS = Resource("apps/v1", "deployments", namespaced=True)
REPLICA_SETS = Resource("apps/v1", "replicasets", namespaced=True)
PODS = Resource("v1", "pods", namespaced=True)
HPAS = Resource("autoscaling/v2", "horizontalpodautoscalers", namespaced=True)
EVENTS = Resource("v1", "events", namespaced=True)


class Parts:
    """The streams of one workload; those of its ReplicaSets and pods begin when its selector is known."""

    def __init__(self, wire: Wire, workload: ObjectRef, changed: Callable[[], None]) -> None:
        self._wire = wire
        self._workload = workload
        self._changed = changed
        self._selector = ""
        space = workload.namespace
        by_name = {"fieldSelector": f"metadata.name={workload.name}"}
        self.deployments = Stream(
            wire, "deployment", collection(DEPLOYMENTS, space), Deployment, changed, selector=by_name
        )
        self.hpas = Stream(wire, "hpas", collection(HPAS, space), Hpa, changed)
        events = collection(EVENTS, space)
        self.events = Stream(wire, "events", events, KubeEvent, changed, keeps=lambda one: may_matter(one, workload))
        self.nodes = Nodes(wire, changed)
        self.replica_sets: Stream[ReplicaSet] | None = None
        self.pods: Stream[Pod] | None = None

    def select(self) -> tuple[Stream[ReplicaSet], Stream[Pod]] | None:
        """New streams for ReplicaSets and pods where the workload's selector has become another; None where it has not."""
        selector = selector_text(next(iter(self.deployments.items()), None))
        if not selector or selector == self._selector:
            return None
        self._selector = selector
        space, by_label = self._workload.namespace, {"labelSelector": selector}
        sets, pods = collection(REPLICA_SETS, space), collection(PODS, space)
        self.replica_sets = Stream(self._wire, "replicasets", sets, ReplicaSet, self._changed, selector=by_label)
        self.pods = Stream(self._wire, "pods", pods, Pod, self._changed, selector=by_label)
        return self.replica_sets, self.pods

    @property
    def is_settled(self) -> bool:
        """Each part is there, or it is known why not."""
        return all(one.is_settled for one in self._streams())

    def _streams(
        self,
    ) -> tuple[Stream[Deployment] | Stream[Hpa] | Stream[KubeEvent] | Stream[ReplicaSet] | Stream[Pod], ...]:
        selected = (one for one in (self.replica_sets, self.pods) if one is not None)
        return (self.deployments, self.hpas, self.events, *selected)

    def look(self) -> Look:
        """What is seen now."""
        hpas = tuple(one for one in self.hpas.items() if autoscaler_belongs(one, self._workload))
        names = frozenset(one.metadata.name for one in hpas)
        events = tuple(one for one in self.events.items() if still_matters(one, self._workload, names))
        self.nodes.doubt(events)
        return Look(
            at=self._wire.clock.now(),
            deployment=next(iter(self.deployments.items()), None),
            replica_sets=self.replica_sets.items() if self.replica_sets else (),
            pods=self.pods.items() if self.pods else (),
            hpas=hpas,
            events=events,
            blind=self._gaps(),
            nodes=self.nodes.items,
        )

    def _gaps(self) -> tuple[CouldNotLook, ...]:
        """What can't be seen. Without the workload nobody knows which ReplicaSets and pods are its own."""
        gaps = tuple(one.blind for one in self._streams() if one.blind)
        hidden = self.deployments.blind
        if hidden is None:
            return gaps
        unknown = {"replicasets", "pods"} - {one.what for one in gaps}
        because = f"the workload could not be read: {hidden.because}"
        return gaps + tuple(CouldNotLook(hidden.at, one, because, hidden.forbidden) for one in sorted(unknown))


def selector_text(deployment: Deployment | None) -> str:
    """The label selector as a request has it."""
    return str(deployment.spec.selector) if deployment else ""


async def look_once(wire: Wire, workload: ObjectRef) -> Look:
    """One list of each part."""
    parts = Parts(wire, workload, tell_nobody)
    listing = (parts.hpas.list_once(), parts.events.list_once(), parts.nodes.list_once())
    await asyncio.gather(parts.deployments.list_once(), *listing)
    selected = parts.select()
    if selected:
        await asyncio.gather(*(one.list_once() for one in selected))
    return parts.look()


async def follow(wire: Wire, workload: ObjectRef) -> AsyncGenerator[Look]:
    """A look when all lists are there, and after each change; changes that come while nobody asks become one."""
    moved = asyncio.Event()
    parts = Parts(wire, workload, moved.set)
    tasks = Tasks(moved)
    for one in (parts.deployments, parts.hpas, parts.events, parts.nodes):
        tasks.start(one.keep())
    try:
        while True:
            await moved.wait()
            await _burst_is_over(wire.clock, moved)
            tasks.check()
            selected = parts.select()
            if selected:
                await tasks.replace_selected(*(one.keep() for one in selected))
            if parts.is_settled:
                yield parts.look()
    finally:
        await tasks.cancel()


async def _burst_is_over(clock: Clock, moved: asyncio.Event) -> None:
    """Let the streams take in what has arrived already: a rollout's changes come in bursts, and one look at the end of a burst
    is sooner right than ten within it. No time passes here: only the loop goes round."""
    quiet = 0
    for _ in range(PASSES_MAX):
        quiet = 0 if moved.is_set() else quiet + 1
        moved.clear()
        if quiet > QUIET_PASSES:
            return
        await clock.sleep(0)


class Tasks:
    """The tasks behind the streams. One that ends has met a bug: it is raised where the looks are read."""

    def __init__(self, moved: asyncio.Event) -> None:
        self._moved = moved
        self._lasting: list[asyncio.Task[None]] = []
        self._selected: list[asyncio.Task[None]] = []

    def start(self, work: Coroutine[object, object, None]) -> None:
        """A stream that lasts as long as the follower."""
        self._lasting.append(self._begin(work))

    async def replace_selected(self, *works: Coroutine[object, object, None]) -> None:
        """Streams that depend on the selector."""
        await _end(self._selected)
        self._selected = [self._begin(one) for one in works]

    def _begin(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._moved.set())
        return task

    def check(self) -> None:
        """Raise what ended a task."""
        for task in (*self._lasting, *self._selected):
            if task.done():
                task.result()

    async def cancel(self) -> None:
        """End all."""
        await _end([*self._lasting, *self._selected])


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task

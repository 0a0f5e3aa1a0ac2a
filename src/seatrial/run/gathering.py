"""Gather the proof: flags, GC log, logs, health and memory of every pod of the newest ReplicaSet, in parallel and bounded."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from seatrial.judge.proof.logs import texts_present
from seatrial.judge.reading import fleet
from seatrial.judge.rollout import OomKills
from seatrial.jvm import flags as jvm_flags
from seatrial.jvm.actuator import Served, served
from seatrial.jvm.cgroup import FILES, oom_kills
from seatrial.jvm.memory import Warmth, budget_of, measured, window
from seatrial.jvm.perfdata import JvmFacts, PerfDataError, effective_flags, facts
from seatrial.model.events import FlagSeen, JvmSeen
from seatrial.model.kube import Container, Pod, PodMetrics
from seatrial.model.observation import CouldNotLook, ExecResult, HttpAnswer, LogTail, Look
from seatrial.model.plan import Plan
from seatrial.model.proof import GcLogNotSeen, GcLogReading, HealthAnswer, JvmNotSeen, MemoryWindow, Proof, ServedCount
from seatrial.model.quantities import in_bytes
from seatrial.run.sampling import selector_of
from seatrial.run.tools import Tools

T = TypeVar("T")

EXEC_S = 10.0
PERFDATA_BYTES_MAX = 256 * 1024
GC_LOG_BYTES_MAX = 64 * 1024
LOG_LINES = 400
HEALTH_S = 5.0
AT_ONCE = 16
PROBES_KEPT = 240


class GcLogMark(Struct, frozen=True):
    """The first reading of a pod's GC log, to be compared with a later one."""

    at: datetime
    size_bytes: int | None


class Gathered(Struct):
    """What is kept from one gathering to the next; bounded, lost in a crash, rebuilt from then on."""

    jvms: dict[str, JvmFacts] = {}
    first_jvms: dict[str, JvmFacts] = {}
    gc_marks: dict[str, GcLogMark] = {}
    metrics: tuple[tuple[PodMetrics, ...], ...] = ()
    served: tuple[ServedCount, ...] = ()
    log_seen: frozenset[tuple[str, str]] = frozenset()
    counters: dict[str, Served] = {}
    total: Served = Served(0, 0)


async def gather(plan: Plan, tools: Tools, kept: Gathered, look: Look, applied_at: datetime | None) -> Proof:
    """One round of looking into every new pod. What can't be read is said, never left out."""
    pods = fleet(look).new
    counting = asyncio.ensure_future(_count(plan, tools, kept, pods))
    jvms, gc_logs, logs, health, metrics = await asyncio.gather(
        _bounded(_jvm(plan, tools, kept, pod) for pod in pods if _wants_jvm(plan)),
        _bounded(_gc_log(plan, tools, kept, pod) for pod in pods if plan.expect.gc_log),
        _logs(plan, tools, pods),
        _health(plan, tools, pods),
        tools.reads.pod_metrics(plan.target.namespace, selector_of(look)),
    )
    kept.log_seen |= texts_present(logs, plan.expect.log_present)
    history = kept.metrics
    if isinstance(metrics, tuple):
        kept.metrics = (*kept.metrics[-PROBES_KEPT:], metrics)
    return Proof(
        at=tools.clock.now(),
        look=look,
        applied_at=applied_at,
        jvms=tuple(jvms),
        gc_logs=tuple(_counted(kept, one) for one in gc_logs),
        logs=logs,
        log_seen=kept.log_seen,
        health=health,
        metrics=metrics,
        memory_history=history,
        window=_window(kept, pods),
        served=await counting,
    )


async def helper_kills(plan: Plan, tools: Tools, look: Look) -> tuple[OomKills, ...]:
    """The kernel's own counter of every new pod's main container: a helper that it killed leaves no other trace (D31)."""

    async def of(pod: Pod) -> OomKills | None:
        name, container = pod.metadata.name, main_container(pod).name
        said = await tools.reads.run_in(plan.target.namespace, name, container, ("cat", *FILES), EXEC_S, 8192)
        count = oom_kills(said.stdout) if isinstance(said, ExecResult) else None
        return OomKills(name, container, count) if count else None

    found = await _bounded(of(pod) for pod in fleet(look).new if _wants_jvm(plan))
    return tuple(one for one in found if one)


def main_container(pod: Pod) -> Container:
    """The container that the proof is about: the first one, as `kubectl exec` would take; kubectl's annotation names another."""
    containers = pod.spec.containers or ()
    named = (pod.metadata.annotations or {}).get("kubectl.kubernetes.io/default-container", "")
    return next((one for one in containers if one.name == named), containers[0] if containers else Container(name=""))


async def _bounded(work: Iterable[Awaitable[T]]) -> list[T]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(job: Awaitable[T]) -> T:
        async with gate:
            return await job

    return list(await asyncio.gather(*(one(job) for job in work)))


def _wants_jvm(plan: Plan) -> bool:
    return bool(plan.expect.jvm_flags)


async def _jvm(plan: Plan, tools: Tools, kept: Gathered, pod: Pod) -> JvmSeen | JvmNotSeen:
    """The JVM's own counters, from /tmp/hsperfdata_USER/PID: no JDK, no attach, no pause."""
    container = main_container(pod).name
    read = await _read_perfdata(tools, plan.target.namespace, pod, container)
    if isinstance(read, str):
        return JvmNotSeen(pod.metadata.name, read)
    kept.jvms[pod.metadata.name] = read
    kept.first_jvms.setdefault(pod.metadata.name, read)
    return _seen(plan, pod, container, read)


async def _read_perfdata(tools: Tools, namespace: str, pod: Pod, container: str) -> JvmFacts | str:
    """The facts, or why they can't be had. `cat` is asked for by name: no shell is needed."""
    name = pod.metadata.name
    listed = await tools.reads.run_in(
        namespace,
        name,
        container,
        ("ls", "-1", "/tmp"),  # noqa: S108 - where every JVM puts it
        EXEC_S,
        64 * 1024,
    )
    folders = [line for line in _text(listed).splitlines() if line.startswith("hsperfdata_")]
    if not folders:
        return _why_not(
            listed, "no /tmp/hsperfdata_* in it: UsePerfData off, a read-only /tmp, or a uid without a name"
        )
    for folder in folders[:4]:
        pids = await tools.reads.run_in(namespace, name, container, ("ls", "-1", f"/tmp/{folder}"), EXEC_S, 64 * 1024)  # noqa: S108
        for pid in [line for line in _text(pids).split() if line.isdigit()][:4]:
            path = f"/tmp/{folder}/{pid}"  # noqa: S108
            raw = await tools.reads.run_in(namespace, name, container, ("cat", path), EXEC_S, PERFDATA_BYTES_MAX)
            if isinstance(raw, ExecResult) and raw.exit_code == 0:
                try:
                    return facts(raw.stdout)
                except PerfDataError as error:
                    return f"{path}: {error}"
    return "its hsperfdata file could not be read"


def _text(result: ExecResult | CouldNotLook) -> str:
    return result.stdout.decode(errors="replace") if isinstance(result, ExecResult) else ""


def _why_not(result: ExecResult | CouldNotLook, otherwise: str) -> str:
    if isinstance(result, CouldNotLook):
        return result.because
    if result.exit_code not in (0, None) and not result.stdout:
        return f"the image has no ls and cat to read it with: {result.stderr.strip()[:200]}"
    return otherwise


def _seen(plan: Plan, pod: Pod, container: str, found: JvmFacts) -> JvmSeen:
    compared = jvm_flags.compare(plan.expect.jvm_flags, effective_flags(found))
    return JvmSeen(
        pod=pod.metadata.name,
        container=container,
        version=found.version or "",
        collector=found.collector or "",
        heap_max_bytes=found.heap_max_bytes,
        flags=tuple(
            FlagSeen(one.name, one.specified, one.effective or "", one.source.value if one.source else "", one.agrees)
            for one in compared
        ),
        source="hsperfdata",
    )


async def _gc_log(plan: Plan, tools: Tools, kept: Gathered, pod: Pod) -> GcLogReading | GcLogNotSeen:
    """The file's size now and when it was first read."""
    name, path = pod.metadata.name, plan.expect.gc_log
    measured_now = await _size_bytes(plan, tools, pod, path)
    now = tools.clock.now()
    if isinstance(measured_now, str):
        return GcLogNotSeen(name, measured_now)
    size = measured_now if measured_now >= 0 else None
    first = kept.gc_marks.setdefault(name, GcLogMark(now, size))
    return GcLogReading(name, path, first.size_bytes, first.at, size, now)


def _counted(kept: Gathered, found: GcLogReading | GcLogNotSeen) -> GcLogReading | GcLogNotSeen:
    """The reading with how often the JVM collected since the first one, where its counters tell."""
    first, now = kept.first_jvms.get(found.pod), kept.jvms.get(found.pod)
    if first is None or now is None or isinstance(found, GcLogNotSeen):
        return found
    return replace(found, collections=_collections(now) - _collections(first))


def _collections(jvm: JvmFacts) -> int:
    return sum(one.invocations for one in jvm.collectors)


ABSENT = -1


async def _size_bytes(plan: Plan, tools: Tools, pod: Pod, path: str) -> int | str:
    """The size of a file in a container, ABSENT where it is not there, or why it can't be measured."""
    why = ""
    for argv in (("stat", "-c", "%s", path), ("wc", "-c", path)):
        container = main_container(pod).name
        said = await tools.reads.run_in(plan.target.namespace, pod.metadata.name, container, argv, EXEC_S, 4096)
        if isinstance(said, CouldNotLook):
            return said.because
        words = _text(said).split()
        if words and words[0].isdigit():
            return int(words[0])
        if "no such file or directory" in said.stderr.lower() and path in said.stderr:
            return ABSENT
        why = said.stderr.strip()[:200]
    return f"the image has neither stat nor wc to measure it with: {why}"


async def _logs(plan: Plan, tools: Tools, pods: tuple[Pod, ...]) -> tuple[LogTail | CouldNotLook, ...]:
    """The last lines of every container of every new pod; of its previous life too where it restarted."""
    jobs: list[Awaitable[LogTail | CouldNotLook]] = []
    for pod in pods:
        for status in pod.status.container_statuses or ():
            jobs.append(tools.reads.log(plan.target.namespace, pod.metadata.name, status.name, LOG_LINES))
            if status.restart_count:
                jobs.append(tools.reads.previous_log(plan.target.namespace, pod.metadata.name, status.name, LOG_LINES))
    return tuple(await _bounded(jobs))


async def _health(plan: Plan, tools: Tools, pods: tuple[Pod, ...]) -> tuple[HealthAnswer, ...]:
    """Health of each pod and through the Service, by way of the API server's proxy: no port to open."""
    health = plan.expect.health
    if health is None:
        return ()
    namespace = plan.target.namespace

    async def of_pod(pod: Pod) -> HealthAnswer:
        name = pod.metadata.name
        return HealthAnswer(name, await tools.reads.ask_pod(namespace, name, health.port, health.path, HEALTH_S))

    async def of_service() -> HealthAnswer:
        name = health.service or plan.target.name
        answer = await tools.reads.ask_service(namespace, name, health.port, health.path, HEALTH_S)
        return HealthAnswer(name, answer, through_service=True)

    return tuple(await _bounded([*(of_pod(pod) for pod in pods), of_service()]))


async def _count(plan: Plan, tools: Tools, kept: Gathered, pods: tuple[Pod, ...]) -> tuple[ServedCount, ...]:
    """Running totals of what the pods' own metrics count; a restarted pod's counter begins anew, and is added all the same."""
    health = plan.expect.health
    if health is None or plan.trigger("server-errors") is None:
        return ()
    page = health.path.removesuffix("health") + "prometheus"
    namespace = plan.target.namespace
    names = [pod.metadata.name for pod in pods]
    answers = await _bounded(tools.reads.ask_pod(namespace, name, health.port, page, HEALTH_S) for name in names)
    seen = False
    for name, answer in zip(names, answers, strict=True):
        now = served(answer.body) if isinstance(answer, HttpAnswer) and answer.status == 200 else None
        if now is None:
            continue
        seen = True
        before = kept.counters.get(name, now)
        since = before if now.requests >= before.requests else Served(0, 0)
        kept.total = Served(
            kept.total.requests + now.requests - since.requests, kept.total.errors + now.errors - since.errors
        )
        kept.counters[name] = now
    if seen:
        kept.served = (
            *kept.served[-PROBES_KEPT:],
            ServedCount(tools.clock.now(), kept.total.requests, kept.total.errors),
        )
    return kept.served


def _window(kept: Gathered, pods: tuple[Pod, ...]) -> MemoryWindow | None:
    """The computed window of a pod's working set, from the first JVM's facts and its container's limit."""
    for pod in pods:
        found = kept.jvms.get(pod.metadata.name)
        if found is None:
            continue
        resources = main_container(pod).resources
        limit = ((resources.limits if resources else None) or {}).get("memory")
        limit_bytes = in_bytes(limit) if limit is not None else None
        flagged = budget_of(effective_flags(found), limit_bytes)
        if flagged is None:
            continue
        budget = measured(flagged, found)
        fresh, warm = window(budget, Warmth.FRESH), window(budget, Warmth.WARM)
        reason = fresh.reasons[0] if fresh.reasons else ""
        return MemoryWindow(fresh.low_bytes, warm.usual_high_bytes, limit_bytes, budget.pre_touch, reason)
    return None

"""From the file's text to a frozen Plan, or to every fault with its line and column."""

import hashlib
from pathlib import PurePath
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from seatrial.model import plan as m
from seatrial.model.quantities import duration_s, in_bytes, share
from seatrial.plan import schema as s
from seatrial.plan.checking import complaints
from seatrial.plan.document import Document, Fault, FaultyDocumentError, dotted, parse

T = TypeVar("T")
D = TypeVar("D")


def read_plan(text: str, file: str) -> m.Plan:
    """The Plan that the text asks for; `file` is its absolute path. FaultyDocumentError with every fault."""
    document = parse(text)
    found = [_fault(document, path, message) for path, message in complaints(document.value, s.PlanFile)]
    if found:
        raise FaultyDocumentError(tuple(sorted(found)))
    written = msgspec.convert(document.value, s.PlanFile)
    against = [_fault(document, path, message) for path, message in _contradictions(written.spec)]
    if against:
        raise FaultyDocumentError(tuple(sorted(against)))
    return _plan(written, file, hashlib.sha256(text.encode()).hexdigest())


def _fault(document: Document, path: tuple[str | int, ...], message: str) -> Fault:
    place = document.place(path)
    return Fault(place.line, place.column, dotted(path), message)


def _contradictions(spec: s.SpecPart) -> list[tuple[tuple[str | int, ...], str]]:
    """What fits the schema and still can't be meant."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    if spec.window is not UNSET and not _zone_exists(spec.window.timezone):
        zone = ("spec", "window", "timezone")
        found.append((zone, f"{spec.window.timezone!r} is no time zone of the tz database, like Asia/Taipei"))
    if duration_s(spec.soak.every) <= 0:
        found.append((("spec", "soak", "every"), "a look every 0 s would never rest"))
    auto = spec.expect.autoscaler
    if auto is not UNSET and auto.min is not UNSET and auto.max is not UNSET and auto.min > auto.max:
        found.append((("spec", "expect", "autoscaler", "min"), f"{auto.min} is more than max, {auto.max}"))
    memory = spec.expect.memory
    if memory is not UNSET and memory.usual is not UNSET:
        low, high = _range(memory.usual)
        if low > high:
            found.append((("spec", "expect", "memory", "usual"), "the first size is the larger one"))
    return found


def _zone_exists(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _plan(written: s.PlanFile, file: str, digest: str) -> m.Plan:
    spec = written.spec
    return m.Plan(
        name=written.metadata.name,
        file=file,
        digest=digest,
        target=_target(spec.target, file),
        window=_window(spec.window),
        expect=_expectations(spec.expect),
        rollout=_rollout(spec.rollout),
        rollback=m.Rollback(
            to=spec.rollback.to,
            on=tuple(_trigger(one) for one in spec.rollback.on),
            answer_within_s=duration_s(spec.rollback.answer_within),
        ),
        soak=m.Soak(duration_s(spec.soak.for_), duration_s(spec.soak.every)),
        accept=tuple(m.Criterion(duration_s(one.by), tuple(one.that)) for one in spec.accept),
    )


def _target(part: s.TargetPart, file: str) -> m.Target:
    kind, _, name = part.workload.partition("/")
    return m.Target(
        context=part.context,
        namespace=part.namespace,
        kustomize=str(PurePath(file).parent / part.kustomize),
        kind=kind,
        name=name,
        commit=_or(part.commit, ""),
    )


def _window(part: s.WindowPart | UnsetType) -> m.Window | None:
    if isinstance(part, UnsetType):
        return None
    start, end = _minutes(part.from_), _minutes(part.until)
    return m.Window(tuple(part.days), start, end if end > start else end + 24 * 60, part.timezone)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _rollout(part: s.RolloutPart) -> m.Rollout:
    graces = m.Graces(stuck_creating_s=duration_s(part.stuck_after), settle_s=duration_s(part.settle))
    return m.Rollout(part.reach, duration_s(part.timeout), graces, duration_s(part.proof_timeout))


def _expectations(part: s.ExpectPart) -> m.Expectations:
    jvm = part.jvm if not isinstance(part.jvm, UnsetType) else s.JvmPart()
    return m.Expectations(
        before_pods=_or(part.before.pods, None),
        pods_ready=_or(part.pods.ready, None),
        restarts_max=part.pods.restarts,
        autoscaler=_autoscaler(part.autoscaler),
        jvm_flags=tuple(jvm.flags),
        gc_log=_or(jvm.gc_log, ""),
        memory=_memory(part.memory),
        health=_health(part.health),
        log_present=tuple(part.logs.present),
        log_absent=tuple(part.logs.absent),
    )


def _autoscaler(part: s.AutoscalerPart | UnsetType) -> m.Autoscaler | None:
    if isinstance(part, UnsetType):
        return None
    return m.Autoscaler(
        name=part.name,
        before=part.before,
        replicas_min=_or(part.min, None),
        replicas_max=_or(part.max, None),
        cpu_percent=_percent(part.cpu),
        memory_percent=_percent(part.memory),
        unknown_budget_s=duration_s(part.unknown_for),
    )


def _percent(value: str | UnsetType) -> int | None:
    return None if isinstance(value, UnsetType) else round(share(value) * 100)


def _memory(part: s.MemoryPart | UnsetType) -> m.Memory:
    if isinstance(part, UnsetType):
        return m.Memory()
    low, high = (None, None) if isinstance(part.usual, UnsetType) else _range(part.usual)
    return m.Memory(low, high, _bytes(part.warn_above), _bytes(part.fail_above))


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition(" to ")
    return in_bytes(low), in_bytes(high)


def _bytes(value: str | UnsetType) -> int | None:
    return None if isinstance(value, UnsetType) else in_bytes(value)


def _health(part: s.HealthPart | UnsetType) -> m.Health | None:
    if isinstance(part, UnsetType):
        return None
    return m.Health(part.path, part.port, part.status, _or(part.service, ""))


def _trigger(written: str | dict[str, object]) -> m.Trigger:
    if isinstance(written, str):
        return m.Trigger(written)
    if "memory" in written:
        one = msgspec.convert(written, s.MemoryTrigger)
        return m.Trigger("memory", above=float(in_bytes(one.memory.removeprefix("above "))), samples=one.samples)
    errors = msgspec.convert(written, s.ErrorsTrigger)
    part, _, lasting = errors.server_errors.partition(" for ")
    return m.Trigger("server-errors", above=share(part), lasting_s=duration_s(lasting))


def _or(value: T | UnsetType, default: D) -> T | D:
    return default if isinstance(value, UnsetType) else value

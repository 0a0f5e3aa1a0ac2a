"""What the autoscaler of a change will make of its pods: foretold for the memory that they use now, and for what they will use."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from seatrial.change.autoscaler.course import Setting, WarmUp
from seatrial.change.autoscaler.forecast import Forecast, simulate
from seatrial.change.autoscaler.pace import Rules
from seatrial.change.autoscaler.reading import Used, millicores_limit, parts_of, rules_of
from seatrial.change.autoscaler.room import Ground
from seatrial.change.gleaning.environment import options, variables
from seatrial.change.gleaning.facts import DEFAULT_CONTAINER
from seatrial.change.objects import at, autoscaled, containers, items, mapping, pod_template, ref_of, text_at
from seatrial.jvm.flags import last_wins
from seatrial.jvm.memory import JvmBudget, Warmth, budget_of, window
from seatrial.model.kube import PodMetrics
from seatrial.model.quantities import in_bytes, in_millicores
from seatrial.model.writes import Body


class Level(Struct, frozen=True):
    """A pod's memory, and in which state it has that much."""

    when: str
    memory_bytes: int
    forecast: Forecast


class StartUp(Struct, frozen=True):
    """JVMs that start: what each may burn, whether that is its limit or a whole node, and what the autoscaler makes of it."""

    millicores: int
    is_limit: bool
    forecast: Forecast


class Prospect(Struct, frozen=True):
    """An autoscaler foretold. levels: from the memory seen now to that of a JVM with every part full. places: on the ready nodes."""

    rules: Rules
    setting: Setting
    levels: tuple[Level, ...]
    start_up: StartUp | None
    places: int | None
    counts_others: bool
    limit_bytes: int | None


class Seen(Struct, frozen=True):
    """What is known of the cluster: usage of the workload's pods now, and the nodes. Empty where nobody could look."""

    pods: tuple[PodMetrics, ...] = ()
    ground: Ground | None = None


def prospect(workload: Body, around: Iterable[Body], seen: Seen) -> Prospect | None:
    """The autoscaler among the bodies that scales the workload, foretold; None where none does.

    around: the objects of the change as they will be, and other autoscalers; Secrets and ConfigMaps with the JVM's flags.
    """
    bodies = tuple(around)
    hpa = autoscaled(ref_of(workload), bodies)
    main = main_container(workload)
    if hpa is None or not main:
        return None
    rules, used = rules_of(hpa), _used(seen.pods)
    written = at(workload, "spec", "replicas")
    begun = written if isinstance(written, int) else 1
    name, limit = text_at(main, "name"), _amount(main, "limits", "memory")
    ready_s = _ready_after_s(main)
    known = _levels(workload, main, bodies, used, limit)
    settings = [
        Setting(rules, parts_of(workload, name, used, size), begun, ready_after_s=ready_s) for _when, size in known
    ]
    if not settings:
        return None
    levels = tuple(Level(when, size, simulate(one)) for (when, size), one in zip(known, settings, strict=True))
    places = _places(workload, seen.ground)
    others = seen.ground is not None and seen.ground.others is not None
    return Prospect(rules, settings[0], levels, _start_up(workload, settings[0], seen), places, others, limit)


def main_container(workload: Body) -> Body:
    """The container that `kubectl exec` would take: the first one, or the one that kubectl's annotation names."""
    template = pod_template(workload)
    running = [mapping(one) for one in items(at(template, "spec", "containers"))]
    named = mapping(at(template, "metadata", "annotations")).get(DEFAULT_CONTAINER)
    return next((one for one in running if one.get("name") == named), running[0] if running else {})


def _levels(workload: Body, main: Body, bodies: Sequence[Body], used: Used, limit: int | None) -> list[tuple[str, int]]:
    """States of a pod with its memory, the smallest first; none above the limit, and no amount twice."""
    now = used.get(text_at(main, "name"), (0, 0))[0]
    namespace = text_at(workload, "metadata", "namespace")
    flags = last_wins(options(main, variables(main, namespace, bodies)).flags)
    budget = budget_of(flags, limit)
    planned = list(_planned(budget)) if budget else [("at its limit", limit)] if limit else []
    kept: list[tuple[str, int]] = [("as seen now", now)] if now else []
    for when, size in planned:
        size = min(size, limit) if limit else size
        if not any(abs(size - other) < size / 20 for _when, other in kept):
            kept.append((when, size))
    return kept


def _planned(budget: JvmBudget) -> Iterator[tuple[str, int]]:
    warm = window(budget, Warmth.WARM)
    yield "with its first heap filled", window(budget, Warmth.FRESH).usual_high_bytes
    yield "with its heap full", warm.usual_high_bytes
    yield "with every part full", warm.worst_bytes


def _used(pods: Iterable[PodMetrics]) -> dict[str, tuple[int, int]]:
    """By container: the memory of the pod that has most, and the CPU of all together."""
    found: dict[str, tuple[int, int]] = {}
    for one in (container for pod in pods for container in pod.containers or ()):
        usage = one.usage or {}
        memory, cpu = found.get(one.name, (0, 0))
        found[one.name] = max(memory, in_bytes(usage.get("memory", 0))), cpu + in_millicores(usage.get("cpu", 0))
    return found


def _start_up(workload: Body, setting: Setting, seen: Seen) -> StartUp | None:
    """The worst of a start: every JVM at its CPU limit, for a while after it is ready. The memory is the smallest of the levels."""
    if not any(goal.resource == "cpu" for goal in setting.rules.goals):
        return None
    limit = millicores_limit(workload, setting.parts[0].name)
    burnt = limit or (seen.ground.largest_millicores if seen.ground else 0)
    if not burnt:
        return None
    hot = Setting(setting.rules, setting.parts, setting.replicas, WarmUp(burnt), setting.ready_after_s)
    return StartUp(burnt, limit is not None, simulate(hot))


def _places(workload: Body, ground: Ground | None) -> int | None:
    if ground is None:
        return None
    inits = [one for one in containers(pod_template(workload)) if one.get("restartPolicy") == "Always"]
    beside = [*(mapping(one) for one in items(at(pod_template(workload), "spec", "containers"))), *inits]
    memory = sum(_amount(one, "requests", "memory") or 0 for one in beside)
    cpu = sum(_amount(one, "requests", "cpu") or 0 for one in beside)
    selector = mapping(at(workload, "spec", "selector", "matchLabels"))
    return ground.places(text_at(workload, "metadata", "namespace"), selector, cpu, memory)


def _amount(container: Body, field: str, resource: str) -> int | None:
    """Bytes or millicores; a request that is left out is the limit."""
    resources = mapping(container.get("resources"))
    written = at(resources, field, resource) or at(resources, "limits", resource)
    if not isinstance(written, str | int | float):
        return None
    return in_bytes(written) if resource == "memory" else in_millicores(written)


def _ready_after_s(container: Body) -> float:
    """When a pod becomes ready at the earliest: after the delay of its probe, and never within seconds for a JVM."""
    delay = at(container, "readinessProbe", "initialDelaySeconds")
    return float(max(15, delay if isinstance(delay, int) else 0))

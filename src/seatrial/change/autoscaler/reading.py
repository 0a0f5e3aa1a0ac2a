"""An autoscaler's rules, and the containers that it will watch, from their objects."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from seatrial.change.autoscaler.arithmetic import Goal, Tolerance
from seatrial.change.autoscaler.course import Part
from seatrial.change.autoscaler.pace import DOWN, UP, Policy, Rules, Way
from seatrial.change.objects import at, containers, items, mapping, pod_template, text_at
from seatrial.model.quantities import in_bytes, in_millicores, quantity
from seatrial.model.writes import Body

RESOURCES = ("cpu", "memory")
CPU_PERCENT_DEFAULT = 80
"""autoscaling/v2 defaults: an autoscaler without metrics steers by CPU."""

Used = Mapping[str, tuple[int, int]]
"""Bytes and millicores by the name of the container."""


def rules_of(hpa: Body) -> Rules:
    """What the autoscaler is asked to do; defaults as the API server fills them in."""
    spec = mapping(hpa.get("spec"))
    goals = tuple(_goals(spec))
    behavior = mapping(spec.get("behavior"))
    up, down = (mapping(behavior.get(name)) for name in ("scaleUp", "scaleDown"))
    return Rules(
        name=text_at(hpa, "metadata", "name"),
        least=_whole(spec.get("minReplicas"), 1),
        most=_whole(spec.get("maxReplicas"), 0),
        goals=tuple(one for one in goals if isinstance(one, Goal)),
        up=_way(up, UP) if behavior else None,
        down=_way(down, DOWN) if behavior else None,
        tolerance=Tolerance(_tolerance(down), _tolerance(up)),
        unforeseen=tuple(one for one in goals if isinstance(one, str)),
    )


def _goals(spec: Body) -> Iterator[Goal | str]:
    metrics = items(spec.get("metrics"))
    if not metrics:
        old = spec.get("targetCPUUtilizationPercentage")
        yield Goal("cpu", percent=_whole(old, CPU_PERCENT_DEFAULT))
    for metric in metrics:
        source = mapping(at(metric, "resource")) or mapping(at(metric, "containerResource"))
        goal = _goal(source) if source.get("name") in RESOURCES else None
        yield goal or text_at(metric, "type") or "a metric without a type"


def _goal(source: Body) -> Goal | None:
    name, container = text_at(source, "name"), text_at(source, "container")
    percent, average = at(source, "target", "averageUtilization"), at(source, "target", "averageValue")
    if isinstance(percent, int) and percent > 0:
        return Goal(name, percent=percent, container=container)
    if isinstance(average, str | int | float):
        return Goal(name, average_milli=max(1, in_millicores(average)), container=container)
    return None


def _way(rules: Body, default: Way) -> Way:
    """autoscaling/v2 defaults: GenerateHPAScaleUpRules, GenerateHPAScaleDownRules."""
    given = [mapping(one) for one in items(rules.get("policies"))]
    policies = tuple(
        Policy(_whole(one.get("value"), 0), float(_whole(one.get("periodSeconds"), 15)), one.get("type") == "Percent")
        for one in given
    )
    window_s = float(_whole(rules.get("stabilizationWindowSeconds"), int(default.window_s)))
    return Way(window_s, policies or default.policies, text_at(rules, "selectPolicy") or default.select)


def _tolerance(rules: Body) -> float:
    written = rules.get("tolerance")
    return float(quantity(written)) if isinstance(written, str | int | float) else Tolerance().up


def parts_of(workload: Body, first: str, used: Used, memory_bytes: int) -> tuple[Part, ...]:
    """The containers that run side by side, `first` first and with this much memory; the others as they were seen.

    used: what each container of a pod uses now; CPU is of all pods together.
    """
    beside = [one for one in containers(pod_template(workload)) if _stays(workload, one)]
    ordered = sorted(beside, key=lambda one: text_at(one, "name") != first)
    return tuple(_part(one, used, memory_bytes if index == 0 else None) for index, one in enumerate(ordered))


def _part(container: Body, used: Used, memory_bytes: int | None) -> Part:
    name = text_at(container, "name")
    seen_bytes, millicores = used.get(name, (0, 0))
    requests = mapping(at(container, "resources", "requests"))
    limits = mapping(at(container, "resources", "limits"))
    memory, cpu = (requests.get(one, limits.get(one)) for one in RESOURCES[::-1])
    return Part(
        name,
        in_bytes(memory) if isinstance(memory, str | int | float) else None,
        in_millicores(cpu) if isinstance(cpu, str | int | float) else None,
        seen_bytes if memory_bytes is None else memory_bytes,
        millicores,
    )


def _stays(workload: Body, container: Body) -> bool:
    """Whether it runs beside the others: an init container does where it restarts always."""
    running = items(at(pod_template(workload), "spec", "containers"))
    return container in running or container.get("restartPolicy") == "Always"


def _whole(value: object, absent: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else absent


def millicores_limit(workload: Body, name: str) -> int | None:
    """The CPU limit of a container; None where it has none."""
    for one in containers(pod_template(workload)):
        limit = at(one, "resources", "limits", "cpu")
        if one.get("name") == name and isinstance(limit, str | int | float | Decimal):
            return in_millicores(str(limit))
    return None

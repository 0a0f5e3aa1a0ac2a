"""The autoscaler as it is written: does it see its metrics, will it ever come down, whom does it fight (H1, H3-H7, R3)."""

import math
from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.bodies import at, count_at, items, kind_of, millicores_at, name_of, selects, text_at
from seatrial.judge.manifest.case import Case, Container, Workload, finding
from seatrial.jvm.memory import Warmth, window
from seatrial.jvm.sizes import readable_size
from seatrial.model.findings import DropField, Finding, SetField, Severity, Spot
from seatrial.model.writes import Body

TOLERANCE = 0.1


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, source, what_to_do)


def _pairs(case: Case) -> Iterator[tuple[int, Body, Workload]]:
    """Each HPA with its workload among the manifests."""
    for workload in case.serving():
        for number, hpa in case.autoscalers(workload):
            yield number, hpa, workload


def _about(hpa: Body) -> str:
    return f"horizontalpodautoscaler/{name_of(hpa)}"


def metrics(hpa: Body) -> Iterator[tuple[int, str, str, int | None]]:
    """Its resource metrics: index, resource, container (empty: all of the pod), the target's percentage."""
    for index, one in enumerate(items(at(hpa, "spec", "metrics"))):
        field = "containerResource" if text_at(one, "type") == "ContainerResource" else "resource"
        if name := text_at(one, field, "name"):
            percent = count_at(one, field, "target", "averageUtilization")
            yield index, name, text_at(one, field, "container"), percent
    old = count_at(hpa, "spec", "targetCPUUtilizationPercentage")
    if old is not None:
        yield 0, "cpu", "", old


@rule(
    _card(
        "replicas-written",
        "spec.replicas of a workload that an HPA scales",
        "warn: every apply resets what the autoscaler did. Where it was applied before, taking it out makes "
        "the count fall to 1 once, unless "
        "ownership is handed over (Seatrial's apply does).",
        "R3; Kubernetes documentation: don't set .spec.replicas with an HPA",
        "Take spec.replicas out once the autoscaler is there.",
    )
)
def replicas_written(case: Case) -> Iterator[Finding]:
    """Two hands on one number."""
    for _, hpa, workload in _pairs(case):
        count = count_at(workload.body, "spec", "replicas")
        if count is not None:
            low, high = count_at(hpa, "spec", "minReplicas") or 1, count_at(hpa, "spec", "maxReplicas") or count
            outside = "" if low <= count <= high else f", and it is outside of its {low} to {high}"
            because = (
                f"replicas: {count} is written beside the autoscaler {name_of(hpa)}: every apply resets what it "
                f"did{outside}"
            )
            spot = workload.spot("spec", "replicas")
            yield finding("replicas-written", Severity.WARN, workload.about, spot, because, fix=DropField(spot.path))


@rule(
    _card(
        "autoscaler-requests",
        "the containers' requests for the resources that the HPA scales by",
        "block when one container, sidecars too, has no request: the metric is <unknown> and nothing scales.",
        "H1; FailedGetResourceMetric: missing request for memory in container ...",
        "Give every container the request, or use a ContainerResource metric.",
    )
)
def autoscaler_requests(case: Case) -> Iterator[Finding]:
    """A share of nothing is unknown."""
    for _, hpa, workload in _pairs(case):
        for _, resource, container, percent in metrics(hpa):
            for one in workload.containers if percent is not None else ():
                is_meant = not one.is_init and container in ("", one.name)
                if is_meant and not _requested(one, resource):
                    because = (
                        f"container {one.name} has no request for {resource}: {name_of(hpa)} scales by its share, "
                        "which stays <unknown>"
                    )
                    yield finding("autoscaler-requests", Severity.BLOCK, workload.about, one.spot("name"), because)


def _requested(container: Container, resource: str) -> bool:
    if resource == "memory":
        return container.request_bytes is not None
    found = millicores_at(container.body, "resources", "requests", resource)
    return found is not None or millicores_at(container.body, "resources", "limits", resource) is not None


@rule(
    _card(
        "autoscaler-ratchet",
        "an HPA on the share of memory, the request, and what the JVM holds once its heap was full",
        "block when one busy JVM at rest is already above the target: it goes to its maximum and stays "
        "there. warn otherwise: adding pods does "
        "not lower a JVM's memory, and it comes down only below target x (n-1)/n.",
        "H3; the controller's replica_calculator.go; kubernetes#78761, #28986: memory of pods usually never shrinks",
        "Scale by CPU or requests per second; or request so much that a full heap is below the target.",
    )
)
def autoscaler_ratchet(case: Case) -> Iterator[Finding]:
    """Up it goes, and never down."""
    for number, hpa, workload in _pairs(case):
        jvm = next(workload.jvms(), None)
        for index, resource, _, percent in metrics(hpa) if jvm else ():
            if resource == "memory" and percent and jvm:
                yield _ratchet(Spot(number, ("spec", "metrics", index)), hpa, jvm, percent)


def _ratchet(spot: Spot, hpa: Body, jvm: Container, percent: int) -> Finding:
    budget, request = jvm.budget(), jvm.request_bytes
    low, high = count_at(hpa, "spec", "minReplicas") or 1, count_at(hpa, "spec", "maxReplicas") or 1
    if budget is None or not request:
        because = (
            f"memory at {percent} % of the request: a JVM gives memory back hardly ever, so this scales up and not down"
        )
        return finding("autoscaler-ratchet", Severity.WARN, _about(hpa), spot, because)
    resting = window(budget, Warmth.FRESH).usual_high_bytes
    full = min(window(budget, Warmth.WARM).usual_high_bytes, jvm.limit_bytes or request)
    floor, ceiling = (
        settles(low, low, high, resting * 100 // request, percent),
        settles(high, low, high, full * 100 // request, percent),
    )
    share = f"a full heap is {full * 100 // request} % of the request of {readable_size(request)}"
    if floor == high > low:
        because = (
            f"the initial heap and what is beside it are {resting * 100 // request} % of the request, the target {percent} %: it "
            f"goes to {high} pods and stays"
        )
        return finding("autoscaler-ratchet", Severity.BLOCK, _about(hpa), spot, because)
    comes = "never comes down again" if ceiling == high > low else f"comes back to {ceiling}"
    because = (
        f"memory at {percent} %: {share}; once at {high} pods it {comes}, because more pods do not make a heap smaller"
    )
    return finding("autoscaler-ratchet", Severity.WARN, _about(hpa), spot, because)


def settles(start: int, low: int, high: int, percent: int, target: int) -> int:
    """Where the controller comes to rest when every pod has this share, whatever their number: its own arithmetic."""
    count = start
    for _ in range(200):
        ratio = percent / target
        wanted = count if abs(1 - ratio) <= TOLERANCE else math.ceil(ratio * count)
        wanted = min(max(wanted, low), high)
        if wanted == count:
            break
        count = wanted
    return count


@rule(
    _card(
        "disruption-of-one",
        "minReplicas and PodDisruptionBudgets",
        "warn when the budget allows no disruption at the lowest count of pods: a node can't be drained.",
        "H4, A1; eviction API: 429 until the budget allows it",
        "minReplicas: 2, or maxUnavailable: 1 in the budget.",
    )
)
def disruption_of_one(case: Case) -> Iterator[Finding]:
    """A budget that lets nobody go."""
    for number, budget in case.of_kind("PodDisruptionBudget"):
        for workload in case.serving():
            if not selects(at(budget, "spec", "selector"), workload.labels):
                continue
            least = [count_at(hpa, "spec", "minReplicas") or 1 for _, hpa in case.autoscalers(workload)]
            pods = min(least, default=workload.replicas)
            if pods and _allowed(budget, pods) <= 0:
                because = f"with {pods} pod(s) of {workload.about} it allows no disruption: a node can't be drained"
                spot = Spot(
                    number,
                    ("spec", "minAvailable" if at(budget, "spec", "minAvailable") is not None else "maxUnavailable"),
                )
                yield finding(
                    "disruption-of-one", Severity.WARN, f"poddisruptionbudget/{name_of(budget)}", spot, because
                )


def _allowed(budget: Body, pods: int) -> int:
    """How many pods may be away; both percentages are rounded up (disruption controller)."""
    least, most = at(budget, "spec", "minAvailable"), at(budget, "spec", "maxUnavailable")
    if most is not None:
        return _count(most, pods)
    return pods - _count(least, pods) if least is not None else pods


def _count(value: object, pods: int) -> int:
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdecimal():
        return math.ceil(int(value[:-1]) * pods / 100)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else 0


@rule(
    _card(
        "autoscaler-warm-up",
        "an HPA on CPU without behavior.scaleUp.stabilizationWindowSeconds, over a JVM",
        "warn: a JVM that warms up burns CPU, and every rollout scales out.",
        "H5; the controller's cpu-initialization-period ends after 5 min, readiness counts earlier",
        "behavior: {scaleUp: {stabilizationWindowSeconds: 120}}.",
    )
)
def autoscaler_warm_up(case: Case) -> Iterator[Finding]:
    """A start is no load."""
    for number, hpa, workload in _pairs(case):
        by_cpu = any(resource == "cpu" for _, resource, _, _ in metrics(hpa))
        window_s = count_at(hpa, "spec", "behavior", "scaleUp", "stabilizationWindowSeconds")
        if by_cpu and not window_s and next(workload.jvms(), None):
            path = ("spec", "behavior", "scaleUp", "stabilizationWindowSeconds")
            because = "it scales by CPU at once, and a JVM that starts burns CPU: every rollout scales out"
            fix = SetField(path, 120) if text_at(hpa, "apiVersion").startswith("autoscaling/v2") else None
            yield finding("autoscaler-warm-up", Severity.WARN, _about(hpa), Spot(number, ("spec",)), because, fix=fix)


@rule(
    _card(
        "autoscalers-collide",
        "HPAs and VerticalPodAutoscalers that have the same target; an HPA's minimum and maximum",
        "block for two HPAs on one workload, for a VPA that changes the resource the HPA scales by, and for "
        "minReplicas above maxReplicas.",
        "H6; AmbiguousSelector; the VPA's known limitations",
        "Leave one of them; a VPA beside an HPA in mode Off.",
    )
)
def autoscalers_collide(case: Case) -> Iterator[Finding]:
    """Two masters."""
    for workload in case.serving():
        hpas = case.autoscalers(workload)
        for number, hpa in hpas[1:]:
            because = f"{name_of(hpas[0][1])} scales {workload.about} already"
            yield finding(
                "autoscalers-collide", Severity.BLOCK, _about(hpa), Spot(number, ("spec", "scaleTargetRef")), because
            )
        for number, vpa in case.of_kind("VerticalPodAutoscaler") if hpas else ():
            target, mode = at(vpa, "spec", "targetRef"), text_at(vpa, "spec", "updatePolicy", "updateMode") or "Auto"
            is_same = (text_at(target, "kind"), text_at(target, "name")) == (
                kind_of(workload.body),
                name_of(workload.body),
            )
            shared = {resource for _, resource, _, _ in metrics(hpas[0][1])} & {"cpu", "memory"}
            if is_same and mode != "Off" and shared:
                because = f"it changes the requests that {name_of(hpas[0][1])} scales by ({', '.join(sorted(shared))})"
                about = f"verticalpodautoscaler/{name_of(vpa)}"
                yield finding(
                    "autoscalers-collide", Severity.BLOCK, about, Spot(number, ("spec", "updatePolicy")), because
                )
    yield from _upside_down(case)


def _upside_down(case: Case) -> Iterator[Finding]:
    for number, hpa in case.of_kind("HorizontalPodAutoscaler"):
        low, high = count_at(hpa, "spec", "minReplicas"), count_at(hpa, "spec", "maxReplicas")
        if low is not None and high is not None and low > high:
            because = f"minReplicas {low} is above maxReplicas {high}: the API server refuses it"
            yield finding(
                "autoscalers-collide", Severity.BLOCK, _about(hpa), Spot(number, ("spec", "minReplicas")), because
            )


@rule(
    _card(
        "connection-pool",
        "the size of the database pool in the environment, times maxReplicas",
        "info when more than 100 connections would be opened at the autoscaler's maximum.",
        "H7; PostgreSQL's max_connections is 100 by default",
        "A smaller pool, a lower maxReplicas, or a pooler before the database.",
    )
)
def connection_pool(case: Case) -> Iterator[Finding]:
    """Every pod brings its pool."""
    for _, hpa, workload in _pairs(case):
        most = count_at(hpa, "spec", "maxReplicas") or 1
        for container in workload.jvms():
            for name, one in container.variables.items():
                is_pool = name.upper().endswith(
                    ("HIKARI_MAXIMUM_POOL_SIZE", "HIKARI_MAXIMUMPOOLSIZE", "DB_POOL_SIZE", "DB_POOL_MAX_SIZE")
                )
                if is_pool and one.value.isdecimal() and int(one.value) * most > 100:
                    because = (
                        f"{name} is {one.value}: {most} pods open {int(one.value) * most} connections to the database"
                    )
                    yield finding("connection-pool", Severity.INFO, workload.about, one.spot, because)


RULES = (
    replicas_written,
    autoscaler_requests,
    autoscaler_ratchet,
    disruption_of_one,
    autoscaler_warm_up,
    autoscalers_collide,
    connection_pool,
)

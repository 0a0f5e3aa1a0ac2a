"""What the manifests and the cluster say of the pods: how many, who scales them, and how they get the change."""

from seatrial.change.gleaning.facts import Facts, is_hashed
from seatrial.change.objects import at, by_ref, items, mapping, reads, text_at
from seatrial.model.writes import Body
from seatrial.plan.writing import LeftOut, Said, Word

BEFORE = ("expect", "before", "pods")
READY = ("expect", "pods", "ready")
AUTOSCALER = ("expect", "autoscaler")
REACH = ("rollout", "reach")


def before_words(facts: Facts) -> list[Word]:
    """How many pods there are now."""
    if facts.live.not_seen:
        return [LeftOut(BEFORE, "how many pods there are now; the cluster was not looked at")]
    if facts.live.deployment is None:
        return [Said(BEFORE, 0, "the cluster: there is no such Deployment yet")]
    count = _number(facts.live.deployment, "spec", "replicas")
    return [Said(BEFORE, 1 if count is None else count, "the cluster: spec.replicas of the live Deployment")]


def ready_words(facts: Facts) -> list[Word]:
    """How many pods must be Ready at least: the autoscaler's minimum where there is one."""
    hpa = facts.autoscaler
    if hpa is not None:
        least = _number(hpa, "spec", "minReplicas")
        return [Said(READY, 1 if least is None else least, facts.origin(hpa, "spec.minReplicas"))]
    count = _number(facts.workload, "spec", "replicas")
    if count is not None:
        return [Said(READY, count, facts.origin(facts.workload, "spec.replicas"))]
    live = _number(facts.live.deployment or {}, "spec", "replicas")
    if live is not None:
        return [Said(READY, live, "the cluster: spec.replicas of the live Deployment; the manifest says nothing")]
    return [LeftOut(READY, "neither replicas nor an autoscaler in the manifests")]


def autoscaler_words(facts: Facts) -> list[Word]:
    """Name, bounds and targets of the autoscaler, and whether it is there already."""
    hpa = facts.autoscaler
    if hpa is None:
        return [LeftOut(AUTOSCALER, "none among the manifests scales this workload")]
    words: list[Word] = [
        Said((*AUTOSCALER, "name"), text_at(hpa, "metadata", "name"), facts.origin(hpa)),
        _before(facts),
    ]
    for field, name in (("minReplicas", "min"), ("maxReplicas", "max")):
        count = _number(hpa, "spec", field)
        if count is not None:
            words.append(Said((*AUTOSCALER, name), count, facts.origin(hpa, f"spec.{field}")))
    return [*words, *(_target(facts, hpa, resource) for resource in ("cpu", "memory"))]


def reach_words(facts: Facts) -> list[Word]:
    """How the pods get what changes: by a stamp where they read a Secret or ConfigMap whose name never changes."""
    rendered = by_ref(facts.bodies)
    plain = [one.ref for one in reads(facts.workload) if one.ref in rendered and not is_hashed(one.ref)]
    if not plain:
        return [
            Said(REACH, "template", "what the pods read has names that change with it, or is not among the manifests")
        ]
    names = ", ".join(f"{ref.kind} {ref.name}" for ref in plain)
    return [Said(REACH, "stamp", f"{names} has no hash in its name: without a stamp no pod would restart for it")]


def _before(facts: Facts) -> Word:
    path = (*AUTOSCALER, "before")
    if facts.live.not_seen:
        return LeftOut(path, "absent or any; the cluster was not looked at")
    if facts.live.autoscaler is None:
        return Said(path, "absent", "the cluster: it is not there yet")
    return Said(path, "any", "the cluster: it is there already")


def _target(facts: Facts, hpa: Body, resource: str) -> Word:
    path = (*AUTOSCALER, resource)
    if resource == "cpu" and (old := _number(hpa, "spec", "targetCPUUtilizationPercentage")) is not None:
        return Said(path, f"{old}%", facts.origin(hpa, "spec.targetCPUUtilizationPercentage"))
    for metric in items(at(hpa, "spec", "metrics")):
        of_pods = mapping(at(metric, "resource"))
        share = _number(of_pods, "target", "averageUtilization")
        if text_at(metric, "type") == "Resource" and of_pods.get("name") == resource and share is not None:
            return Said(path, f"{share}%", facts.origin(hpa, "averageUtilization"))
    return LeftOut(path, "no target in percent of the request")


def _number(body: Body, *path: str) -> int | None:
    value = at(body, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

"""What a change will do, in words: which pods restart and in which order, what that needs, what the autoscaler makes of it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from seatrial.change.difference import changed_paths
from seatrial.change.lastapplied import LAST_APPLIED, stated_by_kubectl
from seatrial.change.objects import (
    Bodies,
    at,
    autoscaled,
    containers,
    items,
    mapping,
    pod_template,
    reads,
    text_at,
    without_server_fields,
)
from seatrial.change.ownership import foreign_owners
from seatrial.change.stamp import content
from seatrial.model.observation import ObjectRef
from seatrial.model.quantities import quantity, say_bytes
from seatrial.model.writes import Body

OWNERS_MAX = 5


class Surge(Struct, frozen=True):
    """How many pods a rollout adds and takes away, in whole pods."""

    more: int
    fewer: int


def consequences(before: Bodies, after: Bodies, around: Iterable[Body] = ()) -> tuple[str, ...]:
    """One sentence for each thing that will happen, or will not. around: other autoscalers of the namespace."""
    autoscalers = (*after.values(), *around)
    said: list[str] = []
    for ref, body in after.items():
        old = before.get(ref)
        if pod_template(body):
            said += _of_workload(ref, old, body, before, after)
            said += _of_replicas(ref, old, body, autoscaled(ref, before.values()), autoscaled(ref, autoscalers))
        elif ref.kind == "HorizontalPodAutoscaler":
            said += _of_autoscaler(ref, old, body)
        said += _of_other_owners(ref, old, body)
    return (*said, *_of_the_rest(before, after))


def surge(spec: Body) -> Surge:
    """maxSurge rounds up and maxUnavailable down; both 0 would stand still, so one pod goes first (deployment/util)."""
    replicas = _number(spec.get("replicas"), 1)
    rolling = mapping(at(spec, "strategy", "rollingUpdate"))
    more = _pods(rolling.get("maxSurge", "25%"), replicas, "ROUND_CEILING")
    fewer = _pods(rolling.get("maxUnavailable", "25%"), replicas, "ROUND_FLOOR")
    return Surge(more, fewer if more or fewer else 1)


def _of_workload(ref: ObjectRef, old: Body | None, new: Body, before: Bodies, after: Bodies) -> Iterator[str]:
    if old is None:
        yield f"{ref} is created with {_count(_replicas(new), 'pod')}."
    elif not _template_changes(old, new):
        yield f"No pod of {ref} restarts: its pod template stays as it is."
        yield from _stale_environment(ref, new, before, after)
    elif ref.kind != "Deployment":
        yield f"Every pod of {ref} is replaced, as its own update strategy has it."
    else:
        yield from _of_rollout(ref, old, new)


def _of_rollout(ref: ObjectRef, old: Body, new: Body) -> Iterator[str]:
    was, will = _replicas(old), _replicas(new)
    spec = mapping(new.get("spec"))
    if text_at(spec, "strategy", "type") == "Recreate":
        yield f"All {_count(was, 'pod')} of {ref} stop before a new one starts (Recreate): nothing serves meanwhile."
        return
    step = surge(spec)
    order = f"up to {_count(step.more, 'new pod')} more at a time" if step.more else "no pod more than asked for"
    kept = "no old pod goes before a new one is ready" if not step.fewer else f"up to {step.fewer} fewer meanwhile"
    yield f"Every pod of {ref} is replaced ({_count(was, 'old pod')}, {_count(will, 'new pod')}): {order}, {kept}."
    extra = max(0, will + step.more - was)
    if extra:
        yield f"Room for {_count(extra, 'pod')} beside the old ones is needed: {_room(new, extra)}."


def _room(workload: Body, pods: int) -> str:
    parts = []
    for field, verb in (("requests", "requested"), ("limits", "at most")):
        memory, cpu = (_sum(workload, field, name) * pods for name in ("memory", "cpu"))
        said = [say_bytes(float(memory)) + " memory"] if memory else []
        said += [f"{_cores(cpu)} CPU"] if cpu else []
        parts += [f"{' and '.join(said)} {verb}"] if said else []
    return ", ".join(parts) or "its containers request nothing, so the scheduler looks for none"


def _of_replicas(ref: ObjectRef, old: Body | None, new: Body, had: Body | None, hpa: Body | None) -> Iterator[str]:
    if old is None:
        return
    was, will = _replicas(old), _replicas(new)
    if hpa is None:
        if was != will:
            yield f"{ref} goes from {was} to {_count(will, 'replica')}."
        return
    name, least, most = _bounds(hpa)
    if was != will and will >= least:
        yield (
            f"{ref} goes from {was} to {will} replicas by its own `replicas: {will}`: {name} has nothing to add, "
            "so no SuccessfulRescale event need come."
        )
    elif will < least:
        yield f"{name} raises {ref} from {will} to {least} (its minimum) within 15 s: expect SuccessfulRescale."
    if had is not None and was != will and was > least:
        yield f"{name} had scaled {ref} to {was}; this resets it to {will}, until the autoscaler acts again."
    if will > most:
        yield f"{name} lowers {ref} from {will} to {most} (its maximum)."
    if _states_replicas(new):
        yield (
            f"Each later `kubectl apply` of this manifest sets {ref} back to {will}, whatever {name} has scaled it to; "
            "that ends when `replicas` is left out of the manifest."
        )


def _states_replicas(workload: Body) -> bool:
    """Whether the manifest itself says how many, by kubectl's record of it."""
    return stated_by_kubectl(workload, "spec", "replicas") is not None


def _of_autoscaler(ref: ObjectRef, old: Body | None, new: Body) -> Iterator[str]:
    name, least, most = _bounds(new)
    target = (
        f"{text_at(new, 'spec', 'scaleTargetRef', 'kind').lower()}/{text_at(new, 'spec', 'scaleTargetRef', 'name')}"
    )
    if old is None:
        yield f"{name} is created: {least} to {most} pods of {target}. It knows no metrics at first (`<unknown>`): that is normal."
    elif changed_paths(without_server_fields(old), without_server_fields(new)):
        was = _bounds(old)
        yield f"{name} of {target} changes (before: {was[1]} to {was[2]} pods, after: {least} to {most})."


def _of_other_owners(ref: ObjectRef, old: Body | None, new: Body) -> Iterator[str]:
    """What somebody else has set, and will find changed; scaling is told with the replicas."""
    found = [one for one in foreign_owners(old or {}, new) if one.manager != "kube-controller-manager"]
    for owned in [one for one in found if LAST_APPLIED not in one.path][:OWNERS_MAX]:
        yield f"{owned.path} of {ref} was set by {owned.manager}; this overwrites it."


def _of_the_rest(before: Bodies, after: Bodies) -> Iterator[str]:
    same = [
        str(ref)
        for ref, body in after.items()
        if ref in before and not changed_paths(without_server_fields(before[ref]), without_server_fields(body))
    ]
    if same:
        yield f"Unchanged: {', '.join(same)}."


def _stale_environment(ref: ObjectRef, workload: Body, before: Bodies, after: Bodies) -> Iterator[str]:
    for source in reads(workload):
        old, new = before.get(source.ref), after.get(source.ref)
        if old and new and content(old, source.keys) != content(new, source.keys):
            yield (
                f"{source.ref} changes, and pods of {ref} that run keep what they have read of it at their start; "
                "pods that start later, for whatever reason, read the new one: two kinds of pods side by side."
            )


def _template_changes(old: Body, new: Body) -> bool:
    return bool(changed_paths(pod_template(old), pod_template(new)))


def _bounds(hpa: Body) -> tuple[str, int, int]:
    spec = mapping(hpa.get("spec"))
    name = f"Autoscaler {text_at(hpa, 'metadata', 'name')}"
    return name, _number(spec.get("minReplicas"), 1), _number(spec.get("maxReplicas"), 0)


def _replicas(workload: Body) -> int:
    return _number(at(workload, "spec", "replicas"), 1)


def _number(value: object, absent: int) -> int:
    return value if isinstance(value, int) else absent


def _pods(value: object, replicas: int, rounding: str) -> int:
    if isinstance(value, str) and value.endswith("%"):
        share = Decimal(value[:-1] or 0) * replicas / 100
        return int(share.to_integral_value(rounding=rounding))
    return _number(value, 0)


def _sum(workload: Body, field: str, name: str) -> Decimal:
    """Over the containers that run side by side; an init container that restarts always is one of them."""
    total = Decimal(0)
    template = pod_template(workload)
    for one in containers(template):
        beside = one in items(at(template, "spec", "containers")) or one.get("restartPolicy") == "Always"
        amount = at(one, "resources", field, name)
        total += quantity(amount) if beside and isinstance(amount, str | int | float) else 0
    return total


def _cores(cpu: Decimal) -> str:
    return f"{int(cpu * 1000)}m" if cpu % 1 else f"{int(cpu)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

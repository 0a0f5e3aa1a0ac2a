"""Before and after, point by point: what the runbook compares with diff."""

from msgspec import Struct

from seatrial.judge.reading import fleet, is_ready, restarts, template_hash
from seatrial.model.kube import PodMetrics
from seatrial.model.observation import Look
from seatrial.model.quantities import in_bytes, say_bytes

Points = tuple[tuple[str, str, str], ...]


class Standing(Struct, frozen=True):
    """How a workload stood at one moment, in a form that is kept and compared."""

    replicas: int
    ready: int
    template: str
    restarts: dict[str, int]
    memory_bytes: dict[str, int]
    autoscaler: str
    strategy: str
    digests: dict[str, str]


def standing_of(look: Look, metrics: tuple[PodMetrics, ...], digests: dict[str, str]) -> Standing:
    """The standing that a look and the usage amount to; digests are of the objects, keyed."""
    live = look.deployment
    found = fleet(look)
    name = live.metadata.name if live else ""
    hpa = next((one for one in look.hpas if one.spec.scale_target_ref.name == name), None)
    usage = {one.metadata.name: _memory(one) for one in metrics}
    return Standing(
        replicas=live.spec.replicas if live else 0,
        ready=sum(is_ready(pod) for pod in look.pods),
        template=template_hash(found.newest.metadata) if found.newest else "",
        restarts={pod.metadata.name: restarts(pod) for pod in look.pods},
        memory_bytes={name: size for name, size in usage.items() if size},
        autoscaler=f"{hpa.metadata.name} {hpa.spec.min_replicas}-{hpa.spec.max_replicas}" if hpa else "none",
        strategy=live.spec.strategy.type if live else "",
        digests=digests,
    )


def compare(before: Standing, after: Standing) -> Points:
    """Each point with what it was and what it is; points that did not change are there too."""
    objects = tuple(
        (name, "as recorded", "as recorded" if after.digests[name] == digest else "changed")
        for name, digest in sorted(before.digests.items())
        if name in after.digests
    )
    return (
        ("replicas", str(before.replicas), str(after.replicas)),
        ("pods Ready", str(before.ready), str(after.ready)),
        ("pod template", before.template, after.template),
        ("restarts", str(sum(before.restarts.values())), str(sum(after.restarts.values()))),
        ("memory", _range(before.memory_bytes), _range(after.memory_bytes)),
        ("autoscaler", before.autoscaler, after.autoscaler),
        ("strategy", before.strategy, after.strategy),
        *objects,
    )


def _memory(metrics: PodMetrics) -> int:
    return sum(in_bytes((one.usage or {}).get("memory", 0)) for one in metrics.containers or ())


def _range(sizes: dict[str, int]) -> str:
    if not sizes:
        return "not measured"
    low, high = min(sizes.values()), max(sizes.values())
    return say_bytes(low) if low == high else f"{say_bytes(low)} to {say_bytes(high)}"

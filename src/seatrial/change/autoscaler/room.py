"""How many pods of a kind the ready nodes can hold, by what the scheduler counts: requests against allocatable."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from seatrial.change.objects import mapping
from seatrial.judge.environment.cluster import requests_of
from seatrial.judge.reading import condition
from seatrial.model.kube import Node, Pod, Quantity
from seatrial.model.quantities import in_bytes, in_millicores

ENDED = ("Succeeded", "Failed")


class Ground(Struct, frozen=True):
    """The nodes, and the pods on them. others None: what stands on them could not be read, so only their sizes are known."""

    nodes: tuple[Node, ...]
    others: tuple[Pod, ...] | None = None

    @property
    def largest_millicores(self) -> int:
        """The CPU of the largest node: all that a container without a limit could burn."""
        return max((_sizes(one.status.allocatable)[0] for one in self.nodes), default=0)

    def places(self, namespace: str, selector: Mapping[str, object], millicores: int, memory_bytes: int) -> int | None:
        """How many such pods fit, those that run now with these labels included; None where the pods request nothing."""
        wanted = (millicores, memory_bytes)
        if wanted == (0, 0):
            return None
        others = [pod for pod in self.others or () if not _is_own(pod, namespace, selector)]
        return sum(_fit(node, others, wanted) for node in self.nodes if _is_usable(node))


def _is_own(pod: Pod, namespace: str, selector: Mapping[str, object]) -> bool:
    labels = mapping(pod.metadata.labels)
    return pod.metadata.namespace == namespace and selector.items() <= labels.items()


def _is_usable(node: Node) -> bool:
    ready = condition(node.status.conditions, "Ready")
    return bool(ready and ready.status == "True") and not node.spec.unschedulable


def _fit(node: Node, others: Iterable[Pod], wanted: tuple[int, int]) -> int:
    here = [pod for pod in others if pod.spec.node_name == node.metadata.name and pod.status.phase not in ENDED]
    taken = [requests_of(pod.spec) for pod in here]
    sizes = _sizes(node.status.allocatable)
    left = (sizes[0] - sum(one[0] for one in taken), sizes[1] - sum(one[1] for one in taken))
    return min(max(0, have) // want for have, want in zip(left, wanted, strict=True) if want)


def _sizes(amounts: Mapping[str, Quantity] | None) -> tuple[int, int]:
    return in_millicores((amounts or {}).get("cpu", 0)), in_bytes((amounts or {}).get("memory", 0))

"""What a step may use: the ports of the engine, each with a real form and a fake one of the same shape."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from seatrial.model.kube import Hpa, Node, NodeMetrics, PodMetrics
from seatrial.model.observation import (
    Access,
    AccessAnswer,
    CouldNotLook,
    ExecResult,
    HttpAnswer,
    Identity,
    LogTail,
    Look,
    ObjectRef,
)
from seatrial.model.writes import Body, Precondition, Rejected, WriteAnswer


class Reads(Protocol):
    """Looking at the cluster. Nothing here changes anything; a read that fails returns CouldNotLook and never raises."""

    async def identity(self) -> Identity | CouldNotLook:
        """Server, CA digest, kube-system's uid and version."""
        ...

    async def access(self, wants: Sequence[Access]) -> tuple[AccessAnswer, ...] | CouldNotLook:
        """One SelfSubjectAccessReview for each, in parallel."""
        ...

    async def get(self, ref: ObjectRef) -> Body | CouldNotLook | None:
        """The whole object; None where it is not there."""
        ...

    async def nodes(self) -> tuple[Node, ...] | CouldNotLook:
        """All nodes."""
        ...

    async def node_metrics(self) -> tuple[NodeMetrics, ...] | CouldNotLook:
        """metrics.k8s.io of all nodes."""
        ...

    async def pod_metrics(self, namespace: str, selector: str) -> tuple[PodMetrics, ...] | CouldNotLook:
        """metrics.k8s.io of the pods that the label selector names."""
        ...

    async def hpas(self, namespace: str) -> tuple[Hpa, ...] | CouldNotLook:
        """All autoscalers of the namespace."""
        ...

    async def look(self, workload: ObjectRef) -> Look:
        """One look: the Deployment, its ReplicaSets, pods, autoscalers and events. What failed is in `blind`."""
        ...

    def follow(self, workload: ObjectRef) -> AsyncIterator[Look]:
        """A Look at once and after each change, by LIST+WATCH; reconnects by itself; ends only when closed (aclose)."""
        ...

    async def log(self, namespace: str, pod: str, container: str, tail: int) -> LogTail | CouldNotLook:
        """The last lines of the running container's log."""
        ...

    async def previous_log(self, namespace: str, pod: str, container: str, tail: int) -> LogTail | CouldNotLook:
        """The last lines of the container before its last restart."""
        ...

    async def run_in(
        self, namespace: str, pod: str, container: str, argv: Sequence[str], deadline_s: float, bytes_max: int
    ) -> ExecResult | CouldNotLook:
        """Run a command in a container, with a deadline and an output cap."""
        ...

    async def ask_pod(
        self, namespace: str, pod: str, port: int, path: str, deadline_s: float
    ) -> HttpAnswer | CouldNotLook:
        """GET through the API server's pod proxy."""
        ...

    async def ask_service(
        self, namespace: str, service: str, port: int, path: str, deadline_s: float
    ) -> HttpAnswer | CouldNotLook:
        """GET through the API server's service proxy."""
        ...

    async def would_become(self, body: Body) -> Body | Rejected | CouldNotLook:
        """Server-side apply of the object as a dry run (force, our field manager): the object as it would be."""
        ...


class Writes(Protocol):
    """Changing the cluster. Used by the apply and rollback steps, and by nobody else."""

    async def create(self, body: Body) -> WriteAnswer:
        """POST: a Conflict where somebody was first."""
        ...

    async def apply(self, body: Body, only_if: Precondition) -> WriteAnswer:
        """Server-side apply (force, our field manager) with uid and resourceVersion in the body."""
        ...

    async def adopt(self, ref: ObjectRef, managed_fields: Sequence[Body], only_if: Precondition) -> WriteAnswer:
        """Replace metadata.managedFields by a JSON patch guarded by uid and resourceVersion; nothing else changes."""
        ...

    async def delete(self, ref: ObjectRef, only_if: Precondition) -> WriteAnswer:
        """DELETE with preconditions, in the background."""
        ...

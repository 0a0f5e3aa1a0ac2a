"""What a step may use: the ports of the engine, each with a real form and a fake one of the same shape."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from seatrial.journal.book import Journal
from seatrial.model.events import Transition
from seatrial.model.judgement import Judgement
from seatrial.model.kube import Hpa, Node, NodeMetrics, Pod, PodMetrics
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
from seatrial.model.plan import Plan
from seatrial.model.preflight import GitState, Kustomization
from seatrial.model.writes import Body, Precondition, Rejected, WriteAnswer
from seatrial.run.attention import Attention
from seatrial.run.clock import Clock
from seatrial.sources.git import NoGit
from seatrial.sources.rendered import Rendered, SourceError


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

    async def placed_pods(self) -> tuple[Pod, ...] | CouldNotLook:
        """All pods of all namespaces that take room on a node: those that have not ended."""
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

    async def would_become(self, body: Body, live: Body | None = None) -> Body | Rejected | CouldNotLook:
        """The object as a server-side apply (force, our field manager) would make it, by a dry run.

        live: the object as it is, where client-side kubectl's ownership will be taken over before the apply.
        """
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


class Store(Protocol):
    """What lies beside the journal: sealed bodies and evidence."""

    def key(self) -> bytes:
        """The run's own key for digests of secrets; 32 random bytes, sealed with the bodies."""
        ...

    def seal(self, name: str, body: Body) -> None:
        """Keep a body, fsynced, until nothing is owed any more."""
        ...

    def unseal(self) -> dict[str, Body]:
        """All sealed bodies by name."""
        ...

    def shred(self) -> None:
        """Delete what is sealed: the obligation has ended."""
        ...

    def keep(self, name: str, content: bytes) -> str:
        """Save a file of evidence; the name it got."""
        ...


class Sources(Protocol):
    """Where the manifests and the commit come from."""

    async def render(self, directory: str) -> Rendered | SourceError:
        """What the directory amounts to."""
        ...

    async def git_state(self, directory: str) -> GitState | NoGit:
        """The commit and what differs from it."""
        ...

    async def kustomization(self, directory: str) -> Kustomization | None:
        """The kustomization file, where there is one."""
        ...


class Approver(Protocol):
    """The person at the terminal, if there is one."""

    def name(self) -> str:
        """Who it is, for the record."""
        ...

    def approved_beforehand(self) -> bool:
        """Whether the diff was approved on the command line (`--yes`)."""
        ...

    async def ask(self, question: str) -> bool | None:
        """Yes, no, or None where nobody can be asked here."""
        ...


@dataclass(frozen=True)
class Tools:
    """Everything that a step may use. `show` is told the newest judgements for the living view; nothing decides from it.

    patience_s: how long a step may wait for a criterion that is not due yet before the process leaves it to a later `resume`.
    """

    clock: Clock
    reads: Reads
    writes: Writes
    journal: Journal
    store: Store
    sources: Sources
    approver: Approver
    attention: Attention
    show: Callable[[tuple[Judgement, ...]], None]
    patience_s: float = 300.0
    evidence_s: float = 10.0


@dataclass(frozen=True)
class Leave:
    """A step ends the process in order, without a transition: `held`, `detached`, or `later`."""

    parting: str


Outcome = Transition | Leave


def workload_of(plan: Plan) -> ObjectRef:
    """The Deployment that the plan is about."""
    return ObjectRef("apps/v1", "Deployment", plan.target.namespace, plan.target.name)

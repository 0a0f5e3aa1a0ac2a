"""What the preflight rules look at: facts of the working tree, the cluster and the permissions, gathered before the first change."""

from datetime import datetime

from msgspec import Struct

from seatrial.model.kube import Hpa, Node, NodeMetrics, Pod, PodMetrics
from seatrial.model.observation import AccessAnswer, CouldNotLook, Identity, Look


class GitState(Struct, frozen=True):
    """The working tree that the manifests come from: the commit (full id) and what differs from it in the rendered directory."""

    commit: str
    dirty: tuple[str, ...] = ()


class Kustomization(Struct, frozen=True):
    """A kustomization file: its resources as written, and the manifest files that lie beside it."""

    file: str
    resources: tuple[str, ...]
    beside: tuple[str, ...] = ()


class Preflight(Struct, frozen=True):
    """All that is known before the first change. None means that nobody asked for it; CouldNotLook that the read failed."""

    at: datetime
    identity: Identity | CouldNotLook
    look: Look
    nodes: tuple[Node, ...] | CouldNotLook
    node_metrics: tuple[NodeMetrics, ...] | CouldNotLook
    hpas: tuple[Hpa, ...] | CouldNotLook
    access: tuple[AccessAnswer, ...] | CouldNotLook
    git: GitState | CouldNotLook | None = None
    kustomization: Kustomization | CouldNotLook | None = None
    pods_on_nodes: tuple[Pod, ...] | CouldNotLook | None = None
    pinned: Identity | None = None
    pod_metrics: tuple[PodMetrics, ...] | CouldNotLook | None = None

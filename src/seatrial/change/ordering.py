"""In which order objects are sent: what others need comes first, what scales comes last; and the way back."""

from collections.abc import Collection, Iterable

from seatrial.change.objects import ref_of
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

# As Helm and kustomize order them; a kind that is not here (a custom resource) goes before the autoscalers.
_BEFORE = (
    *("Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "PriorityClass", "ServiceAccount", "Secret"),
    *("ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition"),
    *("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service", "PodDisruptionBudget"),
    *("DaemonSet", "ReplicaSet", "Deployment", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress"),
)
_RANK = {kind: rank for rank, kind in enumerate(_BEFORE)}
AUTOSCALERS = frozenset({"HorizontalPodAutoscaler", "VerticalPodAutoscaler", "ScaledObject"})


def _place(ref: ObjectRef) -> tuple[int, ObjectRef]:
    if ref.kind in AUTOSCALERS:
        return len(_BEFORE) + 1, ref
    return _RANK.get(ref.kind, len(_BEFORE)), ref


def refs_in_apply_order(refs: Iterable[ObjectRef]) -> tuple[ObjectRef, ...]:
    """Secrets and ConfigMaps before the workloads that read them, autoscalers last."""
    return tuple(sorted(refs, key=_place))


def in_apply_order(bodies: Iterable[Body]) -> tuple[Body, ...]:
    """The bodies, ordered as `refs_in_apply_order`."""
    return tuple(sorted(bodies, key=lambda body: _place(ref_of(body))))


def refs_in_rollback_order(
    refs: Iterable[ObjectRef], created: Collection[ObjectRef], gone: Collection[ObjectRef] = ()
) -> tuple[ObjectRef, ...]:
    """Autoscalers that are there come first, then what was recorded in apply order, then what else was created.

    An autoscaler that is left standing while the Deployment goes back scales it up again within 15 s, and the replicas stay after
    its own removal (seen on a real API server). One that is gone and must come back comes last, as in an apply.
    """
    ordered = refs_in_apply_order(refs)
    first = [ref for ref in ordered if ref.kind in AUTOSCALERS and ref not in gone]
    made = [ref for ref in reversed(ordered) if ref in created and ref not in first]
    return (*first, *(ref for ref in ordered if ref not in first and ref not in made), *made)

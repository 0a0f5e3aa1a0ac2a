"""Where an object lives in the REST API: known by heart for the kinds of a deployment, asked of the server for others."""

from urllib.parse import quote

from msgspec import Struct

from seatrial.model.observation import ObjectRef


class Resource(Struct, frozen=True):
    """How a kind is named in paths."""

    api_version: str
    plural: str
    namespaced: bool


_NAMESPACED = {
    "v1": {
        "ConfigMap": "configmaps",
        "Endpoints": "endpoints",
        "Event": "events",
        "LimitRange": "limitranges",
        "PersistentVolumeClaim": "persistentvolumeclaims",
        "Pod": "pods",
        "ReplicationController": "replicationcontrollers",
        "ResourceQuota": "resourcequotas",
        "Secret": "secrets",
        "Service": "services",
        "ServiceAccount": "serviceaccounts",
    },
    "apps/v1": {
        "ControllerRevision": "controllerrevisions",
        "DaemonSet": "daemonsets",
        "Deployment": "deployments",
        "ReplicaSet": "replicasets",
        "StatefulSet": "statefulsets",
    },
    "autoscaling/v1": {"HorizontalPodAutoscaler": "horizontalpodautoscalers"},
    "autoscaling/v2": {"HorizontalPodAutoscaler": "horizontalpodautoscalers"},
    "batch/v1": {"CronJob": "cronjobs", "Job": "jobs"},
    "coordination.k8s.io/v1": {"Lease": "leases"},
    "discovery.k8s.io/v1": {"EndpointSlice": "endpointslices"},
    "metrics.k8s.io/v1beta1": {"PodMetrics": "pods"},
    "networking.k8s.io/v1": {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"},
    "policy/v1": {"PodDisruptionBudget": "poddisruptionbudgets"},
    "rbac.authorization.k8s.io/v1": {"Role": "roles", "RoleBinding": "rolebindings"},
}
_CLUSTER_WIDE = {
    "v1": {"Namespace": "namespaces", "Node": "nodes", "PersistentVolume": "persistentvolumes"},
    "metrics.k8s.io/v1beta1": {"NodeMetrics": "nodes"},
    "rbac.authorization.k8s.io/v1": {"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings"},
    "scheduling.k8s.io/v1": {"PriorityClass": "priorityclasses"},
    "storage.k8s.io/v1": {"StorageClass": "storageclasses"},
}


def builtin(api_version: str, kind: str) -> Resource | None:
    """The resource of a built-in kind."""
    plural = _NAMESPACED.get(api_version, {}).get(kind)
    if plural:
        return Resource(api_version, plural, namespaced=True)
    plural = _CLUSTER_WIDE.get(api_version, {}).get(kind)
    return Resource(api_version, plural, namespaced=False) if plural else None


def api_root(api_version: str) -> str:
    """`/api/v1` for the core group, `/apis/GROUP/VERSION` for others."""
    return f"/apis/{safe(api_version, keep='/')}" if "/" in api_version else f"/api/{safe(api_version)}"


def collection(resource: Resource, namespace: str) -> str:
    """The path of all objects of a kind, of one namespace where the kind has namespaces."""
    within = f"/namespaces/{safe(namespace)}" if resource.namespaced else ""
    return f"{api_root(resource.api_version)}{within}/{resource.plural}"


def item(resource: Resource, ref: ObjectRef) -> str:
    """The path of one object."""
    return f"{collection(resource, ref.namespace)}/{safe(ref.name)}"


def safe(word: str, keep: str = "") -> str:
    """One step of a path: a name from a plan must not climb out of it."""
    return quote(word, safe=keep) if word not in (".", "..") else "%2E" * len(word)

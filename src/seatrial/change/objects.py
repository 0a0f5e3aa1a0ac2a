"""Small readers of whole bodies: who an object is, what its pods read, and what of it belongs to the server."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body, Precondition

Bodies = Mapping[ObjectRef, Body]
"""Objects by name; an object that is not there has no key."""

CLUSTER_SCOPED = frozenset(
    {"Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}
    | {"StorageClass", "CSIDriver", "VolumeAttributesClass", "PriorityClass", "RuntimeClass", "IngressClass"}
    | {"APIService", "GatewayClass", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}
    | {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ClusterIssuer"}
)
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"})

# What the API server or a controller writes: never a part of what somebody wanted.
SERVER_METADATA = frozenset(
    {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}
    | {"deletionTimestamp", "deletionGracePeriodSeconds"}
)
SERVER_ANNOTATIONS = frozenset({"deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"})


class Source(Struct, frozen=True, order=True):
    """A Secret or ConfigMap that pods read; keys is empty where they read all of it."""

    ref: ObjectRef
    keys: tuple[str, ...] = ()


def mapping(value: object) -> Body:
    """The value where it is a mapping, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The value where it is a list, an empty one otherwise."""
    return value if isinstance(value, list) else []


def at(value: object, *path: str) -> object:
    """What lies under a path of field names, or None."""
    for step in path:
        value = mapping(value).get(step)
    return value


def text_at(value: object, *path: str) -> str:
    """The string under a path of field names; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def with_at(body: Body, path: tuple[str, ...], value: object) -> Body:
    """A copy with the value under the path; what does not change is shared."""
    head, *rest = path
    return {**body, head: with_at(mapping(body.get(head)), tuple(rest), value) if rest else value}


def without_at(body: Body, path: tuple[str, ...]) -> Body:
    """A copy without the field under the path."""
    head, *rest = path
    if head not in body:
        return body
    if not rest:
        return {key: value for key, value in body.items() if key != head}
    return {**body, head: without_at(mapping(body[head]), tuple(rest))}


def ref_of(body: Body) -> ObjectRef:
    """Which object this is."""
    meta = mapping(body.get("metadata"))
    return ObjectRef(
        text_at(body, "apiVersion"), text_at(body, "kind"), text_at(meta, "namespace"), text_at(meta, "name")
    )


def by_ref(bodies: Iterable[Body]) -> dict[ObjectRef, Body]:
    """The bodies by name."""
    return {ref_of(body): body for body in bodies}


def placed(body: Body, namespace: str) -> Body:
    """The object in its namespace, as kubectl fills it in from `-n` or the context where the manifest has none."""
    if text_at(body, "kind") in CLUSTER_SCOPED or text_at(body, "metadata", "namespace"):
        return body
    return with_at(body, ("metadata", "namespace"), namespace)


def annotations(body: Body) -> dict[str, str]:
    """The object's annotations."""
    return {key: str(value) for key, value in mapping(at(body, "metadata", "annotations")).items()}


def labels(body: Body) -> dict[str, str]:
    """The object's labels."""
    return {key: str(value) for key, value in mapping(at(body, "metadata", "labels")).items()}


def precondition_of(live: Body) -> Precondition:
    """Which version of which object a write may change: this one."""
    return Precondition(text_at(live, "metadata", "uid"), text_at(live, "metadata", "resourceVersion"))


def template_path(body: Body) -> tuple[str, ...]:
    """Where a workload keeps its pod template; empty where the object makes no pods."""
    kind = text_at(body, "kind")
    if kind not in WORKLOADS:
        return ()
    return ("spec", "jobTemplate", "spec", "template") if kind == "CronJob" else ("spec", "template")


def pod_template(body: Body) -> Body:
    """The pod template, with its metadata; empty where there is none."""
    path = template_path(body)
    return mapping(at(body, *path)) if path else {}


def containers(template: Body) -> Iterator[Body]:
    """The containers of a pod template, init containers first."""
    for group in ("initContainers", "containers"):
        yield from (mapping(one) for one in items(at(template, "spec", group)))


def reads(workload: Body) -> tuple[Source, ...]:
    """The Secrets and ConfigMaps that the pods of a workload read: env, envFrom and volumes, in a fixed order."""
    template, namespace = pod_template(workload), text_at(workload, "metadata", "namespace")
    wanted: dict[ObjectRef, set[str] | None] = {}
    for kind, name, keys in (*_read_by_env(template), *_read_by_volumes(template)):
        ref = ObjectRef("v1", kind, namespace, name)
        known = wanted.get(ref, set())
        wanted[ref] = None if keys is None or known is None else known | keys
    return tuple(Source(ref, tuple(sorted(keys or ()))) for ref, keys in sorted(wanted.items()))


def _read_by_env(template: Body) -> Iterator[tuple[str, str, set[str] | None]]:
    for container in containers(template):
        for whole in items(container.get("envFrom")):
            for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                if name := text_at(whole, field, "name"):
                    yield kind, name, None
        for one in items(container.get("env")):
            for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if name := text_at(one, "valueFrom", field, "name"):
                    yield kind, name, {text_at(one, "valueFrom", field, "key")}


def _read_by_volumes(template: Body) -> Iterator[tuple[str, str, set[str] | None]]:
    for volume in items(at(template, "spec", "volumes")):
        projected = (mapping(one) for one in items(at(volume, "projected", "sources")))
        for source, name_field in ((mapping(volume), "secretName"), *((one, "name") for one in projected)):
            if name := text_at(source, "secret", name_field):
                yield "Secret", name, _keys_of_volume(source["secret"])
            if name := text_at(source, "configMap", "name"):
                yield "ConfigMap", name, _keys_of_volume(source["configMap"])


def _keys_of_volume(source: object) -> set[str] | None:
    chosen = {text_at(one, "key") for one in items(mapping(source).get("items"))}
    return chosen or None


def autoscaled(workload: ObjectRef, bodies: Iterable[Body]) -> Body | None:
    """The autoscaler among the bodies that scales the workload: found by its target, whatever it is called."""
    for body in bodies:
        target = mapping(at(body, "spec", "scaleTargetRef"))
        is_its = (target.get("kind"), target.get("name")) == (workload.kind, workload.name)
        if text_at(body, "kind") == "HorizontalPodAutoscaler" and is_its:
            return body
    return None


def without_server_fields(body: Body) -> Body:
    """What somebody wanted of the object: without status and without what the server or a controller writes."""
    wanted = {key: value for key, value in body.items() if key != "status"}
    meta = {key: value for key, value in mapping(body.get("metadata")).items() if key not in SERVER_METADATA}
    notes = {key: value for key, value in mapping(meta.get("annotations")).items() if key not in SERVER_ANNOTATIONS}
    if "annotations" in meta:
        meta["annotations"] = notes
    if not notes:
        meta.pop("annotations", None)
    return {**wanted, "metadata": meta}

"""What the API server does with a body: merge by keys, know who owns which field, fill in defaults; as strict as the real one."""

from copy import deepcopy

from seatrial.model.writes import Body

Path = tuple[object, ...]
"""Steps into a body: a field's name, or (key, value, …) of a list's element."""

KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "ownerReferences": ("uid",),
    "conditions": ("type",),
}
PORT_KEYS = {"containerPort": ("containerPort", "protocol"), "port": ("port", "protocol")}
NOT_OWNED = {
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "uid"),
    ("metadata", "resourceVersion"),
    ("metadata", "managedFields"),
    ("metadata", "generation"),
    ("metadata", "creationTimestamp"),
    ("status",),
}


def part(body: object, *path: str) -> Body:
    """The object at the path, made where it is missing."""
    here = body
    for name in path:
        assert isinstance(here, dict), f"{name} in {here}"
        here = here.setdefault(name, {})
    assert isinstance(here, dict), path
    return here


def peek(body: object, *path: str) -> object:
    """What is at the path; None where something is missing."""
    here = body
    for name in path:
        here = here.get(name) if isinstance(here, dict) else None
    return here


def text(body: object, *path: str) -> str:
    """The text at the path; empty where it is missing."""
    found = peek(body, *path)
    return found if isinstance(found, str) else ""


def number(body: object, *path: str, otherwise: int = 0) -> int:
    """The number at the path."""
    found = peek(body, *path)
    return found if isinstance(found, int) else otherwise


def bodies(body: object, *path: str) -> list[Body]:
    """The list of objects at the path."""
    found = peek(body, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def keys_of(field: object, elements: list[object]) -> tuple[str, ...]:
    """The keys by which the elements of this list are merged; none: the list is one value."""
    if field == "ports" and elements and isinstance(elements[0], dict):
        return next((keys for probe, keys in PORT_KEYS.items() if probe in elements[0]), ())
    return KEYS.get(str(field), ())


def element_key(keys: tuple[str, ...], element: object) -> tuple[object, ...]:
    """The element's place in a merged list."""
    assert isinstance(element, dict), element
    usual = {"protocol": "TCP"}
    return tuple(part for key in keys for part in (key, element.get(key, usual.get(key))))


def leaves(value: object, at: Path = (), field: object = "") -> set[Path]:
    """The paths that a manager owns by sending this value."""
    if at in NOT_OWNED:
        return set()
    if isinstance(value, dict) and value:
        return set[Path]().union(*(leaves(inner, (*at, name), name) for name, inner in value.items()))
    keys = keys_of(field, value) if isinstance(value, list) and value else ()
    if isinstance(value, list) and keys:
        return set[Path]().union(*(leaves(one, (*at, element_key(keys, one)), "") for one in value))
    return {at}


def merged(live: object, wanted: object, field: object = "") -> object:
    """`live` with all that `wanted` says."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        return live | {name: merged(live.get(name), inner, name) for name, inner in wanted.items()}
    if isinstance(live, list) and isinstance(wanted, list) and (keys := keys_of(field, wanted)):
        fresh = {element_key(keys, one): one for one in wanted}
        known = {element_key(keys, one): one for one in live}
        both = [merged(one, fresh[key]) if key in fresh else one for key, one in known.items()]
        return both + [one for key, one in fresh.items() if key not in known]
    return deepcopy(wanted)


def without(value: object, path: Path) -> object:
    """`value` without what lies at the path; containers that become empty go too."""
    if isinstance(value, dict) and path and path[0] in value:
        rest = without(value[str(path[0])], path[1:]) if len(path) > 1 else None
        kept = {name: inner for name, inner in value.items() if name != path[0]}
        return kept | ({str(path[0]): rest} if rest not in (None, {}, []) else {})
    if isinstance(value, list) and path and isinstance(path[0], tuple):
        return _list_without(value, path)
    return value


def _list_without(value: list[object], path: Path) -> list[object]:
    step = path[0]
    assert isinstance(step, tuple)
    keys = step[0::2]
    kept: list[object] = []
    for one in value:
        if element_key(keys, one) != step:
            kept.append(one)
            continue
        # Its key stays as long as anything else of the element does.
        rest = without(one, path[1:]) if path[1:] and path[1] not in keys else one
        if isinstance(rest, dict) and set(rest) - set(keys):
            kept.append(rest)
    return kept


def defaulted(body: Body) -> Body:
    """With the defaults that the API server writes into a Deployment, a Service or an autoscaler."""
    match body.get("kind"):
        case "Deployment":
            _deployment_defaults(part(body, "spec"))
        case "Service":
            part(body, "spec").setdefault("type", "ClusterIP")
            part(body, "spec").setdefault("clusterIP", "198.19.0.10")
        case "HorizontalPodAutoscaler":
            part(body, "spec").setdefault("minReplicas", 1)
        case "Secret":
            body.setdefault("type", "Opaque")
        case _:
            pass
    return body


def _deployment_defaults(spec: Body) -> None:
    spec.setdefault("replicas", 1)
    spec.setdefault("progressDeadlineSeconds", 600)
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = part(spec, "strategy")
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = part(strategy, "rollingUpdate")
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")
    pod = part(spec, "template", "spec")
    pod.setdefault("restartPolicy", "Always")
    pod.setdefault("terminationGracePeriodSeconds", 30)
    for container in bodies(pod, "containers"):
        container.setdefault("imagePullPolicy", "IfNotPresent")
        container.setdefault("resources", {})
        for port in bodies(container, "ports"):
            port.setdefault("protocol", "TCP")

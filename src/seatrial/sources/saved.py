"""A saved state, read back: what `kubectl get deploy,rs,pods,hpa,events,nodes -o yaml|json` printed becomes a Look."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import yaml

from seatrial.model.kube import Deployment, Hpa, KubeEvent, Node, Pod, ReplicaSet, View
from seatrial.model.observation import Look

BYTES_MAX = 256 * 1024 * 1024
VALUES_MAX = 2_000_000
TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_CONDITIONS_V1 = "autoscaling.alpha.kubernetes.io/conditions"
_METRICS_V1 = "autoscaling.alpha.kubernetes.io/metrics"
_CURRENT_V1 = "autoscaling.alpha.kubernetes.io/current-metrics"

V = TypeVar("V", bound=View)
Tree = dict[str, object]


class SavedStateError(ValueError):
    """The text is no saved state: it says where, and what to save instead."""


class _TextTimes(yaml.CSafeLoader):
    """YAML whose times stay text, as JSON has them."""


_TextTimes.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_state(text: str, at: datetime | None = None, workload: str = "") -> Look:
    """The look that the saved text holds. at: the newest time found in it, unless given. workload: KIND/NAME, where there are several."""
    return look_from(_objects(_documents(text)), at, workload)


def look_from(given: Iterable[Tree], at: datetime | None = None, workload: str = "") -> Look:
    """The look that whole objects make."""
    objects = [_as_v2(_as_core(_without_nulls(one))) for one in given]
    deployment = _chosen(objects, workload)
    pods = _views(objects, "Pod", Pod)
    return Look(
        at=at or newest_time(objects),
        deployment=deployment,
        replica_sets=tuple(_views(objects, "ReplicaSet", ReplicaSet)),
        pods=tuple(pod for pod in pods if deployment is None or _selected(deployment, pod)),
        hpas=tuple(_views(objects, "HorizontalPodAutoscaler", Hpa)),
        events=tuple(_views(objects, "Event", KubeEvent)),
        nodes=tuple(_views(objects, "Node", Node)),
    )


def newest_time(objects: Iterable[object]) -> datetime:
    """The newest time in the objects. A deletionTimestamp lies ahead, and a spec tells no history.

    Where there is no time at all, nothing has an age, and any time is as good: then it is TIMELESS.
    """
    return max((_time(text) for one in objects for text in _texts(one) if _TIME.fullmatch(text)), default=TIMELESS)


def _time(text: str) -> datetime:
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text)
    return datetime.fromisoformat(cut).astimezone(UTC)


def _texts(value: object) -> Iterator[str]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            stack.extend(part for key, part in one.items() if key not in ("deletionTimestamp", "spec"))
        elif isinstance(one, list):
            stack.extend(one)


def _documents(text: str) -> list[object]:
    if len(text) > BYTES_MAX:
        raise SavedStateError(f"the saved state has {len(text)} characters, more than the {BYTES_MAX} that are read")
    try:
        if text.lstrip().startswith("{"):
            return [msgspec.json.decode(text.encode())]
    except msgspec.DecodeError:
        pass  # several JSON documents, or YAML in its JSON form: the YAML parser says it better
    try:
        return list(yaml.load_all(text, Loader=_TextTimes))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SavedStateError(f"neither YAML nor JSON: {' '.join(str(error).split())}") from error


def _objects(documents: list[object]) -> Iterator[Tree]:
    for number, document in enumerate(documents, start=1):
        if document is None:
            continue
        if not isinstance(document, dict) or "kind" not in document:
            raise SavedStateError(f"document {number} is no Kubernetes object: save with kubectl get ... -o yaml")
        kind, items = str(document["kind"]), document.get("items")
        if not isinstance(items, list):
            yield document
            continue
        for item in items:
            if isinstance(item, dict):
                yield {"kind": kind.removesuffix("List"), **item}


def _without_nulls(tree: Tree) -> Tree:
    """Kubernetes takes null for absent. Bounded, because YAML's references can make a small text a huge tree."""
    left = [VALUES_MAX]

    def walk(value: object, key: str) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise SavedStateError(f"an object of the saved state has more than {VALUES_MAX} values")
        if isinstance(value, dict):
            named = key in ("labels", "annotations", "matchLabels")
            parts = {str(name): walk(part, str(name)) for name, part in value.items() if part is not None}
            return {name: _text_of(part) for name, part in parts.items()} if named else parts
        if isinstance(value, list):
            return [walk(part, "") for part in value if part is not None or key == "currentMetrics"]
        return value

    try:
        walked = walk(tree, "")
    except RecursionError as error:
        raise SavedStateError("an object of the saved state is nested too deeply") from error
    return walked if isinstance(walked, dict) else {}


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _views(objects: list[Tree], kind: str, view: type[V]) -> list[V]:
    return [_convert(one, view) for one in objects if one.get("kind") == kind]


def _convert(one: Tree, view: type[V]) -> V:
    try:
        return msgspec.convert(one, view)
    except msgspec.ValidationError as error:
        meta = _part(one, "metadata")
        raise SavedStateError(f"{one.get('kind')} {meta.get('name', '(unnamed)')}: {error}") from error


def _chosen(objects: list[Tree], workload: str) -> Deployment | None:
    deployments = _views(objects, "Deployment", Deployment)
    kind, _, name = workload.rpartition("/")
    if kind and kind.lower().partition(".")[0] not in ("deployment", "deployments", "deploy"):
        raise SavedStateError(f"{workload}: only deployments can be judged")
    mine = [one for one in deployments if not name or one.metadata.name == name]
    if name and not mine:
        there = ", ".join(one.metadata.name for one in deployments) or "none"
        raise SavedStateError(f"deployment/{name} is not in the saved state (deployments there: {there})")
    if len(mine) > 1:
        there = ", ".join(f"deployment/{one.metadata.name}" for one in mine)
        raise SavedStateError(f"several workloads: say with --workload which of {there}")
    return mine[0] if mine else None


def _selected(deployment: Deployment, pod: Pod) -> bool:
    """Whether the Deployment's selector names the pod, as far as it is known."""
    wanted = deployment.spec.selector.match_labels or {}
    labels = pod.metadata.labels or {}
    same_place = not (pod.metadata.namespace and deployment.metadata.namespace) or (
        pod.metadata.namespace == deployment.metadata.namespace
    )
    return same_place and all(labels.get(key) == value for key, value in wanted.items())


def _part(tree: Tree, key: str) -> Tree:
    part = tree.get(key)
    return part if isinstance(part, dict) else {}


def _as_core(event: Tree) -> Tree:
    """events.k8s.io/v1 has other names for the same fields."""
    if event.get("kind") != "Event" or "regarding" not in event:
        return event
    renamed = {"regarding": "involvedObject", "note": "message", "reportingController": "reportingComponent"}
    renamed |= {"deprecatedCount": "count", "deprecatedFirstTimestamp": "firstTimestamp"}
    renamed |= {"deprecatedLastTimestamp": "lastTimestamp", "deprecatedSource": "source"}
    return {renamed.get(key, key): value for key, value in event.items()}


def _as_v2(hpa: Tree) -> Tree:
    """autoscaling/v1 keeps its conditions and metrics in annotations, and v2beta1 has its targets beside the metric's name."""
    if hpa.get("kind") != "HorizontalPodAutoscaler":
        return hpa
    if hpa.get("apiVersion") == "autoscaling/v1":
        notes, spec, status = _part(_part(hpa, "metadata"), "annotations"), _part(hpa, "spec"), _part(hpa, "status")
        metrics = [*_cpu(spec.get("targetCPUUtilizationPercentage"), "target"), *_noted(notes, _METRICS_V1)]
        current = [*_cpu(status.get("currentCPUUtilizationPercentage"), "current"), *_noted(notes, _CURRENT_V1)]
        conditions = _noted(notes, _CONDITIONS_V1)
        spec, status = {**spec, "metrics": metrics}, {**status, "currentMetrics": current, "conditions": conditions}
        hpa = {**hpa, "spec": spec, "status": status}
    if hpa.get("apiVersion") in ("autoscaling/v1", "autoscaling/v2beta1"):
        hpa = {
            **hpa,
            "spec": _beta1(_part(hpa, "spec"), "metrics"),
            "status": _beta1(_part(hpa, "status"), "currentMetrics"),
        }
    return hpa


def _cpu(percent: object, where: str) -> list[Tree]:
    if not isinstance(percent, int):
        return []
    return [{"type": "Resource", "resource": {"name": "cpu", where: {"averageUtilization": percent}}}]


def _noted(notes: Tree, name: str) -> list[Tree]:
    text = notes.get(name)
    try:
        found = msgspec.json.decode(text) if isinstance(text, str) else []
    except msgspec.DecodeError as error:
        raise SavedStateError(f"the annotation {name} is not JSON: {error}") from error
    return [_without_nulls(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _beta1(part: Tree, key: str) -> Tree:
    metrics = part.get(key)
    if not isinstance(metrics, list):
        return part
    return {**part, key: [_beta1_metric(one) if isinstance(one, dict) else one for one in metrics]}


def _beta1_metric(metric: Tree) -> Tree:
    for key in ("resource", "containerResource"):
        old = metric.get(key)
        if not isinstance(old, dict):
            continue
        target = {
            "averageUtilization": old.get("targetAverageUtilization"),
            "averageValue": old.get("targetAverageValue"),
        }
        seen = {
            "averageUtilization": old.get("currentAverageUtilization"),
            "averageValue": old.get("currentAverageValue"),
        }
        new = _without_nulls(
            {"name": old.get("name"), "container": old.get("container"), "target": target, "current": seen}
        )
        if new["target"] or new["current"]:
            metric = {**metric, key: new}
    return metric

"""The API server's defaults, filled in where a field has gone: what a dropped field becomes, before anybody has dropped it.

k8s.io/kubernetes pkg/apis/{core,apps,autoscaling}/*/defaults.go, for the kinds that a service is made of.
"""

from collections.abc import Callable

from seatrial.change.objects import items, mapping, pod_template, template_path, text_at, with_at
from seatrial.model.writes import Body

_ROLLING: Body = {"maxSurge": "25%", "maxUnavailable": "25%"}
_DEPLOYMENT: Body = {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}
_POD: Body = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "securityContext": {},
}
_CONTAINER: Body = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "resources": {},
}
_PROBE: Body = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_SERVICE: Body = {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"}
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


def redefaulted(body: Body) -> Body:
    """The object with the defaults of what it lacks."""
    spec = mapping(body.get("spec"))
    match text_at(body, "kind"):
        case "Deployment":
            spec = _with_strategy({**_DEPLOYMENT, **spec})
        case "Service" if spec.get("type") != "ExternalName":
            spec = {**_SERVICE, **spec, "ports": [_service_port(mapping(one)) for one in items(spec.get("ports"))]}
        case "HorizontalPodAutoscaler":
            spec = {"minReplicas": 1, **spec}
        case _:
            pass
    body = {**body, "spec": spec} if spec else body
    template = pod_template(body)
    return with_at(body, (*template_path(body), "spec"), _pod(mapping(template.get("spec")))) if template else body


def _with_strategy(spec: Body) -> Body:
    strategy: Body = {"type": "RollingUpdate", **mapping(spec.get("strategy"))}
    if strategy["type"] == "RollingUpdate":
        strategy["rollingUpdate"] = {**_ROLLING, **mapping(strategy.get("rollingUpdate"))}
    return {**spec, "strategy": strategy}


def _service_port(port: Body) -> Body:
    return {"protocol": "TCP", "targetPort": port.get("port"), **port}


def _pod(spec: Body) -> Body:
    filled: Body = {**_POD, **spec}
    for group in ("initContainers", "containers"):
        if group in spec:
            filled[group] = [_container(mapping(one)) for one in items(spec[group])]
    return filled


def _container(container: Body) -> Body:
    filled: Body = {**_CONTAINER, "imagePullPolicy": _pull_policy(text_at(container, "image")), **container}
    for probe in _PROBES:
        _fill(filled, probe, lambda given: {**_PROBE, **given})
    if "ports" in filled:
        filled["ports"] = [{"protocol": "TCP", **mapping(one)} for one in items(filled["ports"])]
    return filled


def _fill(body: Body, field: str, fill: Callable[[Body], Body]) -> None:
    if field in body:
        body[field] = fill(mapping(body[field]))


def _pull_policy(image: str) -> str:
    name = image.rpartition("/")[2]
    is_latest = "@" not in name and (":" not in name or name.endswith(":latest"))
    return "Always" if is_latest else "IfNotPresent"

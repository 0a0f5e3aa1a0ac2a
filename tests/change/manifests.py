"""The runbook's objects, small, as they are rendered and as they stand in the cluster."""

import base64
from copy import deepcopy

from seatrial.change.lastapplied import LAST_APPLIED, last_applied_text
from seatrial.change.objects import mapping, with_at
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

NAMESPACE = "forex-prod"
DEPLOYMENT = ObjectRef("apps/v1", "Deployment", NAMESPACE, "rates")
SECRET = ObjectRef("v1", "Secret", NAMESPACE, "rates-env")
SERVICE = ObjectRef("v1", "Service", NAMESPACE, "rates")
HPA = ObjectRef("autoscaling/v2", "HorizontalPodAutoscaler", NAMESPACE, "rates-hpa")


def coded(text: str) -> str:
    """As a Secret's data."""
    return base64.b64encode(text.encode()).decode()


def secret(**values: str) -> Body:
    """A Secret with these values."""
    data = {name: coded(text) for name, text in values.items()}
    meta = {"name": "rates-env", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}


def deployment(replicas: int | None = 1, **container: object) -> Body:
    """A Deployment whose pods read the Secret."""
    spec: Body = {"selector": {"matchLabels": {"app": "rates"}}}
    if replicas is not None:
        spec["replicas"] = replicas
    pod: Body = {
        "name": "rates",
        "image": "rates:1.0",
        "envFrom": [{"secretRef": {"name": "rates-env"}}],
        "resources": {"requests": {"cpu": "400m", "memory": "4Gi"}, "limits": {"memory": "6Gi"}},
        **container,
    }
    spec["template"] = {"metadata": {"labels": {"app": "rates"}}, "spec": {"containers": [pod]}}
    meta = {"name": "rates", "namespace": NAMESPACE}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def service(port: int = 80) -> Body:
    """A Service."""
    meta = {"name": "rates", "namespace": NAMESPACE}
    spec = {"selector": {"app": "rates"}, "ports": [{"port": port, "targetPort": 10320}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def autoscaler(least: int = 2, most: int = 10) -> Body:
    """An autoscaler of the Deployment."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "rates"}
    meta = {"name": "rates-hpa", "namespace": NAMESPACE}
    spec: Body = {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}


def live(rendered: Body, uid: str = "uid-1", **more: object) -> Body:
    """The object as the team's `kubectl apply` left it in the cluster, with what the server adds."""
    body = with_at(deepcopy(rendered), ("metadata", "annotations", LAST_APPLIED), last_applied_text(rendered))
    meta = {**mapping(body["metadata"]), "uid": uid, "resourceVersion": "7", "generation": 3, **more}
    return {**body, "metadata": meta, "status": {"observedGeneration": 3}}


def fields(*paths: str) -> Body:
    """managedFields' fieldsV1 from paths like `f:spec/f:replicas`."""
    tree: Body = {}
    for path in paths:
        here = tree
        for step in path.split("/"):
            here = mapping(here.setdefault(step, {}))
    return tree


def owner(manager: str, operation: str, *paths: str, **more: str) -> Body:
    """One entry of managedFields."""
    entry: Body = {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsV1": fields(*paths)}
    return {**entry, **more}

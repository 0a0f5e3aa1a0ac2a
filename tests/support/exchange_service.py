"""The manifests of the runbook's service, before and after the change, as plain objects."""

from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

NAME = "exchange-service"
NAMESPACE = "forex-prod"
DEPLOYMENT = ObjectRef("apps/v1", "Deployment", NAMESPACE, NAME)
SECRET = ObjectRef("v1", "Secret", NAMESPACE, "exchange-service-env")
HPA = ObjectRef("autoscaling/v2", "HorizontalPodAutoscaler", NAMESPACE, "exchange-service-hpa")
SERVICE = ObjectRef("v1", "Service", NAMESPACE, NAME)


def deployment(replicas: int = 1, image: str = "exchange-service:1", annotations: dict[str, str] | None = None) -> Body:
    """The Deployment; `annotations` are the pod template's."""
    probe = {"httpGet": {"path": "/actuator/health", "port": 10320}, "initialDelaySeconds": 45}
    container: Body = {
        "name": NAME,
        "image": image,
        "envFrom": [{"secretRef": {"name": SECRET.name}}],
        "ports": [{"containerPort": 10320}],
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "6Gi"}},
    }
    template: Body = {"metadata": {"labels": {"app": NAME}}, "spec": {"containers": [container]}}
    if annotations:
        template["metadata"] = {"labels": {"app": NAME}, "annotations": annotations}
    spec: Body = {"replicas": replicas, "selector": {"matchLabels": {"app": NAME}}, "template": template}
    return _object(DEPLOYMENT, {"spec": spec})


def secret(args: str = "LVhteDUxMm0=") -> Body:
    """The Secret with the JVM's flags in ARGS1."""
    return _object(SECRET, {"data": {"ARGS1": args}, "type": "Opaque"})


def service() -> Body:
    """The Service."""
    return _object(SERVICE, {"spec": {"selector": {"app": NAME}, "ports": [{"port": 10320, "targetPort": 10320}]}})


def hpa(least: int = 2, most: int = 10) -> Body:
    """The autoscaler."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}
    metrics = [_utilisation("cpu", 70), _utilisation("memory", 75)]
    return _object(
        HPA, {"spec": {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most, "metrics": metrics}}
    )


def _utilisation(name: str, percent: int) -> Body:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def _object(ref: ObjectRef, rest: Body) -> Body:
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
    } | rest

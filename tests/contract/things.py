"""Objects for the contract: small, and valid on a real API server."""

from tests.contract.conftest import Side

from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body, Precondition

NAME = "thing"


def _object(side: Side, api_version: str, kind: str, rest: Body, annotations: dict[str, str] | None = None) -> Body:
    meta: Body = {"name": NAME, "namespace": side.namespace}
    if annotations:
        meta["annotations"] = annotations
    return {"apiVersion": api_version, "kind": kind, "metadata": meta} | rest


def secret(side: Side, value: str = "b25l") -> Body:
    """A Secret with one key."""
    return _object(side, "v1", "Secret", {"data": {"token": value}, "type": "Opaque"})


def config_map(side: Side, value: str) -> Body:
    """A ConfigMap with one key."""
    return _object(side, "v1", "ConfigMap", {"data": {"key": value}})


def service(side: Side, port: int = 80) -> Body:
    """A Service."""
    return _object(
        side, "v1", "Service", {"spec": {"selector": {"app": NAME}, "ports": [{"port": port, "targetPort": 8080}]}}
    )


def hpa(side: Side, most: int = 3) -> Body:
    """An autoscaler of a Deployment that is not there."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "another"}
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
    spec: Body = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": most, "metrics": [cpu]}
    return _object(side, "autoscaling/v2", "HorizontalPodAutoscaler", {"spec": spec})


def deployment(
    side: Side,
    image: str = "x:1",
    replicas: int = 0,
    annotations: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
    command: list[str] | None = None,
) -> Body:
    """A Deployment, by default without pods."""
    container: Body = {"name": "main", "image": image, "imagePullPolicy": "IfNotPresent"}
    if env:
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    if command:
        container["command"] = command
    template = {
        "metadata": {"labels": {"app": NAME}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
    }
    spec: Body = {"replicas": replicas, "selector": {"matchLabels": {"app": NAME}}, "template": template}
    return _object(side, "apps/v1", "Deployment", {"spec": spec}, annotations)


async def live(side: Side, body: Body) -> Body:
    """The object as it is, once its controller has come to rest."""
    ref = ObjectRef(str(body["apiVersion"]), str(body["kind"]), side.namespace, NAME)
    found = await side.reads.get(ref)
    for _ in range(100):
        await side.clock.sleep(0.1)
        again = await side.reads.get(ref)
        if again == found and (ref.kind != "Deployment" or _observed(again)):
            break
        found = again
    assert isinstance(found, dict), found
    return found


def _observed(body: object) -> bool:
    assert isinstance(body, dict)
    return bool(body.get("status", {}).get("observedGeneration") == body["metadata"]["generation"])


def precondition(body: Body) -> Precondition:
    """This version of this object."""
    meta = body["metadata"]
    assert isinstance(meta, dict)
    return Precondition(meta["uid"], meta["resourceVersion"])


def generation(body: Body) -> int:
    """metadata.generation."""
    meta = body["metadata"]
    assert isinstance(meta, dict)
    return int(meta["generation"])

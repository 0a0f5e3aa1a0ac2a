"""A metrics API that says exactly what a test says: metrics.k8s.io as a custom resource, one object for each pod.

The controller only lists pods under metrics.k8s.io/v1beta1, and does not care who serves them.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from seatrial.change.objects import at, items, mapping, text_at
from seatrial.cluster.wire import Request, Wire
from seatrial.model.writes import Body

NAMESPACE = "foretold"
GROUP = "metrics.k8s.io"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
METRICS = f"/apis/{GROUP}/v1beta1/namespaces/{NAMESPACE}/pods"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
AUTOSCALERS = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers"
MERGE = "application/merge-patch+json"
ANSWER_S = 30.0
BEFORE, AFTER = "2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


@dataclass(frozen=True)
class Sample:
    """What the metrics API says of a pod: bytes and millicores of each container.

    counts: taken after the pod was ready, so that its CPU counts; one from before makes the pod an unready one.
    """

    containers: Mapping[str, tuple[int, int]]
    counts: bool = True


Usage = Callable[[int, int], Sample | None]
"""What pod number n of so many uses; None: there is no sample of it."""


@dataclass
class MetricsByHand:
    """Keeps the samples of every pod as its test wants them. usages: by the label `app`."""

    wire: Wire
    usages: Mapping[str, Usage]
    told: dict[str, Body] = field(default_factory=dict)

    async def install(self) -> None:
        """The custom resource; there once a list of it is answered."""
        names = {"plural": "pods", "singular": "pod", "kind": "PodMetrics", "listKind": "PodMetricsList"}
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        version = {"name": "v1beta1", "served": True, "storage": True, "schema": schema}
        notes = {"api-approved.kubernetes.io": "unapproved, a test's own"}
        spec = {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]}
        body = {"kind": "CustomResourceDefinition", "metadata": {"name": f"pods.{GROUP}", "annotations": notes}}
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        await self.post(path, {"apiVersion": "apiextensions.k8s.io/v1", **body, "spec": spec})
        for _ in range(60):
            if (await self.wire.send(Request("GET", METRICS), ANSWER_S)).status == 200:
                return
            await self.wire.clock.sleep(0.5)
        raise AssertionError("the metrics API did not come up")

    async def settle(self) -> int:
        """Bring every sample up to date; how many pods there are."""
        pods = [one for one in await self.list(PODS) if not at(one, "metadata", "deletionTimestamp")]
        by_app: dict[str, list[Body]] = {}
        for pod in sorted(pods, key=lambda one: text_at(one, "metadata", "name")):
            by_app.setdefault(text_at(pod, "metadata", "labels", "app"), []).append(pod)
        wanted = {}
        for app, its in by_app.items():
            for nth, pod in enumerate(its):
                sample = self.usages[app](nth, len(its))
                if sample is not None:
                    wanted[text_at(pod, "metadata", "name")] = _metrics(pod, sample)
        await asyncio.gather(*(self._tell(name, body) for name, body in wanted.items()))
        gone = [name for name in self.told if name not in wanted]
        await asyncio.gather(*(self._forget(name) for name in gone))
        return len(pods)

    async def _tell(self, name: str, body: Body) -> None:
        known = self.told.get(name)
        if known and known["containers"] == body["containers"]:
            return
        if known is None:
            await self.post(METRICS, body)
        else:
            content = msgspec.json.encode({"containers": body["containers"]})
            answer = await self.wire.send(Request("PATCH", f"{METRICS}/{name}", {}, content, MERGE), ANSWER_S)
            assert answer.status == 200, answer.body
        self.told[name] = body

    async def _forget(self, name: str) -> None:
        await self.wire.send(Request("DELETE", f"{METRICS}/{name}"), ANSWER_S)
        self.told.pop(name)

    async def post(self, path: str, body: Body) -> None:
        """Create."""
        answer = await self.wire.send(Request("POST", path, {}, msgspec.json.encode(body)), ANSWER_S)
        assert answer.status == 201, answer.body

    async def list(self, path: str) -> list[Body]:
        """All of a kind."""
        answer = await self.wire.send(Request("GET", path), ANSWER_S)
        assert answer.status == 200, answer.body
        return [mapping(one) for one in items(msgspec.json.decode(answer.body).get("items"))]


def _metrics(pod: Body, sample: Sample) -> Body:
    meta = mapping(pod["metadata"])
    containers = [
        {"name": name, "usage": {"memory": str(memory), "cpu": f"{cpu}m"}}
        for name, (memory, cpu) in sample.containers.items()
    ]
    return {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "PodMetrics",
        "metadata": {"name": meta["name"], "namespace": NAMESPACE, "labels": meta["labels"]},
        "timestamp": AFTER if sample.counts else BEFORE,
        "window": "1s",
        "containers": containers,
    }

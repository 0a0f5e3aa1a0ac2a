"""Fills a namespace with pods that stay as they are: no scheduler takes them."""

import asyncio
import sys

import msgspec

from seatrial.cluster.connect import connect
from seatrial.cluster.wire import Request
from seatrial.run.clock import SystemClock

AT_ONCE = 12
OWN = 100


def pod(number: int) -> dict[str, object]:
    """About 5 KB, as a JVM service's pod is; the first hundred are ours."""
    labels = {"app": "mine" if number < OWN else f"theirs-{number % 200}", "pod-template-hash": f"{number % 400:010d}"}
    env = [
        {"name": f"SETTING_{n}", "value": f"a usual value of a usual setting, number {n} of {number}"}
        for n in range(24)
    ]
    container = {
        "name": "app",
        "image": "registry.example.com/team/service:1.2.3",
        "env": env,
        "resources": {"limits": {"memory": "6Gi"}, "requests": {"cpu": "500m", "memory": "4Gi"}},
        "readinessProbe": {"httpGet": {"path": "/actuator/health", "port": 8080}, "periodSeconds": 10},
    }
    return {
        "metadata": {"name": f"p-{number:05d}", "labels": labels, "annotations": {"note": "x" * 1200}},
        "spec": {"schedulerName": "nobody", "containers": [container]},
    }


async def fill(kubeconfig: str, namespace: str, count: int) -> None:
    """Create them, a few at once."""
    async with await connect(kubeconfig, None, SystemClock()) as cluster:
        path = f"/api/v1/namespaces/{namespace}/pods"

        async def some(first: int) -> None:
            for number in range(first, count, AT_ONCE):
                body = msgspec.json.encode({"apiVersion": "v1", "kind": "Pod", **pod(number)})
                answer = await cluster.wire.send(Request("POST", path, {}, body), 60)
                if answer.status not in (201, 409):
                    raise SystemExit(answer.body[:300].decode())

        await asyncio.gather(*(some(first) for first in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1], sys.argv[2], int(sys.argv[3])))

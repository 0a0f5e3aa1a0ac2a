"""The first view of a namespace's pods, measured from within: `seatrial` or `official` (which runs in an environment of its own)."""

import json
import resource
import sys
from pathlib import Path


def measured(kubeconfig: str, namespace: str, selector: str, who: str) -> dict[str, float]:
    """What the list alone took, imports and connection left out."""
    view = ours if who == "seatrial" else official
    look = view(kubeconfig, namespace, selector)
    before_s, before_kib = _used()
    found = look()
    after_s, after_kib = _used()
    return {"pods": found, "cpu_s": after_s - before_s, "above_mib": (after_kib - before_kib) / 1024}


def _used() -> tuple[float, int]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    # VmHWM: ru_maxrss would count what stood in the process before its exec.
    lines = Path("/proc/self/status").read_text().splitlines()
    high = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return used.ru_utime + used.ru_stime, high


def ours(kubeconfig, namespace, selector):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - also read by another Python environment
    """The stream that a look is made of."""
    import asyncio

    from seatrial.cluster.connect import connect
    from seatrial.cluster.looking import PODS
    from seatrial.cluster.paths import collection
    from seatrial.cluster.stream import Stream, tell_nobody
    from seatrial.model.kube import Pod
    from seatrial.run.clock import SystemClock

    runner = asyncio.Runner()
    cluster = runner.run(connect(kubeconfig, None, SystemClock()))
    by_label = {"labelSelector": selector} if selector else {}
    pods = Stream(cluster.wire, "pods", collection(PODS, namespace), Pod, tell_nobody, selector=by_label)

    def look() -> int:
        runner.run(pods.list_once())
        return len(pods.items())

    return look


def official(kubeconfig, namespace, selector):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as above
    """The official client, its typed list, as its documentation shows it."""
    from kubernetes import client, config

    config.load_kube_config(kubeconfig)
    api = client.CoreV1Api()

    def look() -> int:
        return len(api.list_namespaced_pod(namespace, label_selector=selector).items)

    return look


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(*sys.argv[1:5])) + "\n")

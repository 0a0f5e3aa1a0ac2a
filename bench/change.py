"""How long the difference of 500 objects takes, beside kubectl diff, at three distances from the API server."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from measuring import Row, Spent, cpu_ms, median_ms, show_and_write, spend
from replaying import recorded, replay_ms

from seatrial.rehearsal.cluster import down, up_simulated
from seatrial.rehearsal.settings import Cluster

NAME = "bench-diff"
SPACE = "many"
OBJECTS = 500
CHANGED_EVERY = 10
# Round trip, how much faster than kubectl diff we want to be, and how often each is measured.
DISTANCES = ((0, 3.0, 3), (10, 10.0, 3), (50, 25.0, 1))
REPLAY_MOST = 1.3
SEATRIAL = str(Path(sys.executable).parent / "seatrial")
HERE = Path(__file__).parent


def main() -> int:
    """Measure, print, write. The nodes are simulated: nothing of this needs a pod."""
    cluster = up_simulated(NAME, out=_say)
    try:
        with tempfile.TemporaryDirectory() as place:
            return show_and_write("change", rows(cluster, Path(place)))
    finally:
        down(NAME, out=_say)


def rows(cluster: Cluster, place: Path) -> list[Row]:
    """Before is applied as a team does it, after is what is compared."""
    before, after = place / "before.yaml", place / "after.yaml"
    before.write_text("\n---\n".join(json.dumps(one) for one in objects("old")))
    after.write_text("\n---\n".join(json.dumps(one) for one in objects("new")))
    kubectl = [str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}"]
    subprocess.run([*kubectl, "create", "namespace", SPACE], check=True, capture_output=True)
    subprocess.run([*kubectl, "apply", "-n", SPACE, "-f", str(before)], check=True, capture_output=True)
    found: list[Row] = []
    for rtt_ms, wanted, repeats in DISTANCES:
        with at_distance(cluster, rtt_ms, place) as config:
            found += measured(cluster, config, after, (rtt_ms, wanted, repeats))
    return found


def measured(cluster: Cluster, config: Path, after: Path, terms: tuple[int, float, int]) -> list[Row]:
    """The rows of one distance."""
    rtt_ms, wanted, repeats = terms
    kubectl = [str(cluster.kubectl), f"--kubeconfig={config}", "diff", "-n", SPACE, "-f", str(after)]
    programs = {
        "ours": [SEATRIAL, "diff", "-f", str(after), "-n", SPACE, "--kubeconfig", str(config), "-o", "json"],
        "kubectl diff": kubectl,
        "kubectl diff --concurrency=16": [*kubectl, "--concurrency=16"],
    }
    environment = {**os.environ, "KUBERC": "off", "KUBECTL_EXTERNAL_DIFF": "diff -N -u"}
    spent: dict[str, list[Spent]] = {name: [] for name in programs}
    for _ in range(repeats):
        for name, argv in programs.items():
            spent[name].append(_differing(spend(argv, environment), argv))
    ours, peer, peer16 = (median_ms(spent[name]) for name in programs)
    requests = asyncio.run(recorded(config, after, SPACE))
    bare = min(asyncio.run(replay_ms(config, requests)) for _ in range(max(2, repeats)))
    peers = {"kubectl diff": peer, "kubectl diff --concurrency=16": peer16}
    what = f"diff of {OBJECTS} objects, {rtt_ms} ms round trip"
    times = round(peer / ours, 1)
    return [
        Row(f"{what}, wall", "ms", ours, None, peers, round(ours / peer, 3), f">= {wanted:g}x faster", times >= wanted),
        Row(f"{what}, CPU", "ms", cpu_ms(spent["ours"]), None, {"kubectl diff": cpu_ms(spent["kubectl diff"])}),
        Row(
            f"{what}, beside a replay of its {len(requests)} requests", "ms", ours, round(REPLAY_MOST * bare, 1),
            {"replay": bare}, round(ours / bare, 2), f"<= {REPLAY_MOST}x of a replay", ours <= REPLAY_MOST * bare,
        ),
    ]  # fmt: skip


def _differing(spent: Spent, argv: Sequence[str]) -> Spent:
    if spent.code != 1:
        raise SystemExit(
            f"`{' '.join(argv)}` ended with {spent.code}; 1 was expected, since every {CHANGED_EVERY}th differs"
        )
    return spent


def objects(word: str) -> Iterator[dict[str, object]]:
    """300 ConfigMaps, 100 Secrets, 100 Deployments without pods; every tenth has the word in it, the others are the same."""
    for number in range(OBJECTS):
        said = word if number % CHANGED_EVERY == 0 else "same"
        meta = {"name": f"object-{number}", "namespace": SPACE, "labels": {"app": f"object-{number}"}}
        if number % 5 < 3:
            yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"key": said, "other": "x" * 400}}
        elif number % 5 == 3:
            yield {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": meta,
                "stringData": {"token": f"{said}-of-object-{number}"},
            }
        else:
            yield deployment(meta, said)


def deployment(meta: Mapping[str, object], said: str) -> dict[str, object]:
    """As large as they are in practice."""
    resources = {"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
    env = [{"name": f"VARIABLE_{nth}", "value": said} for nth in range(10)]
    probe = {"httpGet": {"path": "/actuator/health", "port": 8080}, "periodSeconds": 5}
    container = {"name": "main", "image": "x:1", "env": env, "resources": resources, "readinessProbe": probe}
    template = {"metadata": {"labels": meta["labels"]}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": meta["labels"]}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


@contextmanager
def at_distance(cluster: Cluster, rtt_ms: int, place: Path) -> Iterator[Path]:
    """A kubeconfig that leads through a proxy on the loopback; at no distance through one that delays nothing."""
    told = json.loads(cluster.kubeconfig.read_text())
    port = str(told["clusters"][0]["cluster"]["server"]).rpartition(":")[2]
    argv = [sys.executable, str(HERE / "delaying.py"), port, str(rtt_ms)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as proxy:
        listening = proxy.stdout.readline().strip() if proxy.stdout else ""
        told["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{listening}"
        config = place / f"kubeconfig-{rtt_ms}"
        config.write_text(json.dumps(told))
        config.chmod(0o600)
        try:
            yield config
        finally:
            proxy.terminate()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())

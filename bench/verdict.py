"""The verdict beside its peers: how soon after the first proof, at what cost, and whether the cause is named (P1, P2, P3, P5)."""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec
from failures import failures
from measuring import RESULTS, Row, show_and_write, within
from rollouts import HERE, Ground, Observer, deployment, observed, one_of_ours, relayed

from seatrial.cluster.redact import clean
from seatrial.rehearsal.cluster import down, find, up, up_simulated
from seatrial.rehearsal.paths import cache_dir
from seatrial.rehearsal.settings import Cluster, NodeKind
from seatrial.rehearsal.troubles import NotUp
from seatrial.run.clock import pause

AUDIT_LAG_S = 2.0
REPLICAS = 20
MANY = 100
OLD_SETS = 10
CROWD = 10_000
PARTS = ("success", "failure", "cost", "crowd")


def main() -> int:
    """The parts that are asked for; what an earlier run measured of the others stays in the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--peers", type=Path, default=cache_dir() / "peers", help="bin/helm, bin/kubedog, kubernify/")
    given = parser.parse_args()
    parts = given.only or list(PARTS)
    rows: dict[str, list[Row]] = {}
    if set(parts) - {"failure"}:
        with_cluster("bench", parts, given, rows)
    if "failure" in parts:
        with_real_node(given, rows)
    rows = _kept() | rows
    (RESULTS / "verdict-parts.json").write_text(json.dumps(msgspec.to_builtins(rows), indent=1) + "\n")
    return show_and_write("verdict", [row for part in PARTS for row in rows.get(part, [])])


def _kept() -> dict[str, list[Row]]:
    """What was measured of each part when it was measured last."""
    with suppress(OSError, msgspec.MsgspecError):
        kept: dict[str, list[Row]] = msgspec.json.decode(
            (RESULTS / "verdict-parts.json").read_bytes(), type=dict[str, list[Row]]
        )
        return kept
    return {}


def with_cluster(name: str, parts: Sequence[str], given: argparse.Namespace, rows: dict[str, list[Row]]) -> None:
    """Simulated nodes: what is measured is the API server and who watches it, not a kubelet."""
    cluster, was_up = _up(name, NodeKind.SIMULATED)
    try:
        for part, measure in (("success", success), ("cost", cost), ("crowd", crowd)):
            if part in parts:
                rows[part] = _in_a_namespace(cluster, given, measure)
    finally:
        if not was_up:
            down(name, out=say)


def with_real_node(given: argparse.Namespace, rows: dict[str, list[Row]]) -> None:
    """A real kubelet: only it crashes, pulls and kills."""
    cluster, was_up = _up("bench-real", NodeKind.REAL)
    try:
        if cluster.kind is NodeKind.REAL:
            rows["failure"] = _in_a_namespace(cluster, given, lambda ground, _: failures(ground))
    finally:
        if not was_up:
            down("bench-real", out=say)


def _up(name: str, kind: NodeKind) -> tuple[Cluster, bool]:
    try:
        return find(name), True
    except NotUp:
        return (up if kind is NodeKind.REAL else up_simulated)(name, out=say), False


def _in_a_namespace(cluster: Cluster, given: argparse.Namespace, measure: object) -> list[Row]:
    ground = Ground(cluster, f"verdict-{secrets.token_hex(3)}", given.peers)
    ground.asked(["create", "namespace", ground.namespace])
    try:
        return measure(ground, given.repeats)  # type: ignore[operator,no-any-return] # one of the functions below
    finally:
        ground.asked(["delete", "namespace", ground.namespace, "--wait=false"])


# ── P1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def success(ground: Ground, repeats: int) -> list[Row]:
    """A rollout of 20 replicas again and again, one observer after the other beside the limit."""
    late: dict[str, list[float]] = {}
    change = deployment("fx", "fx:0", REPLICAS)
    ground.make(change)
    ground.settle("fx")
    for nth in range(repeats):
        for who in ("ours", *peers_of_success(ground, "fx")):
            change = deployment("fx", f"fx:{nth}-{who}", REPLICAS)
            after = ground.generation("fx") + 1
            path = f"/apis/apps/v1/namespaces/{ground.namespace}/deployments?fieldSelector=metadata.name%3Dfx"
            bound = one_of_ours(ground, "limit", path, "complete", after, 60)
            if who == "ours":
                beside = one_of_ours(ground, "ours", ground.namespace, "fx", after, 60)
            else:
                beside = Observer(who, peers_of_success(ground, "fx")[who])
            observed([bound, beside], ground, change, warm_s=0, timeout_s=60)
            proof, said = bound.verdict(), beside.verdict() if who == "ours" else {"at": beside.ended_at}
            if proof and said and said.get("at"):
                late.setdefault(who, []).append((float(str(said["at"])) - float(str(proof["at"]))) * 1000)
    if (ground.peers / "bin/helm").exists():
        late["helm"] = [one for nth in range(repeats) if (one := _by_helm(ground, nth)) is not None]
    ours = sorted(late.get("ours", []))
    medians = {who: round(statistics.median(one), 1) for who, one in late.items() if who != "ours"}
    say(json.dumps(late))
    p99 = ours[max(0, round(len(ours) * 0.99) - 1)] if ours else None
    (RESULTS / "verdict-success-raw.json").write_text(
        json.dumps({"load": os.getloadavg(), "ms_after_the_proof": late}, indent=1) + "\n"
    )
    what = f"success of {REPLICAS} replicas, after the first version that proves it"
    return [
        within(f"{what}, p50 of {len(ours)}", "ms", round(statistics.median(ours), 1) if ours else None, 5, medians),
        within(f"{what}, p99", "ms", round(p99, 1) if p99 is not None else None, 25),
    ]


def _by_helm(ground: Ground, nth: int) -> float | None:
    """Helm makes its change itself, and waits for it."""
    with tempfile.TemporaryDirectory() as chart:
        (Path(chart) / "templates").mkdir()
        (Path(chart) / "Chart.yaml").write_text("apiVersion: v2\nname: fxh\nversion: 1.0.0\n")
        (Path(chart) / "templates/all.yaml").write_text(json.dumps(deployment("fxh", f"fxh:{nth}", REPLICAS)))
        after = ground.generation("fxh") + 1 if nth else 1
        path = f"/apis/apps/v1/namespaces/{ground.namespace}/deployments?fieldSelector=metadata.name%3Dfxh"
        bound = one_of_ours(ground, "limit", path, "complete", after, 60)
        waits = ["--wait", "--timeout=60s", f"--namespace={ground.namespace}"]
        helm = Observer("helm", [str(ground.peers / "bin/helm"), "upgrade", "--install", "fxh", chart, *waits])
        observed([bound, helm], ground, None, warm_s=0, timeout_s=60)
    proof = bound.verdict()
    if not proof or helm.ended_at is None or helm.code:
        say(f"helm: {helm.lines[-2:]}")
        return None
    return (helm.ended_at - float(str(proof["at"]))) * 1000


def peers_of_success(ground: Ground, name: str) -> dict[str, list[str]]:
    """Who is to be had here, and how it is asked to wait for one Deployment."""
    space, config = ground.namespace, str(ground.cluster.kubeconfig)
    found = {
        "kubectl": [
            str(ground.cluster.kubectl),
            "rollout",
            "status",
            f"deployment/{name}",
            f"--namespace={space}",
            "--timeout=60s",
        ]
    }
    dog = ground.peers / "bin/kubedog"
    if dog.exists():
        found["kubedog"] = [
            str(dog),
            "rollout",
            "track",
            "deployment",
            name,
            f"--namespace={space}",
            f"--kube-config={config}",
            "--timeout=60",
        ]
    return found


# ── P3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def cost(ground: Ground, _: int) -> list[Row]:
    """Requests and bytes of a rollout of 100 replicas with 10 old ReplicaSets, that lasts about two minutes."""
    for nth in range(OLD_SETS):
        ground.make(deployment("many", f"many:old-{nth}", 1))
        ground.settle("many")
    ground.make(deployment("many", "many:base", MANY))
    ground.settle("many")
    requests: dict[str, int] = {}
    received: dict[str, int] = {}
    lasted: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for who in ("ours", "pods", *peers_of_success(ground, "many")):
            counted = _counted(ground, who, Path(scratch) / who)
            requests[who], received[who], lasted[who] = counted
    pods = received.pop("pods")
    requests.pop("pods")
    ours = received.pop("ours")
    bound = round(pods * 1.2 / 1024)
    return [
        within(
            f"requests of a rollout of {MANY} replicas in {lasted['ours']:.0f} s",
            "requests",
            requests.pop("ours"),
            20,
            {who: float(count) for who, count in requests.items()},
        ),
        replace_goal(
            within(
                "bytes of it, as they came over the wire",
                "KiB",
                round(ours / 1024),
                bound,
                {who: round(count / 1024) for who, count in received.items()},
            ),
            f"<= 1.2x of the pods' own events ({round(pods / 1024)} KiB)",
        ),
    ]


def replace_goal(row: Row, goal: str) -> Row:
    """The same row, its goal in other words."""
    return msgspec.structs.replace(row, goal=goal)


def _counted(ground: Ground, who: str, config: Path) -> tuple[int, int, float]:
    """One rollout beside one observer whose connection goes through the relay."""
    after = ground.generation("many") + 1
    with relayed(ground.cluster, config) as relay:
        near = replace(ground, cluster=_through(ground.cluster, config))
        if who == "ours":
            observer = one_of_ours(near, "ours", ground.namespace, "many", after, 240)
        elif who == "pods":
            path = f"/api/v1/namespaces/{ground.namespace}/pods?labelSelector=app%3Dmany"
            observer = replace(one_of_ours(near, "limit", path, "never", after, 240), name="limit")
        else:
            observer = Observer(who, peers_of_success(near, "many")[who])
        end = one_of_ours(
            ground,
            "limit",
            f"/apis/apps/v1/namespaces/{ground.namespace}/deployments?fieldSelector=metadata.name%3Dmany",
            "complete",
            after,
            240,
        )
        offset = ground.cluster.audit_log.stat().st_size
        change = deployment("many", f"many:{who}", MANY, surge="10%", min_ready_seconds=9)
        watching = [end, observer] if who != "pods" else [end]
        if who == "pods":
            observer.start({**os.environ, "KUBECONFIG": str(config), "PYTHONPATH": str(HERE)})
        began = observed(watching, near if who != "pods" else ground, change, warm_s=0, timeout_s=240)
        if who == "pods":
            observer.wait(0)
        proof = end.verdict()
        lasted = float(str(proof["at"])) - began if proof else 0.0
        pause(AUDIT_LAG_S)
        return _asked(ground.cluster.audit_log, offset, AGENTS.get(who, who)), relay.received, lasted


AGENTS = {"ours": "seatrial/", "pods": "limit", "kubectl": "kubectl/", "kubedog": "kubedog"}


def _through(cluster: Cluster, config: Path) -> Cluster:
    """The same cluster by another kubeconfig."""

    class Near(Cluster):
        @property
        def kubeconfig(self) -> Path:
            """Through the relay."""
            return config

    return Near(cluster.places, cluster.settings)


def _asked(log: Path, offset: int, agent: str) -> int:
    """The requests whose User-Agent begins so; kubectl's own `apply` of the change is left out."""
    with log.open("rb") as file:
        file.seek(offset)
        entries = [json.loads(line) for line in file.read().splitlines() if line.endswith(b"}")]
    ids = Counter(
        one["auditID"]
        for one in entries
        if one.get("userAgent", "").startswith(agent) and one["verb"] in ("get", "list", "watch", "create")
    )
    return len(ids)


# ── P5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def crowd(ground: Ground, repeats: int) -> list[Row]:
    """The first view of 10,000 pods, whole; and of one Deployment's own among them."""
    rounds = max(1, min(3, repeats))
    _make_crowd(ground)
    config, space = str(ground.cluster.kubeconfig), ground.namespace
    theirs = ground.peers / "kubernify/bin/python"
    whole = [_viewed(sys.executable, config, space, "", "seatrial") for _ in range(rounds)]
    own = [_viewed(sys.executable, config, space, "app=mine", "seatrial") for _ in range(rounds)]
    official = [_viewed(str(theirs), config, space, "", "official") for _ in range(rounds)] if theirs.exists() else []
    cpu, above = _median(whole, "cpu_s"), _median(whole, "above_mib")
    say(json.dumps({"whole": whole, "own": own, "official": official}))
    beside_cpu = {"official client": _median(official, "cpu_s")} if official else {}
    beside_mib = {"official client": _median(official, "above_mib")} if official else {}
    return [
        within(f"first view of {whole[0]['pods']:.0f} pods, CPU", "s", cpu, 0.15, beside_cpu),
        within("first view of them, above imports", "MiB", above, 20, beside_mib),
        Row(f"first view of our {own[0]['pods']:.0f} pods among them, CPU", "s", _median(own, "cpu_s")),
    ]


def _median(rounds: Sequence[dict[str, float]], what: str) -> float:
    return round(statistics.median(one[what] for one in rounds), 3)


def _viewed(python: str, *arguments: str) -> dict[str, float]:
    argv = [python, str(HERE / "viewing.py"), *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise SystemExit(f"{python}: {clean(done.stderr[-400:])}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _make_crowd(ground: Ground) -> None:
    """Pods that no scheduler takes, of a usual size: what is listed is their objects, not their lives."""
    argv = [sys.executable, str(HERE / "crowding.py"), str(ground.cluster.kubeconfig), ground.namespace, str(CROWD)]
    subprocess.run(argv, check=True, timeout=900)


def say(line: str) -> None:
    """A line for who waits."""
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())

"""One deploy of the demo's small plan on the local cluster: its requests by kind, its memory, and how long each phase took."""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from auditing import by_kind, polled, requests
from measuring import Row, Watched, show_and_write, watched, within

from seatrial.journal.book import read
from seatrial.journal.runs import all_runs
from seatrial.model.events import Entry
from seatrial.rehearsal.cluster import find, up
from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.paths import cache_dir
from seatrial.rehearsal.programs import Programs
from seatrial.rehearsal.progress import Progress
from seatrial.rehearsal.scenario import CONTEXT, Fault, Repository, Setting, Variant, export, make_repository
from seatrial.rehearsal.service_image import build_service_image
from seatrial.rehearsal.settings import Cluster, NodeKind
from seatrial.rehearsal.troubles import NotUp
from seatrial.report.measures import estimates, stages
from seatrial.report.told import walk
from seatrial.run.clock import pause

PEAK_MIB = 80
ACCOUNT = "seatrial-bench"
AUDIT_LAG_S = 2.0
MIB = 2**20


def main() -> int:
    """Set the scene, deploy once under watch, print, write, clear away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cluster", default="seatrial", help="the local cluster to use; it is brought up where it is not"
    )
    cluster = brought_up(parser.parse_args().cluster)
    if cluster.kind is NodeKind.SIMULATED:
        say("bench/deploy.py is left out: the nodes are simulated here, and without a JVM there is nothing to deploy")
        return 0
    namespace = f"bench-{secrets.token_hex(3)}"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return show_and_write("deploy", measured(cluster, namespace, Path(scratch)))
        finally:
            kubectl(cluster, "delete", "clusterrolebinding", namespace, "--ignore-not-found")
            kubectl(cluster, "delete", "namespace", namespace, "--ignore-not-found", "--wait=false")


def measured(cluster: Cluster, namespace: str, scratch: Path) -> list[Row]:
    """One accepted deploy, told by the audit log, the kernel and the journal."""
    repository = make_repository(scratch / "service", Variant.SMALL, Fault.NONE, Setting(CONTEXT, namespace))
    kubectl(cluster, "create", "namespace", namespace)
    apply_before(cluster, repository, namespace, scratch / "before")
    config = kubeconfig_of_an_account(cluster, namespace, scratch / "kubeconfig")
    offset = cluster.audit_log.stat().st_size
    environment = {
        **os.environ,
        "SEATRIAL_HOME": str(scratch / "home"),
        "KUBECONFIG": str(config),
        "PATH": f"{cluster.kubectl.parent}:{os.environ['PATH']}",
    }
    seatrial = str(Path(sys.executable).parent / "seatrial")
    deployed = watched([seatrial, "deploy", str(repository.plan), "--yes"], environment, scratch / "output")
    if deployed.code != 0:
        sys.stdout.write((scratch / "output").read_text(errors="replace"))
        raise SystemExit(f"the deploy ended with {deployed.code}: nothing to compare with")
    pause(AUDIT_LAG_S)
    run = all_runs(scratch / "home")[0]
    asked = requests(cluster.audit_log, offset, f"system:serviceaccount:{namespace}:{ACCOUNT}")
    again = polled(asked)
    return [
        *memory(deployed),
        within("polling requests where a watch serves", "requests", sum(count for _, count in again), 0),
        *(Row(f"polling, {path.replace(namespace, 'NAMESPACE')}", "requests", count) for path, count in again),
        Row("requests of the whole run", "requests", len(asked)),
        *(Row(f"requests, {kind}", "requests", count) for kind, count in by_kind(asked)),
        *durations(read(run.journal)),
        Row("whole process, wall", "s", round(deployed.wall_s, 1)),
        Row("whole process, CPU", "s", round(deployed.cpu_s, 2)),
    ]


def memory(deployed: Watched) -> list[Row]:
    """Our own process, and the largest of the programs that it runs (kubectl kustomize, git)."""
    own, largest = (round(size / MIB, 1) for size in (deployed.own_peak_bytes, deployed.peak_bytes))
    return [
        within("peak memory of seatrial (VmHWM)", "MiB", own, PEAK_MIB),
        Row("peak memory of it or a program that it runs", "MiB", largest),
    ]


def durations(entries: Sequence[Entry]) -> list[Row]:
    """Each phase, and beside the runbook's own estimates what was measured. The plan is the small one: no goal is set."""
    gone_through = stages(walk(entries))
    rows = [Row(f"phase {one.phase.value}", "s", round(one.lasted_s, 2)) for one in gone_through]
    for one in estimates(gone_through):
        estimate = f"{one.low_s / 60:g}-{one.high_s / 60:g}" if one.low_s != one.high_s else f"{one.high_s / 60:g}"
        ours = None if one.measured_s is None else round(one.measured_s, 2)
        ratio = None if ours is None else round(ours / one.high_s, 3)
        what = f"{one.name} (the runbook: {estimate} min)"
        rows.append(Row(what, "s", ours, peers={"the runbook's estimate": one.high_s}, ratio=ratio))
    return rows


def brought_up(name: str) -> Cluster:
    """The cluster, and the service's image in it."""
    archives: list[Path] = []

    def images(programs: Programs, progress: Progress) -> None:
        archives.extend(build_service_image(cache_dir(), progress.out, programs).values())

    try:
        cluster = find(name)
    except NotUp:
        cluster = up(name, out=say, contexts=[CONTEXT], beside=[images])
    if not archives:
        archives.extend(build_service_image(cache_dir(), say).values())
    for archive in archives:
        import_image(name, archive)
    return cluster


def apply_before(cluster: Cluster, repository: Repository, namespace: str, directory: Path) -> None:
    """What runs before the change, as the team applies it."""
    export(repository, repository.before_commit, directory)
    kubectl(cluster, "apply", "-k", str(directory))
    kubectl(cluster, "rollout", "status", "deployment/exchange-service", "-n", namespace, "--timeout=180s")


def kubeconfig_of_an_account(cluster: Cluster, namespace: str, file: Path) -> Path:
    """An account of its own, so that the audit log tells our requests from those of anybody else."""
    kubectl(cluster, "create", "serviceaccount", ACCOUNT, "-n", namespace)
    bound = f"--serviceaccount={namespace}:{ACCOUNT}"
    kubectl(cluster, "create", "clusterrolebinding", namespace, "--clusterrole=cluster-admin", bound)
    token = kubectl(cluster, "create", "token", ACCOUNT, "-n", namespace, "--duration=1h").strip()
    config = json.loads(kubectl(cluster, "config", "view", "--raw", "--minify", "--context", CONTEXT, "-o", "json"))
    config["users"] = [{"name": one["name"], "user": {"token": token}} for one in config["users"]]
    file.write_text(json.dumps({**config, "current-context": CONTEXT}))
    file.chmod(0o600)
    return file


def kubectl(cluster: Cluster, *arguments: str) -> str:
    """The cluster's own kubectl; its words where it fails."""
    argv = [str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"kubectl {' '.join(arguments[:3])}: {done.stderr.strip()}")
    return done.stdout


def say(line: str) -> None:
    """A line for who waits."""
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())

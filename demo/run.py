"""The demo: a team's runbook, carried out by Seatrial on a local Kubernetes with real JVMs. `make demo`, `make demo FAULT=oom`."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from seatrial.rehearsal.cluster import up
from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.paths import cache_dir, data_dir
from seatrial.rehearsal.programs import Programs
from seatrial.rehearsal.progress import Progress
from seatrial.rehearsal.scenario import CONTEXT, NAMESPACE, Fault, Repository, Variant, export, make_repository
from seatrial.rehearsal.service_image import build_service_image
from seatrial.rehearsal.settings import Cluster, NodeKind
from seatrial.rehearsal.troubles import RehearsalError
from seatrial.run.clock import pause, ticks

CLUSTER = "seatrial"
METRICS_WAIT_S = 90.0
ROLLED_BACK = 4
FAULTS = [fault.value for fault in Fault]


def main() -> int:
    """Set the scene, then let `seatrial deploy` do what the runbook says. The exit code is Seatrial's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", default="none", choices=FAULTS, help="what goes wrong with the change")
    asked = parser.parse_args()
    fault = Fault(asked.fault)
    variant = Variant.PRODUCTION if fault is Fault.NONE else Variant.SMALL
    try:
        cluster, repository = set_the_scene(fault, variant)
    except RehearsalError as error:
        say(f"demo: {error}")
        return 1
    code = deploy(cluster, repository)
    if fault is not Fault.NONE and code == ROLLED_BACK:
        say(f"\nAs it should: the fault {fault.value} was found, and the change was taken back. Its exit code is 4.")
    say(ending(cluster, repository, code))
    return code


def set_the_scene(fault: Fault, variant: Variant) -> tuple[Cluster, Repository]:
    """A cluster, the service's image in it, the team's repository, and the old version running as the team applied it."""
    began = ticks()
    say("Setting the scene: a Kubernetes node, a JVM service, and the team's repository.")
    archives: dict[str, Path] = {}

    def images(programs: Programs, progress: Progress) -> None:
        archives.update(
            {str(name): path for name, path in build_service_image(cache_dir(), progress.out, programs).items()}
        )

    cluster = up(CLUSTER, out=say, contexts=[CONTEXT], beside=[images])
    if cluster.kind is NodeKind.REAL:
        for archive in archives.values():
            import_image(cluster.name, archive)
    repository = fresh_repository(variant, fault)
    apply_before(cluster, repository)
    wait_for_metrics(cluster)
    say(f"  The scene is set after {ticks() - began:.0f} s: {repository.path}\n")
    return cluster, repository


def fresh_repository(variant: Variant, fault: Fault) -> Repository:
    """The team's directory with its two commits, made anew."""
    directory = data_dir() / "demo" / "exchange-service"
    shutil.rmtree(directory, ignore_errors=True)
    return make_repository(directory, variant, fault)


def apply_before(cluster: Cluster, repository: Repository) -> None:
    """What runs before the change, applied with `kubectl apply -k` as the team does it."""
    before = data_dir() / "demo" / "before"
    shutil.rmtree(before, ignore_errors=True)
    export(repository, repository.before_commit, before)
    kubectl(cluster, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=true")
    kubectl(cluster, "create", "namespace", NAMESPACE)
    kubectl(cluster, "apply", "-k", str(before))
    say("  The old version starts: one replica, and flags that will get it killed.")
    kubectl(cluster, "rollout", "status", "deployment/exchange-service", "-n", NAMESPACE, "--timeout=180s")


def wait_for_metrics(cluster: Cluster) -> None:
    """A node that has just come up has no samples yet, and the preflight would hold for that reason."""
    until = ticks() + METRICS_WAIT_S
    while ticks() < until:
        try:
            kubectl(cluster, "top", "nodes")
            return
        except RehearsalError:
            pause(1.0)


def kubectl(cluster: Cluster, *arguments: str) -> str:
    """The cluster's own kubectl; what it says where it fails."""
    argv = [str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RehearsalError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def deploy(cluster: Cluster, repository: Repository) -> int:
    """`seatrial deploy plan.yaml --yes`, as on anybody's cluster."""
    argv = [
        str(Path(sys.executable).parent / "seatrial"),
        "deploy",
        str(repository.plan),
        "--yes",
        "--context",
        CONTEXT,
    ]
    say(f"$ KUBECONFIG={cluster.kubeconfig} seatrial deploy plan.yaml --yes --context {CONTEXT}\n")
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    environment["PATH"] = f"{cluster.kubectl.parent}:{environment['PATH']}"
    process = subprocess.Popen(argv, env=environment, cwd=repository.path)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # Ctrl-C reached Seatrial too: it detaches in order, and says what is owed


def ending(cluster: Cluster, repository: Repository, code: int) -> str:
    """What to look at next."""
    return (
        f"\nexit code {code}. To look around:\n"
        f"  export KUBECONFIG={cluster.kubeconfig} PATH={cluster.kubectl.parent}:$PATH\n"
        f"  kubectl get pods,hpa -n {NAMESPACE}\n"
        f"  kubectl diff -k {repository.path.parent / 'before'}     # against the commit before\n"
        f"  kubectl diff -k {repository.path}     # against the change\n"
        "  .venv/bin/seatrial status; .venv/bin/seatrial report\n"
        "  .venv/bin/seatrial cluster down"
    )


def say(line: str) -> None:
    """A line for the person who watches."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

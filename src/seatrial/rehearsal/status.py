"""Tells what of a cluster runs, what does not, and why not."""

import json
from dataclasses import dataclass
from enum import StrEnum

from seatrial.rehearsal.kubectl import Kubectl
from seatrial.rehearsal.launch import METRICS, NODE, api_answers, log_tail, node_ready, told_parts
from seatrial.rehearsal.paths import Places, places
from seatrial.rehearsal.processes import inner_init
from seatrial.rehearsal.settings import Cluster, NodeKind, settings_of

PARTS_OF = {
    NodeKind.REAL: (
        "etcd",
        "kube-apiserver",
        "containerd",
        "forward",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "metrics-server",
    ),
    NodeKind.SIMULATED: ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"),
}


class State(StrEnum):
    """How one thing stands."""

    WELL = "running"
    ENDED = "ended"
    MISSING = "not started"
    SILENT = "not ready"


@dataclass(frozen=True)
class Finding:
    """One part or one answer of the cluster; `because` is empty when all is well."""

    name: str
    state: State
    because: str = ""


@dataclass(frozen=True)
class Status:
    """All that is known of one cluster."""

    name: str
    headline: str
    findings: tuple[Finding, ...] = ()

    @property
    def is_up(self) -> bool:
        """Whether everything is there and well."""
        return bool(self.findings) and all(one.state is State.WELL for one in self.findings)

    def lines(self) -> list[str]:
        """For a person."""
        told = [self.headline]
        for one in self.findings:
            told.append(f"  {one.name:<24} {one.state}")
            told += [f"      {line}" for line in one.because.splitlines()]
        return told


def status(name: str) -> Status:
    """Look at the cluster `name`: its processes, and what they answer."""
    where = places(name)
    settings = settings_of(where)
    running = inner_init(where.mark) is not None
    if settings is None:
        started = "is just being brought up, or was cut off" if running or where.base.exists() else "does not exist"
        return Status(name, f"Cluster '{name}' {started}: `seatrial cluster up --name {name}` brings it up.")
    cluster = Cluster(where, settings)
    if not running:
        ended = f"Cluster '{name}' has ended (its logs: {where.logs}): `seatrial cluster up --name {name}` starts it."
        return Status(name, ended, tuple(one for one in _parts(cluster) if one.state is State.ENDED))
    findings = (*_parts(cluster), *_answers(cluster))
    return Status(name, headline(cluster), findings)


def headline(cluster: Cluster) -> str:
    """What kind of cluster it is and how to reach it."""
    nodes = "one real node" if cluster.kind is NodeKind.REAL else f"simulated nodes ({cluster.settings.because})"
    return f"Cluster '{cluster.name}' with {nodes}; context {cluster.context} in {cluster.kubeconfig}"


def is_healthy(cluster: Cluster) -> bool:
    """Whether a cluster can be used as it stands."""
    if inner_init(cluster.places.mark) is None:
        return False
    if any(one.state is not State.WELL for one in _parts(cluster)):
        return False
    kubectl = Kubectl(cluster.kubectl, cluster.kubeconfig)
    return api_answers(kubectl) and node_ready(kubectl, cluster.settings.node)


def server_of(cluster: Cluster) -> str:
    """The API server's address as the kubeconfig has it."""
    told = json.loads(cluster.kubeconfig.read_text())
    return str(told["clusters"][0]["cluster"]["server"])


def _parts(cluster: Cluster) -> list[Finding]:
    told = told_parts(cluster.places)
    return [_part(cluster.places, name, told.get(name, {})) for name in PARTS_OF[cluster.kind]]


def _part(where: Places, name: str, facts: dict[str, str | int]) -> Finding:
    if not facts:
        return Finding(name, State.MISSING)
    if "ended" in facts:
        last = facts.get("because") or log_tail(where, name)
        return Finding(name, State.ENDED, f"at {facts['ended']} with {facts['code']}; its last words:\n{last}")
    return Finding(name, State.WELL)


def _answers(cluster: Cluster) -> list[Finding]:
    kubectl = Kubectl(cluster.kubectl, cluster.kubeconfig)
    api = kubectl.raw("/readyz")
    if api.code != 0:
        return [Finding("API server answers", State.SILENT, api.err or api.out)]
    node = cluster.settings.node
    ready = kubectl.conditions(NODE.format(node=node)).get("Ready", "unknown")
    findings = [Finding("API server answers", State.WELL), _answer(node, ready == "True", f"Ready is {ready}")]
    if cluster.kind is NodeKind.REAL:
        served = kubectl.raw(METRICS)
        findings.append(_answer("metrics API", served.code == 0, served.err))
    return findings


def _answer(title: str, well: bool, because: str) -> Finding:
    return Finding(title, State.WELL) if well else Finding(title, State.SILENT, because)

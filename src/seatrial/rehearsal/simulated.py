"""Brings up the same control plane as an ordinary user, with simulated nodes in place of the real one."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from seatrial.rehearsal.build import SOURCES, kwok_binary, node_binaries
from seatrial.rehearsal.controlplane import LOOPBACK, NODE_ADDRESS, POD_RANGE, ControlPlane, Ports
from seatrial.rehearsal.innerinit import Orders, Part
from seatrial.rehearsal.kubectl import Kubectl
from seatrial.rehearsal.launch import Starting, api_answers, free_port, node_ready, starting
from seatrial.rehearsal.programs import dying_with_parent
from seatrial.rehearsal.settings import Cluster, NodeKind, Settings
from seatrial.rehearsal.site import Site
from seatrial.rehearsal.troubles import ClusterFailed

NODES = 3
NODE_SIZE = {"cpu": "64", "memory": "256Gi", "pods": "2000", "ephemeral-storage": "1Ti"}
SELECTOR = "kwok.x-k8s.io/node"


def bring_up(site: Site, _: ThreadPoolExecutor) -> Cluster:
    """Build what is missing, then start."""
    # One after the other: both builds take every core there is, and share what they compile.
    binaries = node_binaries(site.programs, site.progress)
    kwok = kwok_binary(site.programs, site.progress)
    with site.progress.step("start-simulated", f"start the cluster '{site.name}'", 5):
        plane = ControlPlane(site.places, binaries, _free_ports(), LOOPBACK, site.places.work / "etcd")
        return _start(site, plane, kwok)


def _start(site: Site, plane: ControlPlane, kwok: Path) -> Cluster:
    server = f"https://{LOOPBACK}:{plane.ports.api}"
    site.lay_out(server, server)
    orders = orders_for(plane, kwok)
    settings = Settings(NodeKind.SIMULATED, site.contexts, site.node, str(plane.binaries.directory), "", site.because)
    with starting(site.places, orders, []) as begun:
        cluster = site.settle(settings)
        begun.next_stage()
        _await_nodes(begun, cluster)
        begun.keep()
    return cluster


def orders_for(plane: ControlPlane, kwok: Path) -> Orders:
    """No namespaces here, so each part is told to die with the init."""
    first = [plane.etcd(), plane.api_server()]
    second = [plane.controller_manager(), plane.scheduler(), kwok_part(plane, kwok)]
    stages = [[replace(part, argv=dying_with_parent(part.argv)) for part in stage] for stage in (first, second)]
    return Orders(str(plane.places.logs), str(plane.places.parts), [], stages)


def kwok_part(plane: ControlPlane, kwok: Path) -> Part:
    """kwok does nothing without stages, and says so only in its log."""
    flags = [
        f"--kubeconfig={plane.places.kubeconfig}",
        f"--config={SOURCES / 'stages.yaml'}",
        f"--manage-nodes-with-annotation-selector={SELECTOR}=fake",
        f"--node-ip={NODE_ADDRESS}",
        f"--cidr={POD_RANGE}",
        "--node-lease-duration-seconds=40",
    ]
    return Part("kwok", [str(kwok), *flags])


def simulated_node(name: str) -> Mapping[str, object]:
    """A Node object of a size on which nothing waits for room."""
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "simulated"}
    metadata = {"name": name, "annotations": {SELECTOR: "fake"}, "labels": labels}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": metadata,
        "status": {"capacity": NODE_SIZE, "allocatable": NODE_SIZE},
    }


def _await_nodes(begun: Starting, cluster: Cluster) -> None:
    kubectl = Kubectl(cluster.kubectl, cluster.kubeconfig)
    begun.wait_until("The API server", lambda: api_answers(kubectl))
    begun.next_stage()
    nodes = [simulated_node(f"{cluster.name}-{number}") for number in range(1, NODES + 1)]
    made = kubectl.run(["create", "-f", "-"], given="\n---\n".join(map(json.dumps, nodes)))
    if made.code != 0:
        raise ClusterFailed(f"The simulated nodes could not be made.\n{made.err}")
    begun.wait_until("The first node", lambda: node_ready(kubectl, cluster.settings.node))


def _free_ports() -> Ports:
    """Three ports that were free a moment ago; held open together, so that they differ, and let go of at once."""
    listeners = [free_port() for _ in range(3)]
    numbers = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return Ports(*numbers)

"""Brings up the control plane with one real node, in namespaces of its own."""

import base64
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from seatrial.rehearsal.build import SOURCES, Binaries, node_binaries
from seatrial.rehearsal.cgroups import make_groups, mounted_hierarchies
from seatrial.rehearsal.controlplane import LOOPBACK, ControlPlane, Ports
from seatrial.rehearsal.image import Entry, write_image, write_layer
from seatrial.rehearsal.innerinit import Orders
from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.kubectl import Kubectl
from seatrial.rehearsal.launch import Starting, api_answers, free_port, metrics_answer, node_ready, starting
from seatrial.rehearsal.machine import NAMESPACES
from seatrial.rehearsal.node import CONTAINERD_SOCKET, ETCD_DATA, PAUSE_IMAGE, RealNode, preparation
from seatrial.rehearsal.packages import container_programs
from seatrial.rehearsal.paths import refuse_hidden
from seatrial.rehearsal.programs import require
from seatrial.rehearsal.settings import Cluster, NodeKind, Settings
from seatrial.rehearsal.site import Site
from seatrial.rehearsal.troubles import ClusterFailed

INSIDE = f"https://{LOOPBACK}:6443"


def bring_up(site: Site, pool: ThreadPoolExecutor) -> Cluster:
    """Fetch and build what is missing, all at once, then start."""
    refuse_hidden(site.places.base)
    packages = pool.submit(container_programs, site.programs, site.progress)
    binaries = node_binaries(site.programs, site.progress)
    containers = packages.result()
    with site.progress.step("start-real", f"start the cluster '{site.name}'", 8), free_port() as door:
        plane = ControlPlane(site.places, binaries, Ports(), "0.0.0.0", ETCD_DATA)  # noqa: S104 - of its own network
        return _start(site, RealNode(site.node, plane, containers), door)


def _start(site: Site, node: RealNode, door: socket.socket) -> Cluster:
    site.lay_out(f"https://{LOOPBACK}:{door.getsockname()[1]}", INSIDE)
    for file, text in node.settings().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    make_groups(mounted_hierarchies(), site.places.unique_name)
    unshare = [require("unshare", "install the package util-linux"), *NAMESPACES]
    with starting(site.places, orders_for(node, door.fileno()), unshare, door) as begun:
        cluster = site.settle(_settings(site, node))
        _control_plane_first(begun, cluster, node.plane.binaries)
        _then_the_node(begun, cluster)
        begun.keep()
    return cluster


def orders_for(node: RealNode, listener_fd: int) -> Orders:
    """The control plane and containerd first; the node's other parts once the API server answers."""
    places, plane = node.plane.places, node.plane
    first = [plane.etcd(), plane.api_server(), node.containerd(), node.forward(listener_fd)]
    second = [plane.controller_manager(), plane.scheduler(), node.kubelet(), node.metrics_server()]
    return Orders(str(places.logs), str(places.parts), preparation(places.work), [first, second])


def _control_plane_first(begun: Starting, cluster: Cluster, binaries: Binaries) -> None:
    kubectl = Kubectl(cluster.kubectl, cluster.kubeconfig)
    begun.next_stage()
    socket_inside = Path(f"/proc/{begun.init}/root{CONTAINERD_SOCKET}")
    begun.wait_until("containerd", socket_inside.exists)
    _import_pause(cluster.name, binaries.pause)
    begun.wait_until("The API server", lambda: api_answers(kubectl))


def _then_the_node(begun: Starting, cluster: Cluster) -> None:
    kubectl = Kubectl(cluster.kubectl, cluster.kubeconfig)
    begun.next_stage()
    authority = base64.b64encode((cluster.places.pki / "ca.crt").read_bytes()).decode()
    objects = (SOURCES / "metrics.yaml").read_text().replace("CA_BUNDLE", authority)
    applied = kubectl.run(["apply", "--server-side", "-f", "-"], given=objects)
    if applied.code != 0:
        raise ClusterFailed(f"metrics-server could not be registered.\n{applied.err}")
    begun.wait_until("The node", lambda: node_ready(kubectl, cluster.settings.node))
    begun.wait_until("The metrics API", lambda: metrics_answer(kubectl))


def _import_pause(name: str, pause: Path) -> None:
    """The one image that every pod needs, of a single file."""
    with tempfile.TemporaryDirectory(prefix="seatrial-pause-") as scratch:
        tree = Path(scratch) / "tree"
        tree.mkdir()
        (tree / "pause").write_bytes(pause.read_bytes())
        (tree / "pause").chmod(0o755)
        layer = write_layer(tree, Path(scratch) / "layer.tar")
        archive = Path(scratch) / "pause.tar"
        write_image(archive, PAUSE_IMAGE, [layer], Entry(["/pause"], "65535:65535"))
        import_image(name, archive)


def _settings(site: Site, node: RealNode) -> Settings:
    binaries = str(node.plane.binaries.directory)
    return Settings(NodeKind.REAL, site.contexts, site.node, binaries, str(node.containers.program("ctr")), "")

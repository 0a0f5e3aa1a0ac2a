"""The settings without which a node does not come up, or leaves something behind; each was seen to matter."""

import json
import tomllib
from pathlib import Path

import pytest

from seatrial.rehearsal.build import Binaries
from seatrial.rehearsal.controlplane import ControlPlane, Ports
from seatrial.rehearsal.innerinit import Part, Run, Write
from seatrial.rehearsal.node import RealNode, bridge_network, preparation
from seatrial.rehearsal.packages import Containers
from seatrial.rehearsal.paths import Places
from seatrial.rehearsal.realnode import orders_for
from seatrial.rehearsal.simulated import kwok_part, simulated_node
from seatrial.rehearsal.simulated import orders_for as simulated_orders

PLACES = Places("dev", Path("/data/dev"))
PLANE = ControlPlane(PLACES, Binaries(Path("/cache/node/key")), Ports(), "0.0.0.0", Path("/run/seatrial/etcd"))  # noqa: S104 - a network of its own


@pytest.fixture
def node(tmp_path: Path) -> RealNode:
    for program in ("containerd", "ctr", "runc", "containerd-shim-runc-v2"):
        (tmp_path / program).touch()
    return RealNode("dev-1", PLANE, Containers((tmp_path,), tmp_path / "cni", (tmp_path / "lib",)))


@pytest.mark.parametrize(
    ("part", "flag"),
    [
        (PLANE.etcd(), "--unsafe-no-fsync=true"),
        (PLANE.etcd(), "--client-cert-auth=true"),
        (PLANE.api_server(), "--enable-aggregator-routing=true"),
        (PLANE.api_server(), "--kubelet-preferred-address-types=InternalIP"),
        (PLANE.api_server(), "--audit-log-path=/data/dev/audit.log"),
        (PLANE.api_server(), "--requestheader-allowed-names=front-proxy-client"),
        (PLANE.controller_manager(), "--kube-api-qps=1000"),
        (PLANE.controller_manager(), "--leader-elect=false"),
        (PLANE.controller_manager(), "--flex-volume-plugin-dir=/data/dev/work/flex-volumes"),
        (PLANE.scheduler(), "--kube-api-burst=2000"),
    ],
)
def test_the_control_plane_is_started_with(part: Part, flag: str) -> None:
    assert flag in part.argv


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("failCgroupV1", False),
        ("cgroupDriver", "cgroupfs"),
        ("makeIPTablesUtilChains", False),
        ("imageGCHighThresholdPercent", 100),
        ("cgroupRoot", f"/{PLACES.unique_name}"),
    ],
)
def test_the_kubelet_is_set_to(setting: str, value: object, node: RealNode) -> None:
    told = json.loads(node.settings()[PLACES.config / "kubelet.json"])
    assert told[setting] == value


def test_containerd_needs_no_capability(node: RealNode, tmp_path: Path) -> None:
    told = tomllib.loads(node.settings()[PLACES.config / "containerd.toml"])
    cri = told["plugins"]["io.containerd.grpc.v1.cri"]
    assert told["plugins"]["io.containerd.internal.v1.opt"]["path"].startswith("/var/lib/containerd/")
    assert cri["restrict_oom_score_adj"] is True
    assert cri["containerd"]["runtimes"]["runc"]["options"]["BinaryName"] == str(tmp_path / "runc")


def test_runc_and_its_library_are_found_where_they_were_unpacked(node: RealNode, tmp_path: Path) -> None:
    environment = node.containerd().env
    assert environment["PATH"].split(":")[0] == str(tmp_path)
    assert environment["LD_LIBRARY_PATH"] == str(tmp_path / "lib")


def test_metrics_come_four_times_as_often_as_usual(node: RealNode) -> None:
    assert "--metric-resolution=15s" in node.metrics_server().argv


def test_pods_get_no_address_translation_for_it_would_leave_a_firewall_table() -> None:
    plugins = bridge_network()["plugins"]
    assert isinstance(plugins, list)
    assert plugins[0]["ipMasq"] is False


def mounts() -> list[list[str]]:
    return [deed.argv for deed in preparation(PLACES.work) if isinstance(deed, Run) and deed.argv[0] == "mount"]


def test_mounts_of_its_own_come_before_anything_is_written() -> None:
    deeds = preparation(PLACES.work)
    first_write = next(index for index, deed in enumerate(deeds) if isinstance(deed, Write))
    mounted = [deed.argv[-1] for deed in deeds[:first_write] if isinstance(deed, Run) and deed.argv[0] == "mount"]
    assert mounted[:4] == ["/proc", "/run", "/var/lib", "/var/log"]


@pytest.mark.parametrize("place", ["/var/lib/kubelet", "/var/lib/containerd", "/var/log/pods"])
def test_what_grows_lies_in_the_clusters_directory(place: str) -> None:
    assert ["mount", "--bind", f"/data/dev/work/{Path(place).name}", place] in mounts()


def test_the_kubelet_is_shown_its_own_wishes_so_that_the_hosts_kernel_keeps_its_settings() -> None:
    shown = [argv[-1] for argv in mounts() if "--bind" in argv]
    assert "/proc/sys/vm/overcommit_memory" in shown
    assert "/proc/sys/kernel/panic" in shown


def test_what_needs_the_api_server_starts_after_it(node: RealNode) -> None:
    stages = [[part.name for part in stage] for stage in orders_for(node, 7).stages]
    assert stages == [
        ["etcd", "kube-apiserver", "containerd", "forward"],
        ["kube-controller-manager", "kube-scheduler", "kubelet", "metrics-server"],
    ]


def test_simulated_parts_die_with_their_init() -> None:
    orders = simulated_orders(PLANE, Path("/cache/kwok"))
    assert all("--pdeathsig" in part.argv for stage in orders.stages for part in stage)


def test_kwok_plays_the_nodes_that_are_marked_for_it() -> None:
    selector = "kwok.x-k8s.io/node"
    assert f"--manage-nodes-with-annotation-selector={selector}=fake" in kwok_part(PLANE, Path("/cache/kwok")).argv
    metadata = simulated_node("dev-1")["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["annotations"] == {selector: "fake"}

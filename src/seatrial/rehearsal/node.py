"""The real node: how its namespaces are prepared, and what containerd, the kubelet and metrics-server are started with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.rehearsal.controlplane import (
    DNS_SERVICE,
    LOOPBACK,
    NODE_ADDRESS,
    NODE_PREFIX,
    POD_RANGE,
    ControlPlane,
    as_flags,
)
from seatrial.rehearsal.innerinit import Deed, Part, Run, Write
from seatrial.rehearsal.packages import Containers
from seatrial.rehearsal.paths import HIDDEN_INSIDE

PAUSE_IMAGE = "seatrial.local/pause:1"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
ETCD_DATA = Path("/run/seatrial/etcd")
RESOLUTION = "15s"
# The kubelet sets these on the whole machine at its start. It leaves alone what is already as it wants it, so it is
# shown its own wishes (kubelet/cm/container_manager_linux.go, setupKernelTunables) and the host keeps its values.
KUBELET_WISHES = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
WISHES = Path("/run/seatrial/wishes")
ON_DISK = ("/var/lib/kubelet", "/var/lib/containerd", "/var/log/pods")


@dataclass(frozen=True)
class RealNode:
    """One node beside its control plane."""

    name: str
    plane: ControlPlane
    containers: Containers

    def containerd(self) -> Part:
        """The machine's own one is not touched: this one has its own root, and a /run of its own."""
        argv = [str(self.containers.program("containerd")), "--config", str(self._config("containerd.toml"))]
        return Part("containerd", argv, self.container_environment())

    def kubelet(self) -> Part:
        """Under the name of the cluster, at the node's own address."""
        flags = {
            "config": str(self._config("kubelet.json")),
            "kubeconfig": str(self.plane.kubeconfig_of("kubelet")),
            "hostname-override": self.name,
            "node-ip": NODE_ADDRESS,
        }
        argv = [str(self.plane.binaries.node), "kubelet", *as_flags(flags)]
        return Part("kubelet", argv, self.container_environment())

    def metrics_server(self) -> Part:
        """A process of the node behind a Service without selector; four times as often as usual, so tests need not wait."""
        pki, connect = self.plane.places.pki, str(self.plane.kubeconfig_of("metrics-server"))
        flags = {
            "kubeconfig": connect,
            "authentication-kubeconfig": connect,
            "authorization-kubeconfig": connect,
            "bind-address": NODE_ADDRESS,
            "secure-port": "4443",
            "tls-cert-file": str(pki / "metrics-server.crt"),
            "tls-private-key-file": str(pki / "metrics-server.key"),
            "kubelet-certificate-authority": str(pki / "ca.crt"),
            "kubelet-preferred-address-types": "InternalIP",
            "kubelet-use-node-status-port": "true",
            "metric-resolution": RESOLUTION,
        }
        return Part("metrics-server", [str(self.plane.binaries.node), "metrics-server", *as_flags(flags)])

    def forward(self, listener_fd: int) -> Part:
        """The one door from the host: a port on loopback, carried to the API server inside."""
        target = f"{LOOPBACK}:{self.plane.ports.api}"
        return Part("forward", [str(self.plane.binaries.node), "forward", str(listener_fd), target])

    def container_environment(self) -> dict[str, str]:
        """Where containerd finds runc and its shim, and these their library."""
        places = [*map(str, self.containers.programs), "/usr/local/sbin", "/usr/sbin", "/sbin"]
        environment = {"PATH": ":".join(dict.fromkeys(places))}
        if self.containers.libraries:
            environment["LD_LIBRARY_PATH"] = ":".join(map(str, self.containers.libraries))
        return environment

    def settings(self) -> dict[Path, str]:
        """The settings files, by path."""
        return {
            self._config("containerd.toml"): self._containerd_toml(),
            self._config("kubelet.json"): json.dumps(self._kubelet_settings(), indent=1),
            self._config("cni") / "10-seatrial.conflist": json.dumps(bridge_network(), indent=1),
        }

    def _containerd_toml(self) -> str:
        return CONTAINERD_TOML.format(
            socket=CONTAINERD_SOCKET,
            pause=PAUSE_IMAGE,
            plugins=self.containers.plugins,
            networks=self._config("cni"),
            runc=self.containers.program("runc"),
        )

    def _kubelet_settings(self) -> Mapping[str, object]:
        places = self.plane.places
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(places.pki / "ca.crt")},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(places.pki / "kubelet.crt"),
            "tlsPrivateKeyFile": str(places.pki / "kubelet.key"),
            "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{places.unique_name}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "oomScoreAdj": 0,
            "clusterDomain": "cluster.local",
            # Nothing answers there; without it every pod gets a MissingClusterDNS event.
            "clusterDNS": [DNS_SERVICE],
            "resolvConf": "",
            "makeIPTablesUtilChains": False,
            "volumePluginDir": str(places.work / "flex-volumes"),
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        }

    def _config(self, file: str) -> Path:
        return self.plane.places.config / file


def bridge_network() -> Mapping[str, object]:
    """Pods on one bridge; no address translation, since nothing outside may be reached."""
    routes = [{"dst": "0.0.0.0/0"}]
    addresses = {"type": "host-local", "ranges": [[{"subnet": POD_RANGE}]], "routes": routes, "dataDir": "/run/cni"}
    bridge = {"type": "bridge", "bridge": "pods", "isGateway": True, "ipMasq": False, "hairpinMode": True}
    return {"cniVersion": "1.0.0", "name": "seatrial", "plugins": [bridge | {"ipam": addresses}]}


def preparation(work: Path) -> list[Deed]:
    """What is done inside the fresh namespaces before the first part, in this order."""
    return [*_own_mounts(), *_on_disk(work), *_kubelet_wishes(), *_own_network()]


def _own_mounts() -> list[Deed]:
    """A /run, /var/lib and /var/log of its own: what lies there by convention vanishes with the namespace."""
    private = [Run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", place]) for place in HIDDEN_INSIDE]
    folders = ["/run/netns", "/run/lock", "/var/lib/cni", str(ETCD_DATA.parent)]
    return [Run(["mount", "-t", "proc", "proc", "/proc"]), *private, Run(["mkdir", "-p", *folders])]


def _on_disk(work: Path) -> list[Deed]:
    """What grows lies on the disk, in the cluster's directory, under its usual name: there it is short enough for the
    sockets in it, wherever the directory is."""
    pairs = [(str(work / Path(place).name), place) for place in ON_DISK]
    made = Run(["mkdir", "-p", *(folder for pair in pairs for folder in pair)])
    return [made, *(Run(["mount", "--bind", real, place]) for real, place in pairs)]


def _kubelet_wishes() -> list[Deed]:
    written = [Write(str(WISHES / wish), value) for wish, value in KUBELET_WISHES.items()]
    shown = [Run(["mount", "--bind", str(WISHES / wish), f"/proc/sys/{wish}"]) for wish in KUBELET_WISHES]
    return [*written, *shown]


def _own_network() -> list[Deed]:
    """The node's address on a link that ends nowhere: dummy links are not to be had everywhere, and the bridge of the
    pods must not carry it. What is not known inside is unreachable at once."""
    commands = [
        ["ip", "link", "set", "lo", "up"],
        ["ip", "link", "add", "node", "type", "veth", "peer", "name", "nowhere"],
        ["ip", "address", "add", f"{NODE_ADDRESS}/{NODE_PREFIX}", "dev", "node"],
        ["ip", "link", "set", "node", "up"],
        ["ip", "link", "set", "nowhere", "up"],
        ["ip", "route", "add", "unreachable", "default"],
    ]
    return [*map(Run, commands), Write("/proc/sys/net/ipv4/ip_forward", "1")]


CONTAINERD_TOML = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = "{socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Without CAP_SYS_RESOURCE a score can't be lowered and no sandbox would start.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{networks}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "{runc}"
"""

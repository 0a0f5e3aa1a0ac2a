"""What each part of the control plane is started with: one list of arguments per part, made from values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.rehearsal.build import SOURCES, Binaries
from seatrial.rehearsal.innerinit import Part
from seatrial.rehearsal.paths import Places

# 198.18.0.0/15 is kept for tests of networks (RFC 2544): nobody's real network is hidden by it.
NODE_ADDRESS = "198.18.0.2"
NODE_PREFIX = 30
POD_RANGE = "198.18.64.0/18"
SERVICE_RANGE = "198.19.0.0/20"
FIRST_SERVICE = "198.19.0.1"
DNS_SERVICE = "198.19.0.10"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Where the control plane listens. A real node has a network of its own, so there the usual ones are free."""

    api: int = 6443
    etcd: int = 2379
    etcd_peer: int = 2380


@dataclass(frozen=True)
class ControlPlane:
    """One control plane: its files, its programs and where it listens."""

    places: Places
    binaries: Binaries
    ports: Ports
    bind_address: str
    etcd_data: Path

    def etcd(self) -> Part:
        """No fsync: this data is thrown away with the cluster."""
        client = f"https://{LOOPBACK}:{self.ports.etcd}"
        peer = f"https://{LOOPBACK}:{self.ports.etcd_peer}"
        flags = {
            "name": "seatrial",
            "data-dir": str(self.etcd_data),
            "unsafe-no-fsync": "true",
            "log-level": "warn",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"seatrial={peer}",
            "client-cert-auth": "true",
            "peer-client-cert-auth": "true",
            **self._certificate("etcd", "cert-file", "key-file"),
            **self._certificate("etcd", "peer-cert-file", "peer-key-file"),
            "trusted-ca-file": self._pki("ca.crt"),
            "peer-trusted-ca-file": self._pki("ca.crt"),
        }
        return self._part("etcd", flags)

    def api_server(self) -> Part:
        """With the audit log on, and routing to endpoints itself: nothing here plays kube-proxy."""
        flags = {
            "bind-address": self.bind_address,
            "secure-port": str(self.ports.api),
            "advertise-address": NODE_ADDRESS,
            "service-cluster-ip-range": SERVICE_RANGE,
            "authorization-mode": "Node,RBAC",
            "enable-admission-plugins": "NodeRestriction",
            "allow-privileged": "true",
            "client-ca-file": self._pki("ca.crt"),
            "cert-dir": str(self.places.work / "apiserver"),
            **self._certificate("apiserver", "tls-cert-file", "tls-private-key-file"),
            **self._etcd_client(),
            **self._service_accounts(),
            **self._to_kubelet(),
            **self._aggregation(),
            **self._audit(),
        }
        return self._part("kube-apiserver", flags)

    def controller_manager(self) -> Part:
        """One account per controller, as on real clusters, and no throttle: 500 pods in 3 s instead of 25 s."""
        flags = {
            "kubeconfig": str(self.kubeconfig_of("controller-manager")),
            "use-service-account-credentials": "true",
            "service-account-private-key-file": self._pki("service-accounts.key"),
            "root-ca-file": self._pki("ca.crt"),
            "flex-volume-plugin-dir": str(self.places.work / "flex-volumes"),
            **self._unserved(),
        }
        return self._part("kube-controller-manager", flags)

    def scheduler(self) -> Part:
        """As it is, without throttle."""
        return self._part("kube-scheduler", {"kubeconfig": str(self.kubeconfig_of("scheduler")), **self._unserved()})

    def kubeconfig_of(self, user: str) -> Path:
        """The kubeconfig that a part connects with."""
        return self.places.config / f"{user}.kubeconfig"

    def _etcd_client(self) -> dict[str, str]:
        return {
            "etcd-servers": f"https://{LOOPBACK}:{self.ports.etcd}",
            "etcd-cafile": self._pki("ca.crt"),
            **self._certificate("etcd", "etcd-certfile", "etcd-keyfile"),
        }

    def _service_accounts(self) -> dict[str, str]:
        return {
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-key-file": self._pki("service-accounts.pub"),
            "service-account-signing-key-file": self._pki("service-accounts.key"),
        }

    def _to_kubelet(self) -> dict[str, str]:
        return {
            "kubelet-preferred-address-types": "InternalIP",
            "kubelet-certificate-authority": self._pki("ca.crt"),
            **self._certificate("apiserver-to-kubelet", "kubelet-client-certificate", "kubelet-client-key"),
        }

    def _aggregation(self) -> dict[str, str]:
        return {
            "enable-aggregator-routing": "true",
            "requestheader-client-ca-file": self._pki("ca.crt"),
            "requestheader-allowed-names": "front-proxy-client",
            "requestheader-username-headers": "X-Remote-User",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            **self._certificate("front-proxy", "proxy-client-cert-file", "proxy-client-key-file"),
        }

    def _audit(self) -> dict[str, str]:
        return {
            "audit-policy-file": str(SOURCES / "audit-policy.yaml"),
            "audit-log-path": str(self.places.audit_log),
            "audit-log-maxsize": "200",
            "audit-log-maxbackup": "1",
        }

    def _unserved(self) -> dict[str, str]:
        return {"secure-port": "0", "leader-elect": "false", "kube-api-qps": "1000", "kube-api-burst": "2000"}

    def _certificate(self, name: str, certificate_flag: str, key_flag: str) -> dict[str, str]:
        return {certificate_flag: self._pki(f"{name}.crt"), key_flag: self._pki(f"{name}.key")}

    def _pki(self, file: str) -> str:
        return str(self.places.pki / file)

    def _part(self, name: str, flags: Mapping[str, str]) -> Part:
        return Part(name, [str(self.binaries.node), name, *as_flags(flags)])


def as_flags(flags: Mapping[str, str]) -> list[str]:
    """`--name=value`, in the order given."""
    return [f"--{name}={value}" for name, value in flags.items()]

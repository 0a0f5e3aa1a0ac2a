"""The place where one cluster is being brought up: its name and directories, and the means to do it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.rehearsal.certificates import Certificate, certificates, kubeconfig, make_certificates
from seatrial.rehearsal.controlplane import FIRST_SERVICE, NODE_ADDRESS
from seatrial.rehearsal.paths import Places, places
from seatrial.rehearsal.programs import Programs
from seatrial.rehearsal.progress import Progress
from seatrial.rehearsal.settings import Cluster, NodeKind, Settings

# The parts that connect to the API server, and whose kubeconfig they get.
CLIENTS = ("controller-manager", "scheduler", "kubelet", "metrics-server")


@dataclass(frozen=True)
class Site:
    """Everything one `up` needs to know."""

    places: Places
    kind: NodeKind
    contexts: tuple[str, ...]
    because: str
    progress: Progress
    programs: Programs = field(default_factory=Programs)

    @classmethod
    def of(cls, name: str, kind: NodeKind, contexts: Sequence[str], because: str, progress: Progress) -> "Site":
        """With the context called after the cluster unless told otherwise."""
        return cls(places(name), kind, tuple(contexts) or (f"seatrial-{name}",), because, progress)

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.places.name

    @property
    def node(self) -> str:
        """The name of its first node."""
        return f"{self.name}-1"

    def lay_out(self, server: str, server_inside: str) -> None:
        """Directories, certificates and kubeconfigs."""
        where = self.places
        for directory in (where.base, where.logs, where.config, where.work):
            directory.mkdir(parents=True, mode=0o700)
        make_certificates(where.pki, self._certificates())
        for client in CLIENTS:
            inside = kubeconfig(server_inside, where.pki, client, (client,))
            write_private(where.config / f"{client}.kubeconfig", inside)
        write_private(where.kubeconfig, kubeconfig(server, where.pki, "admin", self.contexts))

    def settle(self, settings: Settings) -> Cluster:
        """Write down what was decided; from here on the cluster can be found."""
        fresh = self.places.settings.with_suffix(".new")
        fresh.write_text(settings.to_json())
        fresh.replace(self.places.settings)
        return Cluster(self.places, settings)

    def _certificates(self) -> list[Certificate]:
        return certificates(self.node, NODE_ADDRESS, FIRST_SERVICE)


def write_private(file: Path, text: str) -> None:
    """Write a file with a key in it, readable by its owner alone from its first byte, and whole or not at all."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(file)

"""Where everything of a local cluster lies, and what it is called on the host: all of it follows from its name."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from seatrial.rehearsal.troubles import MachineLacks

NAME_FORM = re.compile(r"[a-z][a-z0-9-]{0,19}")
# Hidden by the cluster's own /run, /var/lib and /var/log, so a cluster's directory can't lie beneath them.
HIDDEN_INSIDE = ("/run", "/var/lib", "/var/log")


@dataclass(frozen=True)
class Places:
    """The directories of one cluster."""

    name: str
    base: Path

    @property
    def kubeconfig(self) -> Path:
        """What kubectl and Seatrial connect with."""
        return self.base / "kubeconfig"

    @property
    def audit_log(self) -> Path:
        """Every request to the API server, one JSON line each."""
        return self.base / "audit.log"

    @property
    def logs(self) -> Path:
        """One log file per part."""
        return self.base / "logs"

    @property
    def pki(self) -> Path:
        """Keys and certificates; 0700."""
        return self.base / "pki"

    @property
    def config(self) -> Path:
        """The settings files of the parts."""
        return self.base / "config"

    @property
    def work(self) -> Path:
        """What the node fills: images, containers, volumes. Gone as soon as the cluster is."""
        return self.base / "work"

    @property
    def parts(self) -> Path:
        """What the inner init knows of each part: running since, or ended how."""
        return self.base / "parts.json"

    @property
    def settings(self) -> Path:
        """What `up` decided: port, contexts, kind of node."""
        return self.base / "cluster.json"

    @property
    def lock(self) -> Path:
        """Held by whoever brings this cluster up or down; kept apart and never removed, since whoever waits for a
        removed lock waits for another file than the next one."""
        return self.base.parent.parent / "locks" / self.name

    @property
    def mark(self) -> str:
        """An argument of the cluster's first processes, by which they are found again."""
        return f"--seatrial-cluster={self.unique_name}"

    @property
    def unique_name(self) -> str:
        """The name, told apart from one of the same name under another data directory; names the cgroups."""
        digest = hashlib.sha256(os.fsencode(self.base)).hexdigest()[:8]
        return f"seatrial-{self.name}-{digest}"


def places(name: str) -> Places:
    """The places of the cluster `name`; nothing is made."""
    if not NAME_FORM.fullmatch(name):
        raise MachineLacks(f"'{name}' can't name a cluster: use up to 20 of a-z, 0-9 and '-', beginning with a letter.")
    return Places(name, data_dir() / "clusters" / name)


def refuse_hidden(base: Path) -> None:
    """A real node has its own /run, /var/lib and /var/log: a cluster beneath them would lose sight of itself."""
    for hidden in HIDDEN_INSIDE:
        if base.is_relative_to(hidden):
            raise MachineLacks(f"{base} lies under {hidden}, which the cluster hides: set XDG_DATA_HOME elsewhere.")


def data_dir() -> Path:
    """Seatrial's own data of this user."""
    return _xdg("XDG_DATA_HOME", ".local/share")


def cache_dir() -> Path:
    """What can be made again: binaries, packages, measured durations."""
    return _xdg("XDG_CACHE_HOME", ".cache")


def _xdg(variable: str, otherwise: str) -> Path:
    # The specification wants relative values ignored.
    given = Path(os.environ.get(variable, ""))
    return (given if given.is_absolute() else Path.home() / otherwise) / "seatrial"

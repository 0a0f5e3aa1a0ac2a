"""What `up` decided about one cluster, kept in its directory, so that every later command finds it."""

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from seatrial.rehearsal.build import Binaries
from seatrial.rehearsal.paths import Places
from seatrial.rehearsal.troubles import NotUp


class NodeKind(StrEnum):
    """What runs the pods."""

    REAL = "real"
    SIMULATED = "simulated"


@dataclass(frozen=True)
class Settings:
    """The decisions of `up`."""

    kind: NodeKind
    contexts: tuple[str, ...]
    node: str
    binaries: str
    ctr: str
    because: str

    def to_json(self) -> str:
        """For the file."""
        return json.dumps(asdict(self), indent=1)

    def with_contexts(self, contexts: tuple[str, ...]) -> "Settings":
        """The same under other names."""
        return replace(self, contexts=contexts)

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        """From the file; ValueError, KeyError or TypeError if it isn't one."""
        told = json.loads(text)
        kind, contexts = NodeKind(told.pop("kind")), tuple(told.pop("contexts"))
        return cls(kind=kind, contexts=contexts, **told)


@dataclass(frozen=True)
class Cluster:
    """A cluster that is up, and how to use it."""

    places: Places
    settings: Settings

    @property
    def name(self) -> str:
        """Its name on this machine."""
        return self.places.name

    @property
    def kind(self) -> NodeKind:
        """Whether its pods are real."""
        return self.settings.kind

    @property
    def context(self) -> str:
        """The kubeconfig's current context."""
        return self.settings.contexts[0]

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of its administrator."""
        return self.places.kubeconfig

    @property
    def kubectl(self) -> Path:
        """A kubectl of the same version."""
        return Binaries(Path(self.settings.binaries)).kubectl

    @property
    def audit_log(self) -> Path:
        """Every request to its API server, one JSON line each."""
        return self.places.audit_log

    @property
    def logs(self) -> Path:
        """One log per part."""
        return self.places.logs


def settings_of(places: Places) -> Settings | None:
    """What the last `up` decided; None where there was none, or it was cut off."""
    try:
        return Settings.from_json(places.settings.read_text())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def known(places: Places) -> Cluster:
    """The cluster of which there are settings."""
    settings = settings_of(places)
    if settings is None:
        raise NotUp(
            f"There is no cluster '{places.name}': bring it up with `seatrial cluster up --name {places.name}`."
        )
    return Cluster(places, settings)

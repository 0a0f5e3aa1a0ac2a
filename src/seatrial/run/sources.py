"""The programs and files that manifests and commits come from, without blocking the loop."""

import asyncio
from pathlib import Path

import yaml

from seatrial.model.preflight import GitState, Kustomization
from seatrial.sources import git, kustomize
from seatrial.sources.rendered import Rendered, SourceError

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class LocalSources:
    """kustomize (or kubectl's own) and git on this machine."""

    def __init__(self, kubectl: str) -> None:
        self._kubectl = kubectl

    async def render(self, directory: str) -> Rendered | SourceError:
        """What the directory amounts to."""
        return await asyncio.to_thread(kustomize.render, Path(directory), self._kubectl)

    async def git_state(self, directory: str) -> GitState | git.NoGit:
        """The commit and what differs from it."""
        return await asyncio.to_thread(git.state, Path(directory))

    async def kustomization(self, directory: str) -> Kustomization | None:
        """The kustomization file and the manifests beside it; None where there is none or it can't be read."""
        return await asyncio.to_thread(_kustomization, Path(directory))


def _kustomization(directory: Path) -> Kustomization | None:
    path = next((directory / name for name in NAMES if (directory / name).is_file()), None)
    if path is None or path.stat().st_size > 1024 * 1024:
        return None
    try:
        value = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError):
        return None
    listed = value.get("resources") if isinstance(value, dict) else None
    beside = sorted(one.name for one in directory.iterdir() if _could_be_manifest(one))
    return Kustomization(path.name, tuple(str(one) for one in listed or ()), tuple(beside))


def _could_be_manifest(path: Path) -> bool:
    """A YAML file beside the kustomization that is neither it nor a plan of ours."""
    if path.suffix not in (".yml", ".yaml") or path.name in NAMES or not path.is_file():
        return False
    with path.open("rb") as file:
        return b"seatrial.dev/" not in file.read(4096)

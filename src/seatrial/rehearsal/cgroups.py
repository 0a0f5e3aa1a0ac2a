"""The control groups of a cluster on the host: made before it starts, removed after it has ended; both versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seatrial.run.clock import pause, ticks

MOUNTS = Path("/proc/self/mountinfo")
REMOVAL_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Hierarchy:
    """One tree of control groups."""

    root: Path
    version: int


def hierarchies(mountinfo: str) -> list[Hierarchy]:
    """The trees that are mounted, from the text of /proc/self/mountinfo (man 5 proc: type stands after the dash)."""
    found = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind = after.split(" ", 1)[0]
        if kind in {"cgroup", "cgroup2"}:
            found.append(Hierarchy(Path(before.split(" ")[4]), 1 if kind == "cgroup" else 2))
    return found


def mounted_hierarchies() -> list[Hierarchy]:
    """The trees of this machine."""
    return hierarchies(MOUNTS.read_text())


CPU_SHARES = "8192"
"""The whole cluster would weigh as much as one program of the host: a JVM's start took 80 s beside a compiler."""


def make_groups(trees: Sequence[Hierarchy], name: str) -> None:
    """The kubelet wants its root group to be there, and a group's processors set before a process may enter it."""
    for tree in trees:
        if tree.version == 2:
            _delegate(tree.root)
        group = tree.root / name
        group.mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if tree.version == 1 and (tree.root / setting).exists():
                (group / setting).write_text((tree.root / setting).read_text())
        if tree.version == 1 and (group / "cpu.shares").exists():
            (group / "cpu.shares").write_text(CPU_SHARES)


def remove_groups(trees: Sequence[Hierarchy], name: str) -> list[Path]:
    """Remove a cluster's groups, deepest first. A killed process leaves its group a moment later, so try again for a
    while; what is still there then is returned."""
    deadline = ticks() + REMOVAL_TIMEOUT_S
    left = _remove_once(trees, name)
    while left and ticks() < deadline:
        pause(0.05)
        left = _remove_once(trees, name)
    return left


def groups_left(trees: Sequence[Hierarchy], name: str) -> list[Path]:
    """The groups of that name that are there."""
    return [tree.root / name for tree in trees if (tree.root / name).is_dir()]


def _remove_once(trees: Sequence[Hierarchy], name: str) -> list[Path]:
    for root in groups_left(trees, name):
        folders = [root, *(folder for folder in root.rglob("*") if folder.is_dir())]
        for folder in sorted(folders, key=lambda one: len(one.parts), reverse=True):
            try:
                folder.rmdir()
            except OSError:
                continue  # still has processes, or is gone already: the next round tells
    return groups_left(trees, name)


def _delegate(root: Path) -> None:
    """Version 2: children get the controllers that the parent hands on. Not tried on a machine with version 2 only."""
    control = root / "cgroup.subtree_control"
    available = (root / "cgroup.controllers").read_text().split()
    enabled = control.read_text().split()
    wanted = [f"+{one}" for one in ("cpu", "cpuset", "memory", "pids") if one in available and one not in enabled]
    if wanted:
        control.write_text(" ".join(wanted))

"""What pauses are called: the names of unified logging, from JDK 9 to 25, brought to one vocabulary."""

import re

import msgspec


class PauseName(msgspec.Struct, frozen=True):
    """A pause's kind in our words, its cause in the JVM's, and why its evacuation failed, if it did."""

    kind: str
    cause: str
    failed: bool = False
    pinned: bool = False


# What ZGC's debug level prints inside its pauses: their time is in them already.
PART = "part"
_PARTS = ("Roots", "Weak Roots", "Retire TLABS", "Remap TLABS", "Mark Try Complete")
# The longest first: the name is looked for in this order.
_KINDS = (
    ("Degenerated", "degenerated"),
    ("Final Update Refs", "finalUpdateRefs"),
    ("Init Update Refs", "initUpdateRefs"),
    ("Relocate Start", "relocateStart"),
    ("Initial Mark", "initialMark"),
    ("Final Roots", "finalRoots"),
    ("Final Strong", "finalRoots"),
    ("Final Verify", "verify"),
    ("Mark Start", "markStart"),
    ("Init Mark", "initialMark"),
    ("Final Mark", "finalMark"),
    ("Final Evac", "finalRoots"),
    ("Mark End", "markEnd"),
    ("Cleanup", "cleanup"),
    ("Verify", "verify"),
    ("Remark", "remark"),
    ("Mixed", "mixed"),
    ("Young", "young"),
    ("Full", "full"),
)
# One paren inside another is as deep as it goes: `(System.gc())`.
_GROUP = re.compile(r" \(((?:[^()]|\([^()]*\))*)\)")
_NAME = re.compile(r"([A-Z][A-Za-z]*(?: [A-Z]{0,2}[A-Za-z]+)*)((?: \((?:[^()]|\([^()]*\))*\))*)")
_YOUNG_KINDS = frozenset({"Normal", "Concurrent Start", "Prepare Mixed", "Mixed", "Concurrent End"})


def pause_name(text: str) -> PauseName | None:
    """The name between `Pause` and the figures, or None where no JVM calls a pause so."""
    matched = _NAME.fullmatch(text)
    if matched is None:
        return None
    base, groups = matched[1], _GROUP.findall(matched[2])
    if base.startswith(_PARTS):
        return PauseName(PART, base)
    kind = next((kind for name, kind in _KINDS if base.startswith(name)), None)
    if kind is None:
        return None
    return _young(groups) if kind == "young" else _other(kind, base, groups)


def _young(groups: list[str]) -> PauseName:
    """G1 says which young pause it is, then the cause, then from JDK 21 on whether evacuation failed, from 22 on why."""
    failures = [group for group in groups if group.startswith("Evacuation Failure")]
    causes = [group for group in groups if group not in _YOUNG_KINDS and group not in failures]
    kind = "mixed" if "Mixed" in groups else "young"
    reasons = failures[0].partition(": ")[2] if failures else ""
    return PauseName(
        kind,
        causes[-1] if causes else "Young",
        failed=bool(failures) and reasons != "Pinned",
        pinned="Pinned" in reasons,
    )


def _other(kind: str, base: str, groups: list[str]) -> PauseName:
    if kind == "initialMark" and base == "Initial Mark" and groups:
        kind = "young"  # JDK 9 and 10 called G1's young pause with initial mark so
    return PauseName(kind, groups[-1] if groups and kind in ("full", "mixed", "young", "degenerated") else base)

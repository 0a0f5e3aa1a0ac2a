"""Where the test runbooks lie: the first users' own, and some of other kinds, in both languages."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FIRST = ROOT / "demo" / "runbook.zh-TW.md"
DATA = Path(__file__).parent / "data"
OTHERS = sorted(DATA.glob("*.md"))


def text_of(name: str) -> str:
    """A runbook of the data directory."""
    return (DATA / name).read_text(encoding="utf-8")


def first() -> str:
    """The first users' runbook."""
    return FIRST.read_text(encoding="utf-8")

"""Print the documents that come from the code: docs/rules.md and docs/lifecycle.md. `make docs`; a test keeps them fresh."""

from pathlib import Path

from seatrial.judge.handbook import rules_markdown
from seatrial.lifecycle import diagram

DOCS = Path(__file__).parent


def lifecycle_markdown() -> str:
    """The table of phases as a diagram."""
    return f"# The life of a run\n\nPrinted from `src/seatrial/lifecycle.py` by `make docs`.\n\n```mermaid\n{diagram()}```\n"


def pages() -> dict[str, str]:
    """Each page's name and text."""
    return {"rules.md": rules_markdown(), "lifecycle.md": lifecycle_markdown()}


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text)

"""Print the documents that come from the code: rules, lifecycle, plan and commands. `make docs`; a test keeps them fresh."""

from pathlib import Path

from seatrial.cli.handbook import commands_markdown
from seatrial.judge.handbook import rules_markdown
from seatrial.lifecycle import diagram
from seatrial.plan.handbook import plan_markdown

DOCS = Path(__file__).parent


def lifecycle_markdown() -> str:
    """The table of phases as a diagram."""
    return f"# The life of a run\n\nPrinted from `src/seatrial/lifecycle.py` by `make docs`.\n\n```mermaid\n{diagram()}```\n"


def pages() -> dict[str, str]:
    """Each page's name and text."""
    return {
        "rules.md": rules_markdown(),
        "lifecycle.md": lifecycle_markdown(),
        "plan.md": plan_markdown(),
        "commands.md": commands_markdown(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text)

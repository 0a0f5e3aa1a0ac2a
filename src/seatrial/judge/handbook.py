"""The rules as a handbook: docs/rules.md, and what `seatrial explain` prints."""

from itertools import groupby

from seatrial.judge.all_rules import all_cards
from seatrial.judge.catalogue import RuleCard


def names() -> tuple[str, ...]:
    """All rule names, in alphabetical order."""
    return tuple(sorted(card.name for card in all_cards()))


def explained(name: str) -> str | None:
    """One rule for a person at a terminal; None where there is none of that name."""
    card = next((one for one in all_cards() if one.name == name), None)
    if card is None:
        return None
    return "\n".join([f"{card.name} ({card.family})", "", *_lines(card)])


def rules_markdown() -> str:
    """All rules as one page, by family."""
    text = ["# Rules", "", "Printed from the code by `make docs`. `seatrial explain NAME` prints one of them.", ""]
    for family, found in groupby(all_cards(), key=lambda card: card.family):
        text += [f"## {family}", ""]
        for card in found:
            text += [f"### {card.name}", "", *(f"{line}  " for line in _lines(card)), ""]
    return "\n".join(text)


def _lines(card: RuleCard) -> list[str]:
    lines = [
        f"Looks at: {card.looks_at}",
        f"Says: {card.says}",
        f"Source: {card.source}",
        f"What to do: {card.what_to_do}",
    ]
    if card.triggers:
        lines.append(f"Rolls back, where the plan's rollback.on has: {', '.join(card.triggers)}")
    if card.subject:
        lines.append(f"Answers the criterion: {card.subject}")
    return lines

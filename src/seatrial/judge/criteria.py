"""Which judgements answer a criterion of the plan: the rules whose card has its subject."""

from collections.abc import Iterable

from seatrial.judge.catalogue import card_of
from seatrial.model.judgement import Judgement


def judged_for(subject: str, judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """The judgements of every rule with that subject; empty where none of them was asked."""
    found = []
    for one in judgements:
        card = card_of(one.rule)
        if card and card.subject == subject:
            found.append(one)
    return tuple(found)

"""Which judgement makes the run roll back by itself, as the plan's `rollback.on` says."""

from collections.abc import Iterable

from seatrial.judge.catalogue import card_of
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.plan import Trigger


def rolls_back(judgements: Iterable[Judgement], on: Iterable[Trigger]) -> Judgement | None:
    """The first FAIL of a rule whose card answers to one of the plan's triggers, in the order of the plan.

    A trigger with a limit (memory, server errors) has it judged by its rule, which FAILs only beyond it.
    """
    failed = [one for one in judgements if one.verdict is Verdict.FAIL]
    for trigger in on:
        for one in failed:
            card = card_of(one.rule)
            if card and trigger.name in card.triggers:
                return one
    return None

"""Every rule's card: its name, what it looks at, when it says what, why, and what to do. Printed by `explain` and docs/rules.md."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from seatrial.model.judgement import Judgement, Verdict

F = TypeVar("F", bound=Callable[..., object])


class RuleCard(Struct, frozen=True):
    """What a person can read of a rule.

    triggers: the names in a plan's `rollback.on` that a FAIL of this rule answers to.
    subject: the name in `accept.that` under which a criterion asks for it.
    """

    name: str
    family: str
    looks_at: str
    says: str
    source: str
    what_to_do: str
    triggers: tuple[str, ...] = ()
    subject: str = ""


_CARDS: dict[str, RuleCard] = {}


def rule(card: RuleCard) -> Callable[[F], F]:
    """Enter a rule's card; the function's name is the card's, with underscores."""

    def enter(function: F) -> F:
        if function.__name__ != card.name.replace("-", "_"):
            raise ValueError(f"rule {card.name} is the function {function.__name__}: one rule, one name")
        if card.name in _CARDS:
            raise ValueError(f"rule {card.name} is there twice")
        _CARDS[card.name] = card
        return function

    return enter


def cards() -> tuple[RuleCard, ...]:
    """All rules, in the order of their families and names. Import seatrial.judge.all_rules first."""
    return tuple(sorted(_CARDS.values(), key=lambda card: (card.family, card.name)))


def card_of(name: str) -> RuleCard | None:
    """The card of that name."""
    return _CARDS.get(name)


def with_steps(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """The judgements, each FAIL and HOLD with a next step: where the rule knows nothing nearer, what its card says to do."""
    return tuple(map(_with_step, judgements))


def _with_step(one: Judgement) -> Judgement:
    card = _CARDS.get(one.rule)
    if one.next_step or card is None or one.verdict not in (Verdict.FAIL, Verdict.HOLD):
        return one
    return replace(one, next_step=card.what_to_do)

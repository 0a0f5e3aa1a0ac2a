"""One rule = one function = one name: in the code, in the tests, in the handbook."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import seatrial.judge
from seatrial.judge.all_rules import all_cards
from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.criteria import judged_for
from seatrial.judge.handbook import explained, names, rules_markdown
from seatrial.judge.triggers import rolls_back
from seatrial.model.judgement import Judgement, Verdict, deciding, verdict_of
from seatrial.model.plan import Trigger

CARDS = all_cards()
TESTS = "\n".join(file.read_text() for file in Path(__file__).parent.rglob("*") if file.suffix in (".py", ".yaml"))


@pytest.mark.parametrize("card", CARDS, ids=[card.name for card in CARDS])
def test_a_rule_can_be_read_and_is_tested(card: RuleCard) -> None:
    assert all((card.looks_at, card.says, card.source, card.what_to_do, card.family))
    assert card.name in TESTS, f"no test names {card.name}"
    told = explained(card.name)
    assert told
    assert card.says in told
    assert f"### {card.name}\n" in rules_markdown()


def test_every_file_of_rules_is_in_the_catalogue() -> None:
    """A family that nobody imports would be missing from the handbook."""
    before = names()
    for module in pkgutil.walk_packages(seatrial.judge.__path__, "seatrial.judge."):
        importlib.import_module(module.name)
    assert names() == before


def test_a_rule_has_its_functions_name() -> None:
    with pytest.raises(ValueError, match="one rule, one name"):
        rule(RuleCard("some-rule", "x", "a", "b", "c", "d"))(lambda: None)


def test_an_unknown_rule_is_explained_by_nobody() -> None:
    assert explained("no-such-rule") is None


def judgement(name: str, verdict: Verdict = Verdict.FAIL) -> Judgement:
    return Judgement(name, "pod/new-1", verdict, "because")


@pytest.mark.parametrize(
    ("rules", "on", "decides"),
    [
        (("crash-loop",), ("crash-loop",), "crash-loop"),
        (("crash-loop",), ("rollout-failed",), "crash-loop"),
        (("out-of-memory",), ("out-of-memory",), "out-of-memory"),
        (("image-pull",), ("crash-loop",), None),
        (
            ("autoscaler-metrics", "restarts-allowed", "jvm-flags"),
            ("rollout-failed", "crash-loop", "out-of-memory"),
            None,
        ),
        (("image-pull", "memory-above"), ("memory",), "memory-above"),
    ],
)
def test_a_plan_rolls_back_on_what_it_names(rules: tuple[str, ...], on: tuple[str, ...], decides: str | None) -> None:
    found = rolls_back(tuple(map(judgement, rules)), tuple(map(Trigger, on)))
    assert (found.rule if found else None) == decides


def test_only_a_fail_rolls_back() -> None:
    assert rolls_back((judgement("crash-loop", Verdict.HOLD),), (Trigger("crash-loop"),)) is None


@pytest.mark.parametrize(
    ("subject", "rules"),
    [
        ("pods", {"pods-ready", "crash-loop"}),
        ("jvm", {"jvm-flags"}),
        ("memory", {"memory-window"}),
        ("logs", {"log-absent"}),
        ("health", {"health-of-pods"}),
        ("restarts", {"restarts-allowed"}),
        ("gc-log", {"gc-log"}),
        ("autoscaler", {"autoscaler-metrics"}),
        ("out-of-memory", {"out-of-memory", "out-of-memory-error"}),
    ],
)
def test_a_criterion_is_answered_by_its_subject(subject: str, rules: set[str]) -> None:
    everything = tuple(judgement(card.name) for card in CARDS)
    answers = {one.rule for one in judged_for(subject, everything)}
    assert rules <= answers
    assert not answers & {"window-open", "context-matches"}


def test_the_gravest_verdict_decides() -> None:
    mixed = tuple(
        judgement(verdict.value, verdict) for verdict in (Verdict.PASS, Verdict.UNKNOWN, Verdict.WAIT, Verdict.HOLD)
    )
    assert verdict_of(mixed) is Verdict.HOLD
    assert verdict_of((*mixed, judgement("x"))) is Verdict.FAIL
    assert verdict_of(()) is Verdict.UNKNOWN
    assert deciding(()) is None

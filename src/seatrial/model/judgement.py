"""A rule's answer in words, and its one-word verdict."""

from enum import Enum

from msgspec import Struct


class Verdict(Enum):
    """PASS: true now. WAIT: not yet, and within its time. HOLD: a person should look. UNKNOWN: could not be seen. FAIL: proven wrong."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    WAIT = "WAIT"
    HOLD = "HOLD"
    UNKNOWN = "UNKNOWN"
    FAIL = "FAIL"


class Judgement(Struct, frozen=True):
    """What one rule says about one thing.

    `because` is one plain sentence; `evidence` are lines that it rests on (event text, log lines), terminal escapes removed;
    `next_step` says what a person can do; `waits_s` is how long a WAIT or HOLD may still last; a PASS may carry a `warning`.
    """

    rule: str
    about: str
    verdict: Verdict
    because: str
    evidence: tuple[str, ...] = ()
    next_step: str = ""
    waits_s: float | None = None
    warning: str = ""


PRECEDENCE = (Verdict.FAIL, Verdict.HOLD, Verdict.WAIT, Verdict.UNKNOWN, Verdict.PASS)
"""Which verdict decides, once staleness has been settled: the first that any judgement gives."""


def deciding(judgements: tuple[Judgement, ...]) -> Judgement | None:
    """The judgement that decides: the first of the gravest verdict; None where nothing was judged."""
    return min(judgements, key=lambda one: PRECEDENCE.index(one.verdict), default=None)


def verdict_of(judgements: tuple[Judgement, ...]) -> Verdict:
    """The verdict of all judgements together; nothing judged is UNKNOWN."""
    decides = deciding(judgements)
    return decides.verdict if decides else Verdict.UNKNOWN

"""The verdict of a run in one sentence, what it rests on, and what comes next."""

from collections.abc import Iterable, Sequence

from seatrial.lifecycle import BEFORE_CHANGE, Phase, State
from seatrial.model import events as e
from seatrial.model.events import Entry
from seatrial.model.judgement import PRECEDENCE, Judgement, Verdict
from seatrial.report.figures import count, lasting, once
from seatrial.report.parts import CriterionStory, Ruling, Tone
from seatrial.report.sentences import phase_label
from seatrial.report.told import newest_of

GROUNDS_MAX = 12
WEIGHTY = (
    "jvm-flags",
    "out-of-memory",
    "restarts-allowed",
    "memory-window",
    "health-of-pods",
    "autoscaler-metrics",
    "pods-ready",
    "gc-log",
    "out-of-memory-error",
)
"""The rules whose PASS a reader looks for first: does the fix work in every JVM, and does the service serve?"""


def verdict_sentence(state: State, entries: Sequence[Entry], criteria: Sequence[CriterionStory] = ()) -> str:
    """One sentence that begins with the outcome's word."""
    match state.phase:
        case Phase.ACCEPTED:
            return _accepted(state, criteria)
        case Phase.UNCHANGED:
            return "nothing to do: the cluster already has what the manifests say"
        case Phase.REFUSED:
            return f"refused before the first change: {state.ended_because}"
        case Phase.INTERRUPTED:
            stopped = newest_of(e.Interrupted, entries)
            return (
                f"interrupted before the first change ({stopped.signal if stopped else 'signal'}); nothing was touched"
            )
        case Phase.ROLLED_BACK:
            return f"rolled back, verified: {state.going_back_because}"
        case Phase.NEEDS_PERSON:
            return f"rollback failed, a person is needed now: {state.ended_because}"
        case Phase.KEPT:
            kept = newest_of(e.Kept, entries)
            return f"kept as it is{f' by {kept.by}' if kept else ''}: {state.ended_because}"
        case Phase.SUPERSEDED:
            return f"superseded: {state.ended_because}"
        case _:
            return _in_progress(state, entries, criteria)


def _accepted(state: State, criteria: Sequence[CriterionStory]) -> str:
    took = ""
    if state.applied_at and state.last_at:
        took = f", {lasting((state.last_at - state.applied_at).total_seconds())} after the first change"
    met = sum(1 for one in criteria if one.met_at)
    seen = f", {count(met, 'criterion', 'criteria')} met" if met else ""
    return f"accepted: every pod does what the plan says{seen}{took}"


def _in_progress(state: State, entries: Sequence[Entry], criteria: Sequence[CriterionStory]) -> str:
    if state.asked:
        return f"held: {state.asked.question}"
    if state.phase in (Phase.ROLLING_BACK, Phase.VERIFYING):
        return f"{state.phase.value}: {state.going_back_because}"
    if state.phase is Phase.ACCEPTING:
        still = [one for one in criteria if one.met_at is None]
        later = f", {count(len(still), 'criterion', 'criteria')} still to come" if still else ""
        return f"soak passed{later}"
    let_go = entries and isinstance(entries[-1].event, e.Detached)
    word = "detached" if let_go else "in progress"
    owed = ", a rollback is owed until the run is settled" if state.owed else ", nothing was touched yet"
    return f"{word}: {phase_label(state.phase)}{owed}"


def tone_for(state: State) -> Tone:
    """How the verdict should look."""
    match state.phase:
        case Phase.ACCEPTED:
            return Tone.GOOD
        case Phase.ACCEPTING if not state.asked:
            return Tone.GOOD
        case Phase.NEEDS_PERSON:
            return Tone.BAD
        case Phase.ROLLED_BACK | Phase.REFUSED | Phase.ROLLING_BACK | Phase.VERIFYING:
            return Tone.WARY
        case _:
            return Tone.WARY if state.asked else Tone.CALM


def rests_on(state: State, entries: Sequence[Entry], rulings: Sequence[Ruling]) -> tuple[Judgement, ...]:
    """The judgements that decided, the gravest first."""
    if state.asked:
        return state.asked.judgements
    if state.phase is Phase.REFUSED:
        return _gravest(one.judgement for one in rulings if one.judgement.verdict is not Verdict.PASS)
    if state.going_back_because:
        return _went_back(state, entries, rulings)
    proven = [one for one in rulings if one.phase not in BEFORE_CHANGE]
    if state.phase in (Phase.ACCEPTED, Phase.ACCEPTING):
        return _accepted_by(proven)
    here = (one.judgement for one in rulings if one.phase is state.phase)
    return _gravest(one for one in here if one.verdict is not Verdict.PASS)


def _went_back(state: State, entries: Sequence[Entry], rulings: Sequence[Ruling]) -> tuple[Judgement, ...]:
    failed = _failed(state.going_back_rule, entries)
    if not failed:
        failed = (Judgement(state.going_back_rule or "a person", "", Verdict.FAIL, state.going_back_because),)
    back = newest_of(e.RollbackVerified, entries)
    verified = (Judgement("rollback-verified", "", Verdict.PASS, once(back.because)),) if back else ()
    stuck = _gravest(
        one.judgement
        for one in rulings
        if one.phase is Phase.VERIFYING
        and state.phase is Phase.NEEDS_PERSON
        and one.judgement.verdict is not Verdict.PASS
    )
    return (stuck + failed)[: GROUNDS_MAX - 1] + verified


def _failed(rule: str, entries: Sequence[Entry]) -> tuple[Judgement, ...]:
    """What the rule said when it failed last, before the run went back."""
    going_back = False
    for entry in reversed(entries):
        going_back = going_back or isinstance(entry.event, e.RollbackDecided)
        if going_back and isinstance(entry.event, e.Judged):
            failed = (one for one in entry.event.judgements if one.rule == rule and one.verdict is Verdict.FAIL)
            if found := tuple(failed):
                return found
    return ()


def _accepted_by(rulings: Sequence[Ruling]) -> tuple[Judgement, ...]:
    """Of each rule its newest PASS, the weightiest first: what never passed is told under "not checked", not as a ground."""
    by_rule = {one.judgement.rule: one.judgement for one in rulings if one.judgement.verdict is Verdict.PASS}
    weighty = [by_rule[rule] for rule in WEIGHTY if rule in by_rule]
    rest = [one for rule, one in by_rule.items() if rule not in WEIGHTY]
    return (*weighty, *rest)[:GROUNDS_MAX]


def _gravest(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    return tuple(sorted(judgements, key=lambda one: PRECEDENCE.index(one.verdict)))[:GROUNDS_MAX]

"""From a journal to its story: who, what, when, the verdict and what it rests on."""

from collections.abc import Sequence

from seatrial.lifecycle import ENDS, State
from seatrial.model import events as e
from seatrial.model.events import Entry
from seatrial.model.judgement import Verdict
from seatrial.model.plan import Plan
from seatrial.report import chronicle, measures
from seatrial.report.outlook import next_step
from seatrial.report.parts import Ruling, Story, Subject, Tone, Unseen
from seatrial.report.sentences import judged_text
from seatrial.report.told import Told, events_of, newest_of, walk
from seatrial.report.verdict import rests_on, tone_for, verdict_sentence

__all__ = ["Story", "Tone", "next_step", "tell"]


def tell(entries: Sequence[Entry], plan: Plan | None = None) -> Story:
    """The story so far. The plan adds what a journal does not hold: thresholds, and the criteria still to come."""
    told = walk(entries)
    state = told[-1].state if told else State()
    rulings = _rulings(told)
    stages = measures.stages(told)
    criteria = chronicle.criteria(entries, state.applied_at, plan)
    shown = newest_of(e.DiffShown, entries) or e.DiffShown("", ())
    change = newest_of(e.ChangeFound, entries) or e.ChangeFound("", ())
    evidence = [one for _entry, one in events_of(e.EvidenceTaken, entries)]
    missing = tuple(gap for one in evidence for gap in one.missing)
    return Story(
        subject=_subject(entries),
        phase=state.phase,
        verdict=verdict_sentence(state, entries, criteria),
        tone=tone_for(state),
        ended=state.phase in ENDS,
        owed=state.owed,
        rests_on=rests_on(state, entries, rulings),
        cluster=state.identity,
        started_at=entries[0].at if entries else None,
        last_at=state.last_at,
        applied_at=state.applied_at,
        stages=stages,
        estimates=measures.estimates(stages),
        timeline=chronicle.timeline(told),
        counts=measures.counts(entries),
        pods=measures.pods(told),
        memory=measures.memory_series(told),
        memory_marks=measures.memory_marks(plan),
        restarts=measures.restart_series(told),
        replicas=measures.replica_series(entries),
        jvms=tuple({(one.pod, one.container): one for _entry, one in events_of(e.JvmSeen, entries)}.values()),
        diff=shown.text,
        consequences=shown.consequences,
        digest=change.digest,
        objects=change.objects,
        stamps=change.stamps,
        writes=chronicle.writes(entries, state),
        questions=chronicle.questions(entries),
        words=chronicle.words(told),
        warnings=chronicle.warnings(entries),
        criteria=criteria,
        gaps=chronicle.gaps(entries),
        comparison=chronicle.comparison(entries),
        evidence=tuple(dict.fromkeys(name for one in evidence for name in one.files)),
        missing=missing,
        rulings=rulings,
        unseen=(*_unknown(rulings), *(Unseen(gap.what, gap.because) for gap in missing)),
    )


def _subject(entries: Sequence[Entry]) -> Subject:
    began = newest_of(e.RunStarted, entries)
    if began is None:
        return Subject()
    return Subject(
        began.run_id,
        began.plan,
        began.plan_digest,
        began.version,
        began.host,
        began.user,
        began.workload,
        began.namespace,
    )


def _rulings(told: Sequence[Told]) -> tuple[Ruling, ...]:
    """What each family of rules said last in each phase: an entry has the whole of a look, so it replaces the ones before."""
    newest: dict[tuple[str, str], tuple[Ruling, ...]] = {}
    for one in told:
        if isinstance(one.event, e.Judged):
            said = (Ruling(one.entry.at, one.phase, one.event.family, judgement) for judgement in one.event.judgements)
            newest[(one.phase.value, one.event.family)] = tuple(said)
    return tuple(ruling for said in newest.values() for ruling in said)


def _unknown(rulings: Sequence[Ruling]) -> tuple[Unseen, ...]:
    """What a rule could not see, and did not see in a later phase either."""
    newest = {(one.judgement.rule, one.judgement.about): one.judgement for one in rulings}
    unknown = (one for one in newest.values() if one.verdict is Verdict.UNKNOWN)
    return tuple(Unseen(one.rule, judged_text(one)) for one in unknown)

"""What happened in the order in which it happened: the timeline, questions and answers, gaps, criteria, before and after."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import get_args

from msgspec.structs import replace

from seatrial.lifecycle import State
from seatrial.model import events as e
from seatrial.model.events import Entry, Transition
from seatrial.model.judgement import Verdict
from seatrial.model.plan import Plan
from seatrial.report.figures import short_digest
from seatrial.report.parts import Caution, Comparison, CriterionStory, Gap, Moment, Question, Word, WriteStory
from seatrial.report.sentences import VERDICT_TONES, judged_text, tone_of
from seatrial.report.told import Told, events_of, newest_of

TRANSITIONS = get_args(Transition)

_KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("phase", TRANSITIONS),
    ("milestone", (e.Milestone,)),
    ("warning", (e.Warned,)),
    ("question", (e.Asked,)),
    ("answer", (e.Answered, e.Lifted)),
    ("gap", (e.Blind, e.Detached, e.Resumed)),
    ("criterion", (e.CriterionMet,)),
    ("evidence", (e.EvidenceTaken,)),
    ("write", (e.WriteFailed,)),
)
_KIND_OF = {kind: name for name, kinds in _KINDS for kind in kinds}
_SPOKEN = (Verdict.FAIL, Verdict.HOLD)


def timeline(told: Iterable[Told]) -> tuple[Moment, ...]:
    """The lines T+0…: transitions, milestones, warnings, questions, gaps, and the first time that a rule fails or holds.

    Each step begins with a look of its own: a milestone that only repeats the last one is left out.
    """
    seen: set[tuple[str, str, Verdict]] = set()
    moments: list[Moment] = []
    reached = ""
    for moment in (moment for one in told for moment in _moments(one, seen)):
        if moment.kind != "milestone" or moment.text != reached:
            moments.append(moment)
        reached = moment.text if moment.kind == "milestone" else reached
    return tuple(moments)


def _moments(one: Told, seen: set[tuple[str, str, Verdict]]) -> Iterator[Moment]:
    if isinstance(one.event, e.Judged):
        for judgement in one.event.judgements:
            key = (judgement.rule, judgement.about, judgement.verdict)
            if judgement.verdict in _SPOKEN and key not in seen:
                seen.add(key)
                text = f"{judgement.verdict.value} {judged_text(judgement)} [{judgement.rule}]"
                yield Moment(one.entry.at, one.offset_s, one.phase, "judgement", text, VERDICT_TONES[judgement.verdict])
        return
    kind = _KIND_OF.get(type(one.event), "")
    if kind:
        yield Moment(one.entry.at, one.offset_s, one.phase, kind, one.text, tone_of(one.event))


def questions(entries: Iterable[Entry]) -> tuple[Question, ...]:
    """What was asked, and what came of it: a person's word, healed by itself, or the fallback."""
    asked: list[Question] = []
    for entry in entries:
        event = entry.event
        if isinstance(event, e.Asked):
            asked.append(Question(entry.at, event.question, event.judgements, event.answer_within_s, event.fallback))
        elif asked and not asked[-1].word:
            asked[-1] = _settled(asked[-1], entry)
    return tuple(asked)


def _settled(asked: Question, entry: Entry) -> Question:
    match entry.event:
        case e.Answered(word=word, by=by, because=because):
            return replace(asked, word=word, by=by, because=because, answered_at=entry.at)
        case e.Lifted(because=because):
            return replace(asked, word="lifted", because=because, answered_at=entry.at)
        case e.ChangeApproved(by=by):
            return replace(asked, word="approve", by=by, answered_at=entry.at)
        case e.Kept(by=by, because=because):
            return replace(asked, word="keep", by=by, because=because, answered_at=entry.at)
        case e.WentOn(by=by, because=because):
            return replace(asked, word="went on", by=by, because=because, answered_at=entry.at)
        case e.RollbackDecided(by=by, because=because):
            return replace(asked, word="went back", by=by, because=because, answered_at=entry.at)
        case event if isinstance(event, TRANSITIONS):
            return replace(asked, word="overtaken", answered_at=entry.at)
        case _:
            return asked


def words(told: Iterable[Told]) -> tuple[Word, ...]:
    """Who did what: started, approved, answered, took over, let go, went back, kept."""
    said = ((one.entry.at, _word(one.event)) for one in told)
    return tuple(Word(at, *word) for at, word in said if word)


def _word(event: e.AnyEvent) -> tuple[str, str, str] | None:
    match event:
        case e.RunStarted():
            return "started the run", f"{event.user} on {event.host}", f"Seatrial {event.version}"
        case e.ChangeApproved():
            return "approved the change", event.by, f"digest {short_digest(event.digest)}"
        case e.Answered():
            return event.word, event.by, event.because
        case e.Resumed():
            return "took the run over", f"{event.user} on {event.host}", f"Seatrial {event.version}"
        case e.RollbackDecided():
            return "decided to go back", event.by or "the plan", event.because
        case e.Kept():
            return "kept the state as it is", event.by, event.because
        case _:
            return None


def gaps(entries: Iterable[Entry]) -> tuple[Gap, ...]:
    """Times in which nothing was seen: blind looks, and the time between two processes."""
    found: list[Gap] = []
    for entry in entries:
        match entry.event:
            case e.Blind(lasted_s=lasted_s, because=because):
                found.append(Gap(entry.at, lasted_s, because))
            case e.Resumed(blind_s=blind_s) if blind_s > 0:
                found.append(Gap(entry.at, blind_s, "no process of the run was there"))
            case _:
                pass
    return tuple(found)


def criteria(entries: Sequence[Entry], applied_at: datetime | None, plan: Plan | None) -> tuple[CriterionStory, ...]:
    """Every criterion of the plan, and those that the journal says were met, by their deadlines."""
    stories = {
        (one.by_s, subject): CriterionStory(subject, one.by_s, _due(applied_at, one.by_s))
        for one in (plan.accept if plan else ())
        for subject in one.that
    }
    for entry, met in events_of(e.CriterionMet, entries):
        stories[met.by_s, met.subject] = CriterionStory(
            met.subject, met.by_s, _due(applied_at, met.by_s), entry.at, met.because
        )
    return tuple(sorted(stories.values(), key=lambda one: one.by_s))


def _due(applied_at: datetime | None, by_s: float) -> datetime | None:
    return applied_at + timedelta(seconds=by_s) if applied_at else None


def comparison(entries: Sequence[Entry]) -> tuple[Comparison, ...]:
    """Before against after, as last compared."""
    newest = newest_of(e.Compared, entries)
    return tuple(Comparison(*point, changed=point[1] != point[2]) for point in (newest.points if newest else ()))


def warnings(entries: Iterable[Entry]) -> tuple[Caution, ...]:
    """What was told once."""
    return tuple(Caution(entry.at, told.rule, told.text) for entry, told in events_of(e.Warned, entries))


def writes(entries: Iterable[Entry], state: State) -> tuple[WriteStory, ...]:
    """Every write that was announced, and what became of it; and the objects that needed none."""
    told: list[WriteStory] = []
    for entry in entries:
        match entry.event:
            case e.WriteIntended(op=op):
                told.append(_write(entry.at, op, state))
            case e.LeftAlone(ref=ref):
                told.append(WriteStory(entry.at, "none", str(ref), "unchanged", ok=True))
            case _:
                pass
    return tuple(told)


def _write(at: datetime, op: str, state: State) -> WriteStory:
    write = state.writes[op]
    verb, ref = write.intended.verb, str(write.intended.ref)
    if write.done:
        word = "owner changed" if verb == "adopt" else write.done.word
        return WriteStory(at, verb, ref, word, ok=True)
    if write.failed:
        outcome = "refused" if write.failed.known else "answer lost"
        return WriteStory(at, verb, ref, outcome, write.failed.because, ok=False)
    return WriteStory(at, verb, ref, "not known", "announced, and no outcome is in the journal")

"""A run as plain lines, for logs and CI: the same words as the living view, one line for each thing that a person should read."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from seatrial.lifecycle import Phase, State
from seatrial.model import events as e
from seatrial.model.events import Entry
from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.figures import clean, clock_time, one_line, t_plus
from seatrial.report.sentences import judged_text, phase_label
from seatrial.report.told import Told, place

DIFF_LINES_MAX = 400
SAMPLE_EVERY_S = 600.0

_SILENT = (e.WriteIntended, e.Unsealed, e.RevisionSeen)
_WATCHING = (Phase.SOAKING, Phase.ACCEPTING)
# What changes from look to look without anything new in it: 45s, 3m5s, 353Mi, 12%.
_MEASURE = re.compile(r"\b\d+(?:\.\d+)?\s?(?:(?:ms|s|m|h|d|Ki|Mi|Gi)\d*\w?\b|%)")


class Standing(Struct, frozen=True):
    """Where the story stands, and what was said last, so that nothing is said twice."""

    state: State = State()
    said: dict[tuple[str, str], tuple[Verdict, str]] = {}
    sampled: str = ""
    sampled_at: datetime | None = None


STANDING = Standing()


def stand(standing: Standing, entry: Entry) -> Standing:
    """Where the story stands after this entry."""
    told = place(standing.state, entry)
    match told.event:
        case e.Judged(judgements=judgements):
            said = {(one.rule, one.about): (one.verdict, _gist(one.because)) for one in judgements}
            return Standing(told.state, {**standing.said, **said}, standing.sampled, standing.sampled_at)
        case e.JvmSeen():
            said = {**standing.said, _jvm_key(told.event): (Verdict.PASS, told.text)}
            return Standing(told.state, said, standing.sampled, standing.sampled_at)
        case e.Sampled() if _is_due(told, standing):
            return Standing(told.state, standing.said, _gist(told.text), entry.at)
        case _:
            return Standing(told.state, standing.said, standing.sampled, standing.sampled_at)


def plain_lines(entry: Entry, standing: Standing, zone: tzinfo = UTC) -> tuple[str, ...]:
    """The lines for an entry that comes after `standing`; none where nothing is to be said."""
    told = place(standing.state, entry)
    head = _head(told, zone)
    return tuple(f"{head}{line}".rstrip() for line in _said(told, standing))


def plain_line(entry: Entry, standing: Standing, zone: tzinfo = UTC) -> str | None:
    """The first line for an entry; None where nothing is to be said."""
    return next(iter(plain_lines(entry, standing, zone)), None)


def all_lines(entries: Iterable[Entry], zone: tzinfo = UTC) -> Iterator[str]:
    """A whole run as lines."""
    standing = STANDING
    for entry in entries:
        yield from plain_lines(entry, standing, zone)
        standing = stand(standing, entry)


def diff_lines(text: str) -> tuple[str, ...]:
    """A diff, cleaned, and cut where nobody would read on."""
    lines = clean(text).splitlines()
    if len(lines) <= DIFF_LINES_MAX:
        return tuple(lines)
    return (*lines[:DIFF_LINES_MAX], f"… {len(lines) - DIFF_LINES_MAX} more lines are in the report")


def judgement_line(one: Judgement) -> str:
    """A judgement with its verdict's word and its rule: `WAIT  1 of 2 new pods ready  [replicas-available]`."""
    return f"{one.verdict.value:<7} {one_line(judged_text(one))}  [{one_line(one.rule)}]"


def _head(told: Told, zone: tzinfo) -> str:
    offset = told.offset_s
    return (
        f"{clock_time(told.entry.at, zone)} {'' if offset is None else t_plus(offset):<8} {phase_label(told.phase):<9} "
    )


def _said(told: Told, standing: Standing) -> Iterator[str]:
    match told.event:
        case e.Judged(judgements=judgements):
            yield from (line for one in judgements for line in _judged(one, standing))
        case e.DiffShown(text=text, consequences=consequences):
            yield from (f"  {line}" for line in diff_lines(text))
            yield from (_spoken("", consequence) for consequence in consequences)
        case e.Asked(judgements=judgements):
            yield from (line for one in judgements for line in _judged(one, standing))
            yield _spoken("ASKED", told.text.removeprefix("asked: "))
        case e.Warned(rule=rule):
            yield _spoken("WARN", told.text) + f"  [{one_line(rule)}]"
        case e.RollbackDecided(rule=rule):
            yield _spoken("", told.text) + (f"  [{one_line(rule)}]" if rule else "")
        case e.WriteFailed() | e.ApplyFailed() | e.RollbackFailed():
            yield _spoken("FAIL", told.text)
        case e.Sampled() if not _is_due(told, standing):
            return
        case e.JvmSeen() if standing.said.get(_jvm_key(told.event)) == (Verdict.PASS, told.text):
            return
        case event if told.text and not isinstance(event, _SILENT):
            yield _spoken("", told.text)
        case _:
            return


def _spoken(word: str, text: str) -> str:
    return f"{word:<7} {one_line(text)}"


def _judged(one: Judgement, standing: Standing) -> Iterator[str]:
    if standing.said.get((one.rule, one.about)) == (one.verdict, _gist(one.because)):
        return
    yield judgement_line(one)
    if one.verdict in (Verdict.FAIL, Verdict.HOLD):
        yield from (f"{'':<7}   | {one_line(line)}" for line in one.evidence)
        if one.next_step:
            yield f"{'':<7}   way out: {one_line(one.next_step)}"


def _jvm_key(seen: e.JvmSeen) -> tuple[str, str]:
    return "a JVM", f"{seen.pod}/{seen.container}"


def _is_due(told: Told, standing: Standing) -> bool:
    """Whether a sample is worth a line: it differs in more than measures, or the last one is ten minutes old."""
    if told.phase not in _WATCHING or not isinstance(told.event, e.Sampled):
        return False
    if standing.sampled_at is None or _gist(told.text) != standing.sampled:
        return True
    return (told.entry.at - standing.sampled_at).total_seconds() >= SAMPLE_EVERY_S


def _gist(text: str) -> str:
    return _MEASURE.sub("#", text)

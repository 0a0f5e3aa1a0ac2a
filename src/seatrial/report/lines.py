"""A run as plain lines, for logs and CI: the same words as the living view, one line for each thing that a person should read."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from msgspec import Struct
from msgspec.structs import replace

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
_STOPPING = (Verdict.FAIL, Verdict.HOLD)
_WATCHING = (Phase.SOAKING, Phase.ACCEPTING)
# What changes from look to look without anything new in it: 45s, 3m5s, 353Mi, 12%.
_MEASURE = re.compile(r"\b\d+(?:\.\d+)?\s?(?:(?:ms|s|m|h|d|B|Ki|Mi|Gi)\d*\w?\b|%)")

Topic = tuple[str, str]


class Standing(Struct, frozen=True):
    """Where the story stands, and what was said last on each topic, so that nothing is said twice."""

    state: State = State()
    said: dict[Topic, str] = {}
    sampled_at: datetime | None = None


STANDING = Standing()


def stand(standing: Standing, entry: Entry) -> Standing:
    """Where the story stands after this entry."""
    told = place(standing.state, entry)
    news = _news(told)
    sampled_at = entry.at if isinstance(told.event, e.Sampled) and _is_due(told, standing) else standing.sampled_at
    said = {**standing.said, **news} if news else standing.said
    return replace(standing, state=told.state, said=said, sampled_at=sampled_at)


def plain_lines(entry: Entry, standing: Standing, zone: tzinfo = UTC) -> tuple[str, ...]:
    """The lines for an entry that comes after `standing`; none where nothing is to be said."""
    told = place(standing.state, entry)
    head = _head(told, zone)
    return tuple(f"{head}{line}".rstrip() for line in _lines(told, standing))


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


def _head(told: Told, zone: tzinfo) -> str:
    offset = told.offset_s
    place_on_timeline = "" if offset is None else t_plus(offset)
    return f"{clock_time(told.entry.at, zone)} {place_on_timeline:<8} {phase_label(told.phase):<9} "


def _news(told: Told) -> dict[Topic, str]:
    """What an entry says, by topic."""
    match told.event:
        case e.Judged(judgements=judgements):
            return {topic: gist for one in judgements for topic, gist in _judged_news(one)}
        case e.JvmSeen() as seen:
            return {("a JVM", f"{seen.pod}/{seen.container}"): told.text}
        case e.Milestone(text=text):
            return {("a milestone", ""): text}
        case e.Sampled() if told.phase in _WATCHING:
            return {("a sample", ""): _gist(told.text)}
        case _:
            return {}


def _judged_news(one: Judgement) -> Iterator[tuple[Topic, str]]:
    yield (one.rule, one.about), f"{one.verdict.value} {_gist(one.because)}"
    if one.warning:
        yield (f"warning of {one.rule}", one.warning), ""


def _is_due(told: Told, standing: Standing) -> bool:
    """Whether a sample is worth a line: it differs in more than measures, or the last one is ten minutes old."""
    if told.phase not in _WATCHING:
        return False
    if standing.sampled_at is None or _news(told).items() - standing.said.items():
        return True
    return (told.entry.at - standing.sampled_at).total_seconds() >= SAMPLE_EVERY_S


def _is_old_news(told: Told, standing: Standing) -> bool:
    match told.event:
        case e.Sampled():
            return not _is_due(told, standing)
        case e.JvmSeen() | e.Milestone():
            return not _news(told).items() - standing.said.items()
        case e.Warned(rule=rule, text=text):
            # A judgement's own line has brought it already; the event may put before it what it is about.
            starts = (0, text.find(": ") + 2)
            return any((f"warning of {rule}", text[start:]) in standing.said for start in starts)
        case event:
            return isinstance(event, _SILENT)


def _lines(told: Told, standing: Standing) -> Iterator[str]:
    match told.event:
        case _ if _is_old_news(told, standing):
            return
        case e.Judged(judgements=judgements):
            yield from _judged(judgements, standing)
        case e.DiffShown(text=text, consequences=consequences):
            yield from (f"  {line}" for line in diff_lines(text))
            yield from (_spoken("", consequence) for consequence in consequences)
        case e.Asked(judgements=judgements):
            yield from _judged(judgements, standing)
            yield _spoken("ASKED", told.text.removeprefix("asked: "))
        case e.Warned(rule=rule):
            yield _spoken("WARN", told.text) + f"  [{one_line(rule)}]"
        case e.RollbackDecided(rule=rule):
            yield _spoken("", told.text) + (f"  [{one_line(rule)}]" if rule else "")
        case e.WriteFailed() | e.ApplyFailed() | e.RollbackFailed():
            yield _spoken("FAIL", told.text)
        case _ if told.text:
            yield _spoken("", told.text)
        case _:
            return


def _spoken(word: str, text: str) -> str:
    return f"{word:<7} {one_line(text)}"


def _judged(judgements: Iterable[Judgement], standing: Standing) -> Iterator[str]:
    """What is new in a look. What a rule says alike of many things, and does not stop anything, is one line."""
    alike: dict[tuple[str, str, str], list[Judgement]] = {}
    for one in judgements:
        gist = f"{one.verdict.value} {_gist(one.because)}"
        if standing.said.get((one.rule, one.about)) != gist:
            about = one.about if one.verdict in _STOPPING else ""
            alike.setdefault((one.rule, gist, about), []).append(one)
    for first, *others in alike.values():
        yield from _judgement(first, f" (and {len(others)} more alike)" if others else "")


def _judgement(one: Judgement, others: str) -> Iterator[str]:
    yield f"{one.verdict.value:<7} {one_line(judged_text(one))}{others}  [{one_line(one.rule)}]"
    if one.verdict in _STOPPING:
        yield from (f"{'':<7}   | {one_line(line)}" for line in one.evidence)
        if one.next_step:
            yield f"{'':<7}   way out: {one_line(one.next_step)}"


def _gist(text: str) -> str:
    return _MEASURE.sub("#", text)

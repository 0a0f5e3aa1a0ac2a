"""The team's own document as the record: its boxes ticked by evidence, with times and values; every other byte as it was."""

import re
from collections.abc import Iterable
from datetime import UTC, tzinfo

from msgspec import Struct

from seatrial.lifecycle import Phase
from seatrial.model.judgement import Verdict
from seatrial.model.quantities import duration_s, in_bytes
from seatrial.report.figures import full_time, t_plus
from seatrial.report.markdown import words
from seatrial.report.parts import CriterionStory, Ruling, Story
from seatrial.runbook import measures
from seatrial.runbook.accounts import Account, accounts
from seatrial.runbook.facts import criteria_facts, deadline_of
from seatrial.runbook.reading import Reading, Role, Sentence, Stage, read_runbook
from seatrial.runbook.statements import read_statement
from seatrial.runbook.vocabulary import Topic

_BOX = re.compile(r"^(\s*(?:>\s?)*(?:[-*+]|\d{1,4}[.)])\s+\[)[ xX](\].*?)(\s*)$")
_COMMIT = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b")
_OF = re.compile(r"\d+ of (\d+)")
_SEEN_SIZE = re.compile(r"\b\d+(?:\.\d+)?[KMGT]i\b")
LOOK_BACK_S = 3600.0
"""A criterion of an hour or less is met by a look; a longer one asks for its time."""
_BACK = (Phase.ROLLING_BACK, Phase.VERIFYING)
_WENT_BACK = (*_BACK, Phase.ROLLED_BACK, Phase.NEEDS_PERSON)


class Shown(Struct, frozen=True):
    """What the run showed of one box: ticked or not, and the words behind it."""

    ticked: bool
    said: str


def ticked(text: str, story: Story, zone: tzinfo = UTC) -> str:
    """The runbook, with each of its boxes as this run showed it."""
    reading = read_runbook(text)
    accounted = {one.line: one for one in accounts(reading, criteria_facts(reading))}
    shown = {
        one.line: _shown(one, accounted[one.line], reading, story, zone)
        for one in reading.sentences
        if one.role is Role.TICK
    }
    lines = text.split("\n")
    return "\n".join(_line(line, shown.get(number)) for number, line in enumerate(lines, 1))


def _line(line: str, shown: Shown | None) -> str:
    """The line with its box; the line's end, a carriage return too, stays."""
    box = _BOX.match(line) if shown else None
    if box is None or shown is None:
        return line
    return f"{box[1]}{'x' if shown.ticked else ' '}{box[2]} — {shown.said}{box[3]}"


def _shown(sentence: Sentence, account: Account, reading: Reading, story: Story, zone: tzinfo) -> Shown:
    rulings = _rulings(account, story)
    failed = _gravest(rulings)
    by = deadline_of(reading, sentence) if sentence.topic is Topic.CRITERIA else ""
    criterion = _criterion(sentence, duration_s(by), story) if by else None
    proven = failed is not None and failed.judgement.verdict is Verdict.FAIL
    if criterion is not None and not proven and (criterion.met_at is None or failed is None):
        return _as_said(sentence.text, criterion.because, _of_criterion(criterion, story, zone))
    if not rulings:
        return Shown(False, "not shown by this run")
    shown = _as_said(sentence.text, rulings[-1].judgement.because, _of_ruling(failed or rulings[-1], story, zone))
    if shown.ticked and sentence.stage is not Stage.BEFORE and story.phase in _WENT_BACK:
        return Shown(False, f"seen {shown.said}; rolled back since")
    if shown.ticked and by and duration_s(by) > max(LOOK_BACK_S, _watched_s(story)):
        return Shown(False, f"so far {shown.said}; the {by} are not over")
    return shown


def _as_said(text: str, because: str, shown: Shown) -> Shown:
    """A rule may pass where the box's own figure is not what was seen: then the box stays open, and what was seen stands beside it."""
    if not shown.ticked or not (
        _other_commit(text, because) or _other_count(text, because) or _other_size(text, because)
    ):
        return shown
    return Shown(False, f"passed, but not as the box says: {shown.said}")


def _other_commit(text: str, because: str) -> bool:
    named, seen = _COMMIT.findall(text), _COMMIT.findall(because)
    return bool(named and seen) and not any(one.startswith(it) or it.startswith(one) for one in named for it in seen)


def _other_count(text: str, because: str) -> bool:
    named, seen = measures.counts(text), {int(one) for one in _OF.findall(because)} | set(measures.counts(because))
    return bool(named and seen) and named[0] not in seen


def _other_size(text: str, because: str) -> bool:
    ranges = [one for one in measures.sizes(text) if one.low != one.high]
    seen = _SEEN_SIZE.search(because)
    if not ranges or seen is None:
        return False
    low, high = (in_bytes(f"{end}{ranges[0].plan_unit}") for end in (ranges[0].low, ranges[0].high))
    return not low <= in_bytes(seen[0]) <= high


def _watched_s(story: Story) -> float:
    """How long the change has been watched."""
    return (story.last_at - story.applied_at).total_seconds() if story.applied_at and story.last_at else 0.0


def _criterion(sentence: Sentence, by_s: float, story: Story) -> CriterionStory | None:
    meaning = read_statement(sentence.text).meaning
    same = (one for one in story.criteria if meaning and one.subject == meaning.subject and one.by_s == by_s)
    return next(same, None)


def _of_criterion(found: CriterionStory, story: Story, zone: tzinfo) -> Shown:
    if found.met_at is None:
        due = f", due {full_time(found.due, zone)}" if found.due else ""
        return Shown(False, f"not shown{due}")
    offset = f" ({t_plus((found.met_at - story.applied_at).total_seconds())})" if story.applied_at else ""
    return Shown(True, f"{full_time(found.met_at, zone)}{offset}: {words(found.because)}")


def _rulings(account: Account, story: Story) -> list[Ruling]:
    """The newest that the rules behind a box said while going forward, each about each thing."""
    newest: dict[tuple[str, str], Ruling] = {}
    for one in story.rulings:
        if one.judgement.rule in account.rules and one.phase not in _BACK:
            newest[(one.judgement.rule, one.judgement.about)] = one
    order = {rule: place for place, rule in enumerate(account.rules)}
    return sorted(newest.values(), key=lambda one: -order[one.judgement.rule])


def _gravest(rulings: Iterable[Ruling]) -> Ruling | None:
    """The first that is no PASS: a box is ticked only where all passed."""
    return next((one for one in rulings if one.judgement.verdict is not Verdict.PASS), None)


def _of_ruling(ruling: Ruling, story: Story, zone: tzinfo) -> Shown:
    passed = ruling.judgement.verdict is Verdict.PASS
    since = (ruling.at - story.applied_at).total_seconds() if story.applied_at else -1.0
    offset = f" ({t_plus(since)})" if since >= 0 else ""
    verdict = "" if passed else f"{ruling.judgement.verdict.value}, "
    return Shown(passed, f"{verdict}{full_time(ruling.at, zone)}{offset}: {words(ruling.judgement.because)}")

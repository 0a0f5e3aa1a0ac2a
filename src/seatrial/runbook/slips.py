"""Slips of the document itself: paths, figures, units and ticks that cannot be as they are written."""

import re
from collections.abc import Iterator

from msgspec import Struct

from seatrial.model.quantities import in_bytes
from seatrial.runbook.commands import Command
from seatrial.runbook.facts import memory_above, window_sentences
from seatrial.runbook.measures import plain, sizes
from seatrial.runbook.reading import Reading, Role, Sentence, Stage
from seatrial.runbook.statements import read_statement
from seatrial.runbook.vocabulary import Concept, Topic


class Mistake(Struct, frozen=True):
    """One kind of mistake: its name, the lines that have it, why it is one, and what Seatrial does instead."""

    name: str
    lines: tuple[int, ...]
    because: str
    instead: str
    rules: tuple[str, ...] = ()


C = Concept
_PERCENT_OF = re.compile(
    r"(\d+(?:\.\d+)?) ?([GM]i?B?)\b[^\d]{0,6}(\d+)% of (?:the )?(\d+(?:\.\d+)?) ?([GM]i?B?)", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"\byour-[\w-]+|<[a-z][\w -]*>|\bexample\.(com|org)\b|\bxxx+\b", re.IGNORECASE)


def said(sentence: Sentence) -> frozenset[Concept]:
    """What a sentence is about."""
    return read_statement(sentence.text).concepts


def numbers(found: list[Command] | list[Sentence] | list[Command | Sentence]) -> tuple[int, ...]:
    """Their lines, each once."""
    return tuple(sorted({one.line for one in found}))


def relative_path_after_cd(reading: Reading) -> Iterator[Mistake]:
    """A relative path in a variable that is used in another directory than the one in which it was set."""
    made: dict[str, Command] = {}
    for command in reading.commands:
        for name, value in command.assignments:
            if "/" in value and not value.startswith(("/", "~", "$", "http")):
                made[name] = command
        used = " ".join(command.arguments)
        for name, at in made.items():
            if re.search(rf"\$\{{?{name}\b", used) and at.directory != command.directory:
                later = [one for one in reading.commands if re.search(rf"\$\{{?{name}\b", " ".join(one.arguments))]
                yield Mistake(
                    "relative-path-after-cd",
                    (at.line, *numbers(later)),
                    f"{name} is a path relative to {at.directory or 'where it was set'}, and is used in {command.directory}: "
                    "the files are not found, in the middle of a rollback",
                    "the state is recorded before the change, under an absolute path, and sealed",
                    ("objects-restored",),
                )
                return


def ticked_before(reading: Reading) -> Iterator[Mistake]:
    """Criteria that are ticked although the document's own preconditions are not."""
    ticks = [one for one in reading.sentences if one.role is Role.TICK]
    results = [one for one in ticks if one.topic in (Topic.CRITERIA, Topic.VERIFY, Topic.INDICATOR) and one.ticked]
    open_before = [one for one in ticks if one.stage is Stage.BEFORE and not one.ticked]
    if results and open_before:
        first = open_before[0].line
        yield Mistake(
            "ticked-before",
            numbers(results),
            f"ticked, although preconditions are still open (line {first}): nobody can have seen this yet",
            "a criterion is met when its rules have passed, and the record has the time and the values",
        )


def threshold_said_twice(reading: Reading) -> Iterator[Mistake]:
    """One figure as the warning and as the reason to roll back."""
    limits = [(size, one) for one in reading.sentences if (size := memory_above(one))]
    back = {size.top: one for size, one in limits if one.topic is Topic.TRIGGER}
    told = [(size, one) for size, one in limits if one.topic is not Topic.TRIGGER and size.top in back]
    for size, sentence in told:
        yield Mistake(
            "threshold-said-twice",
            (back[size.top].line, sentence.line),
            f"{size.high}{size.unit} is the warning and the reason to roll back: the warning never comes first",
            "the warning has its own, lower figure, and the trigger asks for several samples in a row",
            ("memory-window", "memory-above"),
        )


def percent_disagrees(reading: Reading) -> Iterator[Mistake]:
    """`5.5GB (90% of 6GB)`: the two figures are not the same."""
    for sentence in reading.sentences:
        found = _PERCENT_OF.search(plain(sentence.text))
        if not found:
            continue
        size, whole = (in_bytes(f"{found[n]}{found[n + 1][0].upper()}i") for n in (1, 4))
        share = 100 * size / whole if whole else 0.0
        if abs(share - float(found[3])) >= 1:
            yield Mistake(
                "percent-disagrees",
                (sentence.line,),
                f"{found[1]}{found[2]} is {share:.1f}% of {found[4]}{found[5]}, not {found[3]}%",
                "the plan has one figure, in bytes",
                ("memory-above",),
            )


def decimal_units(reading: Reading) -> Iterator[Mistake]:
    """GB in the text, Mi in what kubectl prints."""
    decimal = [
        one for one in reading.sentences if C.MEMORY in said(one) and any(size.decimal for size in sizes(one.text))
    ]
    binary = [one for one in reading.sentences if re.search(r"\b\d+[MG]i\b", one.text)]
    if decimal and (binary or any(one.verb == "top" for one in reading.commands)):
        yield Mistake(
            "decimal-units",
            numbers(decimal),
            "GB is written, and kubectl and the JVM count in GiB: 5.5 GB and 5.5 GiB are 380 MiB apart",
            "the plan's sizes have their unit; here they were read as binary",
            ("memory-above",),
        )


def silence_is_no_answer(reading: Reading) -> Iterator[Mistake]:
    """`… | grep x` where no output is the good answer."""
    found = []
    for command in reading.commands:
        piped = any(one.program in ("grep", "egrep") for one in reading.pipes_into(command))
        if command.program == "kubectl" and piped:
            words = [plain(one.text) for one in reading.expected_of(command)]
            if any(re.search(r"無輸出|no output|empty|nothing", one, re.IGNORECASE) for one in words):
                found.append(command)
    if found:
        yield Mistake(
            "silence-is-no-answer",
            numbers(found),
            "no output is also what a refused or failed request leaves behind the pipe: nobody has looked",
            "a read that failed is UNKNOWN, and never passes",
            ("autoscaler-absent",),
        )


def no_time_zone(reading: Reading) -> Iterator[Mistake]:
    """A window without a time zone."""
    found = window_sentences(reading)
    zoned = any(
        re.search(r"\b(UTC|GMT|CST|CET|[A-Z][a-z]+/[A-Z][a-z]+)\b", line.raw) for line in reading.document.lines
    )
    if found and not zoned:
        yield Mistake(
            "no-time-zone",
            numbers(found),
            "the hours have no time zone: a laptop, a runner and a cluster each have their own",
            "the window names its zone",
            ("window-open",),
        )


def place_left_open(reading: Reading) -> Iterator[Mistake]:
    """A command with a place that nobody has filled in."""
    found = [
        one
        for one in reading.commands
        if _PLACEHOLDER.search(one.text) and one.program in ("curl", "wget", "kubectl", "helm", "git")
    ]
    if found:
        yield Mistake(
            "place-left-open",
            numbers(found),
            "the command has a place that was to be filled in: at night it is guessed, or left out",
            "names come from the plan, and are checked before anything is touched",
        )

"""A runbook as commands and sentences, each with its line, its place in the procedure, and the command that it is about."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from itertools import groupby

from msgspec import Struct

from seatrial.runbook.commands import Command, Unread, looks_like_command, read_block
from seatrial.runbook.document import SHELLS, Document, Kind, Line, read
from seatrial.runbook.measures import plain
from seatrial.runbook.vocabulary import EXPECTATION, TOPICS, Topic


class Role(Enum):
    """What a sentence is in the document."""

    HEADING = "heading"
    LABEL = "label"
    TICK = "checkbox"
    ITEM = "list item"
    TEXT = "text"
    ROW = "table row"
    TITLE = "title of a command"
    EXPECTED = "expected of a command"
    REMARK = "remark behind a command"


class Stage(Enum):
    """Where in the procedure a line stands."""

    BEFORE = "before"
    APPLY = "apply"
    AFTER = "after"
    BACK = "back"
    SOAK = "soak"
    BUNDLE = "bundle"


class Sentence(Struct, frozen=True):
    """Words on one line. owner: the command that they are about. titled: the topic that this very line opens."""

    line: int
    text: str
    role: Role
    stage: Stage
    topic: Topic | None = None
    owner: Command | None = None
    titled: Topic | None = None
    ticked: bool | None = None
    last: int = 0
    """The last line of a sentence that goes on; 0 where it is one line."""


class Reading(Struct, frozen=True):
    """Everything that was found in the text."""

    document: Document
    commands: tuple[Command, ...]
    unread: tuple[Unread, ...]
    sentences: tuple[Sentence, ...]
    topics: dict[int, Topic]
    stages: dict[int, Stage]
    by_line: dict[int, tuple[Command, ...]]
    owned: dict[int, tuple[Sentence, ...]]

    def stage(self, command: Command) -> Stage:
        """Where in the procedure a command stands."""
        return self.stages.get(command.line, Stage.AFTER)

    def pipes_into(self, command: Command) -> Iterator[Command]:
        """The commands that read this one's output, one behind the other."""
        line = self.by_line[command.line]
        for later in line[line.index(command) + 1 :]:
            if later.joined != "|":
                return
            yield later

    def expected_of(self, command: Command) -> tuple[Sentence, ...]:
        """What the text expects of a command."""
        return self.owned.get(command.line, ())

    def next_command(self, number: int) -> int:
        """The line of the first command below a line; 0 where there is none."""
        place = bisect_right(self.commands, number, key=lambda one: one.line)
        return self.commands[place].line if place < len(self.commands) else 0


_TOPICS = tuple((topic, re.compile(pattern, re.IGNORECASE)) for topic, pattern in TOPICS)
_EXPECTATION = re.compile(EXPECTATION, re.IGNORECASE)
_SURELY_EXPECTED = re.compile(r"^(預期|期望|expect|output)", re.IGNORECASE)
_NUMBERED = re.compile(r"^(step|步驟|phase|階段|part|第)?\s*\d+(\.\d+)*\s*(步)?\s*[.:、)-]?\s+", re.IGNORECASE)
_KEYED = re.compile(r"^[\w ]{2,30}[:：]\s")
PARAGRAPH_LINES_MAX = 40
_STEP = re.compile(r"^\d+\.\d+\s")
_INLINE = re.compile(r"`([^`]{3,400})`")
_STAGE_OF = {
    Topic.ROLLBACK: Stage.BACK,
    Topic.TRIGGER: Stage.BACK,
    Topic.SOAK: Stage.SOAK,
    Topic.INDICATOR: Stage.SOAK,
    Topic.THRESHOLD: Stage.SOAK,
    Topic.CONTACT: Stage.BUNDLE,
    Topic.ENVIRONMENT: Stage.BEFORE,
    Topic.PREPARATION: Stage.BEFORE,
    Topic.APPLY: Stage.APPLY,
    Topic.ROLLOUT: Stage.AFTER,
    Topic.VERIFY: Stage.AFTER,
    Topic.RECORD: Stage.AFTER,
    Topic.CRITERIA: Stage.AFTER,
}


@lru_cache(maxsize=4096)
def topic_of(text: str) -> Topic | None:
    """What a heading or a label opens."""
    words = _NUMBERED.sub("", plain(text))
    return next((topic for topic, pattern in _TOPICS if pattern.search(words)), None)


def read_runbook(text: str) -> Reading:
    """The text, understood as far as its form goes."""
    document = read(text)
    topics = _topics(document)
    found = tuple(_code(document, topics))
    commands = tuple(one for one in found if isinstance(one, Command))
    stages = _stages(document, topics, commands)
    sentences = tuple(_sentences(document, topics, stages, commands))
    unread = tuple(one for one in found if isinstance(one, Unread))
    by_line = {line: tuple(same) for line, same in groupby(commands, key=lambda one: one.line)}
    owned: dict[int, list[Sentence]] = {}
    for sentence in sentences:
        if sentence.owner is not None:
            owned.setdefault(sentence.owner.line, []).append(sentence)
    whose = {line: tuple(found) for line, found in owned.items()}
    return Reading(document, commands, unread, sentences, topics, stages, by_line, whose)


def _topics(document: Document) -> dict[int, Topic]:
    """The topic of each line: its label's, otherwise its nearest heading's."""
    opened: dict[int, Topic] = {}
    topics: dict[int, Topic] = {}
    for line in document.lines:
        if line.kind in (Kind.HEADING, Kind.LABEL) and (own := topic_of(line.text)):
            opened[line.number] = own
        around = (line.label, *reversed(line.above))
        here = next((opened[number] for number in around if number in opened), None)
        if here:
            topics[line.number] = here
    return topics


def is_output(document: Document, opening: Line) -> bool:
    """Whether a fence holds what a command prints: its language, or the words above it, say so."""
    if opening.language not in SHELLS:
        return opening.language in ("text", "txt", "output", "log", "plaintext")
    above = document.above(opening.number)
    return bool(above and above.kind is not Kind.FENCE and _SURELY_EXPECTED.match(plain(above.text)))


def printed(document: Document) -> frozenset[int]:
    """Lines of blocks with prompts that have none themselves: what the commands print."""
    found: set[int] = set()
    for _opening, inside in document.blocks():
        if not any(line.raw.lstrip().startswith("$ ") for line in inside):
            continue
        goes_on = False
        for line in inside:
            if line.kind is Kind.CODE and not line.raw.lstrip().startswith("$ ") and not goes_on:
                found.add(line.number)
            goes_on = line.raw.endswith("\\")
    return frozenset(found)


def _code(document: Document, topics: dict[int, Topic]) -> Iterator[Command | Unread]:
    """Commands of blocks, of comments in them, and of inline code, in the order of the lines."""
    directory = ""
    found: list[Command | Unread] = []
    said = printed(document)
    for opening, inside in document.blocks():
        if opening.language not in SHELLS or is_output(document, opening):
            continue
        for one in read_block([line for line in inside if line.number not in said], directory):
            found.append(one)
            directory = one.directory if isinstance(one, Command) else directory
        for line in inside:
            if line.kind is Kind.COMMENT and looks_like_command(line.text):
                found += read_block([_as_code(line, line.text)], directory, commented=True)
    for line in document.lines:
        if line.kind in (Kind.TICK, Kind.BULLET, Kind.TEXT, Kind.ROW, Kind.LABEL):
            inline = (one for one in _INLINE.findall(line.raw) if looks_like_command(one))
            for one in inline:
                found += (it for it in read_block([_as_code(line, one)], directory) if isinstance(it, Command))
    return iter(sorted(found, key=lambda one: one.line))


def _as_code(line: Line, text: str) -> Line:
    return Line(line.number, Kind.CODE, text, text)


def _stages(document: Document, topics: dict[int, Topic], commands: Sequence[Command]) -> dict[int, Stage]:
    """Where in the procedure each line stands: by its topic; where that says nothing, before or after the first apply."""
    applied = next((one.line for one in commands if changes(one) and topics.get(one.line) is not Topic.ROLLBACK), 0)
    stages: dict[int, Stage] = {}
    for line in document.lines:
        around = [topics.get(number) for number in (line.number, line.label, *reversed(line.above))]
        named = next((_STAGE_OF[topic] for topic in _outer(document, line, around) if topic in _STAGE_OF), None)
        before = Stage.BEFORE if not applied or line.number < applied else Stage.AFTER
        stages[line.number] = named or before
        if named is Stage.APPLY and applied:
            stages[line.number] = Stage.BEFORE if line.number < applied else Stage.AFTER
    return stages


def _outer(document: Document, line: Line, around: list[Topic | None]) -> Iterator[Topic]:
    """The topics around a line, the nearest first; a rollback or a contact section holds all that is in it."""
    every = [topic_of(document.line(number).text) for number in line.above]
    for topic in every:
        if topic in (Topic.ROLLBACK, Topic.CONTACT):
            yield topic
    yield from (topic for topic in around if topic)
    yield from (topic for topic in reversed(every) if topic)


def changes(command: Command) -> bool:
    """Whether a command brings the change into the cluster."""
    if command.program == "kubectl":
        return command.verb in ("apply", "replace", "set image", "rollout restart", "patch", "set env")
    return command.program in ("helm", "kustomize", "argocd") and command.verb in ("upgrade", "install", "sync")


def _sentences(
    document: Document, topics: dict[int, Topic], stages: dict[int, Stage], commands: Sequence[Command]
) -> Iterator[Sentence]:
    by_line = {one.line: one for one in reversed(commands)}
    coded = {one.line for one in commands if one.commented}
    said = printed(document)
    covered = 0
    owner: Command | None = None
    roles = {Kind.HEADING: Role.HEADING, Kind.LABEL: Role.LABEL, Kind.TICK: Role.TICK, Kind.BULLET: Role.ITEM}
    for line in document.lines:
        stage, topic = stages[line.number], topics.get(line.number)
        if line.number in by_line:
            owner = by_line[line.number]
        if line.kind is Kind.HEADING:
            owner = None
        if line.kind in (Kind.HEADING, Kind.LABEL):
            words = f"{line.text}: {line.value}" if line.value else line.text
            yield Sentence(line.number, words, roles[line.kind], stage, topic, titled=topic_of(line.text))
        elif line.kind in (Kind.TICK, Kind.BULLET, Kind.TEXT, Kind.ROW):
            role = roles.get(line.kind, Role.ROW if line.kind is Kind.ROW else Role.TEXT)
            if line.number <= covered:
                continue
            text, covered = _paragraph(document, line, by_line)
            own = by_line.get(line.number)
            yield Sentence(line.number, text, role, stage, topic, own, ticked=line.ticked, last=covered)
        elif line.kind is Kind.COMMENT and line.number not in coded:
            yield _comment(document, line, stage, topic, owner)
        elif line.kind is Kind.CODE and (remark := _remark(line, by_line.get(line.number))):
            yield Sentence(line.number, remark, Role.REMARK, stage, topic, owner)
        elif _is_printed(document, line, by_line, said):
            yield Sentence(line.number, line.text, Role.EXPECTED, stage, topic, owner)


def _paragraph(document: Document, line: Line, by_line: dict[int, Command]) -> tuple[str, int]:
    """The sentence from its line on to where its paragraph ends, and that line's number."""
    text, last = line.text, line.number
    while line.kind is not Kind.ROW and last < len(document.lines) and last - line.number < PARAGRAPH_LINES_MAX:
        following = document.lines[last]
        goes_on = following.kind is Kind.TEXT and not _KEYED.match(following.text) and following.number not in by_line
        if not goes_on or (line.kind is not Kind.TEXT and not following.raw[:1].isspace()):
            break
        joint = " " if text[-1:].isascii() and following.text[:1].isascii() else ""
        text, last = f"{text}{joint}{following.text}", following.number
    return text, last


def _is_printed(document: Document, line: Line, by_line: dict[int, Command], said: frozenset[int]) -> bool:
    """Whether a line of code is what a command prints."""
    is_code = line.kind is Kind.CODE and line.number not in by_line and line.fence > 0
    return is_code and (line.number in said or is_output(document, document.line(line.fence)))


def _comment(document: Document, line: Line, stage: Stage, topic: Topic | None, owner: Command | None) -> Sentence:
    words = plain(line.text)
    following = document.below(line.number)
    beside = document.lines[line.number] if line.number < len(document.lines) else None
    code_next = beside is not None and (
        beside.kind is Kind.CODE or (beside.kind is Kind.COMMENT and looks_like_command(beside.text))
    )
    opens_code = following is not None and following.kind is Kind.CODE
    is_title = code_next and not _SURELY_EXPECTED.match(words)
    if is_title or _STEP.match(words) or (owner is None and opens_code):
        return Sentence(line.number, _STEP.sub("", words), Role.TITLE, stage, topic)
    role = Role.EXPECTED if owner is not None else Role.TITLE
    return Sentence(line.number, words, role, stage, topic, owner)


def opens_expectation(text: str) -> bool:
    """Whether a comment opens what is expected, as `預期:` and `Expected output:` do."""
    return bool(_EXPECTATION.match(plain(text)))


def _remark(line: Line, command: Command | None) -> str:
    """The comment behind a command on its own line."""
    if command is None or " #" not in line.text:
        return ""
    _, _, remark = line.text.rpartition(" #")
    return "" if "'" in remark or '"' in remark else plain(remark)

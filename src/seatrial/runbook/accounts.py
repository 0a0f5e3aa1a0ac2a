"""Every line of the runbook accounted for: what stands for it in the plan or in Seatrial, or that it was not understood."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum

from msgspec import Struct, structs

from seatrial.runbook.commands import Command
from seatrial.runbook.document import SHELLS, Kind, Line
from seatrial.runbook.expected import is_table_head
from seatrial.runbook.facts import Fact, names_of, window_sentences
from seatrial.runbook.measures import durations, plain, sizes, window
from seatrial.runbook.reading import Reading, Role, Sentence, Stage, is_output, opens_expectation
from seatrial.runbook.replacing import Replacement, replacement
from seatrial.runbook.statements import Meaning, Statement, read_decision, read_statement
from seatrial.runbook.vocabulary import FOR_PEOPLE, Topic


class How(Enum):
    """How a line is accounted for."""

    FIELD = "field"
    COMMAND = "command"
    RULE = "rule"
    FORM = "form"
    PEOPLE = "for people"
    UNKNOWN = "not understood"


class Account(Struct, frozen=True):
    """One line: how it is accounted for, in our words, the rules that stand for it, the fields that it gives."""

    line: int
    how: How
    says: str
    rules: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


OUTPUTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"^[\w.]+/[\w.-]+ (configured|created|unchanged|deleted)$", "each object's result is recorded", ("spec-observed",)),
    (r'^waiting for deployment "?[\w.-]+"? (rollout|spec)', "the rollout is watched to its end", ("replicas-updated", "pods-available")),
    (r'^deployment "?[\w./-]+"? successfully rolled out', "the rollout ended well", ("pods-available", "settled")),
    (r"^T\+\d+", "the expected course: the timeline that is drawn of what happens", ("replicas-updated", "old-replicas-gone")),
    (r"^\w+=-X\S+", "every JVM runs with the planned flags", ("jvm-flags",)),
    (r"^-?(Xm[sxn]\s?\d|XX:|Xlog)", "every JVM runs with the planned flags", ("jvm-flags",)),
    (r"^\d+/\d+( ready)?$", "the counts agree", ("pods-available",)),
)  # fmt: skip
"""Lines as programs print them, what each stands for, and the rules."""

_OUTPUTS = tuple((re.compile(pattern, re.IGNORECASE), says, rules) for pattern, says, rules in OUTPUTS)
_LINK = re.compile(r"^(see |見|參見|详见)?\[[^\]]*\]\(#[^)]*\)[.。]?$", re.IGNORECASE)
_TABLE_RULE = re.compile(r"^\s*\|[\s:|-]+\|\s*$")
_BARE_EXPECTATION = re.compile(r"^[^:]{0,24}:?\s*$")
_NO_OUTPUT = re.compile(r"^(預期: ?|expected: ?)?\(?(無輸出|應該無輸出|no output|empty)", re.IGNORECASE)


def accounts(reading: Reading, facts: Iterable[Fact]) -> tuple[Account, ...]:
    """One account for each line that is not blank."""
    fields: dict[int, list[str]] = {}
    for fact in facts:
        for number in fact.lines:
            fields.setdefault(number, []).append(".".join(fact.path))
    work = _Work(reading)
    return tuple(
        _with_fields(work.account(line), fields.get(line.number, []), work.has_command(line))
        for line in reading.document.lines
        if line.kind is not Kind.BLANK
    )


def _with_fields(made: Account, fields: list[str], has_command: bool) -> Account:
    """A sentence that gives a field is understood; a command whose namespace was taken is not understood by that."""
    if not fields:
        return made
    unread = made.how is How.UNKNOWN and has_command
    how = How.FIELD if not unread and made.how in (How.UNKNOWN, How.RULE, How.PEOPLE) else made.how
    says = made.says if made.how is not How.UNKNOWN or how is How.UNKNOWN else "a value of the plan"
    return Account(made.line, how, says, made.rules, tuple(dict.fromkeys(fields)))


class _Work:
    """What is looked up for each line."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._names = names_of(reading)
        self._windows = {one.line for one in window_sentences(reading)}
        self._title = next((one.number for one in reading.document.lines if one.level == 1), 0)
        self._sentences = {
            number: one
            for one in reversed(reading.sentences)
            for number in range(one.line, max(one.line, one.last) + 1)
        }
        self._unread = {number: one for one in reading.unread for number in range(one.line, one.last + 1)}
        self._commands: dict[int, list[Command]] = {}
        for command in reading.commands:
            for number in range(command.line, command.last + 1):
                self._commands.setdefault(number, []).append(command)

    def has_command(self, line: Line) -> bool:
        """Whether a command stands on the line, alone or in a sentence."""
        return line.number in self._commands

    def account(self, line: Line) -> Account:
        """How this line is accounted for."""
        if line.kind in (Kind.RULER, Kind.FENCE):
            return self._form(line)
        if line.kind is Kind.FRONT:
            return Account(line.number, How.PEOPLE, "the document's front matter")
        if line.kind is Kind.ROW and self._is_head(line):
            return Account(line.number, How.FORM, "the head of a table")
        if line.number in self._unread:
            return Account(line.number, How.UNKNOWN, self._unread[line.number].because)
        if line.number in self._commands and (line.fence or self._is_mostly_code(line)):
            return self._of_commands(line)
        sentence = self._sentences.get(line.number)
        if sentence is None:
            return Account(line.number, How.UNKNOWN, _foreign(line))
        made = self._of_sentence(sentence)
        return made if made.line == line.number else structs.replace(made, line=line.number)

    def _form(self, line: Line) -> Account:
        opening = self._reading.document.line(line.fence or line.number)
        if (
            line.kind is Kind.FENCE
            and opening.language not in SHELLS
            and not is_output(self._reading.document, opening)
        ):
            return Account(line.number, How.UNKNOWN, _foreign(opening))
        return Account(line.number, How.FORM, "a mark of the document's form")

    def _is_head(self, line: Line) -> bool:
        """Whether a row is the head of a table, or the line below it."""
        lines = self._reading.document.lines
        below = lines[line.number] if line.number < len(lines) else line
        return bool(_TABLE_RULE.match(line.raw) or (below.kind is Kind.ROW and _TABLE_RULE.match(below.raw)))

    def _is_mostly_code(self, line: Line) -> bool:
        """Whether a sentence is there for the command in it."""
        inline = sum(len(one) for one in re.findall(r"`([^`]+)`", line.raw))
        return inline * 3 >= len(line.text)

    def _of_commands(self, line: Line) -> Account:
        made = [replacement(one, self._reading) for one in self._commands[line.number]]
        missing = [one.because for one in made if not one.understood]
        if missing:
            return Account(line.number, How.UNKNOWN, "; ".join(dict.fromkeys(missing)))
        rules = tuple(dict.fromkeys(rule for one in made for rule in one.rules))
        says = "; ".join(dict.fromkeys(one.by for one in made if one.by))
        return Account(line.number, How.COMMAND, says, rules)

    def _of_sentence(self, sentence: Sentence) -> Account:
        if sentence.role in (Role.HEADING, Role.LABEL):
            return self._of_opening(sentence)
        if sentence.role is Role.TITLE:
            return self._of_title(sentence)
        if sentence.role is Role.EXPECTED:
            return self._of_expected(sentence)
        return self._of_words(sentence)

    def _of_opening(self, sentence: Sentence) -> Account:
        if sentence.line == self._title:
            return Account(sentence.line, How.FIELD, "the document's title", fields=("metadata.name",))
        value = self._reading.document.line(sentence.line).value
        if value and sentence.titled not in FOR_PEOPLE:
            return self._of_words(sentence)
        if sentence.titled is not None:
            kind = How.PEOPLE if sentence.titled in FOR_PEOPLE else How.FORM
            return Account(sentence.line, kind, f"opens {sentence.titled.value}")
        if sentence.topic is Topic.CRITERIA and durations(sentence.text):
            return Account(sentence.line, How.FORM, "opens criteria with their time")
        said = self._statement(sentence)
        if said.unread and sentence.topic not in FOR_PEOPLE:
            return Account(sentence.line, How.UNKNOWN, _why(said))
        return self._of_words(sentence)

    def _of_title(self, sentence: Sentence) -> Account:
        """A title is worth what its command is worth."""
        fence = self._reading.document.line(sentence.line).fence
        later = self._reading.next_command(sentence.line)
        if not later or self._reading.document.line(later).fence != fence:
            return self._of_words(sentence)
        made = self._of_commands(self._reading.document.line(later))
        if made.how is How.COMMAND:
            return Account(sentence.line, How.FORM, f"the title of line {later}", made.rules)
        return Account(sentence.line, How.UNKNOWN, f"the title of line {later}, which was not understood")

    def _of_expected(self, sentence: Sentence) -> Account:
        text = plain(sentence.text)
        for pattern, says, rules in _OUTPUTS:
            if pattern.search(text.lstrip("- ")):
                return Account(sentence.line, How.RULE, says, rules)
        owner = self._owner(sentence)
        if opens_expectation(text) and _BARE_EXPECTATION.match(text):
            return Account(sentence.line, How.FORM, "opens what is expected of the command above")
        if is_table_head(text):
            return Account(
                sentence.line, How.FORM, "the head of a table that kubectl prints", owner.rules if owner else ()
            )
        if owner and owner.understood and (_NO_OUTPUT.search(text) or self._is_row(sentence)):
            return Account(sentence.line, How.RULE, "what the command would print", owner.rules)
        return self._of_words(sentence)

    def _owner(self, sentence: Sentence) -> Replacement | None:
        return replacement(sentence.owner, self._reading) if sentence.owner else None

    def _is_row(self, sentence: Sentence) -> bool:
        """A row of a table: its first cell is one of the runbook's own names."""
        first = re.split(r"\s{2,}", plain(sentence.text))
        return len(first) > 2 and any(first[0].startswith(name) for name in self._names)

    def _of_words(self, sentence: Sentence) -> Account:
        text = sentence.text
        decision = read_decision(text, self._names)
        if decision and decision.when.meaning:
            meaning = _at_stage(decision.when.meaning, sentence.stage)
            return Account(sentence.line, How.RULE, f"{meaning.says}; if not, {decision.instead}", meaning.rules)
        if sentence.topic is Topic.DURATION and durations(text):
            return Account(sentence.line, How.RULE, "an estimate: the report has the measured time beside it")
        if window(text) and sentence.line in self._windows:
            return Account(sentence.line, How.UNKNOWN, "hours without a time zone: give --timezone")
        if _LINK.match(text.strip()):
            return Account(sentence.line, How.FORM, "a link within the document")
        said = self._statement(sentence)
        if decision is None and said.meaning:
            return Account(sentence.line, How.RULE, said.meaning.says, said.meaning.rules)
        if sentence.topic in FOR_PEOPLE:
            return Account(sentence.line, How.PEOPLE, f"{sentence.topic.value}: nothing to be checked")
        if sentence.role is Role.REMARK or _NO_OUTPUT.search(plain(text)) or _is_usage(sentence):
            owner = self._owner(sentence)
            if owner and owner.understood:
                return Account(sentence.line, How.RULE, "what the command would print", owner.rules)
        return Account(sentence.line, How.UNKNOWN, _why(said))

    def _statement(self, sentence: Sentence) -> Statement:
        said = read_statement(sentence.text, self._names)
        if said.meaning is None:
            return said
        return Statement(said.text, said.concepts, _at_stage(said.meaning, sentence.stage), said.unread)


_BEFORE = {
    "pods-ready": Meaning("the pods are looked at before anything is changed", ("pods-running",), "pods"),
    "autoscaler-present": Meaning(
        "an autoscaler that is there already is shown, and asked about", ("autoscaler-absent",)
    ),
}


def _at_stage(meaning: Meaning, stage: Stage) -> Meaning:
    """Before the change the same words ask for something else."""
    if stage is not Stage.BEFORE or not meaning.rules:
        return meaning
    return _BEFORE.get(meaning.rules[0], meaning)


def _is_usage(sentence: Sentence) -> bool:
    """A size that is said of what `kubectl top` prints."""
    return sentence.owner is not None and sentence.owner.verb == "top" and bool(sizes(sentence.text))


def _why(said: Statement) -> str:
    if said.concepts and not said.unread:
        return "its words are known, and no rule can check what it says"
    if said.concepts:
        return f"read only in part; left over: {' '.join(said.unread[:8]) or 'an order'}"
    return "no word of it is known"


def _foreign(line: Line) -> str:
    return f"{line.language or 'text'} that is no command" if line.fence else "no sentence"


def unknown(accounted: Iterable[Account]) -> Iterator[Account]:
    """What was not understood."""
    return (one for one in accounted if one.how is How.UNKNOWN)


def understood_share(accounted: tuple[Account, ...]) -> float:
    """The share of the lines that was understood."""
    return 1 - len(list(unknown(accounted))) / len(accounted) if accounted else 0.0

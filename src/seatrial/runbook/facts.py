"""What the runbook fixes for a plan: where to, when, how long, what goes back; each with the lines that say it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from seatrial.plan.writing import FieldPath, Given
from seatrial.runbook import measures
from seatrial.runbook.commands import Command
from seatrial.runbook.measures import plain
from seatrial.runbook.reading import Reading, Role, Sentence, Stage, topic_of
from seatrial.runbook.statements import read_decision, read_statement
from seatrial.runbook.vocabulary import PROBABLY_TRADITIONAL, Concept, Topic


class Fact(Struct, frozen=True):
    """A field under `spec`, its value, the lines that say it, and what a person has to know of it."""

    path: FieldPath
    value: Given
    lines: tuple[int, ...]
    note: str = ""


LINES_SHOWN_MAX = 4
SYSTEM_NAMESPACES = {"kube-system", "monitoring", "metrics-server"}
_COMMIT = re.compile(r"commit(?:ted)?\b[^0-9a-f\n]{0,20}\b([0-9a-f]{7,40})\b", re.IGNORECASE)
_SHA = re.compile(r"^[0-9a-f]{7,40}$")
_NAME = re.compile(r"[A-Za-z0-9][\w.@:/-]*")
_OR_LIKE = re.compile(r"類似|或|similar|or\b|e\.g|例如", re.IGNORECASE)
_SERVER_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def lines_of(commands: Iterable[Command]) -> tuple[int, ...]:
    """Their lines, each once."""
    return tuple(dict.fromkeys(one.line for one in commands))


def names_of(reading: Reading) -> frozenset[str]:
    """Names of this runbook's own: its workload, namespace, autoscaler."""
    named = {one.name for one in reading.commands if one.program == "kubectl" and len(one.name) > 3}
    spaces = {one.namespace for one in reading.commands if one.namespace}
    return frozenset(one for one in named | spaces if "<" not in one and "$" not in one)


def target_facts(reading: Reading) -> Iterator[Fact]:
    """Context, namespace, workload, directory, commit."""
    yield from _context(reading)
    yield from _namespace(reading)
    yield from _workload(reading)
    yield from _directory(reading)
    yield from _commit(reading)


def _context(reading: Reading) -> Iterator[Fact]:
    for command in reading.commands:
        given = command.option("--context", "--kube-context")
        if command.verb == "config use-context" and command.arguments:
            given = command.arguments[0]
        if command.program == "kubectx" and command.arguments:
            given = command.arguments[0]
        if given and _is_value(given):
            yield Fact(("target", "context"), given, (command.line,), "any other context is refused")
            return
    for command in (one for one in reading.commands if one.verb == "config current-context"):
        for sentence in reading.expected_of(command):
            words = sentence.text.partition(":")[2] or sentence.text
            named = _NAME.search(plain(words))
            if named and sentence.role is Role.EXPECTED:
                like = "; the text allows a similar name, Seatrial does not: confirm" if _OR_LIKE.search(words) else ""
                lines = (sentence.line, command.line)
                yield Fact(("target", "context"), named[0], lines, f"any other context is refused{like}")
                return


def _is_value(text: str) -> bool:
    """Whether a word is a value, and not a place to be filled in."""
    return bool(text) and not any(sign in text for sign in "<>${}*[]")


def _namespace(reading: Reading) -> Iterator[Fact]:
    named = [one for one in reading.commands if _is_value(one.namespace) and one.namespace not in SYSTEM_NAMESPACES]
    if named:
        most = Counter(one.namespace for one in named).most_common(1)[0][0]
        others = sorted({one.namespace for one in named} - {most})
        note = f"also named: {', '.join(others)}" if others else ""
        yield Fact(("target", "namespace"), most, lines_of(one for one in named if one.namespace == most), note)


def _workload(reading: Reading) -> Iterator[Fact]:
    workloads = [
        one
        for one in reading.commands
        if one.resource == "deployment" and _is_value(one.name) and one.namespace not in SYSTEM_NAMESPACES
    ]
    if workloads:
        most = Counter(one.name for one in workloads).most_common(1)[0][0]
        others = sorted({one.name for one in workloads} - {most})
        note = f"also named: {', '.join(others)}; a trial is about one" if others else ""
        yield Fact(
            ("target", "workload"), f"deployment/{most}", lines_of(one for one in workloads if one.name == most), note
        )


def _directory(reading: Reading) -> Iterator[Fact]:
    for command in reading.commands:
        given = command.option("-k", "--kustomize")
        if command.verb == "apply" and _is_value(given):
            cd = next((one for one in reading.commands if one.program == "cd" and one.line < command.line), None)
            where = f"put this file into {command.directory}" if given == "." and command.directory else ""
            lines = (command.line, cd.line) if cd and where else (command.line,)
            value = given if not given.startswith(("/", "~", "-")) else "."
            note = where if value == given else f"the runbook has {given}; a plan's directory is relative to this file"
            yield Fact(("target", "kustomize"), value, lines, note)
            return


def _commit(reading: Reading) -> Iterator[Fact]:
    found: list[tuple[str, int]] = []
    for sentence in reading.sentences:
        found += ((one, sentence.line) for one in _COMMIT.findall(plain(sentence.text)))
    for command in reading.commands:
        picks = command.program == "git" and command.verb in ("checkout", "switch") and command.arguments
        if picks and _SHA.match(command.arguments[0]) and reading.stage(command) is not Stage.BACK:
            found.append((command.arguments[0], command.line))
    if found:
        value = found[0][0]
        note = "this file must not make the tree dirty: let git ignore it"
        yield Fact(("target", "commit"), value, tuple(line for one, line in found if one == value), note)


def window_facts(reading: Reading, timezone: str) -> Iterator[Fact]:
    """The window, where hours are named and a time zone is known."""
    for sentence in window_sentences(reading):
        hours = measures.window(sentence.text)
        if hours is None:
            continue
        near = [one for one in _about(reading, Topic.WINDOW) if abs(one.line - sentence.line) <= 6]
        with_days = next((one for one in [sentence, *near] if measures.days(one.text)), None)
        days = measures.days(with_days.text) if with_days else EVERY_DAY
        zone = next((found for one in [sentence, *near] if (found := measures.timezone(one.text))), "")
        lines = tuple(dict.fromkeys((sentence.line, *([with_days.line] if with_days else []))))
        yield Fact(("window", "days"), list(days), lines, "" if with_days else "the text names no day: every day")
        yield Fact(("window", "from"), hours.since, (sentence.line,))
        yield Fact(("window", "until"), hours.until, (sentence.line,))
        if zone:
            yield Fact(("window", "timezone"), zone, lines)
        elif timezone:
            yield Fact(("window", "timezone"), timezone, (), "--timezone; the runbook names no time zone")
        elif is_traditional(reading):
            note = "A GUESS, TO CONFIRM: the runbook names no time zone, and is written in Traditional Chinese"
            yield Fact(("window", "timezone"), "Asia/Taipei", (), note)
        return


def window_sentences(reading: Reading) -> list[Sentence]:
    """Sentences that name hours: under a heading of the window, or with a word for one in them."""
    spoken = [one for one in reading.sentences if one.role is Role.TEXT and topic_of(one.text) is Topic.WINDOW]
    return [one for one in [*_about(reading, Topic.WINDOW), *spoken] if measures.window(one.text)]


def is_traditional(reading: Reading) -> bool:
    """Whether the text is written in traditional characters."""
    letters = Counter(letter for line in reading.document.lines for letter in line.raw)
    return sum(letters[one] for one in PROBABLY_TRADITIONAL) >= 5


def _about(reading: Reading, topic: Topic) -> list[Sentence]:
    return [one for one in reading.sentences if topic in (one.topic, one.titled)]


def rollout_facts(reading: Reading) -> Iterator[Fact]:
    """How pods get the change, and how long that may take."""
    restarts = [
        one for one in reading.commands if one.verb == "rollout restart" and reading.stage(one) is not Stage.BACK
    ]
    fixed = fixed_secrets(reading)
    if restarts:
        yield Fact(("rollout", "reach"), "restart", lines_of(restarts))
    elif fixed:
        note = "a Secret changes under a fixed name, which restarts nothing; stamp: the pod template carries its digest"
        yield Fact(("rollout", "reach"), "stamp", tuple(one.line for one in fixed), note)
    for sentence in reading.sentences:
        stuck = Concept.CREATING in read_statement(sentence.text).concepts and measures.durations(sentence.text)
        if stuck and measures.is_above(sentence.text):
            yield Fact(("rollout", "stuckAfter"), measures.say(stuck[0].high_s), (sentence.line,))
            break
    for command in reading.commands:
        given = command.option("--timeout")
        if command.verb in ("rollout status", "wait") and re.fullmatch(r"(\d+(ms|s|m|h))+", given):
            yield Fact(("rollout", "timeout"), given, (command.line,))
            break


def fixed_secrets(reading: Reading) -> list[Sentence]:
    """Expected lines of an apply by which a Secret or ConfigMap changes under a name without a hash."""
    changed = re.compile(r"^(secret|configmap)/(\S+) (configured|unchanged|created)", re.IGNORECASE)
    hashed = re.compile(r"-[bcdfghkmt2456789]{10}$")
    found = ((one, changed.match(plain(one.text))) for one in reading.sentences if one.role is Role.EXPECTED)
    return [one for one, match in found if match and match[3] == "configured" and not hashed.search(match[2])]


def rollback_facts(reading: Reading) -> Iterator[Fact]:
    """What makes the run go back by itself, and where to."""
    back = [
        one for one in reading.commands if reading.stage(one) is Stage.BACK and one.program in ("git", "cp", "kubectl")
    ]
    note = "the state that Seatrial records before the change; not by the runbook's commands"
    yield Fact(("rollback", "to"), "baseline", lines_of(back)[:LINES_SHOWN_MAX], note)
    triggers: list[Given] = ["rollout-failed", "crash-loop", "out-of-memory"]
    lines: list[int] = []
    notes = ["rollout-failed, crash-loop and out-of-memory are Seatrial's default"]
    for sentence in _about(reading, Topic.TRIGGER) + _decided_back(reading):
        said = read_statement(sentence.text).concepts
        if Concept.CRASH_LOOP in said or Concept.OOM in said:
            lines.append(sentence.line)
        if Concept.SERVER_ERROR in said and not any(
            isinstance(one, dict) and "server-errors" in one for one in triggers
        ):
            trigger, note = _errors(sentence)
            triggers.append(trigger)
            lines.append(sentence.line)
            notes += [note] if note else []
        above = memory_above(sentence)
        if above and not any(isinstance(one, dict) and "memory" in one for one in triggers):
            triggers.append({"memory": f"above {above.top}", "samples": 3})
            lines.append(sentence.line)
            notes.append("3 samples: a proposal, one sample is a moment")
    yield Fact(("rollback", "on"), triggers, tuple(dict.fromkeys(lines)), "; ".join(notes))


def _decided_back(reading: Reading) -> list[Sentence]:
    """Decision points whose way out is the rollback."""
    found = []
    for sentence in reading.sentences:
        decision = read_decision(sentence.text) if sentence.role in (Role.ITEM, Role.TEXT, Role.TICK) else None
        if decision and decision.action == "roll back":
            found.append(sentence)
    return found


def _errors(sentence: Sentence) -> tuple[dict[str, Given], str]:
    share = _SERVER_SHARE.search(sentence.text)
    lasting = measures.first(measures.durations(sentence.text))
    made = f"{share[1] if share else '5'}% for {measures.say(lasting.low_s) if lasting else '2m'}"
    note = "" if share and lasting else f"{made}: a proposal, the runbook has no number there"
    return {"server-errors": made}, note


def memory_above(sentence: Sentence) -> measures.Size | None:
    """The size above which a sentence says that memory is too much."""
    text = re.sub(r"\(?\d+% of \S+ ?limit\)?|\d+(\.\d+)? ?[GM]i?B? limit", "", plain(sentence.text))
    found = measures.sizes(text)
    if found and measures.is_above(text) and Concept.MEMORY in read_statement(sentence.text).concepts:
        return found[-1]
    return None


def soak_facts(reading: Reading) -> Iterator[Fact]:
    """How long the watch lasts, and how often it looks."""
    about = [one for one in reading.sentences if Topic.SOAK in (one.titled, one.topic) or _is_soak(one)]
    spoken = [one for one in about if one.role in (Role.HEADING, Role.LABEL, Role.TEXT, Role.ITEM)]
    lasting = next(((span, one) for one in spoken if (span := measures.lasting(one.text))), None)
    often = next(((span, one) for one in about if (span := measures.every(one.text))), None)
    if lasting:
        yield Fact(("soak", "for"), measures.say(lasting[0].high_s), (lasting[1].line,))
    if often:
        yield Fact(("soak", "every"), measures.say(often[0].high_s), (often[1].line,))


def _is_soak(sentence: Sentence) -> bool:
    return sentence.role in (Role.TEXT, Role.ITEM) and topic_of(sentence.text) is Topic.SOAK


def criteria_facts(reading: Reading) -> Iterator[Fact]:
    """What must have been seen by when: the items below each heading of criteria that names a time."""
    made: dict[str, dict[str, list[int]]] = {}
    for sentence in reading.sentences:
        if sentence.topic is not Topic.CRITERIA or sentence.role not in (Role.TICK, Role.ITEM, Role.ROW):
            continue
        by = deadline_of(reading, sentence)
        said = read_statement(sentence.text)
        if by and said.meaning and said.meaning.subject:
            made.setdefault(by, {}).setdefault(said.meaning.subject, []).append(sentence.line)
    criteria: list[Given] = [{"by": by, "that": list(subjects)} for by, subjects in made.items()]
    lines = tuple(sorted(line for subjects in made.values() for found in subjects.values() for line in found))
    if criteria:
        yield Fact(("accept",), criteria, lines, "counted from the apply")


def deadline_of(reading: Reading, sentence: Sentence) -> str:
    """The time in the nearest heading or label above an item that has one."""
    line = reading.document.line(sentence.line)
    for number in (line.number, line.label, *reversed(line.above)):
        span = measures.first(measures.durations(reading.document.line(number).text)) if number else None
        if span:
            return measures.say(span.high_s)
    return ""

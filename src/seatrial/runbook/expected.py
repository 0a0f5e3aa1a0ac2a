"""What the runbook expects of pods, autoscaler, JVMs, memory, health and logs, as fields of a plan with their lines."""

import re
from collections.abc import Iterator

from seatrial.plan.writing import Given
from seatrial.runbook import measures
from seatrial.runbook.commands import Command
from seatrial.runbook.facts import Fact, memory_above
from seatrial.runbook.measures import plain
from seatrial.runbook.reading import Reading, Role, Sentence, Stage
from seatrial.runbook.statements import read_statement
from seatrial.runbook.vocabulary import Concept, Topic

_HEADER = re.compile(r"^[A-Z][A-Z()./-]+(?:\s{2,}[A-Z][A-Z-]*(?:\([a-z]+\))?)+$")
_NO_OUTPUT = re.compile(r"無輸出|不存在|no output|empty|nothing|not found|no resources found|none", re.IGNORECASE)
_FLAG = re.compile(r"(?<![\w+-])-?(Xm[sxn] ?\d+[kKmMgG]?(?![\w])|XX:[+-]\w+|XX:\w+=[\w./%-]+|Xloggc:\S+|Xlog:\S+)")
_RESTARTS = re.compile(r"restart\w*\D{0,24}?(\d+)\s*$|重啟\D{0,12}(\d+)", re.IGNORECASE)
_PERCENT = re.compile(r"/(\d+)%")
_STATUS = re.compile(r'"status"\s*:\s*"(\w+)"')
_URL = re.compile(r"^(?:https?://)?([\w.-]+|\$\{?\w+\}?)(?::(\d+))?(/[^?#\s]*)?")
_QUOTED = re.compile(r"[\"'「『]([^\"'」』]{2,60})[\"'」』]")
_LOG_PATH = re.compile(r"(/[\w./-]*/)?[\w.-]*gc[\w.-]*\.log")


def table_of(sentences: list[Sentence]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a table as kubectl prints it: columns by their heads."""
    heads: list[str] = []
    for sentence in sentences:
        text = plain(sentence.text)
        if _HEADER.match(text):
            heads = text.split()
            continue
        cells = re.split(r"\s{2,}", text)
        if heads and len(cells) == len(heads):
            yield sentence.line, dict(zip(heads, cells, strict=True))


def is_table_head(text: str) -> bool:
    """Whether a line is the head of a table as kubectl prints it."""
    return bool(_HEADER.match(plain(text)))


def pod_facts(reading: Reading) -> Iterator[Fact]:
    """How many pods before and after, and how often they may have restarted."""
    before: Fact | None = None
    after: Fact | None = None
    for command in (one for one in reading.commands if one.verb == "get" and one.resource in ("pod", "deployment")):
        if command.namespace == "kube-system" or command.option("-w"):
            continue
        for line, number in _pods_expected(reading, command):
            if reading.stage(command) is Stage.BEFORE and before is None:
                before = Fact(("expect", "before", "pods"), number, (line,))
            elif reading.stage(command) is Stage.AFTER and after is None:
                after = Fact(("expect", "pods", "ready"), number, (line,))
    yield from (one for one in (before, after or _pods_in_criteria(reading)) if one)
    for sentence in reading.sentences:
        found = _RESTARTS.search(plain(sentence.text))
        if found and sentence.stage in (Stage.AFTER, Stage.SOAK) and not measures.is_above(sentence.text):
            yield Fact(("expect", "pods", "restarts"), int(found[1] or found[2]), (sentence.line,))
            return


def _pods_expected(reading: Reading, command: Command) -> Iterator[tuple[int, int]]:
    sentences = [one for one in reading.expected_of(command) if one.role in (Role.EXPECTED, Role.ROW)]
    for sentence in sentences:
        yield from ((sentence.line, number) for number in measures.counts(sentence.text))
    if command.resource == "deployment":
        for line, row in table_of(sentences):
            ready = re.fullmatch(r"(\d+)/\1", row.get("READY", ""))
            if ready:
                yield line, int(ready[1])


def _pods_in_criteria(reading: Reading) -> Fact | None:
    for sentence in reading.sentences:
        asked = sentence.topic in (Topic.CRITERIA, Topic.INDICATOR, Topic.VERIFY) and sentence.role in (
            Role.TICK,
            Role.ITEM,
        )
        if asked and sentence.stage is not Stage.BEFORE and (found := measures.counts(sentence.text)):
            return Fact(("expect", "pods", "ready"), found[0], (sentence.line,))
    return None


def autoscaler_facts(reading: Reading) -> Iterator[Fact]:
    """The autoscaler's name, its bounds and targets, and whether it is there before."""
    commands = [one for one in reading.commands if one.resource == "hpa" and one.verb in ("get", "describe", "delete")]
    named = [one for one in commands if one.name and not any(sign in one.name for sign in "<$")]
    if not named:
        return
    name = named[0].name
    yield Fact(("expect", "autoscaler", "name"), name, tuple(dict.fromkeys(one.line for one in named)))
    yield from _absent_before(reading, commands, name)
    yield from _bounds(reading, named)
    for sentence in reading.sentences:
        said = read_statement(sentence.text).concepts
        spans = measures.durations(sentence.text)
        printed = sentence.role is Role.EXPECTED
        if not printed and {Concept.HPA, Concept.TARGETS} <= said and spans and measures.is_above(sentence.text):
            yield Fact(("expect", "autoscaler", "unknownFor"), measures.say(spans[0].high_s), (sentence.line,))
            return


def _absent_before(reading: Reading, commands: list[Command], name: str) -> Iterator[Fact]:
    for command in (one for one in commands if one.verb == "get" and reading.stage(one) is Stage.BEFORE):
        for sentence in reading.expected_of(command):
            if _NO_OUTPUT.search(plain(sentence.text)):
                yield Fact(("expect", "autoscaler", "before"), "absent", (command.line, sentence.line))
                return
    for sentence in reading.sentences:
        if re.search(rf"{re.escape(name)} created", sentence.text):
            yield Fact(("expect", "autoscaler", "before"), "absent", (sentence.line,), "it is to be created")
            return


def _bounds(reading: Reading, named: list[Command]) -> Iterator[Fact]:
    for command in named:
        for line, row in table_of(list(reading.expected_of(command))):
            if not (row.get("MINPODS", "").isdigit() and row.get("MAXPODS", "").isdigit()):
                continue
            yield Fact(("expect", "autoscaler", "min"), int(row["MINPODS"]), (line,))
            yield Fact(("expect", "autoscaler", "max"), int(row["MAXPODS"]), (line,))
            yield from _targets(line, row.get("TARGETS", ""))
            return


def _targets(line: int, cell: str) -> Iterator[Fact]:
    """kubectl names each target since 1.31 (`cpu: 30%/70%`); before, their order is the manifest's, and nothing says which is which."""
    percents = _PERCENT.findall(cell)
    named = dict(re.findall(r"(cpu|memory): ?[^/,]+/(\d+)%", cell))
    for resource, percent in named.items():
        yield Fact(("expect", "autoscaler", resource), f"{percent}%", (line,))
    if not named and len(percents) == 2:
        note = "A GUESS, TO CONFIRM: the table does not say which target is whose; taken as cpu, memory"
        yield Fact(("expect", "autoscaler", "cpu"), f"{percents[0]}%", (line,), note)
        yield Fact(("expect", "autoscaler", "memory"), f"{percents[1]}%", (line,), note)


def jvm_facts(reading: Reading) -> Iterator[Fact]:
    """Flags that the JVM must run with, and its GC log."""
    flags: dict[str, tuple[str, int]] = {}
    for sentence in (one for one in reading.sentences if one.role is Role.EXPECTED and one.owner is not None):
        for flag in _FLAG.findall(plain(sentence.text)):
            written = f"-{flag.replace(' ', '')}"
            if written.startswith(("-Xloggc:", "-Xlog:")):
                continue
            flags.setdefault(_flag_name(written), (written, sentence.line))
    if flags:
        lines = tuple(dict.fromkeys(line for _, line in flags.values()))
        yield Fact(
            ("expect", "jvm", "flags"),
            [one for one, _ in flags.values()],
            lines,
            "asked of the JVM itself, in every pod",
        )
    path, lines = _gc_log(reading)
    if path:
        yield Fact(("expect", "jvm", "gcLog"), path, lines)


def _flag_name(written: str) -> str:
    """What a flag sets, whatever it sets it to."""
    return written[:4] if written.startswith("-Xm") else re.sub(r"=.*|^-XX:[+-]?", "", written)


def _gc_log(reading: Reading) -> tuple[str, tuple[int, ...]]:
    for sentence in reading.sentences:
        found = re.search(r"Xloggc:(/[^\s,;✓✔]+)|Xlog:\S*file=(/[^\s:,;]+)", plain(sentence.text))
        if found:
            return found[1] or found[2], (sentence.line,)
    for command in (one for one in reading.commands if one.verb == "exec"):
        whole = next((one for one in command.inner if one.startswith("/") and _LOG_PATH.fullmatch(one)), "")
        if whole:
            return whole, (command.line,)
    return "", ()


def memory_facts(reading: Reading) -> Iterator[Fact]:
    """What a pod usually uses, and above what it is to be told or failed."""
    note = "read as binary units, as kubectl and the JVM count: confirm"
    usual = [
        (size, one) for one in _on_memory(reading) for size in measures.sizes(_no_limit(one)) if size.low != size.high
    ]
    if usual:
        size = max((one for one, _ in usual), key=lambda one: float(one.high) - float(one.low))
        lines = tuple(one.line for other, one in usual if other == size)
        others = sorted({f"{one.low}-{one.high}{one.unit} at line {at.line}" for one, at in usual if one != size})
        said = f"the widest; also said: {', '.join(others)}" if others else ""
        value = f"{size.low}{size.plan_unit} to {size.high}{size.plan_unit}"
        yield Fact(("expect", "memory", "usual"), value, lines, _joined(note if size.decimal else "", said))
    yield from _limits(reading, note)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _limits(reading: Reading, note: str) -> Iterator[Fact]:
    fails = [(size, one) for one in _on_memory(reading) if one.topic is Topic.TRIGGER and (size := memory_above(one))]
    warns = [
        (size, one) for one in _on_memory(reading) if one.topic is not Topic.TRIGGER and (size := memory_above(one))
    ]
    warns += [
        (found[-1], one)
        for one in _on_memory(reading)
        if (found := measures.sizes(_no_limit(one))) and measures.is_below(one.text)
    ]
    lowest = min((float(size.high) for size, _ in warns), default=0.0)
    chosen = [(size, one) for size, one in warns if float(size.high) == lowest]
    if chosen:
        lines = tuple(sorted({one.line for _, one in chosen}))
        others = sorted(
            {f"{size.high}{size.unit} at line {one.line}" for size, one in warns if float(size.high) != lowest}
        )
        said = f"also a warning in the text: {', '.join(others)}" if others else ""
        yield Fact(("expect", "memory", "warnAbove"), chosen[0][0].top, lines, _joined(note, said))
    if fails:
        yield Fact(("expect", "memory", "failAbove"), fails[0][0].top, tuple(one.line for _, one in fails), note)


def _on_memory(reading: Reading) -> list[Sentence]:
    return [one for one in reading.sentences if Concept.MEMORY in read_statement(one.text).concepts]


def _no_limit(sentence: Sentence) -> str:
    """Without the sizes that are the container's limit."""
    return re.sub(
        r"\d+% of \S+ ?limit|\d+(\.\d+)? ?[GM]i?B? limit|Xm[sx] ?\d+(\.\d+)? ?[GM]B?", "", plain(sentence.text)
    )


def health_facts(reading: Reading) -> Iterator[Fact]:
    """Port and path of the health check, where a local request names both."""
    ports = {}
    for command in (one for one in reading.commands if one.verb == "port-forward"):
        for pair in command.arguments:
            local, _, remote = pair.partition(":")
            ports[local] = (remote or local, command.line)
    for command in reading.commands:
        inside = command.verb == "exec" and bool({"curl", "wget"} & set(command.inner))
        words = command.inner if inside else command.arguments if command.program in ("curl", "wget") else ()
        for word in words:
            url = _URL.match(word)
            if url and url[1] in ("localhost", "127.0.0.1") and url[2] and url[3]:
                yield from _health(reading, command, ports.get(url[2], (url[2], command.line)), url[3])
                return


def _health(reading: Reading, command: Command, port: tuple[str, int], path: str) -> Iterator[Fact]:
    lines = tuple(dict.fromkeys((command.line, port[1])))
    yield Fact(("expect", "health", "path"), path, (command.line,))
    yield Fact(("expect", "health", "port"), int(port[0]), lines)
    for sentence in reading.expected_of(command):
        if status := _STATUS.search(plain(sentence.text)):
            yield Fact(("expect", "health", "status"), status[1], (sentence.line,))
            return


def log_facts(reading: Reading) -> Iterator[Fact]:
    """Texts that the logs must and must not have."""
    absent: dict[str, list[int]] = {}
    for sentence in reading.sentences:
        said = read_statement(sentence.text).concepts
        if {Concept.OOM_ERROR, Concept.NONE} <= said:
            absent.setdefault("OutOfMemoryError", []).append(sentence.line)
        quoted = _QUOTED.findall(plain(sentence.text))
        if quoted and {Concept.LOG, Concept.STARTED} <= said and Concept.NONE not in said:
            yield Fact(("expect", "logs", "present"), list(quoted), (sentence.line,))
    if absent:
        texts: list[Given] = list(absent)
        yield Fact(("expect", "logs", "absent"), texts, tuple(line for lines in absent.values() for line in lines))

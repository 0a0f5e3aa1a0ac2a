"""What the logs say: OutOfMemoryError in all its kinds, and the words that must or must not be in them."""

from collections.abc import Iterator
from itertools import islice

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import Role, age_s, clean, fleet, seats
from seatrial.jvm.outofmemory import OutOfMemoryLine, out_of_memory_lines
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import Pod
from seatrial.model.observation import CouldNotLook, LogTail
from seatrial.model.plan import Plan
from seatrial.model.proof import Proof

OUT_OF_MEMORY_ERROR = "OutOfMemoryError"
START_LINE_S = 180.0
"""How long a start-up line may take: the slowest JVM start that was measured took two minutes."""
LINES_SHOWN = 3


@rule(
    RuleCard(
        "out-of-memory-error",
        "proof",
        "the last lines of every new pod's log, and of its previous container's, for OutOfMemoryError of every kind",
        "FAIL for each container that has one: heap, GC overhead, metaspace, class space, direct buffers, threads, "
        "array size. The JVM may go on, "
        "and health may still say UP: it is a proven failure all the same. UNKNOWN when a log could not be read.",
        "the runbook, 4.6; nothing of it shows in the API while the JVM lives",
        "Look at the heap dump and the GC log; a heap that fills up slowly is a leak.",
        triggers=("out-of-memory",),
        subject="out-of-memory",
    )
)
def out_of_memory_error(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """The JVM itself says that it ran out."""
    tails = _tails(proof)
    if not proof.logs:
        return
    yield from _unread(proof, "out-of-memory-error")
    found = False
    for tail in tails:
        lines = out_of_memory_lines(tail.lines)
        if lines:
            found = True
            yield _proven(tail, lines)
    if tails and not found:
        because = f"no OutOfMemoryError in the last lines of {len(tails)} log(s)"
        yield Judgement("out-of-memory-error", "logs", Verdict.PASS, because)


def _proven(tail: LogTail, lines: tuple[OutOfMemoryLine, ...]) -> Judgement:
    which = "the previous container" if tail.previous else "it"
    because = f"{which} ran out of memory: {lines[0].kind.value} ({len(lines)} line(s))"
    evidence = tuple(clean(line.line) for line in lines[:LINES_SHOWN])
    step = "Look at the heap dump and the GC log."
    about = f"pod/{tail.pod} container {tail.container}"
    return Judgement("out-of-memory-error", about, Verdict.FAIL, because, evidence=evidence, next_step=step)


def _tails(proof: Proof) -> list[LogTail]:
    return [one for one in proof.logs if isinstance(one, LogTail)]


def _unread(proof: Proof, name: str) -> Iterator[Judgement]:
    for gap in proof.logs:
        if isinstance(gap, CouldNotLook):
            yield Judgement(name, gap.what, Verdict.UNKNOWN, f"the log could not be read: {clean(gap.because)}")


@rule(
    RuleCard(
        "log-absent",
        "proof",
        "the logs of every new pod, previous containers too, for the texts of the plan's `logs.absent`",
        "FAIL for each text that is there. A flag's echo (-XX:+HeapDumpOnOutOfMemoryError) is no OutOfMemoryError.",
        "the runbook, 4.6",
        "Read the lines.",
        subject="logs",
    )
)
def log_absent(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """What must not be in a log."""
    if not proof.logs or not plan.expect.log_absent:
        return
    yield from _unread(proof, "log-absent")
    hits = [
        (text, tail, lines)
        for text in plan.expect.log_absent
        for tail in _tails(proof)
        if (lines := _lines_with(tail, text))
    ]
    for text, tail, lines in hits:
        about = f"pod/{tail.pod} container {tail.container}"
        where = "the previous container's log" if tail.previous else "its log"
        yield Judgement("log-absent", about, Verdict.FAIL, f"{text!r} is in {where}", evidence=lines)
    if not hits and _tails(proof):
        texts = ", ".join(map(repr, plan.expect.log_absent))
        yield Judgement("log-absent", "logs", Verdict.PASS, f"{texts} in none of {len(_tails(proof))} log(s)")


def _lines_with(tail: LogTail, text: str) -> tuple[str, ...]:
    if text == OUT_OF_MEMORY_ERROR:
        return tuple(clean(line.line) for line in out_of_memory_lines(tail.lines)[:LINES_SHOWN])
    return tuple(islice((clean(line) for line in tail.lines if text in line), LINES_SHOWN))


@rule(
    RuleCard(
        "log-present",
        "proof",
        "the logs of every new pod for the texts of the plan's `logs.present`",
        "WAIT for 3 min from the start, then FAIL for each text that is missing. UNKNOWN when the log is longer than "
        "what was read: the line may "
        "have scrolled out.",
        "the runbook, 4.6: the start-up line is there",
        "Read the log from its beginning: kubectl logs.",
        subject="logs",
    )
)
def log_present(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """What must be in a log."""
    if not proof.logs or not plan.expect.log_present:
        return
    for pod in fleet(proof.look).new:
        tails = [tail for tail in _tails(proof) if tail.pod == pod.metadata.name]
        here = texts_present(proof.logs, plan.expect.log_present) | proof.log_seen
        missing = [text for text in plan.expect.log_present if (pod.metadata.name, text) not in here]
        yield _presence(proof, pod, tails, missing, plan)


def texts_present(logs: tuple[LogTail | CouldNotLook, ...], texts: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """(pod, text) of every text that is in a pod's log."""
    tails = (tail for tail in logs if isinstance(tail, LogTail))
    return frozenset((tail.pod, text) for tail in tails for text in texts if any(text in line for line in tail.lines))


def _presence(proof: Proof, pod: Pod, tails: list[LogTail], missing: list[str], plan: Plan) -> Judgement:
    about, texts = f"pod/{pod.metadata.name}", ", ".join(map(repr, missing))
    if not missing:
        there = ", ".join(map(repr, plan.expect.log_present))
        return Judgement("log-present", about, Verdict.PASS, f"{there} in its log")
    if not tails:
        return Judgement("log-present", about, Verdict.UNKNOWN, "its log could not be read")
    started = max(
        (seat.running_since for seat in seats(pod) if seat.role is Role.MAIN and seat.running_since), default=None
    )
    left = START_LINE_S - age_s(proof.at, started)
    if left > 0 and not any(tail.truncated for tail in tails):
        return Judgement("log-present", about, Verdict.WAIT, f"{texts} not in its log yet", waits_s=left)
    if any(tail.truncated for tail in tails):
        because = f"{texts} not in the lines that were read; the log is longer"
        return Judgement("log-present", about, Verdict.UNKNOWN, because)
    return Judgement(
        "log-present", about, Verdict.FAIL, f"{texts} not in its log", next_step="Read the log from its beginning."
    )

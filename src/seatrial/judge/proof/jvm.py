"""Inside the JVM: the flags that it runs with, and its GC log."""

from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import fleet
from seatrial.model.events import FlagSeen, JvmSeen
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.plan import Plan
from seatrial.model.proof import GcLogNotSeen, GcLogReading, Proof
from seatrial.model.quantities import say_bytes, say_s

GC_QUIET_S = 600.0
"""An idle JVM collects every few minutes at least: Spring's own housekeeping and the probes allocate all the time."""
COLLECTIONS_MIN = 2
WATCHED_MIN_S = 30.0
"""One collection may fall between the two looks, at the counter and at the file; two in half a minute are in the file."""
GC_FIRST_S = 60.0
"""The JVM makes the file at its start, before it runs a single class."""


@rule(
    RuleCard(
        "jvm-flags",
        "proof",
        "the flags that the plan expects, against those that every new pod's JVM runs with (hsperfdata), values "
        "normalised",
        "FAIL with each flag that differs: specified, effective, source. UNKNOWN for a pod whose JVM could not be "
        "read, and why.",
        "the runbook, 4.4; the environment is an input, not an effect: a process with ARGS1=-Xmx4096m was seen "
        "running with -Xmx99m",
        "Does the image's entry point use the variable? Was the pod restarted after the Secret changed?",
        subject="jvm",
    )
)
def jvm_flags(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """Effective flags of every JVM, one judgement a pod."""
    if not plan.expect.jvm_flags:
        return
    seen = {one.pod: one for one in proof.jvms}
    for name in new_pods(proof):
        found = seen.get(name)
        if isinstance(found, JvmSeen):
            yield _flags_of(found)
        else:
            because = found.because if found else "nobody has looked into it yet"
            yield Judgement("jvm-flags", f"pod/{name}", Verdict.UNKNOWN, f"its JVM could not be read: {because}")


def new_pods(proof: Proof) -> tuple[str, ...]:
    """The names of the pods that have to prove themselves."""
    return tuple(pod.metadata.name for pod in fleet(proof.look).new)


def _flags_of(found: JvmSeen) -> Judgement:
    wrong = [flag for flag in found.flags if not flag.agrees]
    about = f"pod/{found.pod} container {found.container}"
    if wrong:
        because = "; ".join(map(_differs, wrong))
        step = "Does the entry point use the variable, and was the pod restarted after the Secret changed?"
        return Judgement("jvm-flags", about, Verdict.FAIL, because, next_step=step)
    heap = f", heap up to {say_bytes(found.heap_max_bytes)}" if found.heap_max_bytes else ""
    because = f"JVM {found.version or '(version unknown)'}, {found.collector or 'collector unknown'}{heap}"
    count = f"all {len(found.flags)} expected flags are in effect ({found.source})"
    return Judgement("jvm-flags", about, Verdict.PASS, f"{because}: {count}")


def _differs(flag: FlagSeen) -> str:
    running = f"the JVM runs with {flag.effective} ({flag.source})" if flag.effective else "the JVM does not have it"
    return f"expected {flag.specified}, {running}"


@rule(
    RuleCard(
        "gc-log",
        "proof",
        "two readings of the GC log's size in every new pod, and how often the JVM collected between them",
        "PASS when the file is there, with bytes in it, and grows, or is quiet for less than 10 min. FAIL when it is "
        "not there or empty a minute "
        "after the start, or does not grow although the JVM collects. UNKNOWN when it could not be read.",
        "the runbook, 4.5; an emptyDir loses it with the pod",
        "Is the directory mounted and writable? Two pods must not write to one file.",
        subject="gc-log",
    )
)
def gc_log(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """It is there, and it grows."""
    if not plan.expect.gc_log:
        return
    seen = {one.pod: one for one in proof.gc_logs}
    for name in new_pods(proof):
        found = seen.get(name)
        if isinstance(found, GcLogReading):
            yield _growth(proof, found)
        else:
            because = found.because if isinstance(found, GcLogNotSeen) else "nobody has looked for it yet"
            yield Judgement("gc-log", f"pod/{name}", Verdict.UNKNOWN, f"its GC log could not be read: {because}")


def _growth(proof: Proof, found: GcLogReading) -> Judgement:
    about, size, first = f"pod/{found.pod}", found.second_bytes, found.first_bytes
    watched = (found.second_at - found.first_at).total_seconds()
    if not size:
        return _missing(proof, found)
    if first and size < first:
        because = f"{found.path} is there, {say_bytes(size)}"
        return Judgement(
            "gc-log", about, Verdict.PASS, because, warning=f"it shrank from {say_bytes(first)}: rotated, or truncated"
        )
    if found.parses is False:
        return Judgement("gc-log", about, Verdict.FAIL, f"{found.path} is there and is no GC log")
    if first is not None and size > first:
        because = f"{found.path} grew from {say_bytes(first)} to {say_bytes(size)} in {say_s(watched)}"
        return Judgement("gc-log", about, Verdict.PASS, because)
    if (found.collections or 0) >= COLLECTIONS_MIN and watched >= WATCHED_MIN_S:
        because = f"{found.path} has not grown in {say_s(watched)}, while the JVM collected {found.collections} times"
        return Judgement(
            "gc-log", about, Verdict.FAIL, because, next_step="Is the disk full, or the file deleted under the JVM?"
        )
    quiet = (
        f"{found.path} has not grown in {say_s(watched)}" if watched >= GC_QUIET_S and found.collections is None else ""
    )
    idle = "; nothing was collected since the first reading" if found.collections == 0 else ""
    because = f"{found.path} is there, {say_bytes(size)}{idle}"
    return Judgement("gc-log", about, Verdict.PASS, because, warning=quiet)


def _missing(proof: Proof, found: GcLogReading) -> Judgement:
    pod = next((pod for pod in fleet(proof.look).new if pod.metadata.name == found.pod), None)
    started = pod.status.start_time if pod else None
    what = "is empty" if found.second_bytes == 0 else "is not there"
    left = GC_FIRST_S - (proof.at - started).total_seconds() if started else 0.0
    about = f"pod/{found.pod}"
    if left > 0:
        return Judgement("gc-log", about, Verdict.WAIT, f"{found.path} {what} yet", waits_s=left)
    step = "Is the directory mounted and writable, and is -Xloggc or -Xlog among the effective flags?"
    return Judgement("gc-log", about, Verdict.FAIL, f"{found.path} {what}", next_step=step)

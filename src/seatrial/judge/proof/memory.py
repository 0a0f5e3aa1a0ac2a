"""Memory of every new pod: against the plan's own figures, a window that is computed, and the limit that rolls back."""

from collections.abc import Iterator
from datetime import datetime

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import age_s, clean, fleet
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import Pod, PodMetrics
from seatrial.model.observation import CouldNotLook
from seatrial.model.plan import Memory, Plan
from seatrial.model.proof import Proof
from seatrial.model.quantities import in_bytes, say_bytes

FIRST_SAMPLE_S = 120.0
"""metrics-server gives a pod's first sample two scrapes after its start."""


def working_set_bytes(sample: PodMetrics) -> int:
    """What `kubectl top pods` shows: all containers together."""
    return sum(in_bytes((one.usage or {}).get("memory", 0)) for one in sample.containers or ())


@rule(
    RuleCard(
        "memory-above",
        "proof",
        "the last samples of every new pod's working set against the limit of the plan's trigger, or `memory.failAbove`",
        "FAIL when as many samples in a row as the trigger says are above it; WAIT while the row is shorter.",
        "the runbook, step 7: memory > 5.5 GB",
        "Roll back; look at the GC log: does the heap after a full collection grow?",
        triggers=("memory",),
        subject="memory",
    )
)
def memory_above(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """Too much, for too long."""
    trigger = plan.trigger("memory")
    above = trigger.above if trigger and trigger.above is not None else plan.expect.memory.fail_above_bytes
    needed = trigger.samples if trigger else 1
    if above is None:
        return
    for pod in fleet(proof.look).new:
        row = _row_above(proof, pod.metadata.name, above)
        if not row:
            continue
        about, because = (
            f"pod/{pod.metadata.name}",
            f"{say_bytes(row[-1])}, above {say_bytes(above)} in {len(row)} sample(s)",
        )
        if len(row) >= needed:
            evidence = tuple(say_bytes(one) for one in row[-8:])
            step = "Look at the GC log: does the heap after a full collection grow?"
            yield Judgement("memory-above", about, Verdict.FAIL, because, evidence=evidence, next_step=step)
        else:
            yield Judgement("memory-above", about, Verdict.WAIT, f"{because}; {needed} in a row decide")


def _row_above(proof: Proof, pod: str, above: float) -> list[int]:
    """The newest samples that are above, one for each timestamp: metrics-server repeats a sample until the next one."""
    row: list[int] = []
    for _, size in reversed(_samples(proof, pod)):
        if size <= above:
            break
        row.append(size)
    return row[::-1]


def _samples(proof: Proof, pod: str) -> list[tuple[datetime | None, int]]:
    rounds = [*proof.memory_history, proof.metrics if isinstance(proof.metrics, tuple) else ()]
    mine = [one for samples in rounds for one in samples if one.metadata.name == pod]
    return list({one.timestamp: (one.timestamp, working_set_bytes(one)) for one in mine}.values())


@rule(
    RuleCard(
        "memory-window",
        "proof",
        "the newest sample of every new pod's working set against the plan's usual figures and a window computed "
        "from the JVM's flags",
        "PASS within; PASS with the reason below it, because a heap that nothing has touched is not resident; PASS "
        "with a warning above "
        "`warnAbove`, or above the computed window. UNKNOWN when there is no sample.",
        "the runbook, 4.7; -Xms3072m without AlwaysPreTouch was measured at 56 MB after the start",
        "Watch it; the trigger `memory` decides when it is too much.",
        subject="memory",
    )
)
def memory_window(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """What is ordinary, and why."""
    if proof.metrics is None or (plan.expect.memory == Memory() and proof.window is None):
        return
    if isinstance(proof.metrics, CouldNotLook):
        because = f"the metrics could not be read: {clean(proof.metrics.because)}"
        yield Judgement("memory-window", "metrics.k8s.io", Verdict.UNKNOWN, because)
        return
    usage = {one.metadata.name: working_set_bytes(one) for one in proof.metrics}
    for pod in fleet(proof.look).new:
        size = usage.get(pod.metadata.name)
        yield _no_sample(proof, pod) if not size else _placed(proof, plan.expect.memory, pod, size)


def _no_sample(proof: Proof, pod: Pod) -> Judgement:
    left = FIRST_SAMPLE_S - age_s(proof.at, pod.status.start_time or pod.metadata.creation_timestamp)
    about = f"pod/{pod.metadata.name}"
    if left > 0:
        return Judgement("memory-window", about, Verdict.WAIT, "no sample of it yet", waits_s=left)
    return Judgement(
        "memory-window", about, Verdict.UNKNOWN, "metrics-server has no sample of it", next_step="kubectl top pods"
    )


def _placed(proof: Proof, usual: Memory, pod: Pod, size: int) -> Judgement:
    about, used = f"pod/{pod.metadata.name}", f"uses {say_bytes(size)}"
    low = (
        usual.usual_low_bytes if usual.usual_low_bytes is not None else (proof.window.low_bytes if proof.window else 0)
    )
    high = usual.usual_high_bytes or (proof.window.high_bytes if proof.window else None)
    warn = usual.warn_above_bytes or high
    window = f"{say_bytes(low)} to {say_bytes(high)}" if high else f"from {say_bytes(low)}"
    if warn is not None and size > warn:
        warning = f"{used}, above {say_bytes(warn)}: watch it"
        return Judgement("memory-window", about, Verdict.PASS, f"{used}; usual is {window}", warning=warning)
    if size < low:
        return Judgement("memory-window", about, Verdict.PASS, f"{used}, below the usual {window}: {_why_below(proof)}")
    if high is not None and size > high:
        return Judgement(
            "memory-window", about, Verdict.PASS, f"{used}, above the usual {window} and below the warning"
        )
    return Judgement("memory-window", about, Verdict.PASS, f"{used}, within {window}")


def _why_below(proof: Proof) -> str:
    if proof.window and proof.window.pretouched:
        return "AlwaysPreTouch is set, so the heap should be resident: is this the JVM that was meant?"
    return "a heap that nothing has touched is not resident (no AlwaysPreTouch), so this is ordinary after a start"

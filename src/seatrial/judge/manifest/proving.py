"""How the change will be proved: scripts that prove nothing, and a plan that asks too little or the wrong thing (V1-V3, V6, M11)."""

import re
from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.case import Case, finding
from seatrial.judge.manifest.replacing import scripts
from seatrial.jvm.sizes import readable_size
from seatrial.model.findings import Finding, Severity, Spot

_EXEC = re.compile(
    r"\bkubectl\b[^\n|;&]*\bexec\b[^\n|;&]*\b(?:deploy|deployments?|sts|statefulsets?|rs|svc|services?)/"
)
_EVENTS = re.compile(r"\bkubectl\b[^\n|;&]*\bevents?\b[^\n]*OOM", re.IGNORECASE)
_STATUS = re.compile(r"\bkubectl\b[^\n|;&]*\bapply\b[^\n]*(?:\n|;|&&)\s*kubectl\b[^\n|;&]*\brollout\s+status\b")


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, source, what_to_do)


@rule(
    _card(
        "exec-names-pods",
        "scripts among the manifests with `kubectl exec deployment/...`",
        "warn: kubectl takes the first pod and its first container; the others are never looked at, and "
        "after a rollout it may be an old one.",
        "V1; kubectl exec --help",
        "Go through the pods of the newest ReplicaSet, and name the container.",
    )
)
def exec_names_pods(case: Case) -> Iterator[Finding]:
    """One pod is not all pods."""
    for about, spot, text in scripts(case):
        if _EXEC.search(text):
            because = (
                "`kubectl exec` into a workload takes its first pod and first container: the others are not looked at"
            )
            yield finding("exec-names-pods", Severity.WARN, about, spot, because)


@rule(
    _card(
        "events-prove-nothing",
        "scripts that look for OOM in events",
        "warn: the kubelet writes no event when a container is killed for its memory; an empty answer is no "
        "information.",
        "V2; kubernetes#69676",
        "Read lastState.terminated of every container of every pod.",
    )
)
def events_prove_nothing(case: Case) -> Iterator[Finding]:
    """No event, no proof."""
    for about, spot, text in scripts(case):
        if _EVENTS.search(text):
            because = "no event is written when a container is killed for its memory: an empty answer proves nothing"
            yield finding("events-prove-nothing", Severity.WARN, about, spot, because)


@rule(
    _card(
        "status-after-apply",
        "scripts with `kubectl rollout status` right after `kubectl apply`",
        "warn: when the apply changed nothing in the pod template it says success at once, and it may look "
        "before the controller did.",
        "V3, V4; compare status.observedGeneration with metadata.generation",
        "Compare the generation before and after.",
    )
)
def status_after_apply(case: Case) -> Iterator[Finding]:
    """Success without a rollout."""
    for about, spot, text in scripts(case):
        if _STATUS.search(text):
            because = "`rollout status` right after `apply` says success at once when the pod template did not change"
            yield finding("status-after-apply", Severity.WARN, about, spot, because)


@rule(
    _card(
        "proof-sees-load",
        "the plan's soak and criteria",
        "info when the soak is shorter than 10 min, or out-of-memory is not among the criteria of a plan "
        "that changes the heap: memory is "
        "only judged under load, and over hours.",
        "V6; memory fills as the program works",
        "soak: {for: 1h, every: 10m}; accept: out-of-memory by 24h.",
    )
)
def proof_sees_load(case: Case) -> Iterator[Finding]:
    """A minute proves little."""
    if case.plan is None or not case.plan.expect.jvm_flags:
        return
    about = f"plan/{case.plan.name}"
    if case.plan.soak.lasts_s < 600:
        because = (
            f"the soak lasts {case.plan.soak.lasts_s:.0f} s: memory fills under load, over hours; a short watch "
            "proves little"
        )
        yield finding("proof-sees-load", Severity.INFO, about, Spot(None, ("spec", "soak")), because)
    asked = {subject for one in case.plan.accept for subject in one.that}
    if "out-of-memory" not in asked:
        because = "no criterion asks for out-of-memory, and the plan sets the heap"
        yield finding("proof-sees-load", Severity.INFO, about, Spot(None, ("spec", "accept")), because)


@rule(
    _card(
        "memory-expected",
        "the plan's `memory.usual`, -Xms and AlwaysPreTouch",
        "info when the lower end expects the initial heap to be resident at once: without AlwaysPreTouch it "
        "is reserved only, and a healthy pod "
        "is below it for hours.",
        "M11; measured: -Xms3072m is 56 MB resident right after the start",
        "Leave `usual` out (it is computed), or give AlwaysPreTouch.",
    )
)
def memory_expected(case: Case) -> Iterator[Finding]:
    """Reserved is not resident."""
    workload = case.planned()
    low = case.plan.expect.memory.usual_low_bytes if case.plan else None
    for container in workload.jvms() if workload and low else ():
        first = container.value("InitialHeapSize")
        if low and first.isdecimal() and low >= int(first) * 0.9 and container.value("AlwaysPreTouch") != "true":
            because = (
                f"at least {readable_size(low)} is expected, but without AlwaysPreTouch a fresh JVM with -Xms of "
                f"{readable_size(int(first))} is at some 100 MiB"
            )
            spot = Spot(None, ("spec", "expect", "memory", "usual"))
            yield finding("memory-expected", Severity.INFO, workload.about if workload else "", spot, because)


RULES = (exec_names_pods, events_prove_nothing, status_after_apply, proof_sees_load, memory_expected)

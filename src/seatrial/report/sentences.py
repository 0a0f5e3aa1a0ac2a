"""One sentence for each kind of entry: the same words on the terminal, in the log and in every report."""

from seatrial.lifecycle import Phase
from seatrial.model import events as e
from seatrial.model.events import AnyEvent
from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.figures import count, lasting, memory, once, short_digest
from seatrial.report.parts import Tone

PHASE_LABELS: dict[Phase, str] = {
    Phase.READY: "apply",
    Phase.APPLYING: "apply",
    Phase.WATCHING: "rollout",
    Phase.PROVING: "proof",
    Phase.SOAKING: "soak",
    Phase.ACCEPTING: "accept",
    Phase.ROLLING_BACK: "rollback",
    Phase.VERIFYING: "verify",
    Phase.UNCHANGED: "unchanged",
    Phase.ROLLED_BACK: "rolled back",
    Phase.NEEDS_PERSON: "failed",
}
"""A short word for a phase whose own name is long; nine letters at most for phases that log lines come from."""

NO_PERSON = ("plan", "the plan")
"""Who decides without being anybody."""

VERDICT_TONES: dict[Verdict, Tone] = {
    Verdict.PASS: Tone.GOOD,
    Verdict.WAIT: Tone.CALM,
    Verdict.HOLD: Tone.WARY,
    Verdict.UNKNOWN: Tone.WARY,
    Verdict.FAIL: Tone.BAD,
}


def phase_label(phase: Phase) -> str:
    """A phase in one short word."""
    return PHASE_LABELS.get(phase, phase.value)


def sentence(event: AnyEvent, intended: e.WriteIntended | None = None) -> str:
    """What the event says, in one plain sentence; empty where a person need not read it. intended: the write it answers."""
    return _before_change(event) or _after_change(event) or _end(event) or _note(event) or _write(event, intended)


def tone_of(event: AnyEvent) -> Tone:
    """How the event should look."""
    match event:
        case e.RolloutHealthy() | e.ProofGiven() | e.SoakEnded() | e.CriteriaMet() | e.CriterionMet():
            return Tone.GOOD
        case e.RollbackFailed() | e.RollbackDecided() | e.ApplyFailed() | e.WriteFailed():
            return Tone.BAD
        case e.Refused() | e.Asked() | e.Warned() | e.Blind() | e.Detached() | e.Interrupted():
            return Tone.WARY
        case e.RollbackVerified():
            return Tone.GOOD
        case _:
            return Tone.CALM


def judged_text(one: Judgement) -> str:
    """A judgement in one line: what it is about, unless the sentence says so, why, and how long it still waits."""
    left = "" if one.waits_s is None or one.verdict is Verdict.PASS else lasting(one.waits_s)
    wait = f"; {left} left" if left and left not in one.because else ""
    return f"{judged_because(one)}{wait}"


def judged_because(one: Judgement) -> str:
    """What a judgement is about, and why; its waiting time is shown by other means."""
    name = "" if not one.about or one.about in one.because else f"{one.about}: "
    warning = f" (warning: {one.warning})" if one.warning else ""
    return f"{name}{one.because}{warning}"


def sampled_text(sample: e.Sampled) -> str:
    """A look in one line: `2 of 2 pods ready, 0 restarts, 353Mi to 389Mi, HPA 2 (12%/70%)`."""
    new = [pod for pod in sample.pods if pod.new]
    sizes = [pod.memory_bytes for pod in new if pod.memory_bytes is not None]
    span = "" if not sizes else memory(min(sizes))
    if sizes and memory(max(sizes)) != span:
        span += f" to {memory(max(sizes))}"
    hpa = "" if sample.hpa_replicas is None else f"HPA {sample.hpa_replicas}"
    hpa += f" ({sample.hpa_targets})" if hpa and sample.hpa_targets else ""
    restarts = count(sum(pod.restarts for pod in new), "restart")
    ready = f"{sample.ready} of {count(sample.replicas, 'pod')} ready"
    return ", ".join(part for part in (ready, restarts, span, hpa) if part)


def _before_change(event: AnyEvent) -> str:
    match event:
        case e.PreflightPassed():
            return "nothing stands in the way"
        case e.Refused():
            return f"refused before the first change: {event.because}"
        case e.BaselineTaken():
            kept = count(len(event.digests), "object")
            return f"the state before is recorded: {event.serving} of {count(event.replicas, 'pod')} serve, {kept} kept"
        case e.ChangeFound():
            stamps = f", to reach the pods: {', '.join(event.stamps)}" if event.stamps else ""
            return (
                f"the change: {', '.join(event.objects) or 'no objects'}{stamps} (digest {short_digest(event.digest)})"
            )
        case e.NothingToChange():
            return "nothing to do: the cluster already has what the manifests say"
        case e.ChangeApproved():
            return f"approved by {event.by} (digest {short_digest(event.digest)})"
        case e.Interrupted():
            return f"interrupted before the first change ({event.signal})"
        case _:
            return ""


def _after_change(event: AnyEvent) -> str:
    match event:
        case e.ApplyStarted():
            return "the apply begins; from here on a rollback is owed"
        case e.ApplyFinished():
            return "every object was accepted by the API server"
        case e.ApplyFailed():
            return f"the apply failed: {event.because}"
        case e.RolloutHealthy():
            return f"rolled out: {once(event.because)}"
        case e.ProofGiven():
            return "proved: every pod does what the plan says"
        case e.SoakEnded():
            return f"the soak ended after {count(event.looks, 'look')} without a reason to go back"
        case e.CriteriaMet():
            return "every acceptance criterion was seen"
        case e.WentOn():
            return f"goes on: {event.because}{_by(event.by, event.because)}"
        case _:
            return ""


def _end(event: AnyEvent) -> str:
    match event:
        case e.RollbackDecided():
            return f"going back: {event.because}{_by(event.by, event.because)}"
        case e.RollbackApplied():
            return "the recorded state was sent and accepted"
        case e.RollbackVerified():
            return f"the rollback is verified: {once(event.because)}"
        case e.RollbackFailed():
            return f"the rollback failed, a person is needed now: {event.because}"
        case e.Superseded():
            return f"superseded: {event.because}"
        case e.Kept():
            return f"kept as it is by {event.by}: {event.because}"
        case _:
            return ""


def _note(event: AnyEvent) -> str:
    match event:
        case e.RunStarted():
            return f"run {event.run_id} of plan {event.plan}: {event.workload} in namespace {event.namespace}"
        case e.Pinned():
            pinned = event.identity
            return f"cluster {pinned.context or pinned.server} at {pinned.server}, Kubernetes {pinned.version}"
        case e.Resumed():
            gone = f", unwatched for {lasting(event.blind_s)}" if event.blind_s > 0 else ""
            return f"taken over by {event.user} on {event.host}{gone}"
        case e.Detached():
            return f"detached ({event.signal}); still owed: {event.owed}"
        case e.Milestone():
            return event.text
        case e.JvmSeen():
            return _jvm(event)
        case e.Sampled():
            return sampled_text(event)
        case e.Blind():
            return f"nothing was seen for {lasting(event.lasted_s)}: {event.because}"
        case _:
            return _person(event)


def _person(event: AnyEvent) -> str:
    match event:
        case e.Asked():
            return f"asked: {event.question} (unanswered after {lasting(event.answer_within_s)}: {event.fallback})"
        case e.Lifted():
            return f"the question is lifted: {event.because}"
        case e.Answered():
            return f"{event.by} says {event.word}" + (f": {event.because}" if event.because else "")
        case e.Warned():
            return event.text
        case e.EvidenceTaken():
            missing = f", not to be had: {', '.join(gap.what for gap in event.missing)}" if event.missing else ""
            return f"evidence kept: {count(len(event.files), 'file')}{missing}"
        case e.CriterionMet():
            return f"criterion met: {event.subject} (due by {lasting(event.by_s)}): {event.because}"
        case e.Compared():
            changed = sum(1 for _point, before, after in event.points if before != after)
            return f"before and after compared: {changed} of {count(len(event.points), 'point')} changed"
        case _:
            return ""


def _write(event: AnyEvent, intended: e.WriteIntended | None) -> str:
    name = str(intended.ref) if intended else "an object"
    match event:
        case e.WriteDone() if intended and intended.verb == "adopt":
            return f"{name} adopted: its fields change owner, no value changes"
        case e.WriteDone():
            return f"{name} {event.word}"
        case e.LeftAlone():
            return f"{event.ref} unchanged"
        case e.WriteFailed():
            return f"{name} {'refused' if event.known else 'sent, the answer was lost'}: {event.because}"
        case _:
            return ""


def _jvm(seen: e.JvmSeen) -> str:
    wrong = [
        f"{flag.name} is {flag.effective or 'absent'}, not {flag.specified}" for flag in seen.flags if not flag.agrees
    ]
    heap = f", heap up to {memory(seen.heap_max_bytes)}" if seen.heap_max_bytes is not None else ""
    flags = "; ".join(wrong) if wrong else f"{count(len(seen.flags), 'flag')} as specified"
    return f"{seen.pod}: JVM {seen.version}, {seen.collector}{heap}; {flags} (from {seen.source})"


def _by(who: str, because: str) -> str:
    """Who decided, where that was a person whom the reason does not name."""
    return f" (said {who})" if who and who not in (*NO_PERSON, because) and who not in because else ""

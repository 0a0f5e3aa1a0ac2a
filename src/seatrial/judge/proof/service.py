"""The service as others see it: its pods, its health, its errors, and the events about it."""

from collections.abc import Iterator

import msgspec

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import (
    about_pod,
    age_s,
    clean,
    events_by_pod,
    events_of,
    fleet,
    is_ready,
    is_warning,
    restarts,
    times_seen,
)
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import KubeEvent, Pod
from seatrial.model.observation import CouldNotLook, HttpAnswer
from seatrial.model.plan import Health, Plan
from seatrial.model.proof import HealthAnswer, Proof, ServedCount
from seatrial.model.quantities import say_s

HTTP_OK = 200
ERRORS_MIN = 2
STILL_S = 60.0
BODY_SHOWN = 200
NO_ENDPOINTS = "no endpoints available"


@rule(
    RuleCard(
        "pods-ready",
        "proof",
        "every pod of the newest ReplicaSet: Ready, and its age; the live spec, and the plan's floor",
        "PASS when all are Ready and no fewer than the live spec and the plan ask for; WAIT otherwise: the rollout's "
        "rules say why, and for how "
        "long. PASS with a warning for a pod that is older than the apply.",
        "the runbook, 4.1 and 4.2",
        "See the rules of the rollout.",
        subject="pods",
    )
)
def pods_ready(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """All of them, not most."""
    about = f"{plan.target.kind}/{plan.target.name}"
    gap = proof.look.is_blind_for("pods") or proof.look.is_blind_for("deployment")
    deployment, seen = proof.look.deployment, fleet(proof.look)
    if gap or deployment is None:
        because = f"{gap.what} could not be read: {clean(gap.because)}" if gap else "the workload is not there"
        yield Judgement("pods-ready", about, Verdict.UNKNOWN, because)
        return
    ready = sum(map(is_ready, seen.new))
    wanted = max(deployment.spec.replicas, plan.expect.pods_ready or 0)
    if ready < wanted or ready < len(seen.new):
        yield Judgement(
            "pods-ready", about, Verdict.WAIT, f"{ready} of {max(wanted, len(seen.new))} new pods are Ready"
        )
        return
    older = [pod.metadata.name for pod in seen.new if _is_older(proof, pod)]
    warning = f"older than the apply: {', '.join(older)}" if older else ""
    because = f"{ready} of {wanted} new pods are Ready, the youngest for {_youngest(proof, seen.new)}"
    yield Judgement("pods-ready", about, Verdict.PASS, because, warning=warning)


def _is_older(proof: Proof, pod: Pod) -> bool:
    created = pod.metadata.creation_timestamp
    return proof.applied_at is not None and created is not None and created < proof.applied_at.replace(microsecond=0)


def _youngest(proof: Proof, pods: tuple[Pod, ...]) -> str:
    ages = [age_s(proof.at, pod.metadata.creation_timestamp) for pod in pods]
    return say_s(min(ages, default=0.0))


@rule(
    RuleCard(
        "restarts-allowed",
        "proof",
        "the restart counts of the new pods that were made after the apply",
        "FAIL when a pod restarted more often than the plan's `pods.restarts`: a person is asked, nothing is rolled "
        "back for it.",
        "the runbook, 5.2; D39",
        "Read the previous container's log: kubectl logs --previous.",
        subject="restarts",
    )
)
def restarts_allowed(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """RESTARTS: 0."""
    if proof.look.is_blind_for("pods"):
        yield Judgement("restarts-allowed", "pods", Verdict.UNKNOWN, "the pods could not be read")
        return
    counted = [pod for pod in fleet(proof.look).new if not _is_older(proof, pod)]
    over = [pod for pod in counted if restarts(pod) > plan.expect.restarts_max]
    for pod in over:
        because = f"{restarts(pod)} restart(s), the plan allows {plan.expect.restarts_max}"
        yield Judgement("restarts-allowed", about_pod(pod), Verdict.FAIL, because, next_step="kubectl logs --previous")
    if counted and not over:
        yield Judgement(
            "restarts-allowed",
            "pods",
            Verdict.PASS,
            f"{sum(map(restarts, counted))} restarts in {len(counted)} new pods",
        )


@rule(
    RuleCard(
        "health-of-pods",
        "proof",
        "the health endpoint of every new pod, asked through the API server's proxy",
        "PASS when each answers 200 with the plan's status; FAIL when one answers something else; UNKNOWN when it "
        "could not be asked (the proxy "
        "itself answered: a NetworkPolicy, or nobody listens on that port).",
        "the runbook, 5.3",
        "Ask it in the pod; `components` in the answer names what is down.",
        subject="health",
    )
)
def health_of_pods(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """Each pod for itself."""
    if plan.expect.health is None:
        return
    seen = {one.who: one for one in proof.health if not one.through_service}
    for pod in fleet(proof.look).new:
        found = seen.get(pod.metadata.name)
        if found is None:
            yield Judgement("health-of-pods", about_pod(pod), Verdict.UNKNOWN, "it was not asked for its health")
        else:
            yield _healthy("health-of-pods", about_pod(pod), found, plan.expect.health)


@rule(
    RuleCard(
        "health-through-service",
        "proof",
        "the health endpoint through the Service, asked through the API server's proxy",
        "PASS when it answers 200 with the plan's status; FAIL when it answers something else, or leads to no Ready "
        "pod; UNKNOWN when it could not be asked.",
        "the runbook, 4.8",
        "kubectl get endpoints; does the Service's port lead to the pods?",
        subject="health",
    )
)
def health_through_service(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """The way that clients take."""
    if plan.expect.health is None:
        return
    for found in proof.health:
        if found.through_service:
            yield _healthy("health-through-service", f"service/{found.who}", found, plan.expect.health)


def _healthy(name: str, about: str, found: HealthAnswer, wanted: Health) -> Judgement:
    answer = found.answer
    asked = f":{wanted.port}{wanted.path}"
    if isinstance(answer, CouldNotLook):
        return Judgement(name, about, Verdict.UNKNOWN, f"{asked} could not be asked: {clean(answer.because)}")
    if answer.via_proxy_error:
        said = _status_message(answer.body)
        if NO_ENDPOINTS in said:
            step = "Do the Service's selector and port fit the pods? kubectl get endpoints"
            return Judgement(name, about, Verdict.FAIL, f"it leads to no Ready pod: {said}", next_step=step)
        step = "Does a NetworkPolicy keep the API server out, or does nobody listen there?"
        return Judgement(name, about, Verdict.UNKNOWN, f"{asked} was not reached: {said}", next_step=step)
    status, parts = _status(answer)
    if answer.status == HTTP_OK and status == wanted.status:
        return Judgement(name, about, Verdict.PASS, f"{asked} says {status} in {answer.elapsed_s * 1000:.0f} ms")
    down = f"; not {wanted.status}: {', '.join(parts)}" if parts else ""
    because = f"{asked} answers {answer.status} {status}{down}, expected 200 {wanted.status}"
    return Judgement(name, about, Verdict.FAIL, because, next_step="Ask it in the pod; look at what it depends on.")


def _status_message(body: bytes) -> str:
    """What the API server says of an answer that is its own."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = None
    message = told.get("message") if isinstance(told, dict) else None
    return clean(message if isinstance(message, str) else body.decode(errors="replace"))[:BODY_SHOWN]


def _status(answer: HttpAnswer) -> tuple[str, list[str]]:
    """The status that Spring's actuator gives, and the components that are not at it."""
    try:
        told = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return clean(answer.body[:BODY_SHOWN].decode(errors="replace")), []
    if not isinstance(told, dict):
        return clean(str(told))[:BODY_SHOWN], []
    status, parts = told.get("status"), told.get("components")
    named = parts.items() if isinstance(parts, dict) else ()
    down = [str(name) for name, one in named if isinstance(one, dict) and one.get("status") not in (status, "UP", None)]
    down += [str(name) for name, one in named if isinstance(one, dict) and one.get("status") == status != "UP"]
    return str(status), down


@rule(
    RuleCard(
        "server-errors",
        "proof",
        "how many answers of the service ended in 5xx, as a share of all, over the time that the plan's trigger names",
        "FAIL when the share is above the trigger's for its whole time; WAIT while it is above and the time is not "
        "over. PASS with a warning where "
        "nobody counts.",
        "the runbook, step 7: many 5xx",
        "Roll back; look at the log.",
        triggers=("server-errors",),
        subject="server-errors",
    )
)
def server_errors(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """Many answers are errors, for a lasting time."""
    trigger, about = plan.trigger("server-errors"), f"{plan.target.kind}/{plan.target.name}"
    if trigger is None:
        return
    counts = _since_reset(proof.served)
    if len(counts) < 2:
        warning = "nobody counts the service's answers yet, so server-errors can't be judged" if not counts else ""
        yield Judgement("server-errors", about, Verdict.PASS, "no share of errors to judge", warning=warning)
        return
    start = _start_of(counts, proof, trigger.lasting_s)
    requests, errors = counts[-1].requests - start.requests, counts[-1].errors - start.errors
    share = errors / requests if requests else 0.0
    lasts = (counts[-1].at - start.at).total_seconds()
    because = f"{errors} of {requests} answers in {say_s(lasts)} were 5xx ({share:.0%})"
    if errors < ERRORS_MIN or share <= (trigger.above or 0.0):
        yield Judgement("server-errors", about, Verdict.PASS, because)
    elif lasts < trigger.lasting_s:
        yield Judgement("server-errors", about, Verdict.WAIT, because, waits_s=trigger.lasting_s - lasts)
    else:
        yield Judgement("server-errors", about, Verdict.FAIL, because, next_step="Look at the log.")


def _since_reset(served: tuple[ServedCount, ...]) -> tuple[ServedCount, ...]:
    """Totals begin anew when the counter does."""
    for number in range(len(served) - 1, 0, -1):
        if served[number].requests < served[number - 1].requests:
            return served[number:]
    return served


def _start_of(counts: tuple[ServedCount, ...], proof: Proof, lasting_s: float) -> ServedCount:
    """The newest reading that is at least as old as the time that is asked for; else the oldest."""
    old_enough = [one for one in counts[:-1] if age_s(counts[-1].at, one.at) >= lasting_s]
    return old_enough[-1] if old_enough else counts[0]


@rule(
    RuleCard(
        "events-quiet",
        "proof",
        "Warning events about the new pods since the apply, grouped by their reason",
        "PASS; with a warning for reasons that were still seen in the last minute. UNKNOWN when the events could not "
        "be read.",
        "the runbook, 5.1; no event ever tells of an OOM kill by the kernel: out-of-memory looks at the containers "
        "instead",
        "kubectl get events",
        subject="events",
    )
)
def events_quiet(proof: Proof, plan: Plan) -> Iterator[Judgement]:
    """What Kubernetes itself complained about."""
    gap = proof.look.is_blind_for("events")
    if gap:
        yield Judgement(
            "events-quiet", "events", Verdict.UNKNOWN, f"the events could not be read: {clean(gap.because)}"
        )
        return
    found = events_by_pod(proof.look)
    warnings = [event for pod in fleet(proof.look).new for event in events_of(found, pod) if is_warning(event)]
    grouped = _grouped(warnings)
    lasting = sorted({event.reason for event in warnings if age_s(proof.at, event.last_seen) < STILL_S})
    because = (
        f"{sum(map(times_seen, warnings))} warnings about the new pods since the apply"
        if warnings
        else "no warning about the new pods"
    )
    warning = f"still coming: {', '.join(lasting)}" if lasting else ""
    yield Judgement("events-quiet", "events", Verdict.PASS, because, evidence=grouped, warning=warning)


def _grouped(events: list[KubeEvent]) -> tuple[str, ...]:
    reasons = sorted({event.reason for event in events})
    lines = []
    for reason in reasons[:8]:
        mine = [event for event in events if event.reason == reason]
        lines.append(f"{reason} x{sum(map(times_seen, mine))}: {clean(mine[-1].message)}")
    return tuple(lines)

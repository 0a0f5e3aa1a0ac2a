"""How many pods take traffic: the new ones' readiness, within a budget that their own probes give, and never fewer than before."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import (
    Role,
    Seat,
    about_pod,
    age_s,
    clean,
    condition,
    is_ready,
    of_container,
    ready_since,
    said,
    seats,
    times_seen,
)
from seatrial.judge.rollout.terms import Case, failed, holds, is_armed, new_endings, passed, unknown, waits
from seatrial.model.judgement import Judgement
from seatrial.model.kube import Pod, Probe, Terminated
from seatrial.model.plan import Graces
from seatrial.model.quantities import say_s

FALLS_TO_FLAP = 3
NEAR_S = 60.0
START_FAILURES = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PostStartHookError")


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "rollout", looks_at, says, source, what_to_do, triggers=("rollout-failed",), subject="pods")


@rule(
    _card(
        "readiness",
        "new pods that run and have never been Ready; their probes; the pod's readiness gates",
        "WAIT within a budget that is computed from the pod's own startup, liveness and readiness probes; then FAIL "
        "with the probe, "
        "its address and its last answer, or with the readiness gate that is missing.",
        "D42; kubectl and Helm wait for progressDeadlineSeconds instead",
        "Ask the probe's address in the pod; look at the log; give a slow start a startupProbe.",
    )
)
def readiness(case: Case) -> Iterator[Judgement]:
    """A pod that runs becomes Ready in the time that its probes allow."""
    for pod in case.fleet.new:
        if not is_ready(pod) and _all_run(pod) and fell_at(pod) is None:
            yield _gated(case, pod) or _unready(case, pod)


def _all_run(pod: Pod) -> bool:
    """Whether all mains run; those that ended have rules of their own."""
    mains = [seat for seat in seats(pod) if seat.role is Role.MAIN]
    return bool(mains) and all(seat.running_since for seat in mains)


def started_at(pod: Pod) -> datetime | None:
    """When the last of the mains started."""
    return max(
        (seat.running_since for seat in seats(pod) if seat.role is Role.MAIN and seat.running_since), default=None
    )


def fell_at(pod: Pod) -> datetime | None:
    """When a pod that had been Ready stopped being it: its condition changed after all containers had started."""
    since, started = ready_since(pod), started_at(pod)
    ready = condition(pod.status.conditions, "Ready")
    if ready is None or ready.status == "True" or since is None or started is None:
        return None
    return since if since > started + timedelta(seconds=1) else None


def readiness_budget_s(pod: Pod, graces: Graces) -> float:
    """How long the pod's own probes let a start take, and then a readiness probe, with a margin."""
    return max((_budget_s(seat, graces) for seat in seats(pod) if seat.role is not Role.INIT), default=0.0)


def _budget_s(seat: Seat, graces: Graces) -> float:
    spec = seat.spec
    start = spec.startup_probe or spec.liveness_probe
    start_s = probe_s(start) if start else graces.start_allowance_s
    return start_s + (probe_s(spec.readiness_probe) if spec.readiness_probe else 0.0) + graces.readiness_margin_s


def probe_s(probe: Probe) -> float:
    """How long a probe may fail before it counts."""
    return probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold + probe.timeout_seconds


def _gated(case: Case, pod: Pod) -> Judgement | None:
    contained = condition(pod.status.conditions, "ContainersReady")
    if contained is None or contained.status != "True" or not pod.spec.readiness_gates:
        return None
    missing = [gate.condition_type for gate in pod.spec.readiness_gates if not _holds(pod, gate.condition_type)]
    because = f"all containers are ready, the readiness gate {', '.join(missing) or '(unnamed)'} is not true"
    left = case.left_s(contained.last_transition_time, readiness_budget_s(pod, case.graces))
    if left > 0:
        return waits("readiness", about_pod(pod), because, left)
    return failed("readiness", about_pod(pod), because, (), "Look at the controller that sets this condition.")


def _holds(pod: Pod, kind: str) -> bool:
    found = condition(pod.status.conditions, kind)
    return found is not None and found.status == "True"


def _unready(case: Case, pod: Pod) -> Judgement:
    budget, since = readiness_budget_s(pod, case.graces), started_at(pod)
    left = case.left_s(since, budget)
    slow = next((seat for seat in seats(pod) if seat.status and not seat.status.ready and seat.role is Role.MAIN), None)
    about = slow.about if slow else about_pod(pod)
    ran = say_s(age_s(case.at, since))
    if left > 0:
        because = f"runs for {ran}, not Ready yet; its probes allow {say_s(budget)}"
        return waits("readiness", about, because, left, _probe_failures(case, pod))
    because = f"runs for {ran} and was never Ready; its probes allow {say_s(budget)}{_asked(slow)}"
    step = "Ask the probe's address in the pod, and look at its log."
    return failed("readiness", about, because, _probe_failures(case, pod), step)


def _asked(seat: Seat | None) -> str:
    probe = seat.spec.readiness_probe if seat else None
    if probe is None:
        return ""
    if probe.http_get:
        asked = probe.http_get
        host = seat.pod.status.pod_ip if seat else ""
        return f"; the readiness probe asks {asked.scheme.lower()}://{host}:{asked.port}{asked.path}"
    return "; the readiness probe is not an HTTP one"


def _probe_failures(case: Case, pod: Pod) -> tuple[str, ...]:
    failures = [event for event in case.events_of(pod) if event.reason == "Unhealthy"]
    return tuple(said(event) for event in failures[-3:])


@rule(
    _card(
        "availability",
        "new pods that were Ready and no longer are, without a restart",
        "WAIT up to the Deployment's progressDeadlineSeconds since the pod fell out, then FAIL: the controller's own "
        "deadline never "
        "fires again once it has said NewReplicaSetAvailable.",
        "D41; kubernetes#106054",
        "Look at the readiness probe's answer and at what the pod depends on.",
    )
)
def availability(case: Case) -> Iterator[Judgement]:
    """A deadline of our own for pods that stopped being Ready."""
    deployment = case.look.deployment
    deadline_s = float(deployment.spec.progress_deadline_seconds) if deployment else case.terms.timeout_s
    for pod in case.fleet.new:
        fell = fell_at(pod)
        if fell is None or not _all_run(pod):
            continue
        left = case.left_s(fell, deadline_s)
        because = f"was Ready and has not been for {say_s(age_s(case.at, fell))}"
        if left > 0:
            yield waits("availability", about_pod(pod), because, left, _probe_failures(case, pod))
        else:
            yield failed("availability", about_pod(pod), because, _probe_failures(case, pod))


@rule(
    _card(
        "pods-available",
        "status.availableReplicas and the Ready condition of every new pod",
        "WAIT while fewer new pods are Ready than the live spec asks for; PASS when all are.",
        "D05, D06",
        "Nothing; the rules of the pods say what is missing.",
    )
)
def pods_available(case: Case) -> Iterator[Judgement]:
    """Every pod of the newest ReplicaSet takes traffic, and the Deployment agrees."""
    deployment = case.look.deployment
    if deployment is None or case.look.is_blind_for("pods") or not case.fleet.knows_newest:
        return
    wanted, available = deployment.spec.replicas, deployment.status.available_replicas
    ready = sum(is_ready(pod) for pod in case.fleet.new)
    if wanted and not case.look.pods:
        return
    if len(case.fleet.new_names) < wanted <= min(available, deployment.status.updated_replicas):
        because = f"only {len(case.fleet.new_names)} of {wanted} new pods were seen, the Deployment counts {available} available"
        yield unknown("pods-available", case.about, because)
        return
    if ready < wanted or available < wanted:
        because = f"{ready} of {wanted} new pods are Ready, the Deployment counts {available} available"
        yield waits("pods-available", case.about, because, case.rest_of_timeout_s())
    else:
        yield passed("pods-available", case.about, f"{ready} of {wanted} new pods are Ready{_since(case)}")


def _since(case: Case) -> str:
    times = [since for pod in case.fleet.new if (since := ready_since(pod))]
    return f", the last for {say_s(age_s(case.at, max(times)))}" if times else ""


@rule(
    _card(
        "settled",
        "how long the new pods have been Ready, minReadySeconds, and whether they have a readiness probe",
        "WAIT until every new pod has been Ready for minReadySeconds; where a container has no readiness probe, "
        "Ready means only "
        "that it runs, so a settle time of 60 s takes its place.",
        "D07",
        "Give every container a readinessProbe.",
    )
)
def settled(case: Case) -> Iterator[Judgement]:
    """Ready for a moment is not yet serving."""
    deployment = case.look.deployment
    if deployment is None:
        return
    least = float(deployment.spec.min_ready_seconds)
    for pod in case.fleet.new:
        if not is_ready(pod):
            continue
        blind = [seat.spec.name for seat in seats(pod) if seat.role is Role.MAIN and seat.spec.readiness_probe is None]
        needed = max(least, case.graces.settle_s if blind else 0.0)
        left = case.left_s(ready_since(pod), needed)
        if left > 0:
            why = f"; {', '.join(blind)} has no readiness probe" if blind else ""
            because = f"Ready for {say_s(age_s(case.at, ready_since(pod)))} of {say_s(needed)}{why}"
            yield waits("settled", about_pod(pod), because, left)


@rule(
    _card(
        "flapping",
        "how often a new pod stopped being Ready, over several looks",
        "FAIL when it fell out of Ready three times in two minutes, even if the counts match for a moment.",
        "D33; the progress deadline is reset by each flap, so it may never fire",
        "Look at the readiness probe's timeout and at pauses of the JVM.",
    )
)
def flapping(case: Case) -> Iterator[Judgement]:
    """Ready, not Ready, Ready: that is no service."""
    oldest = case.at - timedelta(seconds=case.graces.flapping_window_s)
    for pod in case.fleet.new:
        falls = [fall for fall in case.sightings.falls_of(pod) if fall >= oldest]
        if len(falls) >= FALLS_TO_FLAP:
            because = f"stopped being Ready {len(falls)} times in {say_s(case.graces.flapping_window_s)}"
            yield failed("flapping", about_pod(pod), because, _probe_failures(case, pod))


@rule(
    _card(
        "probe-errors",
        "events of readiness probes that could not be run at all, on pods that are Ready",
        "HOLD: a probe that errors keeps the pod as it was, so this Ready proves nothing.",
        "kubernetes#74732",
        "Look at the probe's command and at the node's container runtime.",
    )
)
def probe_errors(case: Case) -> Iterator[Judgement]:
    """A probe that can't be run says nothing."""
    for pod in case.fleet.new:
        started = started_at(pod)
        errors = [event for event in case.events_of(pod) if "Readiness probe errored" in event.message]
        recent = [event for event in errors if _is_of_this_life(case, event.last_seen, started)]
        if is_ready(pod) and recent and times_seen(recent[-1]) > 1:
            because = "its readiness probe can't be run, so Ready says nothing"
            yield holds("probe-errors", about_pod(pod), because, (said(recent[-1]),))


def _is_of_this_life(case: Case, seen: datetime | None, started: datetime | None) -> bool:
    """A probe that meets a container on its way out errors too: that was the life before."""
    return seen is not None and age_s(case.at, seen) < case.graces.settle_s and (started is None or seen > started)


@rule(
    _card(
        "serving",
        "all pods that take traffic, new and old, against the number before the change less what the strategy may "
        "take away",
        "HOLD when fewer pods serve than that for a minute, or none at all; FAIL when none does and containers of "
        "the new environment are among "
        "those that are down; "
        "WAIT while it is only the old, ailing pod that is down.",
        "D26: an un-hashed Secret arms the old pod; both down is an outage, said at once",
        "Roll back, or bring the missing pods up by hand.",
    )
)
def serving(case: Case) -> Iterator[Judgement]:
    """Never fewer than before, whoever caused it."""
    before = case.terms.baseline_serving
    if not before or case.look.is_blind_for("pods") or case.look.deployment is None:
        return
    floor = min(before, case.replicas) - _may_be_away(case)
    every = (*case.fleet.new, *case.fleet.old)
    down = [pod for pod in every if not is_ready(pod)]
    serves = len(every) - len(down)
    if serves >= floor:
        return
    fallen = [pod for pod in case.fleet.old if pod in down]
    ended_new = any(is_armed(seat, case.terms) and _ended_new(case, seat) for pod in fallen for seat in seats(pod))
    ended_old = any(seat.endings and not new_endings(case, seat) for pod in fallen for seat in seats(pod))
    armed = any(is_armed(seat, case.terms) for pod in case.fleet.old for seat in seats(pod))
    because = f"{serves} pod(s) serve, {before} did before the change"
    left = case.left_s(max((since for pod in down if (since := ready_since(pod))), default=None), case.graces.settle_s)
    if serves == 0 and ended_new:
        yield failed("serving", case.about, f"{because}: the old pod is down on the new environment")
    elif ended_old or (case.fleet.old and not armed):
        yield waits("serving", case.about, f"{because}; an old pod is down: the problem being fixed", None)
    elif serves and left > 0:
        yield waits("serving", case.about, because, left)
    else:
        yield holds("serving", case.about, because, (), "Roll back, or bring the missing pods up.")


def _ended_new(case: Case, seat: Seat) -> bool:
    """Whether it failed on the new environment: it ended there, or can't even be created; one that only starts is on its way."""
    return bool(new_endings(case, seat)) or seat.waiting_reason in START_FAILURES


def _may_be_away(case: Case) -> int:
    deployment = case.look.deployment
    if deployment is None or deployment.spec.strategy.type == "Recreate":
        return case.terms.baseline_serving or 0
    return max_unavailable(case)


def max_unavailable(case: Case) -> int:
    """How many pods the strategy may take away: a share is rounded down (deployment_util.go ResolveFenceposts)."""
    deployment = case.look.deployment
    rolling = deployment.spec.strategy.rolling_update if deployment else None
    amount: int | str = rolling.max_unavailable if rolling else "25%"
    if isinstance(amount, int):
        return amount
    share = clean(amount).removesuffix("%")
    return int(share) * case.replicas // 100 if share.isdecimal() else 0


@rule(
    _card(
        "spread",
        "the nodes that the new pods run on",
        "PASS with a warning when all new pods share one node although there are others.",
        "a node's end would be the service's end",
        "Give the pod template a topologySpreadConstraint or an anti-affinity.",
    )
)
def spread(case: Case) -> Iterator[Judgement]:
    """Two pods on one node fall together."""
    nodes = {pod.spec.node_name for pod in case.fleet.new} - {""}
    if len(case.fleet.new) > 1 and len(nodes) == 1 and len(case.look.nodes) != 1 and all(map(is_ready, case.fleet.new)):
        because = f"all {len(case.fleet.new)} new pods are Ready"
        yield passed("spread", case.about, because, f"all {len(case.fleet.new)} run on the node {nodes.pop()}")


def probe_kills(case: Case, seat: Seat, end: Terminated) -> tuple[str, ...]:
    """The kubelet's events by which a probe ended this life of the container; none where it ended otherwise.

    The kubelet says so by Killing ("failed liveness probe, will be restarted"). Where that event is gone, a failed liveness or
    startup probe within a minute of the end stands for it.
    """
    about = [event for event in case.events_of(seat.pod) if of_container(event, seat.spec.name)]
    killed = any("failed liveness probe" in event.message or "failed startup probe" in event.message for event in about)
    failed_probes = [
        event for event in about if event.message.startswith(("Liveness probe failed", "Startup probe failed"))
    ]
    near = any(_is_near(event.last_seen, end.finished_at) for event in failed_probes)
    told = [
        event
        for event in about
        if event in failed_probes or "failed liveness probe" in event.message or "failed startup" in event.message
    ]
    return tuple(said(event) for event in told) if killed or near else ()


def _is_near(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs((one - other).total_seconds()) <= NEAR_S

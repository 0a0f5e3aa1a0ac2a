"""From a ReplicaSet to a pod on a node: pods that can't be made, can't be placed, can't be created, are evicted, or lose their node."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import (
    Role,
    about_pod,
    age_s,
    clean,
    condition,
    is_ready,
    is_warning,
    said,
    scheduled_at,
    seats,
)
from seatrial.judge.rollout.serving import max_unavailable
from seatrial.judge.rollout.terms import Case, failed, holds, passed, waits, was_completed
from seatrial.model.judgement import Judgement
from seatrial.model.kube import Condition, KubeEvent, Pod
from seatrial.model.quantities import say_s

CREATION_TROUBLE = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedMapVolume", "NetworkNotReady")
NOT_YET = ("", "ContainerCreating", "PodInitializing")
STORM_MIN = 4
DEATHS_COUNT_S = 3600.0


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "rollout", looks_at, says, source, what_to_do, triggers=("rollout-failed",), subject="pods")


@rule(
    _card(
        "replica-creation",
        "the condition ReplicaFailure of the newest ReplicaSet and of the Deployment",
        "WAIT 30 s, then FAIL with the message: quota, PodSecurity, an admission webhook, a missing service account. "
        "Over quota it waits "
        "longer only while old pods will be taken away and free some: with maxUnavailable rounded down to 0 they "
        "never will.",
        "D10",
        "Read the message: it names the quota, the policy or the webhook.",
    )
)
def replica_creation(case: Case) -> Iterator[Judgement]:
    """Pods that the API server does not let in."""
    failure = _creation_failure(case)
    if failure is None:
        return
    text = clean(failure.message)
    since = failure.last_transition_time or failure.last_update_time
    left = case.left_s(since, case.graces.replica_failure_s)
    if left > 0:
        yield waits("replica-creation", case.about, f"a pod was refused ({failure.reason})", left, (text,))
    elif _may_be_freed(case, text):
        because = "over quota, until an old pod goes and frees some"
        yield waits("replica-creation", case.about, because, case.rest_of_timeout_s(), (text,))
    else:
        because = f"pods are refused: {text}"
        yield failed("replica-creation", case.about, because, (text,), _step_for(text))


def _creation_failure(case: Case) -> Condition | None:
    newest, deployment = case.fleet.newest, case.look.deployment
    for conditions in (
        newest.status.conditions if newest else None,
        deployment.status.conditions if deployment else None,
    ):
        found = condition(conditions, "ReplicaFailure")
        if found and found.status == "True":
            return found
    return None


def _may_be_freed(case: Case, text: str) -> bool:
    old = case.fleet.old or case.fleet.old_going
    return "quota" in text and bool(old) and (bool(case.fleet.old_going) or max_unavailable(case) > 0)


def _step_for(text: str) -> str:
    if "quota" in text:
        return (
            "Raise the quota, lower the requests, or let the strategy take an old pod away first (maxUnavailable: 1)."
        )
    if "PodSecurity" in text:
        return "Give the pod the securityContext that the namespace's Pod Security level asks for."
    if "webhook" in text:
        return "Ask the owner of this admission webhook."
    return "The message names what is refused."


@rule(
    _card(
        "pod-scheduled",
        "the condition PodScheduled of new pods, and the scheduler's and the cluster autoscaler's events",
        "WAIT 3 min, then HOLD; HOLD at once when the cluster autoscaler says that it will not help, and for "
        "scheduling gates. FAIL "
        "only at the rollout's timeout: an autoscaler that said no has healed before. After the rollout, HOLD is all.",
        "D11, D12; gardener/autoscaler#67, knative/serving#15308, cluster-monitoring-operator PR 1322",
        "The message counts the nodes and says why each refuses.",
    )
)
def pod_scheduled(case: Case) -> Iterator[Judgement]:
    """A pod gets a node."""
    for pod in case.fleet.new:
        scheduled = condition(pod.status.conditions, "PodScheduled")
        if scheduled is None or scheduled.status != "False" or pod.spec.node_name:
            continue
        if scheduled.reason == "SchedulingGated":
            because = "a scheduling gate keeps it from being placed"
            yield holds("pod-scheduled", about_pod(pod), because, (clean(scheduled.message),), "Ask who set the gate.")
        else:
            yield _unplaced(case, pod, scheduled)


def _unplaced(case: Case, pod: Pod, scheduled: Condition) -> Judgement:
    since = scheduled.last_transition_time or pod.metadata.creation_timestamp
    lasts, text = age_s(case.at, since), clean(scheduled.message)
    because = f"no node takes it, for {say_s(lasts)}: {text}"
    no_help = [event for event in case.events_of(pod) if event.reason == "NotTriggerScaleUp"]
    evidence = (text, *(said(event) for event in no_help[-1:]))
    if lasts >= case.terms.timeout_s and not was_completed(case):
        return failed("pod-scheduled", about_pod(pod), because, evidence, "Make room, or lower the requests.")
    if no_help or lasts >= case.graces.unschedulable_hold_s:
        return holds(
            "pod-scheduled",
            about_pod(pod),
            because,
            evidence,
            "Make room, or wait for a node.",
            case.terms.timeout_s - lasts,
        )
    return waits("pod-scheduled", about_pod(pod), because, case.graces.unschedulable_hold_s - lasts, evidence)


@rule(
    _card(
        "container-creating",
        "new pods on a node whose containers are not made yet; the kubelet's events about volumes, sandbox and image "
        "pull",
        "WAIT 2 min; then HOLD with the event that says why. An image that is still being pulled is held too, and "
        "extended once.",
        "D13, D14, D15; the runbook's own decision point: ContainerCreating > 2 minutes",
        "FailedMount names the volume; FailedCreatePodSandBox the network; Pulling without Pulled is a large image "
        "or a slow registry.",
    )
)
def container_creating(case: Case) -> Iterator[Judgement]:
    """From the node to the first container."""
    for pod in case.fleet.new:
        since = _creating_since(case, pod)
        if since is None:
            continue
        lasts, stuck = age_s(case.at, since), case.graces.stuck_creating_s
        trouble = _creation_trouble(case, pod)
        if lasts < stuck:
            because = f"its containers are being created, for {say_s(lasts)}"
            yield waits("container-creating", about_pod(pod), because, stuck - lasts, tuple(map(said, trouble)))
        else:
            yield _stuck(case, pod, lasts, trouble)


def _creating_since(case: Case, pod: Pod) -> datetime | None:
    """Since when nothing of the pod is up: from its node, or from its last init container's end. None where something is."""
    every = list(seats(pod))
    scheduled = condition(pod.status.conditions, "PodScheduled")
    if scheduled and scheduled.status == "False":
        return None
    if any(seat.waiting_reason not in NOT_YET for seat in every):
        return None
    if any(seat.running_since or seat.restarts for seat in every if seat.role is not Role.SIDECAR):
        return None
    mains = [seat for seat in every if seat.role is Role.MAIN]
    if any(seat.endings for seat in mains) or not mains:
        return None
    ends = [end.finished_at for seat in every for end in seat.endings if end.finished_at]
    placed = scheduled_at(pod) or pod.metadata.creation_timestamp or case.at
    return max(*ends, placed) if ends else placed


def _creation_trouble(case: Case, pod: Pod) -> list[KubeEvent]:
    return [event for event in case.events_of(pod) if is_warning(event) and event.reason in CREATION_TROUBLE][-3:]


def _stuck(case: Case, pod: Pod, lasts: float, trouble: list[KubeEvent]) -> Judgement:
    about, stuck = about_pod(pod), case.graces.stuck_creating_s
    if trouble:
        because = f"ContainerCreating for {say_s(lasts)}: {clean(trouble[-1].message)}"
        return holds("container-creating", about, because, tuple(map(said, trouble)), f"kubectl describe {about}")
    pulling = _still_pulling(case, pod)
    if pulling:
        rest = max(0.0, 2 * stuck - lasts)
        because = f"image still pulling, for {say_s(age_s(case.at, pulling.last_seen))}"
        return holds(
            "container-creating", about, because, (said(pulling),), "A large image, or a slow registry.", rest or None
        )
    because = f"ContainerCreating for {say_s(lasts)}, and no event says why"
    if case.look.is_blind_for("events"):
        because = f"ContainerCreating for {say_s(lasts)}; its events could not be read"
    return holds("container-creating", about, because, (), f"kubectl describe {about}")


def _still_pulling(case: Case, pod: Pod) -> KubeEvent | None:
    """The last word about images is Pulling."""
    about = [event for event in case.events_of(pod) if event.reason in ("Pulling", "Pulled", "Failed")]
    return about[-1] if about and about[-1].reason == "Pulling" else None


@rule(
    _card(
        "evicted",
        "new pods that ended as pods: Evicted, Preempting, NodeShutdown, OutOfcpu, UnexpectedAdmissionError and the like",
        "WAIT for the replacement; once the replacements are Ready the dead ones no longer matter (PASS with a "
        "warning). FAIL in a storm: "
        "more than 3, or twice the replicas.",
        "D32; kubernetes#108152",
        "The pod's status.message says what the node ran out of.",
    )
)
def evicted(case: Case) -> Iterator[Judgement]:
    """Pods that the node did away with are replaced; a storm of them is a failure."""
    dead = [pod for pod in case.fleet.new_dead if _counts(case, pod)]
    if not dead:
        return
    evidence = tuple(
        f"{about_pod(pod)} {pod.status.reason or 'Failed'}: {clean(pod.status.message)}" for pod in dead[-4:]
    )
    reasons = ", ".join(sorted({pod.status.reason or "Failed" for pod in dead}))
    if len(dead) >= STORM_MIN or len(dead) >= max(2 * case.replicas, 2):
        because = f"{len(dead)} new pods ended on their nodes ({reasons}): a storm"
        yield failed("evicted", case.about, because, evidence, "The messages say what the nodes lack.")
        return
    ready = sum(map(is_ready, case.fleet.new))
    if ready >= case.replicas:
        yield passed("evicted", case.about, "the replacements are Ready", f"{len(dead)} new pod(s) {reasons}", evidence)
    else:
        because = f"{len(dead)} new pod(s) {reasons}; waiting for the replacement"
        yield waits("evicted", case.about, because, case.rest_of_timeout_s(), evidence)


def _end_of(pod: Pod) -> str:
    return pod.status.reason or pod.status.phase


def _counts(case: Case, pod: Pod) -> bool:
    """Dead pods are kept for weeks: only those of this rollout count, or of the last hour where no apply is known."""
    created = pod.metadata.creation_timestamp
    since = case.terms.applied_at or case.at - timedelta(seconds=DEATHS_COUNT_S)
    return created is None or created >= since


@rule(
    _card(
        "node-lost",
        "the nodes of new pods, pods in phase Unknown, and events NodeNotReady",
        "HOLD: that is infrastructure, not the change.",
        "D34",
        "kubectl get nodes; pods are replaced after their toleration, 5 min by default.",
    )
)
def node_lost(case: Case) -> Iterator[Judgement]:
    """A pod whose node does not answer says nothing about the change."""
    for pod in case.fleet.new_lost:
        noticed = [event for event in case.events_of(pod) if event.reason == "NodeNotReady"]
        because = f"its node {pod.spec.node_name or '(unknown)'} does not answer: infrastructure, not the change"
        yield holds("node-lost", about_pod(pod), because, tuple(map(said, noticed[-1:])), "kubectl get nodes")

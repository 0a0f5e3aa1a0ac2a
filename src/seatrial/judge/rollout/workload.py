"""What the Deployment itself says: observed, paused, updated, old pods gone, deadlines."""

from collections.abc import Iterator
from datetime import datetime

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import NAMED_SET, about_pod, age_s, clean, condition, restarts, revision, seats
from seatrial.judge.rollout.terms import (
    Case,
    came_before,
    failed,
    holds,
    is_armed,
    judged_seats,
    passed,
    unknown,
    waits,
    was_completed,
)
from seatrial.model.judgement import Judgement
from seatrial.model.kube import Condition, Deployment, Pod
from seatrial.model.quantities import say_s

ROLLED_BACK = ("rollout-failed",)


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "rollout", looks_at, says, source, what_to_do, triggers=ROLLED_BACK, subject="pods")


@rule(
    _card(
        "pods-seen",
        "whether the workload, its ReplicaSets, its pods and its events could be read",
        "UNKNOWN where one of them could not be read or was not given: what was not seen never passes.",
        "D44; skaffold PR 4683 said OK without having seen the pods",
        "Look at the permissions and at the API server; a saved state needs the Deployment and its pods.",
    )
)
def pods_seen(case: Case) -> Iterator[Judgement]:
    """Without pods, or without their workload, nobody knows whether it is complete."""
    for gap in case.look.blind:
        yield unknown("pods-seen", case.about, f"{gap.what} could not be read: {clean(gap.because)}")
    deployment = case.look.deployment
    if deployment is None and not case.look.is_blind_for("deployment"):
        yield unknown(
            "pods-seen", case.about, "the workload is not there, so nobody knows how many pods there should be"
        )
    elif deployment and deployment.spec.replicas and not case.look.pods and deployment.status.replicas:
        because = f"the Deployment counts {deployment.status.replicas} pods, and none of them was seen"
        yield unknown(
            "pods-seen", case.about, because, "Save the pods too: kubectl get deploy,rs,pods,hpa,events -o yaml"
        )
    elif deployment and case.look.pods and not case.fleet.knows_newest and not _awaits_new_set(case):
        yield unknown("pods-seen", case.about, "which pods are new can't be told without the ReplicaSets")


@rule(
    _card(
        "spec-observed",
        "generation and status.observedGeneration of the Deployment",
        "WAIT until the Deployment controller has read the spec and begun the rollout; every other rule waits for it, because until then "
        "the whole "
        "status, conditions too, still tells of the rollout before.",
        "D01, D08; deployment_controller.go writes observedGeneration with the status",
        "Nothing for seconds. For minutes: look at kube-controller-manager.",
    )
)
def spec_observed(case: Case) -> Iterator[Judgement]:
    """Stale facts are no facts."""
    deployment = case.look.deployment
    if deployment is None:
        return
    if is_stale(deployment):
        because = (
            f"the controller has seen generation {deployment.status.observed_generation}, "
            f"the spec is at {deployment.metadata.generation}: the status still tells of the rollout before"
        )
        yield waits("spec-observed", case.about, because, case.rest_of_timeout_s())
    elif _has_only_scaled(case, deployment):
        because = f"the controller has not begun the rollout: its revision {case.terms.revision_left} is the one before"
        yield waits("spec-observed", case.about, because, case.rest_of_timeout_s())


def _has_only_scaled(case: Case, deployment: Deployment) -> bool:
    """Where replicas changed too, the controller scales the old ReplicaSet first, and notes the new generation with it
    (deployment_controller.go: isScalingEvent, sync): for a moment the old pods would pass for new ones."""
    left = case.terms.revision_left
    in_time = (case.rest_of_timeout_s() or 0) > 0
    return bool(left) and str(revision(deployment.metadata)) == left and not deployment.spec.paused and in_time


def is_stale(deployment: Deployment) -> bool:
    """Whether the status is older than the spec."""
    return deployment.status.observed_generation < deployment.metadata.generation


@rule(
    _card(
        "paused",
        "spec.paused of the Deployment",
        "HOLD while the workload is paused, whoever paused it: no pod will be replaced.",
        "D40",
        "kubectl rollout resume, or abort the run.",
    )
)
def paused(case: Case) -> Iterator[Judgement]:
    """A paused Deployment rolls nothing out."""
    if case.look.deployment and case.look.deployment.spec.paused:
        yield holds(
            "paused", case.about, "the Deployment is paused: no pod will be replaced", (), "kubectl rollout resume"
        )


@rule(
    _card(
        "replicas-updated",
        "spec.replicas (live: an autoscaler may change it) and status.updatedReplicas",
        "WAIT while fewer pods than asked for have the new template; PASS when all have. A plan's `ready` is a floor.",
        "D02, D06; kapp and kluctl never ask for updatedReplicas",
        "Nothing; what keeps a pod from starting is said by the rules of its containers.",
    )
)
def replicas_updated(case: Case) -> Iterator[Judgement]:
    """All pods have the new template."""
    deployment = case.look.deployment
    if deployment is None:
        return
    wanted, updated = deployment.spec.replicas, deployment.status.updated_replicas
    floor = case.terms.ready_floor or 0
    if updated < wanted:
        because = f"{updated} of {wanted} pods have the new template"
        yield waits("replicas-updated", case.about, because, case.rest_of_timeout_s())
    elif wanted < floor:
        because = f"the live Deployment asks for {wanted} pods, the plan expects at least {floor}"
        yield waits("replicas-updated", case.about, because, case.rest_of_timeout_s())
    else:
        more = f"; the plan's {floor} is a floor, the live spec rules" if floor and wanted > floor else ""
        yield passed("replicas-updated", case.about, f"{updated} of {wanted} pods have the new template{more}")


@rule(
    _card(
        "old-replicas-gone",
        "status.replicas against updatedReplicas, and the old pods that still terminate",
        "WAIT while old pods are there; when one terminates for longer than its grace period + 30 s, PASS with a "
        "warning.",
        "D03, D04; a deletionTimestamp already contains the grace period (kubernetes API conventions)",
        "A pod that does not go: kubectl describe pod; finalizers and a dead node are the usual reasons.",
    )
)
def old_replicas_gone(case: Case) -> Iterator[Judgement]:
    """No old pod is left."""
    deployment = case.look.deployment
    if deployment is None or deployment.status.updated_replicas < deployment.spec.replicas:
        return
    old = deployment.status.replicas - deployment.status.updated_replicas
    if old > 0:
        because = f"{old} pod(s) of the old ReplicaSet still there"
        yield waits("old-replicas-gone", case.about, because, case.rest_of_timeout_s())
        return
    going = case.fleet.old_going
    if not going:
        yield passed("old-replicas-gone", case.about, "no old pod is left")
    for pod in going:
        yield _goes(case, pod)


def _goes(case: Case, pod: Pod) -> Judgement:
    left = case.left_s(pod.metadata.deletion_timestamp, case.graces.terminating_s)
    left += max(0.0, -_past_s(case.at, pod.metadata.deletion_timestamp))
    if left > 0:
        return waits("old-replicas-gone", about_pod(pod), "the old pod is terminating", left)
    because = "the old pod should be gone and is still terminating"
    late = say_s(_past_s(case.at, pod.metadata.deletion_timestamp))
    return passed("old-replicas-gone", about_pod(pod), because, f"terminating {late} past its grace period")


def _past_s(at: datetime, then: datetime | None) -> float:
    return (at - then).total_seconds() if then else 0.0


@rule(
    _card(
        "progress-deadline",
        "the condition Progressing=False ProgressDeadlineExceeded",
        "FAIL when the Deployment controller itself gave up on this rollout. Ignored where it is stale: from before "
        "the apply, "
        "or about another ReplicaSet.",
        "D08, D09, D43; kubernaut#199",
        "The rules of the pods name the cause; without one: kubectl describe deployment.",
    )
)
def progress_deadline(case: Case) -> Iterator[Judgement]:
    """The controller's own deadline, if it is about this rollout."""
    deployment = case.look.deployment
    said = condition(deployment.status.conditions, "Progressing") if deployment else None
    if said is None or said.reason != "ProgressDeadlineExceeded" or _is_of_another_rollout(case, said):
        return
    because = "the Deployment has made no progress within its progressDeadlineSeconds"
    yield failed("progress-deadline", case.about, because, (clean(said.message),), "kubectl describe deployment")


def _is_of_another_rollout(case: Case, said: Condition) -> bool:
    deployment, newest = case.look.deployment, case.fleet.newest
    updated = said.last_update_time or said.last_transition_time
    if updated and case.terms.applied_at and updated < case.terms.applied_at:
        return True
    named = NAMED_SET.search(said.message)
    if named and newest and named[1] != newest.metadata.name:
        return True
    made = newest.metadata.creation_timestamp if newest else None
    if updated and made and updated < made:
        return True
    return deployment is not None and _is_complete(deployment)


def _is_complete(deployment: Deployment) -> bool:
    """As the Deployment controller counts it (deployment_util.go DeploymentComplete)."""
    status, wanted = deployment.status, deployment.spec.replicas
    return status.updated_replicas == status.replicas == status.available_replicas == wanted


@rule(
    _card(
        "rollout-time",
        "the time since the apply",
        "FAIL when the rollout is not complete within the plan's `rollout.timeout`. Once the controller has said "
        "NewReplicaSetAvailable "
        "of it, an autoscaler's later pods are no rollout.",
        "the plan; `kubectl rollout status --timeout` and `helm --wait` know nothing else",
        "See which rule still waits; give a slow start more time in the plan.",
    )
)
def rollout_time(case: Case) -> Iterator[Judgement]:
    """The plan's own limit."""
    deployment, applied = case.look.deployment, case.terms.applied_at
    if applied is None or deployment is None or deployment.spec.paused:
        return
    took = age_s(case.at, applied)
    if took >= case.terms.timeout_s and not _is_complete(deployment) and not was_completed(case):
        status = deployment.status
        counts = (
            f"{status.updated_replicas} updated, {status.available_replicas} available of {deployment.spec.replicas}"
        )
        stuck = tuple(_where_it_stands(case))
        because = f"the rollout is not complete after {say_s(took)}: {'; '.join((counts, *stuck[:1]))}"
        yield failed("rollout-time", case.about, because, stuck)


def _where_it_stands(case: Case) -> Iterator[str]:
    """The containers that still wait for something, in the kubelet's words: the cause behind the time that is over."""
    for seat in judged_seats(case):
        if seat.waiting_reason:
            yield f"{seat.about} is {seat.waiting_reason}: {clean(seat.waiting_message)[:300]}".removesuffix(": ")


@rule(
    _card(
        "recreation",
        "a Deployment with strategy Recreate whose new ReplicaSet is not made yet, and the old pods that are still there",
        "WAIT while the old pods go; HOLD, naming the pod, when one blocks: evicted, or terminating past its grace "
        "period.",
        "D45; kubernetes#60162, #42571",
        "Delete the pod that blocks, when its process is surely gone.",
    )
)
def recreation(case: Case) -> Iterator[Judgement]:
    """Recreate makes no new pod until every old one is gone."""
    if not _awaits_new_set(case):
        return
    for pod in (*case.fleet.old_going, *case.fleet.old_dead, *case.fleet.old):
        left = case.left_s(pod.metadata.deletion_timestamp, case.graces.terminating_s)
        dead = pod in case.fleet.old_dead
        if dead or (pod.metadata.deletion_timestamp and left == 0):
            state = pod.status.reason or "Failed" if dead else "terminating for too long"
            because = f"this old pod ({state}) keeps the new ReplicaSet from being made"
            yield holds("recreation", about_pod(pod), because, (), f"kubectl delete pod {pod.metadata.name}")
        else:
            yield waits("recreation", about_pod(pod), "the old pod has to go before a new one is made", left or None)


def _awaits_new_set(case: Case) -> bool:
    deployment = case.look.deployment
    return deployment is not None and deployment.spec.strategy.type == "Recreate" and case.fleet.newest is None


@rule(
    _card(
        "old-pods",
        "crash loops and OOM kills of the old ReplicaSets' pods",
        "PASS: they are the problem that is being fixed and do not decide. Containers that started after a Secret or "
        "ConfigMap "
        "was written in place run the new environment, and are judged as new by the other rules.",
        "D26",
        "Nothing: the new pods replace them.",
    )
)
def old_pods(case: Case) -> Iterator[Judgement]:
    """What is wrong with the old pods is evidence for the change."""
    for pod in case.fleet.old:
        broken = [
            seat for seat in seats(pod) if seat.waiting_reason == "CrashLoopBackOff" or _was_oom_killed(seat.endings)
        ]
        if broken and not any(is_armed(seat, case.terms) for seat in broken):
            seat = broken[0]
            what = "is OOM-killed" if _was_oom_killed(seat.endings) else "is in a crash loop"
            because = f"the old pod {what} ({restarts(pod)} restarts): the problem being fixed"
            yield passed("old-pods", seat.about, because)
    for pod in case.fleet.new:
        if came_before(case, pod) and restarts(pod):
            yield passed("old-pods", about_pod(pod), f"{restarts(pod)} restarts, counted since before the change")


def _was_oom_killed(endings: tuple[object, ...]) -> bool:
    return any(getattr(end, "reason", "") == "OOMKilled" for end in endings)

"""The cluster before the change: nodes, room for the surge, the pods as they are, metrics, and no autoscaler yet."""

from collections.abc import Iterator
from datetime import timedelta

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import (
    about_pod,
    age_s,
    clean,
    condition,
    fleet,
    is_ready,
    restarts,
    seats,
)
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import Container, Deployment, Hpa, Node, Pod, PodSpec
from seatrial.model.observation import CouldNotLook
from seatrial.model.plan import Plan
from seatrial.model.preflight import Preflight
from seatrial.model.quantities import in_bytes, in_millicores, say_bytes

FRESH_S = 120.0
"""metrics-server scrapes every 15 s and a window is 10-30 s long: two minutes are several missed scrapes."""

Room = tuple[int, int]
"""Millicores and bytes."""


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "environment", looks_at, says, source, what_to_do)


def _could_not(name: str, about: str, gap: CouldNotLook) -> Judgement:
    """Not allowed to look: a person may know better. Not able to look: nobody knows."""
    verdict = Verdict.HOLD if gap.forbidden else Verdict.UNKNOWN
    return Judgement(name, about, verdict, f"{gap.what} could not be read: {clean(gap.because)}")


def _is_usable(node: Node) -> bool:
    ready = condition(node.status.conditions, "Ready")
    return ready is not None and ready.status == "True" and not node.spec.unschedulable


@rule(
    _card(
        "nodes-ready",
        "the Ready condition of every node, and whether it takes pods",
        "FAIL when no node is ready; PASS with a warning when some are not. HOLD when we may not look at nodes.",
        "the runbook, 1.3",
        "kubectl get nodes",
    )
)
def nodes_ready(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """Somewhere to run."""
    if isinstance(facts.nodes, CouldNotLook):
        yield _could_not("nodes-ready", "nodes", facts.nodes)
        return
    usable = [node for node in facts.nodes if _is_usable(node)]
    others = [node.metadata.name for node in facts.nodes if not _is_usable(node)]
    because = f"{len(usable)} of {len(facts.nodes)} nodes are ready and take pods"
    if not usable:
        yield Judgement("nodes-ready", "nodes", Verdict.FAIL, because, next_step="kubectl get nodes")
    else:
        warning = f"not ready, or cordoned: {', '.join(others[:8])}" if others else ""
        yield Judgement("nodes-ready", "nodes", Verdict.PASS, because, warning=warning)


@rule(
    _card(
        "pods-running",
        "the workload's pods before the change, and the number that the plan expects",
        "PASS when all are Running and Ready. A pod that is being OOM-killed is evidence for the change: PASS with a warning. "
        "Anything else that is not Running, or another number than planned: HOLD. UNKNOWN when the pods could not be read.",
        "the runbook, 1.4 and its decision point",
        "Look at the pods first: kubectl describe pod.",
    )
)
def pods_running(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """The state before is understood."""
    about = f"{plan.target.kind}/{plan.target.name}"
    for gap in (facts.look.is_blind_for("deployment"), facts.look.is_blind_for("pods")):
        if gap:
            yield Judgement(
                "pods-running", about, Verdict.UNKNOWN, f"{gap.what} could not be read: {clean(gap.because)}"
            )
            return
    if facts.look.deployment is None:
        yield Judgement(
            "pods-running",
            about,
            Verdict.HOLD,
            "the workload is not there: there is nothing to compare with or go back to",
        )
        return
    seen = fleet(facts.look)
    pods = (*seen.new, *seen.old, *seen.new_lost)
    planned = plan.expect.before_pods
    if planned is not None and len(pods) != planned:
        yield Judgement(
            "pods-running", about, Verdict.HOLD, f"{len(pods)} pod(s) run, the plan expects {planned} before the change"
        )
    odd = [judgement for pod in pods if (judgement := _oddity(pod))]
    yield from odd
    if not odd and (planned is None or len(pods) == planned):
        yield Judgement("pods-running", about, Verdict.PASS, f"{len(pods)} pod(s), all Running and Ready")


def _oddity(pod: Pod) -> Judgement | None:
    killed = [seat for seat in seats(pod) if any(end.reason == "OOMKilled" for end in seat.endings)]
    if killed:
        because = "it is being OOM-killed: evidence for the change, not a reason to stop"
        warning = f"{killed[0].spec.name} was OOM-killed; {restarts(pod)} restarts"
        return Judgement("pods-running", about_pod(pod), Verdict.PASS, because, warning=warning)
    if pod.status.phase == "Running" and is_ready(pod):
        return None
    reasons = [seat.waiting_reason for seat in seats(pod) if seat.waiting_reason]
    state = reasons[0] if reasons else f"{pod.status.phase or 'Pending'}, not Ready"
    return Judgement(
        "pods-running", about_pod(pod), Verdict.HOLD, f"it is {state}", next_step=f"kubectl describe {about_pod(pod)}"
    )


@rule(
    _card(
        "no-rollout-under-way",
        "generation, updatedReplicas and pause of the workload",
        "HOLD when another rollout is under way, or the workload is paused.",
        "two rollouts at once can't be told apart",
        "Wait for it, or find out whose it is.",
    )
)
def no_rollout_under_way(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """We are the only one who changes it."""
    deployment = facts.look.deployment
    if deployment is None:
        return
    about, status = f"{plan.target.kind}/{plan.target.name}", deployment.status
    if deployment.spec.paused:
        yield Judgement("no-rollout-under-way", about, Verdict.HOLD, "it is paused", next_step="kubectl rollout resume")
    elif status.observed_generation < deployment.metadata.generation or _is_rolling(deployment):
        counts = f"{status.updated_replicas} of {deployment.spec.replicas} pods updated, {status.replicas} in all"
        yield Judgement("no-rollout-under-way", about, Verdict.HOLD, f"a rollout is under way already: {counts}")
    else:
        yield Judgement("no-rollout-under-way", about, Verdict.PASS, "no other rollout is under way")


def _is_rolling(deployment: Deployment) -> bool:
    status = deployment.status
    return status.updated_replicas < deployment.spec.replicas or status.replicas > status.updated_replicas


@rule(
    _card(
        "surge-room",
        "the requests of the pods that run beside the old ones, against what the ready nodes have left",
        "PASS when they fit; HOLD when they do not, because a node may yet be added. With a warning where other pods' requests "
        "could not be read.",
        "maxSurge; the runbook's timeline has old and new pods side by side",
        "Make room, or let the strategy take an old pod away first.",
    )
)
def surge_room(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """The new pods fit beside the old ones."""
    deployment = facts.look.deployment
    if deployment is None or isinstance(facts.nodes, CouldNotLook):
        return
    about = f"{plan.target.kind}/{plan.target.name}"
    wanted = requests_of(deployment.spec.template.spec)
    extra = extra_pods(deployment, plan)
    if wanted == (0, 0):
        warning = "its containers request nothing, so nothing keeps a place for them"
        yield Judgement("surge-room", about, Verdict.PASS, "no request to find room for", warning=warning)
        return
    fits = sum(_places(node, wanted, facts) for node in facts.nodes if _is_usable(node))
    need = f"{extra} more pod(s) of {wanted[0]}m CPU and {say_bytes(wanted[1])} each"
    warning = "" if isinstance(facts.pods_on_nodes, tuple) else "other workloads' requests could not be counted"
    if fits < extra:
        because = f"{need} are needed for a time, the ready nodes have room for {fits}"
        yield Judgement(
            "surge-room", about, Verdict.HOLD, because, next_step="Make room, or wait for a node.", warning=warning
        )
    else:
        yield Judgement("surge-room", about, Verdict.PASS, f"{need} fit", warning=warning)


def extra_pods(deployment: Deployment, plan: Plan) -> int:
    """How many pods will run at most beside those that run now: the surge, and what the plan adds."""
    wanted = max(deployment.spec.replicas, plan.expect.pods_ready or 0)
    if deployment.spec.strategy.type == "Recreate":
        return max(0, wanted - deployment.spec.replicas)
    rolling = deployment.spec.strategy.rolling_update
    surge: int | str = rolling.max_surge if rolling else "25%"
    if isinstance(surge, str):
        share = int(surge.removesuffix("%")) if surge.removesuffix("%").isdecimal() else 25
        surge = -(-share * wanted // 100)
    return max(0, wanted + surge - deployment.status.replicas)


def requests_of(spec: PodSpec) -> Room:
    """What the scheduler counts for a pod: all containers, and sidecars, together; an init container alone if it is larger."""
    stay = [_asked(container) for container in spec.containers or ()]
    inits = spec.init_containers or ()
    stay += [_asked(container) for container in inits if container.restart_policy == "Always"]
    pass_by = [_asked(container) for container in inits if container.restart_policy != "Always"]
    cpu, memory = (max([sum(one[part] for one in stay), *(one[part] for one in pass_by)]) for part in (0, 1))
    return cpu, memory


def _asked(container: Container) -> Room:
    return _requests(container.resources.requests if container.resources else None)


def _requests(asked: dict[str, str | int | float] | None) -> Room:
    return in_millicores((asked or {}).get("cpu", 0)), in_bytes((asked or {}).get("memory", 0))


def _places(node: Node, wanted: Room, facts: Preflight) -> int:
    """How many such pods the node still takes."""
    others = facts.pods_on_nodes if isinstance(facts.pods_on_nodes, tuple) else facts.look.pods
    here = [
        pod
        for pod in others
        if pod.spec.node_name == node.metadata.name and pod.status.phase not in ("Succeeded", "Failed")
    ]
    cpu, memory = _requests(node.status.allocatable)
    taken = [requests_of(pod.spec) for pod in here]
    left = (cpu - sum(one[0] for one in taken), memory - sum(one[1] for one in taken))
    return min((max(0, have) // want for have, want in zip(left, wanted, strict=True) if want), default=0)


@rule(
    _card(
        "metrics-fresh",
        "the samples of metrics.k8s.io and their timestamps",
        "HOLD when the API does not answer, has no samples, or only ones older than two minutes: an autoscaler would be blind, "
        "and memory unproved. PASS with a warning where the plan needs neither.",
        "the runbook, 1.6 and its decision point",
        "kubectl get deployment metrics-server -n kube-system; kubectl top nodes",
    )
)
def metrics_fresh(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """The metrics API answers with samples of now."""
    because = _no_metrics(facts)
    if not because:
        yield Judgement(
            "metrics-fresh", "metrics.k8s.io", Verdict.PASS, "it answers with samples of the last two minutes"
        )
    elif plan.expect.autoscaler or plan.expect.memory.usual_high_bytes or plan.expect.memory.fail_above_bytes:
        step = "Repair metrics-server first: kubectl top nodes"
        yield Judgement("metrics-fresh", "metrics.k8s.io", Verdict.HOLD, because, next_step=step)
    else:
        yield Judgement(
            "metrics-fresh", "metrics.k8s.io", Verdict.PASS, "nothing in the plan needs it", warning=because
        )


def _no_metrics(facts: Preflight) -> str:
    samples = facts.node_metrics
    if (
        isinstance(samples, CouldNotLook)
        and samples.forbidden
        and isinstance(facts.pod_metrics, tuple)
        and facts.pod_metrics
    ):
        times = [one.timestamp for one in facts.pod_metrics if one.timestamp]
    elif isinstance(samples, CouldNotLook):
        return f"it does not answer: {clean(samples.because)}"
    else:
        times = [one.timestamp for one in samples if one.timestamp]
    if not times:
        return "it answers without a single sample"
    oldest_allowed = facts.at - timedelta(seconds=FRESH_S)
    return "" if max(times) >= oldest_allowed else f"its newest sample is {age_s(facts.at, max(times)):.0f} s old"


@rule(
    _card(
        "autoscaler-absent",
        "the namespace's autoscalers, where the plan says `before: absent`",
        "HOLD with its spec when one of that name, or one for this workload, is there already. UNKNOWN when they could not be read.",
        "the runbook, 1.7 and its decision point",
        "Look at it; delete it, or plan with `before: any`.",
    )
)
def autoscaler_absent(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """No autoscaler yet."""
    expected = plan.expect.autoscaler
    if expected is None or expected.before != "absent":
        return
    about = f"hpa/{expected.name}"
    if isinstance(facts.hpas, CouldNotLook):
        because = f"autoscalers could not be read: {clean(facts.hpas.because)}"
        yield Judgement("autoscaler-absent", about, Verdict.UNKNOWN, because)
        return
    there = [hpa for hpa in facts.hpas if hpa.metadata.name == expected.name or _scales(hpa, plan)]
    for hpa in there:
        spec = hpa.spec
        because = f"{hpa.metadata.name} is there already: min {spec.min_replicas}, max {spec.max_replicas}"
        step = "Look at it; delete it, or plan with `before: any`."
        yield Judgement("autoscaler-absent", about, Verdict.HOLD, because, next_step=step)
    if not there:
        yield Judgement("autoscaler-absent", about, Verdict.PASS, "there is none yet")


def _scales(hpa: Hpa, plan: Plan) -> bool:
    target = hpa.spec.scale_target_ref
    return target.kind.lower() == plan.target.kind.lower() and target.name == plan.target.name

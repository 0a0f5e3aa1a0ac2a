"""One moment of the rollout as people watch it: pods with their state, restarts and usage, and the timeline's words."""

from collections import Counter

from seatrial.judge.reading import fleet, is_ready
from seatrial.model.events import PodSeen, Sampled
from seatrial.model.kube import ContainerStatus, Hpa, HpaMetric, Pod, PodMetrics
from seatrial.model.observation import Look
from seatrial.model.quantities import in_bytes, in_millicores


def sample_of(look: Look, metrics: tuple[PodMetrics, ...]) -> Sampled:
    """Counts, pods and usage in one value."""
    new = {pod.metadata.uid for pod in fleet(look).new}
    usage = {one.metadata.name: one for one in metrics}
    status = look.deployment.status if look.deployment else None
    hpa = next(iter(hpas_of(look)), None)
    pods = sorted(look.pods, key=lambda pod: (pod.metadata.uid in new, pod.metadata.name))
    return Sampled(
        replicas=status.replicas if status else 0,
        updated=status.updated_replicas if status else 0,
        ready=status.ready_replicas if status else 0,
        pods=tuple(_pod_seen(pod, pod.metadata.uid in new, usage.get(pod.metadata.name)) for pod in pods),
        hpa_replicas=(hpa.status.desired_replicas or None) if hpa else None,
        hpa_targets=", ".join(_target(one, look) for one in (hpa.spec.metrics or ())) if hpa else "",
    )


def hpas_of(look: Look) -> tuple[Hpa, ...]:
    """The autoscalers that scale this workload."""
    name = look.deployment.metadata.name if look.deployment else ""
    return tuple(hpa for hpa in look.hpas if hpa.spec.scale_target_ref.name == name)


def selector_of(look: Look) -> str:
    """The workload's label selector as a query: `app=exchange-service`."""
    return str(look.deployment.spec.selector) if look.deployment else ""


def state_of(pod: Pod) -> str:
    """What kubectl prints as STATUS. Source: kubectl's printers, printPod."""
    if pod.metadata.deletion_timestamp:
        return "Terminating"
    for status in pod.status.init_container_statuses or ():
        if word := _init_word(status):
            return word
    words = [_container_word(status) for status in pod.status.container_statuses or ()]
    return next((word for word in words if word), pod.status.reason or pod.status.phase or "Pending")


def milestone(look: Look) -> str:
    """The timeline's line for a look, in the runbook's words: `1 old Running + 1 new ContainerCreating`."""
    new = {pod.metadata.uid for pod in fleet(look).new}
    parts: Counter[tuple[str, str]] = Counter()
    for pod in look.pods:
        age = "new" if pod.metadata.uid in new else "old"
        state = state_of(pod)
        parts[(age, f"{state}, Ready" if state == "Running" and is_ready(pod) else state)] += 1
    if not parts:
        return "no pods"
    return " + ".join(f"{count} {age} {state}" for (age, state), count in sorted(parts.items(), reverse=True))


def _pod_seen(pod: Pod, new: bool, usage: PodMetrics | None) -> PodSeen:
    containers = (usage.containers or ()) if usage else ()
    statuses = pod.status.container_statuses or ()
    return PodSeen(
        name=pod.metadata.name,
        new=new,
        ready=is_ready(pod),
        state=state_of(pod),
        restarts=sum(status.restart_count for status in statuses),
        node=pod.spec.node_name,
        memory_bytes=sum(in_bytes((one.usage or {}).get("memory", 0)) for one in containers) if usage else None,
        cpu_millicores=sum(in_millicores((one.usage or {}).get("cpu", 0)) for one in containers) if usage else None,
        started=pod.status.start_time,
    )


def _init_word(status: ContainerStatus) -> str:
    if status.state.waiting and status.state.waiting.reason not in ("", "PodInitializing"):
        return f"Init:{status.state.waiting.reason}"
    ended = status.state.terminated
    return f"Init:{ended.reason or ended.exit_code}" if ended and ended.exit_code else ""


def _container_word(status: ContainerStatus) -> str:
    if status.state.waiting and status.state.waiting.reason:
        return status.state.waiting.reason
    if status.state.terminated:
        return status.state.terminated.reason or f"ExitCode:{status.state.terminated.exit_code}"
    return ""


def _target(metric: HpaMetric, look: Look) -> str:
    """kubectl's TARGETS: `cpu: 30%/70%`, `<unknown>` where there is no current value."""
    wanted = metric.resource or metric.container_resource
    if wanted is None:
        return metric.type
    seen = "<unknown>"
    for hpa in hpas_of(look):
        for current in hpa.status.current_metrics or ():
            found = (current.resource or current.container_resource) if current else None
            if found and found.name == wanted.name and found.current.average_utilization is not None:
                seen = f"{found.current.average_utilization}%"
    goal = f"{wanted.target.average_utilization}%" if wanted.target.average_utilization is not None else "value"
    return f"{wanted.name}: {seen}/{goal}"

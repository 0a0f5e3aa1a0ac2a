"""Evidence: what a rollback would wipe out, saved beside the journal, secrets removed; what can't be had is named."""

import json

from seatrial.change.masking import Redactor
from seatrial.model.events import EvidenceTaken
from seatrial.model.kube import Pod
from seatrial.model.observation import CouldNotLook, LogTail, Look
from seatrial.model.plan import Plan
from seatrial.run.hiding import redactor_of
from seatrial.run.sampling import state_of
from seatrial.run.tools import Tools, workload_of

LOG_LINES = 500
PODS_MAX = 20


async def take_evidence(plan: Plan, tools: Tools) -> EvidenceTaken:
    """Pods, events, and every container's log with its previous one; in the order in which a rollback would destroy them."""
    look = await tools.reads.look(workload_of(plan))
    hide = redactor_of(tools)
    files = [
        tools.store.keep("pods.txt", hide.text(_pods_text(look)).encode()),
        tools.store.keep("events.txt", hide.text(_events_text(look)).encode()),
    ]
    missing = list(look.blind)
    for pod in look.pods[:PODS_MAX]:
        taken, lost = await _logs_of(plan, tools, pod, hide)
        files += taken
        missing += lost
    return EvidenceTaken(tuple(files), tuple(missing))


async def _logs_of(plan: Plan, tools: Tools, pod: Pod, hide: Redactor) -> tuple[list[str], list[CouldNotLook]]:
    files, missing = [], []
    name = pod.metadata.name
    for status in pod.status.container_statuses or ():
        reads = [("log", tools.reads.log)]
        if status.restart_count:
            reads.insert(0, ("previous.log", tools.reads.previous_log))
        for suffix, read in reads:
            tail = await read(plan.target.namespace, name, status.name, LOG_LINES)
            if isinstance(tail, LogTail):
                text = hide.text("\n".join(tail.lines) + "\n")
                files.append(tools.store.keep(f"{name}.{status.name}.{suffix}", text.encode()))
            else:
                missing.append(tail)
    return files, missing


def _pods_text(look: Look) -> str:
    rows = []
    for pod in look.pods:
        restarts = sum(status.restart_count for status in pod.status.container_statuses or ())
        ends = [
            f"{status.name} last ended: {end.reason} exit {end.exit_code} at {end.finished_at}"
            for status in pod.status.container_statuses or ()
            if (end := status.last_state.terminated or status.state.terminated)
        ]
        rows.append("  ".join([pod.metadata.name, state_of(pod), f"restarts {restarts}", pod.spec.node_name, *ends]))
    return "\n".join(rows) + "\n"


def _events_text(look: Look) -> str:
    events = sorted(look.events, key=lambda one: str(one.last_seen))
    lines = [
        json.dumps(
            [
                str(one.last_seen),
                one.type,
                one.reason,
                f"{one.involved_object.kind}/{one.involved_object.name}",
                one.message,
            ]
        )
        for one in events
    ]
    return "\n".join(lines) + "\n"

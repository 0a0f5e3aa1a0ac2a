"""Baseline: record what stands before the change, whole, so that it can be put back and compared."""

import asyncio

import msgspec

from seatrial.change.digest import body_digest
from seatrial.change.objects import ref_of
from seatrial.judge.baseline import Standing, standing_of
from seatrial.lifecycle import State
from seatrial.model.events import BaselineTaken, Interrupted, Refused, Sampled
from seatrial.model.kube import PodMetrics
from seatrial.model.observation import CouldNotLook, Look, ObjectRef
from seatrial.model.plan import Plan
from seatrial.model.writes import Body
from seatrial.run.asking import serving_pods
from seatrial.run.sampling import sample_of, selector_of
from seatrial.run.tools import Outcome, Tools, workload_of

ABSENT: Body = {"absent": True}
"""The record of an object that was not there: to go back means to delete it."""


async def baseline(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Seal every object that the change will touch; note pods, counts and usage."""
    refs = [ref_of(body) for body in rendered_bodies(tools)]
    bodies, look = await asyncio.gather(
        asyncio.gather(*(tools.reads.get(ref) for ref in refs)), tools.reads.look(workload_of(plan))
    )
    lost = [one.because for one in bodies if isinstance(one, CouldNotLook)] + [gap.because for gap in look.blind]
    if lost:
        return Refused(f"the state before the change can't be recorded: {'; '.join(lost)}")
    if tools.attention.signal:
        return Interrupted(tools.attention.signal)
    metrics = await tools.reads.pod_metrics(plan.target.namespace, selector_of(look))
    found = metrics if isinstance(metrics, tuple) else ()
    tools.journal.append(sample_of(look, found))
    digests = _seal(tools, refs, bodies)
    before = standing_of(look, found, digests)
    tools.store.seal("standing", {"json": msgspec.json.encode(before).decode()})
    _keep_look(tools, "before", look, found)
    replicas = look.deployment.spec.replicas if look.deployment else 0
    return BaselineTaken(serving_pods(look) or 0, replicas, digests)


def _seal(tools: Tools, refs: list[ObjectRef], bodies: list[Body | CouldNotLook | None]) -> dict[str, str]:
    key = tools.store.key()
    digests = {}
    for ref, body in zip(refs, bodies, strict=True):
        record = body if isinstance(body, dict) else ABSENT
        tools.store.seal(f"record-{name_of(ref)}", record)
        digests[str(ref)] = body_digest(record, key) if record is not ABSENT else "absent"
    return digests


def rendered_bodies(tools: Tools) -> list[Body]:
    """The manifests as they were rendered in the preflight, from the seal."""
    bodies = tools.store.unseal()["rendered"]["bodies"]
    return list(bodies) if isinstance(bodies, list) else []


def recorded(tools: Tools, ref: ObjectRef) -> Body | None:
    """The object as it was before the change; None where it was not there."""
    body = tools.store.unseal()[f"record-{name_of(ref)}"]
    return None if body == ABSENT else body


def applied(tools: Tools, ref: ObjectRef) -> Body | None:
    """The object as our apply left it; None where we did not come to it."""
    return tools.store.unseal().get(f"applied-{name_of(ref)}")


def standing_before(tools: Tools) -> Standing:
    """The comparison's left side."""
    text = tools.store.unseal()["standing"]["json"]
    return msgspec.json.decode(str(text), type=Standing)


def name_of(ref: ObjectRef) -> str:
    """A file name for an object."""
    return f"{ref.kind}-{ref.name}".lower()


def _keep_look(tools: Tools, name: str, look: Look, metrics: tuple[PodMetrics, ...]) -> None:
    sample: Sampled = sample_of(look, metrics)
    tools.store.keep(f"{name}.json", msgspec.json.format(msgspec.json.encode(sample)))

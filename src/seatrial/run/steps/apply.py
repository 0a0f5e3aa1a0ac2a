"""Apply: exactly what was approved, object by object, each announced before it is sent."""

from seatrial.change.desired import sent
from seatrial.change.digest import change_digest
from seatrial.change.objects import ref_of
from seatrial.change.ordering import in_apply_order
from seatrial.lifecycle import Phase, State
from seatrial.model.events import ApplyFailed, ApplyFinished, ApplyStarted, Interrupted, Refused
from seatrial.model.observation import CouldNotLook, ObjectRef
from seatrial.model.plan import Plan
from seatrial.model.writes import Body
from seatrial.run.steps.baseline import name_of, recorded, rendered_bodies
from seatrial.run.tools import Outcome, Tools
from seatrial.run.writing import Stopped, put, same_hands


async def ready(plan: Plan, state: State, tools: Tools) -> Outcome:
    """The last look before the first change: what was approved is what lies sealed, and nobody touched the objects since."""
    bodies = rendered_bodies(tools)
    if change_digest(bodies, tools.store.key()) != state.approved_digest:
        return Refused("what lies sealed is not what was approved; start a new run")
    for body in bodies:
        ref, known = ref_of(body), recorded(tools, ref_of(body))
        live = await tools.reads.get(ref)
        if isinstance(live, CouldNotLook):
            return Refused(f"{ref}: {live.because}", unreachable=True)
        touched = (live is None) != (known is None) or (live and known and not same_hands(known, live))
        if touched:
            return Refused(f"{ref}: somebody changed it after the diff was shown; run `seatrial deploy` again")
    if tools.attention.signal:
        return Interrupted(tools.attention.signal)
    return ApplyStarted(state.approved_digest)


async def apply(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Every object in order; the first one that is refused ends it, and what was applied is taken back."""
    bodies = list(in_apply_order(rendered_bodies(tools)))
    lives: dict[ObjectRef, Body] = {}
    for body in bodies:
        record = recorded(tools, ref_of(body))
        if record is not None:
            lives[ref_of(body)] = record
    at = state.since[Phase.APPLYING]
    for body in bodies:
        ref = ref_of(body)
        written = await put(tools, sent(body, bodies, lives, plan.rollout.reach, at), recorded(tools, ref))
        if isinstance(written, Stopped):
            return ApplyFailed(f"{ref}: {written.because}")
        lives[ref] = written
        tools.store.seal(f"applied-{name_of(ref)}", written)
    return ApplyFinished()

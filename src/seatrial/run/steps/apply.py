"""Apply: exactly what was approved, object by object, each announced before it is sent."""

from datetime import datetime

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
from seatrial.run.writing import Build, Stopped, put, same_hands


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
    records = {ref_of(body): record for body in bodies if (record := recorded(tools, ref_of(body))) is not None}
    lives = dict(records)
    when = state.since[Phase.CHANGE]
    for body in bodies:
        ref = ref_of(body)
        build = _builder(body, bodies, lives, records, plan.rollout.reach, when)
        written = await put(tools, ref, build, records.get(ref))
        if isinstance(written, Stopped):
            return ApplyFailed(f"{ref}: {written.because}")
        lives[ref] = written
        tools.store.seal(f"applied-{name_of(ref)}", written)
    return ApplyFinished()


def _builder(
    body: Body,
    bodies: list[Body],
    lives: dict[ObjectRef, Body],
    records: dict[ObjectRef, Body],
    reach: str,
    when: datetime,
) -> Build:
    """What is sent of one object, given how it is just before: an autoscaler may have scaled it since the record."""

    def build(live: Body | None) -> Body:
        now = {**lives, ref_of(body): live} if live is not None else lives
        return sent(body, bodies, now, reach, when, before=records)

    return build

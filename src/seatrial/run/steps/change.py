"""Change: show what would become of each object, with its consequences, and refuse what can't work."""

from seatrial.change.difference import Difference, diff_text
from seatrial.change.digest import change_digest
from seatrial.change.objects import ref_of
from seatrial.lifecycle import Phase, State
from seatrial.model.events import ChangeFound, DiffShown, Interrupted, Judged, NothingToChange, Refused, Warned
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.plan import Plan
from seatrial.run.foresight import Foreseen, asked_of, foresee
from seatrial.run.steps.baseline import recorded, rendered_bodies
from seatrial.run.tools import Outcome, Tools


async def change(plan: Plan, state: State, tools: Tools) -> Outcome:
    """The difference of every object by a server-side dry run, shown whole; the digest is what will be approved."""
    bodies = rendered_bodies(tools)
    before = {ref_of(body): recorded(tools, ref_of(body)) for body in bodies}
    asked = asked_of(bodies, before, plan.rollout.reach, state.since[Phase.CHANGE])
    seen = await foresee(asked, tools.reads, tools.store.key())
    tools.journal.append(DiffShown(diff_text(seen.differences), seen.words))
    refusal = _refusal(seen)
    if refusal:
        return Refused(refusal)
    if seen.changes_nothing:
        return NothingToChange()
    judgements = _judged(seen, tools)
    against = [one for one in judgements if one.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    if against:
        return Refused("; ".join(f"{one.because}. {one.next_step} [{one.rule}]" for one in against))
    if tools.attention.signal:
        return Interrupted(tools.attention.signal)
    return ChangeFound(
        change_digest(asked.bodies, tools.store.key()),
        tuple(_line(one) for one in seen.differences),
        (plan.rollout.reach,) if plan.rollout.reach != "template" else (),
    )


def _refusal(seen: Foreseen) -> str:
    """What the server would not take, or was not allowed to be asked; empty where it would take everything."""
    if seen.refused:
        return f"the API server would not take it: {'; '.join(seen.refused)}"
    if seen.lost:
        return f"the API server did not say what would become of it: {'; '.join(seen.lost)}"
    if seen.unasked:
        return f"these credentials may not patch {', '.join(map(str, seen.unasked))}"
    return ""


def _judged(seen: Foreseen, tools: Tools) -> tuple[Judgement, ...]:
    tools.journal.append(Judged("change", seen.judgements))
    tools.show(seen.judgements)
    for one in seen.judgements:
        if one.warning:
            tools.journal.append(Warned(one.rule, one.warning))
    return seen.judgements


def _line(one: Difference) -> str:
    return f"{one.ref} {one.word}"

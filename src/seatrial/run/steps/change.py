"""Change: show what would become of each object, with its consequences, and refuse what can't work."""

import asyncio

from msgspec.structs import replace

from seatrial.change.consequences import consequences
from seatrial.change.desired import sent
from seatrial.change.difference import Difference, diff_text, difference
from seatrial.change.digest import change_digest
from seatrial.change.masking import Redactor, redactor
from seatrial.change.objects import ref_of
from seatrial.change.ordering import in_apply_order
from seatrial.judge.change import Replaced, judge
from seatrial.lifecycle import Phase, State
from seatrial.model.events import ChangeFound, DiffShown, Interrupted, Judged, NothingToChange, Refused, Warned
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.observation import CouldNotLook, ObjectRef
from seatrial.model.plan import Plan
from seatrial.model.writes import Body, Rejected
from seatrial.run.steps.baseline import recorded, rendered_bodies
from seatrial.run.tools import Outcome, Tools


async def change(plan: Plan, state: State, tools: Tools) -> Outcome:
    """The difference of every object by a server-side dry run, shown whole; the digest is what will be approved."""
    bodies = list(in_apply_order(rendered_bodies(tools)))
    before = {ref_of(body): recorded(tools, ref_of(body)) for body in bodies}
    lives = {ref: body for ref, body in before.items() if body is not None}
    at = state.since[Phase.CHANGE]
    asked = [sent(body, bodies, lives, plan.rollout.reach, at, before=lives) for body in bodies]
    answers = await asyncio.gather(*(tools.reads.would_become(body, before[ref_of(body)]) for body in asked))
    refused = [
        f"{ref_of(body)}: {answer.because}"
        for body, answer in zip(asked, answers, strict=True)
        if isinstance(answer, Rejected | CouldNotLook)
    ]
    if refused:
        return Refused(f"the API server would not take it: {'; '.join(refused)}")
    after = {ref_of(answer): answer for answer in answers if isinstance(answer, dict)}
    hide = redactor([*bodies, *lives.values()], tools.store.key())
    differences = [difference(before[ref], body, hide) for ref, body in after.items()]
    words = consequences(lives, after)
    tools.journal.append(DiffShown(diff_text(differences), words))
    if all(one.word == "unchanged" for one in differences):
        return NothingToChange()
    judgements = await _judged(plan, tools, before, after, hide)
    against = [one for one in judgements if one.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    if against:
        return Refused("; ".join(f"{one.because} {one.next_step} [{one.rule}]" for one in against))
    if tools.attention.signal:
        return Interrupted(tools.attention.signal)
    return ChangeFound(
        change_digest(bodies, tools.store.key()),
        tuple(_line(one) for one in differences),
        (plan.rollout.reach,) if plan.rollout.reach != "template" else (),
    )


async def _judged(
    plan: Plan, tools: Tools, before: dict[ObjectRef, Body | None], after: dict[ObjectRef, Body], hide: Redactor
) -> tuple[Judgement, ...]:
    hpas = await tools.reads.hpas(plan.target.namespace)
    changed = tuple(Replaced(ref, before[ref], body) for ref, body in after.items())
    judgements = judge(changed, plan.rollout.reach, hpas if isinstance(hpas, tuple) else ())
    masked = tuple(_masked(one, hide) for one in judgements)
    tools.journal.append(Judged("change", masked))
    tools.show(masked)
    for one in masked:
        if one.warning:
            tools.journal.append(Warned(one.rule, one.warning))
    return masked


def _masked(one: Judgement, hide: Redactor) -> Judgement:
    return replace(one, because=hide.text(one.because), evidence=tuple(hide.text(line) for line in one.evidence))


def _line(one: Difference) -> str:
    return f"{one.ref} {one.word}"

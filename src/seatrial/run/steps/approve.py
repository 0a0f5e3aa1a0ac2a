"""Approve: somebody says yes to exactly the digest that was shown, or the run ends with nothing touched."""

from seatrial.lifecycle import Phase, State, fold
from seatrial.model.events import Asked, ChangeApproved, Interrupted, Refused
from seatrial.model.plan import Plan
from seatrial.run.tools import Outcome, Tools


async def approve(plan: Plan, state: State, tools: Tools) -> Outcome:
    """By `--yes`, at the terminal, or by `seatrial approve` from elsewhere within the plan's time."""
    by = tools.approver.name()
    if tools.approver.approved_beforehand():
        return ChangeApproved(state.digest, f"{by} (--yes)")
    said = await tools.approver.ask("Apply this change?")
    if said is not None:
        return ChangeApproved(state.digest, by) if said else Refused(f"{by} did not approve the change")
    if state.asked is None:
        question = f"approve the change? `seatrial approve {state.run_id}` or `seatrial abort {state.run_id}`"
        tools.journal.append(Asked(question, (), plan.rollback.answer_within_s, "the run ends, nothing touched"))
    return await _from_elsewhere(plan, tools)


async def _from_elsewhere(plan: Plan, tools: Tools) -> Outcome:
    while True:
        state = fold(tools.journal.entries())
        if tools.attention.signal:
            return Interrupted(tools.attention.signal)
        for word in tools.attention.words():
            if word.word == "approve":
                return ChangeApproved(state.digest, word.by)
            if word.word in ("abort", "rollback", "keep"):
                return Refused(f"{word.by} did not approve the change: {word.because or 'no reason given'}")
        since = state.since[Phase.APPROVAL]
        left_s = plan.rollback.answer_within_s - (tools.clock.now() - since).total_seconds()
        if left_s <= 0:
            return Refused("nobody approved the change in time")
        await tools.attention.wait(min(left_s, 60.0))

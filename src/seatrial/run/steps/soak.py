"""Soak: the same rules on every look for the plan's time; between two looks the watch catches what the next would miss."""

from datetime import datetime, timedelta

from seatrial.lifecycle import Phase, State, fold
from seatrial.model.events import Answered, Blind, SoakEnded, WentOn
from seatrial.model.judgement import Verdict, verdict_of
from seatrial.model.observation import Look
from seatrial.model.plan import Plan
from seatrial.run import asking
from seatrial.run.following import Following
from seatrial.run.gathering import Gathered
from seatrial.run.steps.prove import full_look, glance, tick_criteria
from seatrial.run.steps.watch import Seen
from seatrial.run.tools import Outcome, Tools, workload_of

LATE_S = 30.0
"""A look that comes later than this after its time leaves a gap that is named."""


async def soak(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Look at begin + n x every, whatever happened meanwhile, and once more at the end."""
    began = state.since[Phase.SOAKING]
    until = began + timedelta(seconds=plan.soak.lasts_s)
    next_look = _next_look(plan, began, state.last_at or began)
    seen, kept, last_taken = Seen(), Gathered(), began
    _name_gap(state, tools, next_look)
    async with Following(tools.reads, workload_of(plan), tools.attention) as following:
        while True:
            following.check()
            state = fold(tools.journal.entries())
            look = following.latest
            outcome = asking.interrupted(state, tools) or asking.spoken(tools)
            outcome = outcome or _kept(tools, asking.unanswered(plan, state, tools, look))
            if look and not outcome:
                outcome = await glance(plan, state, tools, seen, following)
            due = min(next_look, until) if last_taken < until else next_look
            if look and not outcome and tools.clock.now() >= due:
                outcome = await _take_look(plan, state, tools, seen, kept, look, until)
                last_taken = tools.clock.now()
                next_look = due = _next_look(plan, began, last_taken)
            if outcome:
                return outcome
            await tools.attention.wait(_nap_s(tools, min(due, until) if last_taken < until else due, plan, state))


async def _take_look(
    plan: Plan, state: State, tools: Tools, seen: Seen, kept: Gathered, look: Look, until: datetime
) -> Outcome | None:
    judgements = await full_look(plan, state, tools, seen, kept, look)
    back = asking.rolled_back_by_rule(plan, judgements)
    if back:
        return back
    tick_criteria(plan, tools, judgements, tools.clock.now())
    ends = tools.clock.now() >= until
    # What can't be seen at the end must not pass for a quiet end: it is asked about, as a FAIL or HOLD is at any time.
    grave = (Verdict.FAIL, Verdict.HOLD, Verdict.UNKNOWN) if ends else (Verdict.FAIL, Verdict.HOLD)
    asking.question(plan, tools, tuple(one for one in judgements if one.verdict in grave))
    if not ends or verdict_of(judgements) in grave:
        return None
    looks = fold(tools.journal.entries()).looks
    return SoakEnded(looks)


def _kept(tools: Tools, outcome: Outcome | None) -> Outcome | None:
    """In the soak, a question that nobody answered is closed, and the watch goes on; only a rollback ends it."""
    if not isinstance(outcome, WentOn):
        return outcome
    tools.journal.append(Answered("approve", outcome.by, outcome.because))
    return None


def _next_look(plan: Plan, began: datetime, last: datetime) -> datetime:
    """The first look that is due after the last entry; a resumed soak keeps its schedule."""
    every_s = plan.soak.every_s
    done = max(0, int((last - began).total_seconds() // every_s))
    return began + timedelta(seconds=every_s * (done + 1))


def _name_gap(state: State, tools: Tools, next_look: datetime) -> None:
    late_s = (tools.clock.now() - next_look).total_seconds()
    if late_s > LATE_S and state.last_at:
        lasted_s = (tools.clock.now() - state.last_at).total_seconds()
        tools.journal.append(Blind(lasted_s, "nobody watched: the run was not going on"))


def _nap_s(tools: Tools, due: datetime, plan: Plan, state: State) -> float:
    until_due = (due - tools.clock.now()).total_seconds()
    return max(0.05, min(until_due, asking.left_s(plan, state, tools), 3600.0))

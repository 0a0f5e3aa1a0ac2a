"""Accept: tick each criterion by what is seen when it is due; after the soak nothing is rolled back by itself."""

from datetime import datetime, timedelta

from seatrial.lifecycle import State, fold
from seatrial.model.events import CriteriaMet
from seatrial.model.judgement import Judgement, Verdict, verdict_of
from seatrial.model.plan import Plan
from seatrial.run import asking
from seatrial.run.following import Following
from seatrial.run.gathering import Gathered
from seatrial.run.steps.prove import full_look, tick_criteria
from seatrial.run.steps.watch import Seen, superseded
from seatrial.run.tools import Leave, Outcome, Tools, workload_of

ROUND_S = 5.0
"""Between two looks for a criterion that is due and still waits."""


async def accept(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Accepted when every criterion is ticked; left to a later `resume` where the next one is due long from now."""
    seen, kept = Seen(), Gathered()
    async with Following(tools.reads, workload_of(plan), tools.attention) as following:
        looked = False
        while True:
            following.check()
            state = fold(tools.journal.entries())
            outcome = asking.interrupted(state, tools) or asking.spoken(tools)
            if outcome:
                return outcome
            due = next_due(plan, state)
            if due is None:
                return CriteriaMet()
            if following.latest and (not looked or tools.clock.now() >= due):
                looked = True
                foreign = superseded(state, tools, following.latest, ())
                if foreign:
                    return foreign
                judgements = await full_look(plan, state, tools, seen, kept, following.latest)
                tick_criteria(plan, tools, judgements, tools.clock.now())
                if left := _parting(plan, tools, judgements):
                    return left
            wait_s = (due - tools.clock.now()).total_seconds() if looked else 1.0
            await tools.attention.wait(min(wait_s, ROUND_S) if wait_s > 0 else ROUND_S)


def next_due(plan: Plan, state: State) -> datetime | None:
    """When the next criterion that is not ticked is due; None where all are."""
    began = state.applied_at
    open_by_s = [one.by_s for one in plan.accept for subject in one.that if (one.by_s, subject) not in state.met]
    return began + timedelta(seconds=min(open_by_s)) if open_by_s and began else None


def _parting(plan: Plan, tools: Tools, judgements: tuple[Judgement, ...]) -> Leave | None:
    """`held` where a due criterion does not hold; `later` where the next one is due beyond our patience."""
    due = next_due(plan, fold(tools.journal.entries()))
    if due is None:
        return None
    now = tools.clock.now()
    if now >= due:
        against = tuple(one for one in judgements if one.verdict in (Verdict.FAIL, Verdict.HOLD, Verdict.UNKNOWN))
        if not against and verdict_of(judgements) is Verdict.PASS:
            against = _unanswerable(plan, tools)
        if against:
            asking.question(plan, tools, against)
            return Leave("held")
        return None
    return Leave("later") if (due - now).total_seconds() > tools.patience_s else None


def _unanswerable(plan: Plan, tools: Tools) -> tuple[Judgement, ...]:
    """Due criteria that no rule answers, because the plan expects nothing of their subject: not seen is not met."""
    met = fold(tools.journal.entries()).met
    because = "no rule answers this criterion: the plan expects nothing of it"
    return tuple(
        Judgement("criterion", subject, Verdict.UNKNOWN, because)
        for one in plan.accept
        for subject in one.that
        if (one.by_s, subject) not in met
    )

"""The whole engine: do what the phase asks for, write down what happened, move on."""

from collections.abc import Awaitable, Callable

from seatrial.lifecycle import ENDS, State, fold
from seatrial.model.plan import Plan
from seatrial.run.hiding import hide_secrets
from seatrial.run.steps import STEPS
from seatrial.run.tools import Leave, Outcome, Tools

Step = Callable[[Plan, State, Tools], Awaitable[Outcome]]


async def run(plan: Plan, tools: Tools) -> tuple[State, str]:
    """Carry the run on from where its journal stands; calling it again after a crash is safe.

    Returns the state and the parting: "" where the phase is an end, otherwise `held`, `detached` or `later`.
    """
    state = fold(tools.journal.entries())
    while state.phase not in ENDS:
        hide_secrets(tools)
        outcome = await STEPS[state.phase](plan, state, tools)
        if isinstance(outcome, Leave):
            return fold(tools.journal.entries()), outcome.parting
        tools.journal.append(outcome)
        state = fold(tools.journal.entries())
    # Nothing is owed any more: the bodies that could restore it, Secrets among them, are deleted.
    tools.store.shred()
    return state, ""

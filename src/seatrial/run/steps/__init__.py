"""One file per phase: what it looks at, and the transition that it returns."""

from collections.abc import Awaitable, Callable

from seatrial.lifecycle import Phase, State
from seatrial.model.plan import Plan
from seatrial.run.steps.accept import accept
from seatrial.run.steps.apply import apply, ready
from seatrial.run.steps.approve import approve
from seatrial.run.steps.baseline import baseline
from seatrial.run.steps.change import change
from seatrial.run.steps.preflight import preflight
from seatrial.run.steps.prove import prove
from seatrial.run.steps.rollback import needs_person, roll_back, verify
from seatrial.run.steps.soak import soak
from seatrial.run.steps.watch import watch
from seatrial.run.tools import Outcome, Tools

STEPS: dict[Phase, Callable[[Plan, State, Tools], Awaitable[Outcome]]] = {
    Phase.PREFLIGHT: preflight,
    Phase.BASELINE: baseline,
    Phase.CHANGE: change,
    Phase.APPROVAL: approve,
    Phase.READY: ready,
    Phase.APPLYING: apply,
    Phase.WATCHING: watch,
    Phase.PROVING: prove,
    Phase.SOAKING: soak,
    Phase.ACCEPTING: accept,
    Phase.ROLLING_BACK: roll_back,
    Phase.VERIFYING: verify,
    Phase.NEEDS_PERSON: needs_person,
}
"""What is done in each phase that is no end."""

"""Does every new pod do what the plan says? Flags, GC log, logs, memory, health and events: the same call in proof and soak."""

from collections.abc import Callable, Iterator

from seatrial.judge.catalogue import with_steps
from seatrial.judge.proof.jvm import gc_log, jvm_flags
from seatrial.judge.proof.logs import log_absent, log_present, out_of_memory_error
from seatrial.judge.proof.memory import memory_above, memory_window
from seatrial.judge.proof.service import (
    events_quiet,
    health_of_pods,
    health_through_service,
    pods_ready,
    restarts_allowed,
    server_errors,
)
from seatrial.model.judgement import Judgement
from seatrial.model.plan import Plan
from seatrial.model.proof import Proof

__all__ = ["judge"]

RULES: tuple[Callable[[Proof, Plan], Iterator[Judgement]], ...] = (
    out_of_memory_error,
    memory_above,
    server_errors,
    pods_ready,
    restarts_allowed,
    jvm_flags,
    gc_log,
    log_absent,
    log_present,
    memory_window,
    health_of_pods,
    health_through_service,
    events_quiet,
)


def judge(proof: Proof, plan: Plan) -> tuple[Judgement, ...]:
    """What every rule says of what was gathered; a rule that the plan does not ask for says nothing."""
    return with_steps(judgement for one in RULES for judgement in one(proof, plan))

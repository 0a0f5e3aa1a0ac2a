"""When is a rollout done, and when is it doomed? A look in, judgements out; PASS of all of them together means done."""

from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import Struct

from seatrial.judge.catalogue import with_steps
from seatrial.judge.reading import seats
from seatrial.judge.rollout.endings import crash_loop, first_exit, liveness_kill, out_of_memory, restarts
from seatrial.judge.rollout.placing import (
    container_creating,
    evicted,
    node_lost,
    pod_scheduled,
    replica_creation,
)
from seatrial.judge.rollout.serving import (
    availability,
    flapping,
    pods_available,
    probe_errors,
    readiness,
    readiness_budget_s,
    serving,
    settled,
    spread,
)
from seatrial.judge.rollout.sightings import Sightings, remember
from seatrial.judge.rollout.starting import container_config, container_start, image_pull
from seatrial.judge.rollout.terms import (
    Case,
    MemoryPeak,
    OomKills,
    RolloutTerms,
    case_of,
    judged_seats,
    new_endings,
)
from seatrial.judge.rollout.workload import (
    old_pods,
    old_replicas_gone,
    paused,
    pods_seen,
    progress_deadline,
    recreation,
    replicas_updated,
    rollout_time,
    spec_observed,
)
from seatrial.model.judgement import Judgement
from seatrial.model.observation import Look

__all__ = [
    "LogWanted",
    "MemoryPeak",
    "OomKills",
    "RolloutTerms",
    "Sightings",
    "judge",
    "logs_wanted",
    "readiness_budget_s",
    "remember",
]

LOGS_WANTED_MAX = 8

# The order says which of several FAILs is told first: the nearest cause before its consequences.
RULES: tuple[Callable[[Case], Iterator[Judgement]], ...] = (
    out_of_memory,
    first_exit,
    liveness_kill,
    container_start,
    container_config,
    image_pull,
    crash_loop,
    replica_creation,
    evicted,
    flapping,
    serving,
    readiness,
    availability,
    progress_deadline,
    pod_scheduled,
    rollout_time,
    node_lost,
    recreation,
    paused,
    container_creating,
    probe_errors,
    restarts,
    replicas_updated,
    old_replicas_gone,
    pods_available,
    settled,
    pods_seen,
    spread,
    old_pods,
)


def judge(look: Look, terms: RolloutTerms, sightings: Sightings = Sightings()) -> tuple[Judgement, ...]:  # noqa: B008 - frozen
    """What every rule says to this look. `sightings` are those of all looks up to and with this one."""
    case = case_of(look, terms, sightings)
    if stale := tuple(spec_observed(case)):
        return stale
    return with_steps(judgement for one in RULES for judgement in one(case))


class LogWanted(Struct, frozen=True):
    """A log that would tell why a container ended."""

    pod: str
    container: str
    previous: bool


def logs_wanted(look: Look, terms: RolloutTerms) -> tuple[LogWanted, ...]:
    """The logs that the rules would like to have beside this look and that it does not hold yet: of containers that ended."""
    if not any(seat.endings for pod in look.pods for seat in seats(pod)):
        return ()
    case = case_of(look, terms, Sightings())
    return tuple(islice(_wanted(case), LOGS_WANTED_MAX))


def _wanted(case: Case) -> Iterator[LogWanted]:
    held = {(log.pod, log.container) for log in case.look.logs}
    for seat in judged_seats(case):
        name = seat.pod.metadata.name
        if new_endings(case, seat) and (name, seat.spec.name) not in held:
            ended_now = seat.status is not None and seat.status.state.terminated is not None
            yield LogWanted(name, seat.spec.name, previous=not ended_now and bool(seat.running_since))

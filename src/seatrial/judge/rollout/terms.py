"""What the rollout's rules are told besides the look: since when, how long, which environment, and what was seen before."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from seatrial.judge.reading import NAMED_SET, Fleet, Seat, age_s, condition, events_by_pod, events_of, fleet, seats
from seatrial.judge.rollout.sightings import Sightings
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import Deployment, KubeEvent, Pod, Terminated
from seatrial.model.observation import Look
from seatrial.model.plan import Graces

TIMEOUT_S = 600.0


class MemoryPeak(Struct, frozen=True):
    """The highest working set that was sampled in a container's last life, against its limit (D28)."""

    pod: str
    container: str
    bytes_seen: int


class OomKills(Struct, frozen=True):
    """The cgroup's own counter of a running container (`memory.events` oom_kill): helpers were killed, not the JVM (D31)."""

    pod: str
    container: str
    count: int


class RolloutTerms(Struct, frozen=True):
    """The terms of one rollout.

    applied_at: None where no apply of ours is known (a saved state). environment_written_at: when a Secret or ConfigMap that
    keeps its name was written: containers started after it run the new environment, whichever ReplicaSet they belong to (D26).
    revision_left: the Deployment's revision before an apply that changed its pod template.
    controlled: names of Secrets and ConfigMaps that a controller makes (ExternalSecret, SealedSecret): they may come late.
    """

    applied_at: datetime | None = None
    timeout_s: float = TIMEOUT_S
    graces: Graces = Graces()
    environment_written_at: datetime | None = None
    baseline_serving: int | None = None
    ready_floor: int | None = None
    controlled: tuple[str, ...] = ()
    revision_left: str = ""
    memory_peaks: tuple[MemoryPeak, ...] = ()
    oom_kills: tuple[OomKills, ...] = ()


class Case(Struct, frozen=True):
    """Everything that one judgement of a rollout rests on."""

    look: Look
    terms: RolloutTerms
    sightings: Sightings
    fleet: Fleet
    events: dict[str, tuple[KubeEvent, ...]]
    judged: tuple[Seat, ...] = ()

    @property
    def at(self) -> datetime:
        """The time of the look."""
        return self.look.at

    @property
    def graces(self) -> Graces:
        """How long each kind of trouble may last."""
        return self.terms.graces

    @property
    def replicas(self) -> int:
        """How many pods the live Deployment asks for; without one, all that were given."""
        return self.look.deployment.spec.replicas if self.look.deployment else len(self.fleet.new_names)

    @property
    def about(self) -> str:
        """The workload, as a judgement names it."""
        return about_deployment(self.look.deployment)

    def events_of(self, pod: Pod) -> tuple[KubeEvent, ...]:
        """The events about this pod, oldest first."""
        return events_of(self.events, pod)

    def left_s(self, since: datetime | None, grace_s: float) -> float:
        """How much of a grace is left; 0 when it is over."""
        return max(0.0, grace_s - age_s(self.at, since))

    def rest_of_timeout_s(self) -> float:
        """How much of the rollout's time is left; all of it where no apply is known."""
        return self.left_s(self.terms.applied_at, self.terms.timeout_s)


def case_of(look: Look, terms: RolloutTerms, sightings: Sightings) -> Case:
    """The look, read once. Kubernetes writes whole seconds, cut off: our own times are cut the same way before they are compared."""
    cut = replace(terms, applied_at=_cut(terms.applied_at), environment_written_at=_cut(terms.environment_written_at))
    sorted_pods = fleet(look)
    # Nearly every rule asks for these: they are found once a look, not once a rule.
    return Case(look, cut, sightings, sorted_pods, events_by_pod(look), tuple(_judged(sorted_pods, cut)))


def _cut(time: datetime | None) -> datetime | None:
    return time.replace(microsecond=0) if time else None


def about_deployment(deployment: Deployment | None) -> str:
    """As a judgement names it."""
    return f"deployment/{deployment.metadata.name}" if deployment else "workload"


def judged_seats(case: Case) -> Iterator[Seat]:
    """The containers that decide: those of living new pods, and those of old pods that started into the new environment (D26)."""
    return iter(case.judged)


def _judged(pods: Fleet, terms: RolloutTerms) -> Iterator[Seat]:
    for pod in pods.new:
        yield from seats(pod)
    if terms.environment_written_at is not None:
        for pod in pods.old:
            yield from (seat for seat in seats(pod) if is_armed(seat, terms))


def is_armed(seat: Seat, terms: RolloutTerms) -> bool:
    """Whether the container has been started since the environment was written: it runs, or last ran, the new one."""
    written = terms.environment_written_at
    if written is None:
        return False
    starts = [end.started_at for end in seat.endings] + [seat.running_since]
    return any(start > written for start in starts if start)


def new_endings(case: Case, seat: Seat) -> tuple[Terminated, ...]:
    """How the container ended as part of this change: an ending of the old environment, or before the apply, is what is being fixed."""
    return tuple(end for end in seat.endings if _is_of_this_change(case, seat.pod, end))


def _is_of_this_change(case: Case, pod: Pod, end: Terminated) -> bool:
    applied, written = case.terms.applied_at, case.terms.environment_written_at
    created = pod.metadata.creation_timestamp
    if case.fleet.has_new(pod) and (applied is None or created is None or created >= applied):
        return True
    if written is not None:
        return end.started_at is not None and end.started_at > written
    return (
        applied is not None and end.finished_at is not None and end.finished_at >= applied and case.fleet.has_new(pod)
    )


def came_before(case: Case, pod: Pod) -> bool:
    """Whether the pod was there before the apply: its restart count is a history of before."""
    applied, created = case.terms.applied_at, pod.metadata.creation_timestamp
    return applied is not None and created is not None and created < applied


def was_completed(case: Case) -> bool:
    """Whether the controller has said of this very rollout that it is complete: what happens afterwards is no rollout."""
    deployment, newest = case.look.deployment, case.fleet.newest
    said = condition(deployment.status.conditions, "Progressing") if deployment else None
    if said is None or said.reason != "NewReplicaSetAvailable":
        return False
    named = NAMED_SET.search(said.message)
    if named and newest:
        return named[1] == newest.metadata.name
    applied, told = case.terms.applied_at, said.last_update_time or said.last_transition_time
    return applied is None or (told is not None and told >= applied)


def failed(rule: str, about: str, because: str, evidence: tuple[str, ...] = (), next_step: str = "") -> Judgement:
    """Proven wrong."""
    return Judgement(rule, about, Verdict.FAIL, because, evidence=evidence[:8], next_step=next_step)


def waits(rule: str, about: str, because: str, waits_s: float | None, evidence: tuple[str, ...] = ()) -> Judgement:
    """Not yet, and within its time."""
    return Judgement(rule, about, Verdict.WAIT, because, evidence=evidence[:8], waits_s=waits_s)


def holds(
    rule: str,
    about: str,
    because: str,
    evidence: tuple[str, ...] = (),
    next_step: str = "",
    waits_s: float | None = None,
) -> Judgement:
    """A person should look."""
    return Judgement(rule, about, Verdict.HOLD, because, evidence=evidence[:8], next_step=next_step, waits_s=waits_s)


def unknown(rule: str, about: str, because: str, next_step: str = "") -> Judgement:
    """Could not be seen."""
    return Judgement(rule, about, Verdict.UNKNOWN, because, next_step=next_step)


def passed(rule: str, about: str, because: str, warning: str = "", evidence: tuple[str, ...] = ()) -> Judgement:
    """True now, perhaps with a warning."""
    return Judgement(rule, about, Verdict.PASS, because, evidence=evidence[:8], warning=warning)

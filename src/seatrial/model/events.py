"""What happened, in the past tense: the entries of a journal. A transition moves the phase, a note does not."""

from datetime import datetime

from msgspec import Struct

from seatrial.model.judgement import Judgement
from seatrial.model.observation import CouldNotLook, Identity, ObjectRef


class Event(Struct, frozen=True, tag=True):
    """Something that happened."""


# ── transitions ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class PreflightPassed(Event, frozen=True):
    """Nothing stands in the way."""


class Refused(Event, frozen=True):
    """The run ends before the first change. unreachable: the cluster did not answer, or refused us."""

    because: str
    unreachable: bool = False


class BaselineTaken(Event, frozen=True):
    """The state before the change is recorded; its bodies lie sealed beside the journal. digests: object → keyed digest."""

    serving: int
    replicas: int
    digests: dict[str, str]


class ChangeFound(Event, frozen=True):
    """The objects to apply, as rendered. digest is of the change without the stamps that Seatrial adds itself."""

    digest: str
    objects: tuple[str, ...]
    stamps: tuple[str, ...] = ()


class NothingToChange(Event, frozen=True):
    """The cluster already has what the manifests say."""


class ChangeApproved(Event, frozen=True):
    """Somebody said yes to exactly this digest."""

    digest: str
    by: str


class ApplyStarted(Event, frozen=True):
    """From here on a rollback is owed. In the journal, fsynced, before the first change."""

    digest: str


class ApplyFinished(Event, frozen=True):
    """Every object was accepted by the API server."""


class ApplyFailed(Event, frozen=True):
    """An object was refused; what was applied is taken back."""

    because: str


class RolloutHealthy(Event, frozen=True):
    """All pods of the newest ReplicaSet serve."""

    because: str


class ProofGiven(Event, frozen=True):
    """Every pod does what the plan says."""


class SoakEnded(Event, frozen=True):
    """The watch ended without a reason to go back. The automatic rollback ends with it."""

    looks: int


class CriteriaMet(Event, frozen=True):
    """Every acceptance criterion was seen."""


class RollbackDecided(Event, frozen=True):
    """A rule of the plan, or a person, said: go back."""

    rule: str
    because: str
    by: str


class RollbackApplied(Event, frozen=True):
    """The recorded state was sent and accepted."""


class RollbackVerified(Event, frozen=True):
    """The cluster was compared with the baseline: it is back."""

    because: str


class RollbackFailed(Event, frozen=True):
    """It is not back. A person is needed now."""

    because: str


class Superseded(Event, frozen=True):
    """Somebody else rolled out something newer; the run lets go of it."""

    because: str


class Kept(Event, frozen=True):
    """A person took the state as it is, with a reason; nothing is owed any more."""

    because: str
    by: str


class WentOn(Event, frozen=True):
    """A question is settled in favour of going on: a person said so, or nobody answered and as many pods serve as before."""

    because: str
    by: str


class Interrupted(Event, frozen=True):
    """Ended by a signal before the first change."""

    signal: str


# ── notes ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class RunStarted(Event, frozen=True):
    """The first entry of every journal."""

    run_id: str
    plan: str
    plan_digest: str
    version: str
    host: str
    user: str
    workload: str
    namespace: str
    journal_format: int = 1


class Resumed(Event, frozen=True):
    """Another process took the run over."""

    host: str
    user: str
    version: str
    blind_s: float


class Pinned(Event, frozen=True):
    """Which cluster this run is about; every later request is for this one."""

    identity: Identity


class Judged(Event, frozen=True):
    """What a look said, where it differs from the last one."""

    family: str
    judgements: tuple[Judgement, ...]


class PodSeen(Struct, frozen=True):
    """One pod in a sample: state is what kubectl prints as STATUS; `new` of the newest ReplicaSet."""

    name: str
    new: bool
    ready: bool
    state: str
    restarts: int
    node: str = ""
    memory_bytes: int | None = None
    cpu_millicores: int | None = None
    started: datetime | None = None


class Sampled(Event, frozen=True):
    """Pods, counts and usage at one moment, for the timeline and the charts."""

    replicas: int
    updated: int
    ready: int
    pods: tuple[PodSeen, ...]
    hpa_replicas: int | None = None
    hpa_targets: str = ""


class FlagSeen(Struct, frozen=True):
    """One JVM flag of one pod."""

    name: str
    specified: str
    effective: str
    source: str
    agrees: bool


class JvmSeen(Event, frozen=True):
    """The facts from inside one JVM."""

    pod: str
    container: str
    version: str
    collector: str
    heap_max_bytes: int | None
    flags: tuple[FlagSeen, ...]
    source: str


class Milestone(Event, frozen=True):
    """A line of the rollout's timeline: "1 old + 1 new pod, ContainerCreating"."""

    text: str


class DiffShown(Event, frozen=True):
    """The change as it was shown, secrets masked, with its consequences in words."""

    text: str
    consequences: tuple[str, ...]


class WriteIntended(Event, frozen=True):
    """About to be sent. verb: create, apply, patch, delete. uid and resource_version are the precondition."""

    op: str
    verb: str
    ref: ObjectRef
    uid: str = ""
    resource_version: str = ""


class WriteDone(Event, frozen=True):
    """Sent and accepted. word is kubectl's: created, configured, unchanged, deleted."""

    op: str
    word: str
    uid: str = ""
    resource_version: str = ""
    generation: int = 0


class WriteFailed(Event, frozen=True):
    """Sent and refused, or not known. `known` is False where the answer was lost."""

    op: str
    because: str
    known: bool = True


class RevisionSeen(Event, frozen=True):
    """The rollout that is ours, as the Deployment controller numbers it: another revision is somebody else's rollout."""

    revision: str
    uid: str


class LeftAlone(Event, frozen=True):
    """An object that is already what the change wants: nothing was sent."""

    ref: ObjectRef


class Asked(Event, frozen=True):
    """A person is asked. `fallback` says what happens unanswered."""

    question: str
    judgements: tuple[Judgement, ...]
    answer_within_s: float
    fallback: str


class Lifted(Event, frozen=True):
    """What was asked about healed by itself."""

    because: str


class Answered(Event, frozen=True):
    """A person's word: approve, abort, keep, retry."""

    word: str
    by: str
    because: str = ""


class Warned(Event, frozen=True):
    """Told once."""

    rule: str
    text: str


class EvidenceTaken(Event, frozen=True):
    """Files saved beside the journal before they could be lost; what could not be had is named."""

    files: tuple[str, ...]
    missing: tuple[CouldNotLook, ...] = ()


class CriterionMet(Event, frozen=True):
    """A criterion was seen to hold."""

    by_s: float
    subject: str
    because: str


class Blind(Event, frozen=True):
    """A time in which nothing was seen, and why."""

    lasted_s: float
    because: str


class Detached(Event, frozen=True):
    """The process ended in order while something is owed."""

    owed: str
    signal: str


class Compared(Event, frozen=True):
    """Before against after, point by point: (point, before, after)."""

    points: tuple[tuple[str, str, str], ...]


class Unsealed(Event, frozen=True):
    """The sealed bodies were deleted: nothing is owed any more."""


Transition = (
    PreflightPassed
    | Refused
    | BaselineTaken
    | ChangeFound
    | NothingToChange
    | ChangeApproved
    | ApplyStarted
    | ApplyFinished
    | ApplyFailed
    | RolloutHealthy
    | ProofGiven
    | SoakEnded
    | CriteriaMet
    | RollbackDecided
    | RollbackApplied
    | RollbackVerified
    | RollbackFailed
    | Superseded
    | Kept
    | WentOn
    | Interrupted
)

Note = (
    RunStarted
    | Resumed
    | Pinned
    | Judged
    | Sampled
    | JvmSeen
    | Milestone
    | DiffShown
    | RevisionSeen
    | WriteIntended
    | WriteDone
    | WriteFailed
    | LeftAlone
    | Asked
    | Lifted
    | Answered
    | Warned
    | EvidenceTaken
    | CriterionMet
    | Blind
    | Detached
    | Compared
    | Unsealed
)

AnyEvent = Transition | Note


class Entry(Struct, frozen=True):
    """An event with its number and its times: wall, monotonic and boot, because each of the clocks lies somewhere."""

    index: int
    at: datetime
    monotonic_s: float
    boot: str
    event: AnyEvent

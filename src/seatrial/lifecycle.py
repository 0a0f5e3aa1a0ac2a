"""The life of a run: every phase and every transition, in one table, and the fold that turns a journal into a state."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import get_args

from msgspec import Struct
from msgspec.structs import replace

from seatrial.model import events as e
from seatrial.model.observation import Identity


class Phase(Enum):
    """Where a run is."""

    PREFLIGHT = "preflight"
    BASELINE = "baseline"
    CHANGE = "change"
    APPROVAL = "approval"
    READY = "ready"
    APPLYING = "applying"
    WATCHING = "watching"
    PROVING = "proving"
    SOAKING = "soaking"
    ACCEPTING = "accepting"
    ROLLING_BACK = "rolling back"
    VERIFYING = "verifying the rollback"
    ACCEPTED = "accepted"
    UNCHANGED = "nothing to do"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    ROLLED_BACK = "rolled back"
    NEEDS_PERSON = "rollback failed"
    KEPT = "kept"
    SUPERSEDED = "superseded"


ENDS = frozenset(
    {
        Phase.ACCEPTED,
        Phase.UNCHANGED,
        Phase.REFUSED,
        Phase.INTERRUPTED,
        Phase.ROLLED_BACK,
        Phase.KEPT,
        Phase.SUPERSEDED,
    }
)
"""Phases from which a run never moves."""

BEFORE_CHANGE = frozenset({Phase.PREFLIGHT, Phase.BASELINE, Phase.CHANGE, Phase.APPROVAL, Phase.READY})
"""Phases in which nothing was touched yet."""

GOING_BACK = frozenset({Phase.ROLLING_BACK, Phase.VERIFYING, Phase.NEEDS_PERSON})
"""Phases of a rollback."""

TransitionType = type[e.Transition]

_STOPPABLE: dict[TransitionType, Phase] = {e.Refused: Phase.REFUSED, e.Interrupted: Phase.INTERRUPTED}
_LEAVABLE: dict[TransitionType, Phase] = {
    e.RollbackDecided: Phase.ROLLING_BACK,
    e.Superseded: Phase.SUPERSEDED,
    e.Kept: Phase.KEPT,
}

TABLE: dict[Phase, dict[TransitionType, Phase]] = {
    Phase.PREFLIGHT: {e.PreflightPassed: Phase.BASELINE, **_STOPPABLE},
    Phase.BASELINE: {e.BaselineTaken: Phase.CHANGE, **_STOPPABLE},
    Phase.CHANGE: {e.ChangeFound: Phase.APPROVAL, e.NothingToChange: Phase.UNCHANGED, **_STOPPABLE},
    Phase.APPROVAL: {e.ChangeApproved: Phase.READY, **_STOPPABLE},
    Phase.READY: {e.ApplyStarted: Phase.APPLYING, **_STOPPABLE},
    Phase.APPLYING: {e.ApplyFinished: Phase.WATCHING, e.ApplyFailed: Phase.ROLLING_BACK, **_LEAVABLE},
    Phase.WATCHING: {e.RolloutHealthy: Phase.PROVING, e.WentOn: Phase.PROVING, **_LEAVABLE},
    Phase.PROVING: {e.ProofGiven: Phase.SOAKING, e.WentOn: Phase.SOAKING, **_LEAVABLE},
    Phase.SOAKING: {e.SoakEnded: Phase.ACCEPTING, **_LEAVABLE},
    Phase.ACCEPTING: {e.CriteriaMet: Phase.ACCEPTED, **_LEAVABLE},
    Phase.ROLLING_BACK: {
        e.RollbackApplied: Phase.VERIFYING,
        e.RollbackFailed: Phase.NEEDS_PERSON,
        e.Superseded: Phase.SUPERSEDED,
    },
    Phase.VERIFYING: {e.RollbackVerified: Phase.ROLLED_BACK, e.RollbackFailed: Phase.NEEDS_PERSON},
    Phase.NEEDS_PERSON: {e.RollbackDecided: Phase.ROLLING_BACK, e.Kept: Phase.KEPT, e.Superseded: Phase.SUPERSEDED},
}
"""What may happen in each phase, and where it leads. What is not in the row can't happen there."""


class ImpossibleEventError(Exception):
    """An event that the phase's row does not have: a bug of ours, or a journal that somebody edited."""


class Write(Struct, frozen=True):
    """One write that was announced, and what became of it (None: not known yet)."""

    intended: e.WriteIntended
    done: e.WriteDone | None = None
    failed: e.WriteFailed | None = None


class State(Struct, frozen=True):
    """The fold of all entries.

    since: when each phase was entered, so that a deadline starts at its phase's transition and not at the newest note.
    owed: a rollback is owed (from ApplyStarted until the soak ended, the rollback was verified, or a person took it over).
    """

    phase: Phase = Phase.PREFLIGHT
    since: dict[Phase, datetime] = {}
    run_id: str = ""
    last_at: datetime | None = None
    identity: Identity | None = None
    serving_before: int = 0
    replicas_before: int = 0
    digest: str = ""
    approved_digest: str = ""
    applied_at: datetime | None = None
    owed: bool = False
    writes: dict[str, Write] = {}
    asked: e.Asked | None = None
    asked_at: datetime | None = None
    waived: frozenset[tuple[str, str]] = frozenset()
    revision: e.RevisionSeen | None = None
    looks: int = 0
    blind_s: float = 0.0
    met: frozenset[tuple[float, str]] = frozenset()
    warned: frozenset[tuple[str, str]] = frozenset()
    going_back_because: str = ""
    going_back_rule: str = ""
    ended_because: str = ""
    unreachable: bool = False

    @property
    def touched(self) -> bool:
        """Whether the first change may have happened."""
        return self.applied_at is not None


def fold(entries: Iterable[e.Entry]) -> State:
    """The state that a journal amounts to."""
    state = State()
    for entry in entries:
        state = advance(state, entry)
    return state


def advance(state: State, entry: e.Entry) -> State:
    """The state after one more entry. ImpossibleEventError where the phase's row does not have the transition."""
    if isinstance(entry.event, _TRANSITIONS):
        state = _move(state, entry.event, entry.at)
    state = _take(state, entry.event, entry.at)
    since = state.since or {state.phase: entry.at}
    return replace(state, since=since, last_at=entry.at)


def exit_code(state: State, parting: str = "") -> int:
    """The process's exit code, by the journal and by how the process ended.

    parting: "" (the phase is an end), `held`, `detached`, `later` (soak passed, criteria still to come), or `crashed`.
    """
    match state.phase:
        case Phase.ACCEPTED | Phase.UNCHANGED:
            return 0
        case Phase.REFUSED:
            return 7 if state.unreachable else 3
        case Phase.INTERRUPTED:
            return 130
        case Phase.ROLLED_BACK:
            return 4
        case Phase.NEEDS_PERSON:
            return 5
        case Phase.KEPT | Phase.SUPERSEDED:
            return 6
        case _:
            return {"later": 0, "held": 6, "detached": 6}.get(parting, 5 if state.owed else 70)


_TRANSITIONS = get_args(e.Transition)


def _move(state: State, event: e.AnyEvent, at: datetime) -> State:
    row = TABLE.get(state.phase, {})
    target = next((phase for kind, phase in row.items() if isinstance(event, kind)), None)
    if target is None:
        allowed = ", ".join(kind.__name__ for kind in row) or "nothing: it is an end"
        raise ImpossibleEventError(
            f"{type(event).__name__} can't happen in phase {state.phase.value}; possible: {allowed}"
        )
    settled = target in ENDS or target is Phase.ACCEPTING
    return replace(
        state,
        phase=target,
        since={**state.since, target: at},
        owed=state.owed and not settled,
        asked=None,
        asked_at=None,
    )


def _take(state: State, event: e.AnyEvent, at: datetime) -> State:  # noqa: C901 - one case per event
    """What an event adds to the state besides the phase."""
    match event:
        case e.RunStarted():
            return replace(state, run_id=event.run_id, since={Phase.PREFLIGHT: at})
        case e.Pinned():
            return replace(state, identity=event.identity)
        case e.BaselineTaken():
            return replace(state, serving_before=event.serving, replicas_before=event.replicas)
        case e.ChangeFound():
            return replace(state, digest=event.digest)
        case e.ChangeApproved():
            return replace(state, approved_digest=event.digest)
        case e.ApplyStarted():
            return replace(state, applied_at=at, owed=True)
        case e.Refused():
            return replace(state, ended_because=event.because, unreachable=event.unreachable)
        case e.ApplyFailed():
            return replace(state, going_back_because=event.because, going_back_rule="apply")
        case e.RollbackDecided():
            return replace(state, going_back_because=event.because, going_back_rule=event.rule)
        case e.RollbackVerified() | e.RollbackFailed() | e.Superseded() | e.Kept():
            return replace(state, ended_because=event.because)
        case _:
            return _take_note(state, event, at)


def _take_note(state: State, event: e.AnyEvent, at: datetime) -> State:  # noqa: C901 - one case per event
    match event:
        case e.WriteIntended():
            return replace(state, writes={**state.writes, event.op: Write(event)})
        case e.WriteDone():
            return replace(state, writes={**state.writes, event.op: replace(state.writes[event.op], done=event)})
        case e.WriteFailed():
            return replace(state, writes={**state.writes, event.op: replace(state.writes[event.op], failed=event)})
        case e.Asked():
            return replace(state, asked=event, asked_at=state.asked_at or at)
        case e.Lifted():
            return replace(state, asked=None, asked_at=None)
        case e.Answered():
            asked = state.asked.judgements if state.asked else ()
            waived = {(one.rule, one.about) for one in asked} if event.word == "approve" else set()
            return replace(state, asked=None, asked_at=None, waived=state.waived | waived)
        case e.RevisionSeen():
            return replace(state, revision=event)
        case e.Blind():
            return replace(state, blind_s=state.blind_s + event.lasted_s)
        case e.Sampled():
            return replace(state, looks=state.looks + 1)
        case e.CriterionMet():
            return replace(state, met=state.met | {(event.by_s, event.subject)})
        case e.Warned():
            return replace(state, warned=state.warned | {(event.rule, event.text)})
        case _:
            return state


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documents."""
    lines = ["stateDiagram-v2", "    [*] --> PREFLIGHT"]
    for phase, row in TABLE.items():
        lines += [f"    {phase.name} --> {target.name}: {kind.__name__}" for kind, target in row.items()]
    lines += [f"    {phase.name} --> [*]" for phase in Phase if phase in ENDS]
    return "\n".join(lines) + "\n"

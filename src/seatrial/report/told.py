"""A journal walked through once: each entry with the phase it came in and the state after it."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from seatrial.lifecycle import Phase, State, advance
from seatrial.model.events import AnyEvent, Entry, WriteDone, WriteFailed, WriteIntended
from seatrial.report.sentences import sentence

E = TypeVar("E")


class Told(Struct, frozen=True):
    """An entry in its place."""

    entry: Entry
    phase: Phase
    state: State

    @property
    def event(self) -> AnyEvent:
        """What happened."""
        return self.entry.event

    @property
    def offset_s(self) -> float | None:
        """Seconds since the first change; None before it."""
        began = self.state.applied_at
        return (self.entry.at - began).total_seconds() if began else None

    @property
    def text(self) -> str:
        """The event in one sentence; empty where a person need not read it."""
        return sentence(self.event, self.intended)

    @property
    def intended(self) -> WriteIntended | None:
        """The write whose outcome this is."""
        match self.event:
            case WriteDone(op=op) | WriteFailed(op=op):
                write = self.state.writes.get(op)
                return write.intended if write else None
            case _:
                return None


def place(state: State, entry: Entry) -> Told:
    """One more entry, after the state so far."""
    return Told(entry, state.phase, advance(state, entry))


def walk(entries: Iterable[Entry]) -> tuple[Told, ...]:
    """All entries, each in its place."""
    state = State()
    told: list[Told] = []
    for entry in entries:
        told.append(place(state, entry))
        state = told[-1].state
    return tuple(told)


def events_of(kind: type[E], entries: Iterable[Entry]) -> Sequence[tuple[Entry, E]]:
    """All events of one kind, each with its entry."""
    return [(entry, entry.event) for entry in entries if isinstance(entry.event, kind)]


def newest_of(kind: type[E], entries: Sequence[Entry]) -> E | None:
    """The newest event of one kind."""
    return next((entry.event for entry in reversed(entries) if isinstance(entry.event, kind)), None)

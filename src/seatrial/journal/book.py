"""The journal file: append one line, fsync, never edit. A torn tail is cut when it is opened; a broken middle is an error."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from seatrial.journal.codec import BrokenLineError, decode, encode
from seatrial.model.events import AnyEvent, Entry


class Times(Protocol):
    """The part of a clock that an entry needs."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds since some moment of this boot."""
        ...

    def boot_id(self) -> str:
        """The name of this boot."""
        ...


class JournalError(Exception):
    """The journal can't be read or written; nothing may be changed in the cluster without it."""


STRUCTURE = frozenset(
    ("type", "verdict", "rule", "family", "op", "verb", "word", "uid", "resource_version", "digest", "at", "started")
)
"""Fields that Seatrial itself fills with its own words, numbers and times: a secret that reads like one must not break them."""

Listener = Callable[[Entry], None]
Hide = Callable[[str], str]
S = TypeVar("S", bound=Struct)


class Journal:
    """All entries of one run: in memory for the fold, on disk for everybody else."""

    def __init__(self, path: Path | None, clock: Times, entries: list[Entry]) -> None:
        self._path = path
        self._clock = clock
        self._entries = entries
        self._listeners: list[Listener] = []
        self._hide: Hide | None = None

    def hide_with(self, hide: "Hide") -> None:
        """From now on every text goes through `hide` before it is written down: the one choke point for secrets."""
        self._hide = hide

    def hidden(self, value: S) -> S:
        """A value with every text in it hidden, as the journal would write it."""
        return value if self._hide is None else hidden(value, self._hide)

    def entries(self) -> tuple[Entry, ...]:
        """All entries so far."""
        return tuple(self._entries)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each entry after it is on disk."""
        self._listeners.append(listener)

    def append(self, event: AnyEvent) -> Entry:
        """Write an event down. JournalError where it is not on disk: then the change that it announces must not happen."""
        clock = self._clock
        entry = Entry(len(self._entries), clock.now(), clock.monotonic_s(), clock.boot_id(), self.hidden(event))
        if self._path is not None:
            _write(self._path, encode(entry))
        self._entries.append(entry)
        for listener in self._listeners:
            listener(entry)
        return entry


def hidden(value: S, hide: Hide) -> S:
    """A copy of a value in which every text went through `hide`; the same value where none changed."""
    plain = msgspec.to_builtins(value)
    covered = _covered(plain, hide)
    return value if covered == plain else msgspec.convert(covered, type(value))


def _covered(plain: object, hide: Hide) -> object:
    if isinstance(plain, str):
        return hide(plain)
    if isinstance(plain, dict):
        return {name: one if name in STRUCTURE else _covered(one, hide) for name, one in plain.items()}
    if isinstance(plain, list | tuple):
        return [_covered(one, hide) for one in plain]
    return plain


def create(path: Path, clock: Times) -> Journal:
    """A new journal; JournalError where there is one already."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        _sync_directory(path.parent)
    except OSError as error:
        raise JournalError(f"{path}: can't be created: {error.strerror}") from error
    return Journal(path, clock, [])


def reopen(path: Path, clock: Times) -> Journal:
    """The journal as it was left, to be continued. A torn last line is cut off."""
    entries, good_bytes = _read(path)
    try:
        if path.stat().st_size > good_bytes:
            os.truncate(path, good_bytes)
    except OSError as error:
        raise JournalError(f"{path}: can't be repaired: {error.strerror}") from error
    return Journal(path, clock, entries)


def read(path: Path) -> tuple[Entry, ...]:
    """The entries, for a reader that does not continue the run; a torn last line is left out."""
    return tuple(_read(path)[0])


def in_memory(clock: Times) -> Journal:
    """A journal without a file, for stories."""
    return Journal(None, clock, [])


def _write(path: Path, line: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        try:
            if os.write(handle, line) != len(line):
                raise JournalError(f"{path}: the disk is full; free room, then `seatrial resume`")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise JournalError(f"{path}: can't be written: {error.strerror}; then nothing is changed either") from error


def _read(path: Path) -> tuple[list[Entry], int]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path}: can't be read: {error.strerror}") from error
    entries: list[Entry] = []
    good_bytes = 0
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line and number == len(lines):
            break
        try:
            entry = decode(line)
        except BrokenLineError as error:
            if number == len(lines):
                break
            raise JournalError(f"{path}:{number}: {error}; nothing after it can be trusted") from error
        if entry.index != len(entries):
            raise JournalError(f"{path}:{number}: entry {entry.index} stands where {len(entries)} should")
        if number == len(lines):
            break
        entries.append(entry)
        good_bytes += len(line) + 1
    return entries, good_bytes


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

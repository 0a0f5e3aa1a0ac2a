"""Rotated logs: which of `gc.log`, `gc.log.0`, `gc.log.1.current` was written first.

The numbers do not tell. Unified logging archives in a ring, so `.0` may be older or younger than `.4`, and the file
without a number is the newest; JDK 8 writes into `.N.current` and begins again at 0.
"""

import re
from collections.abc import Callable, Iterable

import msgspec

from seatrial.jvm.gclog.decorations import is_uptime, moment_s, wall_s

_LINES_MAX = 50
_HEAD_BYTES = 60  # the stamp of a line is in front
_JDK8_UPTIME = re.compile(rb"(?:\S+: )?(\d{1,10})[.,](\d{3}): ")


class LogFile(msgspec.Struct, frozen=True):
    """One file of a set: its name, its first bytes, and when it was written to last, if that is known."""

    name: str
    head: bytes
    modified_s: float | None = None


def in_order(files: Iterable[LogFile]) -> tuple[LogFile, ...]:
    """The oldest first: by dates in the lines, else by the last writes, else by uptime."""
    files = tuple(files)
    dates = [_first(each.head, wall_s) for each in files]
    if None not in dates:
        return _sorted(files, dates)
    writes = [each.modified_s for each in files]
    if None not in writes and len(set(writes)) == len(files):
        return _sorted(files, writes)
    return _sorted(files, [_first(each.head, _uptime_s) for each in files])


def _sorted(files: tuple[LogFile, ...], keys: list[float | None]) -> tuple[LogFile, ...]:
    """By key; what has none comes last, as the newest file may have no line yet."""
    pairs = sorted(zip(keys, files, strict=True), key=lambda pair: (pair[0] is None, pair[0] or 0.0))
    return tuple(file for _, file in pairs)


def _first(head: bytes, read: Callable[[bytes], float | None]) -> float | None:
    moments = (read(line[:_HEAD_BYTES]) for line in head.split(b"\n", _LINES_MAX)[:_LINES_MAX])
    return next((moment for moment in moments if moment is not None), None)


def _uptime_s(line: bytes) -> float | None:
    if found := _JDK8_UPTIME.match(line):
        return int(found[1]) + int(found[2]) / 1e3
    moment = moment_s(line)
    return moment if moment is not None and is_uptime(moment) else None

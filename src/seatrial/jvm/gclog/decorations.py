"""The brackets in front of a unified log line: when it was written, in whichever of the decorations says so."""

import re
from datetime import UTC, datetime

# `java -Xlog:help`: time, utctime, uptime, timemillis, uptimemillis, timenanos, uptimenanos, hostname, pid, tid, level, tags.
_UPTIME_S = re.compile(rb"\[?\b(\d{1,12})[.,](\d{3})s\]")
_COUNTED = re.compile(rb"\b(\d{1,20})(ms|ns)\]")
_DATE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]\d{3}(?:[+-]\d\d:?\d\d|Z)?")
_PER_S = {b"ms": 1e3, b"ns": 1e9}
# Uptime stays below thirty years; time since 1970 does not.
_UPTIME_MAX_S = 9e8
_OURS = re.compile(
    rb"\d{1,12}[.,]\d{3}s\]|\b\d{1,20}(?:ms|ns)\]|\d{4}-\d\d-\d\dT[\d:.,+Z-]{8,24}\]|\[(?:trace|debug|info|warning|error) *\]"
    rb"|\[(?:gc|safepoint)[a-z0-9,]* *\]"
)
# A time in brackets inside a line: another line begins there without a line end before it.
GLUED = re.compile(rb"(?<=[^\]\n\[])(?=\[(?:\d{1,12}[.,]\d{3}s|\d{1,20}(?:ms|ns)|\d{4}-\d\d-\d\dT[^\]\n]{12,20})\])")


def moment_s(head: bytes) -> float | None:
    """Seconds of uptime where the decorations bear it, else of wall time; None where they bear neither."""
    if head[:1] == b"[":
        end = head.find(b"s]", 2, 20)
        if end > 0 and head[end - 4 : end - 3] == b".":
            try:
                return float(head[1:end])
            except ValueError:
                pass
    if found := _UPTIME_S.search(head):
        return int(found[1]) + int(found[2]) / 1e3
    if counted := [int(digits) / _PER_S[unit] for digits, unit in _COUNTED.findall(head)]:
        return min(counted)
    return wall_s(head)


def is_uptime(moment: float) -> bool:
    """Whether these seconds count from the JVM's start."""
    return moment < _UPTIME_MAX_S


def looks_decorated(head: bytes) -> bool:
    """Whether the brackets are those of a JVM: one of them a time, a level or a tag of ours."""
    return _OURS.search(head) is not None


def wall_s(head: bytes) -> float | None:
    """The first date in the text, as seconds since 1970; one without a zone is taken for UTC."""
    found = _DATE.search(head)
    if found is None:
        return None
    try:
        written = datetime.fromisoformat(found[0].decode().replace(",", "."))
    except ValueError:
        return None
    return (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp()

"""Pauses inside pauses: so that each moment is counted once, and a pause that never ended is noticed.

Serial of JDK 11 runs a full collection inside a young one, CMS a young one inside its remark, others a young one inside a
full one. A log with start lines shows it; a plain log only prints the inner line first, with the higher GC number.
"""

_NESTS = frozenset({("young", "full"), ("full", "young"), ("remark", "young")})
# Uptime is printed in milliseconds, the duration in microseconds.
_ROUNDING_S = 0.0015
_OPEN_MAX = 8
_INSIDE_REMARK = "CMS Final Remark"

_Ended = tuple[int, str, str, int, float | None]  # number, kind, cause, nanoseconds, end


class _Open:
    """A pause that began and has not ended yet, with what ended inside it."""

    __slots__ = ("gc", "inner", "inner_ns", "kind")

    def __init__(self, kind: str, gc: int | None) -> None:
        self.kind = kind
        self.gc = gc
        self.inner = 0
        self.inner_ns = 0


class Nesting:
    """`nested` pauses lay inside others and took `nested_ns` of their time."""

    def __init__(self) -> None:
        self.nested = 0
        self.nested_ns = 0
        self.without_duration = 0
        self._open: list[_Open] = []
        self._previous: _Ended | None = None

    def began(self, kind: str, gc: int | None) -> None:
        """A start line was read. What is open and cannot hold such a pause has lost its end."""
        opened = self._open
        while opened and ((opened[-1].kind, kind) not in _NESTS or len(opened) >= _OPEN_MAX):
            opened.pop()
            self.without_duration += 1
        opened.append(_Open(kind, gc))

    def ended(self, kind: str, cause: str, gc: int | None, duration_ns: int, end_s: float | None) -> bool:
        """A pause printed its duration; whether another one lay inside it."""
        opened = self._open
        if opened:
            top = opened[-1]
            if top.gc == gc and top.kind == kind:
                opened.pop()
            else:
                top = self._close_to(kind, gc)
            self._previous = None
            return self._closed(top, duration_ns)
        if gc is None:
            return False
        previous, self._previous = self._previous, (gc, kind, cause, duration_ns, end_s)
        if previous is None or previous[0] <= gc or not _holds(kind, duration_ns, end_s, previous):
            return False
        self.nested += 1
        self.nested_ns += previous[3]
        return True

    def passed(self, kind: str, cause: str, gc: int, duration_ns: int) -> None:
        """Pauses went by of which none lay inside another; this was the last of them."""
        self._previous = (gc, kind, cause, duration_ns, None)

    def last_gc(self) -> int:
        """The number of the last collection that ended, -1 if there was none."""
        return self._previous[0] if self._previous else -1

    def cut(self) -> None:
        """The log breaks off here: what is open never ends."""
        self.without_duration += len(self._open)
        self._open.clear()
        self._previous = None

    def open_now(self) -> int:
        """Pauses that have begun and not ended, so far."""
        return len(self._open)

    def _close_to(self, kind: str, gc: int | None) -> _Open:
        """The start line that this end belongs to; what began after it has lost its end, as has what cannot hold it."""
        opened = self._open
        for depth in range(len(opened) - 2, -1, -1):
            if opened[depth].gc == gc and opened[depth].kind == kind:
                self.without_duration += len(opened) - depth - 1
                found = opened[depth]
                del opened[depth:]
                return found
        if (opened[-1].kind, kind) not in _NESTS:
            self.without_duration += len(opened)
            opened.clear()
        return _Open(kind, gc)

    def _closed(self, pause: _Open, duration_ns: int) -> bool:
        if pause.inner:
            self.nested += pause.inner
            self.nested_ns += min(pause.inner_ns, duration_ns)
        if self._open:
            outer = self._open[-1]
            outer.inner += 1
            outer.inner_ns += duration_ns
        return pause.inner > 0


def _holds(kind: str, duration_ns: int, end_s: float | None, inner: _Ended) -> bool:
    _, inner_kind, inner_cause, inner_ns, inner_end_s = inner
    if (kind, inner_kind) not in _NESTS or inner_ns > duration_ns:
        return False
    if kind == "remark" and inner_cause != _INSIDE_REMARK:
        return False  # a concurrent cycle is older than the young collections beside it
    if end_s is None or inner_end_s is None:
        return True
    return inner_end_s - inner_ns / 1e9 >= end_s - duration_ns / 1e9 - _ROUNDING_S

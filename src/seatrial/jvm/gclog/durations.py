"""Durations, counted: exact count, sum and maximum, percentiles from a histogram of bounded size."""

from collections import Counter

_DISTINCT_MAX = 50_000
# What is kept of a value where there are too many: four significant digits, and three if that is not enough.
_FOUR_DIGITS, _THREE_DIGITS = 10_000, 1_000


class Durations:
    """Whole nanoseconds, as many as there are; percentiles are exact up to 50,000 different values."""

    __slots__ = ("_seen", "count", "max_ns", "total_ns")

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0
        self.max_ns = 0
        self._seen: dict[int, int] = {}

    def add(self, duration_ns: int) -> None:
        """Count one."""
        self.count += 1
        self.total_ns += duration_ns
        if duration_ns > self.max_ns:
            self.max_ns = duration_ns
        seen = self._seen
        seen[duration_ns] = seen.get(duration_ns, 0) + 1
        if len(seen) > _DISTINCT_MAX:
            self._coarsen()

    def add_all(self, durations_ns: list[int]) -> None:
        """Count many."""
        self.count += len(durations_ns)
        self.total_ns += sum(durations_ns)
        self.max_ns = max(self.max_ns, *durations_ns)
        self._add(Counter(durations_ns))

    def absorb(self, other: "Durations") -> None:
        """Count all that the other has counted."""
        self.count += other.count
        self.total_ns += other.total_ns
        self.max_ns = max(self.max_ns, other.max_ns)
        self._add(other._seen)

    def percentiles_ns(self, *ranks: float) -> tuple[int, ...]:
        """Nearest rank: the smallest value that at least this share of all values does not exceed; 0 of none."""
        ordered = sorted(self._seen.items())
        return tuple(_at(ordered, rank * self.count) for rank in ranks)

    def _add(self, seen: dict[int, int]) -> None:
        for duration_ns, times in seen.items():
            self._seen[duration_ns] = self._seen.get(duration_ns, 0) + times
        if len(self._seen) > _DISTINCT_MAX:
            self._coarsen()

    def _coarsen(self) -> None:
        self._seen = _kept_to(_FOUR_DIGITS, self._seen)
        if len(self._seen) > _DISTINCT_MAX // 2:
            self._seen = _kept_to(_THREE_DIGITS, self._seen)


def _kept_to(digits: int, seen: dict[int, int]) -> dict[int, int]:
    coarse: dict[int, int] = {}
    for value, times in seen.items():
        kept = _rounded(value, digits)
        coarse[kept] = coarse.get(kept, 0) + times
    return coarse


def _at(ordered: list[tuple[int, int]], wanted: float) -> int:
    passed = 0
    for value, times in ordered:
        passed += times
        if passed >= wanted:
            return value
    return 0


def _rounded(value: int, digits: int) -> int:
    unit = 1
    while value // unit >= digits:
        unit *= 10
    return value // unit * unit

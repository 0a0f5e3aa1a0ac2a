"""What will happen in the fake cluster, and when. It happens when somebody looks, at its own time."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.support.fake_clock import FakeClock

DUE_AT_ONCE_MAX = 100_000


class Agenda:
    """Things to do by the clock's monotonic time."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._doing_s: float | None = None

    def now_s(self) -> float:
        """The time of the thing that happens just now; the clock's, where nothing does."""
        return self.clock.monotonic_s() if self._doing_s is None else self._doing_s

    def now(self) -> datetime:
        """The same, as wall time."""
        return self.clock.now() - timedelta(seconds=self.clock.monotonic_s() - self.now_s())

    def stamp(self) -> str:
        """Now, as Kubernetes writes it: whole seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """Put something on the agenda."""
        self._count += 1
        heapq.heappush(self._due, (self.now_s() + seconds, self._count, do))

    def next_in_s(self) -> float | None:
        """How long until the next thing; None where there is none."""
        return max(0.0, self._due[0][0] - self.clock.monotonic_s()) if self._due else None

    def settle(self) -> None:
        """Let everything happen that is due."""
        if self._doing_s is not None:
            return
        done = 0
        # A timer may fire a hair early: floats.
        while self._due and self._due[0][0] <= self.clock.monotonic_s() + 1e-6:
            self._doing_s, _, do = heapq.heappop(self._due)
            try:
                do()
            finally:
                self._doing_s = None
            done += 1
            assert done < DUE_AT_ONCE_MAX, "the fake cluster does not come to rest"

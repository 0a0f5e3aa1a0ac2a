"""What this package needs of a clock: the shape of run.clock.Clock, named here because a lower layer can't import it."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Wall time for records, monotonic time for waits."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds since some fixed moment of this boot."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; cancellable."""
        ...

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Await `work`; TimeoutError after `seconds`."""
        ...

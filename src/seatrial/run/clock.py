"""The only place that asks the time, sleeps, or bounds a wait; who only asks the time does not pay for asyncio."""

import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Wall time for records and windows, monotonic time for waits within one boot."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds since some fixed moment of this boot."""
        ...

    def boot_id(self) -> str:
        """A name of this boot: monotonic times of different boots can't be compared."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; cancellable."""
        ...

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Await `work`; TimeoutError after `seconds`."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return utc_now()

    def monotonic_s(self) -> float:
        """Seconds of CLOCK_MONOTONIC."""
        return ticks()

    def boot_id(self) -> str:
        """The kernel's random id of this boot; empty where there is none."""
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""

    async def sleep(self, seconds: float) -> None:
        """Wait; cancellable."""
        import asyncio

        await asyncio.sleep(max(0.0, seconds))  # noqa: TID251 - this is the place

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Await `work`; TimeoutError after `seconds`."""
        import asyncio

        async with asyncio.timeout(seconds):  # noqa: TID251 - this is the place
            return await work


def utc_now() -> datetime:
    """The wall time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the place


def ticks() -> float:
    """Seconds of the monotonic clock, for durations."""
    return time.monotonic()  # noqa: TID251 - this is the place


def pause(seconds: float) -> None:
    """Sleep, in code that is not asynchronous."""
    time.sleep(seconds)  # noqa: TID251 - this is the place

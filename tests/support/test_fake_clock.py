"""The clock of stories: it jumps when everybody waits, stands still while somebody works, and does not hang."""

import asyncio
import time

import pytest
from tests.support import fake_clock
from tests.support.fake_clock import STORY_BEGINS, FakeClock, StoryTooLongError


def test_a_week_passes_at_once() -> None:
    clock, began_s = FakeClock(), time.perf_counter()
    clock.run(clock.sleep(7 * 24 * 3600))
    assert (clock.now() - STORY_BEGINS).days == 7
    assert time.perf_counter() - began_s < 2


def test_who_waits_less_goes_first() -> None:
    clock = FakeClock()
    order: list[str] = []

    async def wait(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        order.append(f"{name} at {clock.monotonic_s():.0f}")

    async def story() -> None:
        await asyncio.gather(wait("late", 20), wait("soon", 5), wait("between", 12))

    clock.run(story())
    assert order == ["soon at 5", "between at 12", "late at 20"]


def test_a_wait_is_bounded_to_the_second() -> None:
    clock = FakeClock()

    async def story() -> None:
        with pytest.raises(TimeoutError):
            await clock.within(30, asyncio.Event().wait())

    clock.run(story())
    assert clock.monotonic_s() == pytest.approx(30, abs=0.001)


def test_time_stands_still_while_a_thread_works() -> None:
    clock = FakeClock()

    async def story() -> None:
        waiting = asyncio.ensure_future(clock.sleep(1000))
        await asyncio.to_thread(lambda: sum(range(2_000_000)))
        assert clock.monotonic_s() == 0
        waiting.cancel()

    clock.run(story())


def test_a_suspended_machine_moves_the_wall_clock_only() -> None:
    clock = FakeClock()
    clock.suspend(600)
    assert (clock.monotonic_s(), (clock.now() - STORY_BEGINS).total_seconds()) == (0, 600)


def test_a_story_without_end_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_clock, "JUMPS_MAX", 100)
    clock = FakeClock()

    async def story() -> None:
        while True:
            await clock.sleep(1)

    with pytest.raises(StoryTooLongError):
        clock.run(story())

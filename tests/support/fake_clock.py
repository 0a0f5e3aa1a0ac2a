"""A clock for stories: it jumps to the next deadline whenever everybody waits, so that an hour's soak takes milliseconds."""

import asyncio
import selectors
from collections.abc import Awaitable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

STORY_BEGINS = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
JUMPS_MAX = 200_000


class StoryTooLongError(AssertionError):
    """The story waits again and again and never ends."""


class FakeClock:
    """The shape of run.clock.Clock. Nothing moves it but waiting, `advance` and `suspend`."""

    def __init__(self, begins: datetime = STORY_BEGINS, boot: str = "boot-1") -> None:
        self._begins = begins
        self._seconds = 0.0
        self._suspended = 0.0
        self._boot = boot

    def now(self) -> datetime:
        """The wall time, in UTC."""
        return self._begins + timedelta(seconds=self._seconds + self._suspended)

    def monotonic_s(self) -> float:
        """Seconds since the story began, suspended ones left out."""
        return self._seconds

    def boot_id(self) -> str:
        """A name of this boot."""
        return self._boot

    async def sleep(self, seconds: float) -> None:
        """Wait; cancellable."""
        await asyncio.sleep(max(0.0, seconds))  # noqa: TID251 - the loop's time is this clock's time

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Await `work`; TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):  # noqa: TID251 - the loop's time is this clock's time
            return await work

    def advance(self, seconds: float) -> None:
        """Time passes while nobody waits."""
        self._seconds += seconds

    def suspend(self, seconds: float) -> None:
        """The machine sleeps: the wall clock goes on, the monotonic one does not."""
        self._suspended += seconds

    def reboot(self, boot: str = "boot-2") -> None:
        """Monotonic times of before can't be compared any more."""
        self._boot = boot

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run a story to its end, in this clock's time."""
        with asyncio.Runner(loop_factory=lambda: JumpingLoop(self)) as runner:
            return runner.run(work)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop that does not wait: with nothing ready, it moves the clock to the next timer."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(JumpingSelector(clock, self))
        self._fake = clock
        self.threads = 0

    def time(self) -> float:
        """The clock's time, so that every timer of asyncio runs by it."""
        return self._fake.monotonic_s()

    def run_in_executor(self, executor: Executor | None, func, *args):  # type: ignore[no-untyped-def,override] # noqa: ANN001, ANN002, ANN201 - typeshed's own signature needs Unpack
        """As asyncio does it; time stands still while a thread works."""
        future = super().run_in_executor(executor, func, *args)
        self.threads += 1
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _: object) -> None:
        self.threads -= 1


class JumpingSelector(selectors.DefaultSelector):
    """Real sockets first; then the clock jumps."""

    # Beside the loop's own wake-up pipe: then there are sockets, and their bytes may be on their way.
    OWN_FDS = 1
    GRACE_S = 0.003
    HANGS_S = 20.0

    def __init__(self, clock: FakeClock, loop: JumpingLoop) -> None:
        super().__init__()
        self._clock = clock
        self._loop = loop
        self._jumps = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; with nothing ready, the time of the next timer comes at once."""
        if timeout is None:
            return self._wait_for_others()
        if timeout <= 0 or self._loop.threads:
            return super().select(min(timeout, self.GRACE_S))
        ready = super().select(self.GRACE_S if len(self.get_map()) > self.OWN_FDS else 0)
        if not ready:
            self._jump(timeout)
        return ready

    def _wait_for_others(self) -> list[tuple[selectors.SelectorKey, int]]:
        """No timer is set: only a thread, a socket or a child process can go on with the story."""
        ready = super().select(self.HANGS_S)
        if not ready and not self._loop.threads:
            raise StoryTooLongError(f"everybody waits for somebody else, at {self._clock.now()}")
        return ready

    def _jump(self, seconds: float) -> None:
        self._jumps += 1
        if self._jumps > JUMPS_MAX:
            raise StoryTooLongError(f"{JUMPS_MAX} waits, and still no end; it is {self._clock.now()}")
        self._clock.advance(max(seconds, 1e-6))  # a float of weeks does not notice less

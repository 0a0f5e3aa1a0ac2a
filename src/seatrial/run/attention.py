"""What may end a wait early: something new to see, a person's word, a signal. Nothing else wakes a step."""

import asyncio
from collections.abc import Callable

from seatrial.journal.inbox import Word
from seatrial.run.clock import Clock


class Attention:
    """One bell for all that may happen while a step waits.

    inbox: takes the words that lie there. inbox_every_s: how often it is asked; a directory has no watch in the standard library.
    """

    def __init__(self, clock: Clock, inbox: Callable[[], tuple[Word, ...]], inbox_every_s: float = 1.0) -> None:
        self._clock = clock
        self._inbox = inbox
        self._inbox_every_s = inbox_every_s
        self._bell = asyncio.Event()
        self._words: list[Word] = []
        self.signal = ""

    def ring(self) -> None:
        """Something is new: whoever waits should look."""
        self._bell.set()

    def interrupt(self, signal: str) -> None:
        """A signal came; the step ends in order as soon as what it sent is answered."""
        self.signal = self.signal or signal
        self.ring()

    def words(self) -> tuple[Word, ...]:
        """What people said since the last time, each word once."""
        taken = (*self._words, *self._inbox())
        self._words.clear()
        return taken

    async def wait(self, seconds: float) -> None:
        """Wait until the bell rings, a word comes, or the time is over."""
        left = seconds
        while left > 0 and not self._bell.is_set() and not self._words:
            nap = min(left, self._inbox_every_s)
            try:
                await self._clock.within(nap, self._bell.wait())
            except TimeoutError:
                left -= nap
            self._words.extend(self._inbox())
        self._bell.clear()

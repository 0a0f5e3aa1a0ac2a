"""The newest look at the workload, kept fresh by a watch while a step runs."""

import asyncio
import contextlib
from types import TracebackType

from seatrial.model.observation import Look, ObjectRef
from seatrial.run.attention import Attention
from seatrial.run.tools import Reads


class Following:
    """Follow a workload for as long as the `async with` lasts; `latest` is None until the first look is there."""

    def __init__(self, reads: Reads, workload: ObjectRef, attention: Attention) -> None:
        self._reads = reads
        self._workload = workload
        self._attention = attention
        self._task: asyncio.Task[None] | None = None
        self.latest: Look | None = None
        self.number = 0

    async def __aenter__(self) -> "Following":
        self._task = asyncio.create_task(self._pump())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def check(self) -> None:
        """Raise what ended the watch, if anything did: it never ends by itself, so that is a bug."""
        if self._task and self._task.done():
            self._task.result()

    async def _pump(self) -> None:
        looks = self._reads.follow(self._workload)
        async with contextlib.aclosing(looks):  # type: ignore[type-var]  # an async generator behind the protocol
            async for look in looks:
                self.latest = look
                self.number += 1
                self._attention.ring()

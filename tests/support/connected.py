"""A connection to the small API server, in a story's own time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx2
from tests.support.api_server import ApiServer, api_server
from tests.support.fake_clock import FakeClock

from seatrial.cluster.identification import Token
from seatrial.cluster.read import ReadingCluster
from seatrial.cluster.whose import Whose
from seatrial.cluster.wire import Wire
from seatrial.cluster.write import WritingCluster

T = TypeVar("T")


@dataclass(frozen=True)
class Connected:
    """Both sides of the connection, and the server at its other end."""

    server: ApiServer
    clock: FakeClock
    wire: Wire
    reads: ReadingCluster
    writes: WritingCluster


@asynccontextmanager
async def connected(clock: FakeClock, token_file: str = "") -> AsyncIterator[Connected]:
    """Connect; close at the end."""
    async with api_server() as server:
        client = httpx2.AsyncClient(base_url=server.url, timeout=None, trust_env=False)
        wire = Wire(client, Token(clock, "a-token" if not token_file else "", token_file), clock)
        whose = Whose("a-context", server.url, "sha256:ca")
        try:
            yield Connected(server, clock, wire, ReadingCluster(wire, whose), WritingCluster(wire))
        finally:
            await wire.aclose()
            await asyncio.sleep(0)  # noqa: TID251 - lets closed connections go


def told(story: Callable[[Connected], Awaitable[T]], token_file: str = "") -> T:
    """Run a story against a server of its own."""
    clock = FakeClock()

    async def run() -> T:
        async with connected(clock, token_file) as both:
            return await story(both)

    return clock.run(run())

"""Requests to the API server: each with a deadline, few at a time, reads tried again within bounds, writes sent once."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2
from msgspec import Struct

from seatrial.cluster.identification import Token
from seatrial.cluster.redact import clean
from seatrial.cluster.status import Failed, refusal, status_of
from seatrial.cluster.timing import Clock

AT_ONCE_MAX = 16
TRIES_MAX = 4
RETRY_AFTER_MAX_S = 10.0
READ_S = 20.0
WRITE_S = 30.0
ANSWER_BYTES_MAX = 512 * 1024 * 1024
AGAIN = (429, 500, 502, 503, 504)
JSON = "application/json"


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes
    content_type: str = ""
    warnings: tuple[str, ...] = ()
    retry_after: str = ""


class Request(Struct, frozen=True):
    """What is asked."""

    method: str
    path: str
    params: Mapping[str, str | int] = {}
    body: bytes = b""
    content_type: str = JSON
    accept: str = JSON
    bytes_max: int = ANSWER_BYTES_MAX


class Lost(Exception):  # noqa: N818 - the name says what happened
    """No answer came: not connected, cut off, or too late."""


class Wire:
    """One client for all requests of a cluster."""

    def __init__(self, client: httpx2.AsyncClient, token: Token, clock: Clock, sni: str = "") -> None:
        self._client = client
        self._token = token
        self._sni = sni
        self._slots = asyncio.Semaphore(AT_ONCE_MAX)
        self.clock = clock
        # Until it says otherwise: on by default from 1.34.
        self.serves_initial_events = True

    async def read(self, request: Request, deadline_s: float = READ_S) -> Answer | Failed:
        """Ask until there is an answer worth having: a few times, never longer than the deadline."""
        ends_s = self.clock.monotonic_s() + deadline_s
        failed = Failed(0, "not asked")
        for nth in range(TRIES_MAX):
            left_s = ends_s - self.clock.monotonic_s()
            if left_s <= 0:
                break
            answer = await self._try(request, left_s)
            if isinstance(answer, Answer) and answer.status < 300:
                return answer
            failed = answer if isinstance(answer, Failed) else refusal(answer.status, answer.body)
            wait_s = self._wait_s(nth, answer)
            if wait_s is None or nth == TRIES_MAX - 1 or wait_s > ends_s - self.clock.monotonic_s():
                break
            await self.clock.sleep(wait_s)
        return failed

    async def _try(self, request: Request, deadline_s: float) -> Answer | Failed:
        try:
            return await self.send(request, deadline_s)
        except Lost as lost:
            return Failed(0, str(lost))

    def _wait_s(self, nth: int, answer: Answer | Failed) -> float | None:
        """How long before the next try; None where another would not help."""
        if isinstance(answer, Failed):
            return backoff_s(nth)
        if answer.status == 401:
            return 0.0 if nth == 0 and self._token.renew() else None
        if answer.status not in AGAIN:
            return None
        return retry_after_s(answer) or backoff_s(nth)

    async def send(self, request: Request, deadline_s: float) -> Answer:
        """Ask once. Raises Lost where no answer came."""
        try:
            async with self._slots:
                return await self.clock.within(deadline_s, self._exchange(request))
        except TimeoutError:
            raise Lost(f"no answer within {deadline_s:.0f} s") from None
        except httpx2.TransportError as error:
            raise Lost(said(error)) from error
        except httpx2.DecodingError as error:
            raise Lost(f"the answer can't be read: {said(error)}") from error

    async def _exchange(self, request: Request) -> Answer:
        async with self.stream(request) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > request.bytes_max:
                    break
            return Answer(
                status=response.status_code,
                body=bytes(body[: request.bytes_max]),
                content_type=response.headers.get("content-type", ""),
                warnings=tuple(warning_text(one) for one in response.headers.get_list("warning")),
                retry_after=response.headers.get("retry-after", ""),
            )

    @asynccontextmanager
    async def stream(self, request: Request, headers: Mapping[str, str] = {}) -> AsyncIterator[httpx2.Response]:
        """The response while it comes; closed at the end. Raises what httpx2 raises."""
        ours = {"accept": request.accept, **self._token.headers(), **headers}
        if request.body:
            ours["content-type"] = request.content_type
        built = self._client.build_request(
            request.method,
            request.path,
            params=dict(request.params) or None,
            headers=ours,
            content=request.body or None,
            extensions={"sni_hostname": self._sni} if self._sni else None,
        )
        response = await self._client.send(built, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def said(error: BaseException) -> str:
    """An error's own words; its kind where it has none."""
    return clean(str(error)) or type(error).__name__


def backoff_s(nth: int) -> float:
    """0.2 s, doubled each time up to 10 s, and shaken so that many clients don't come back at once."""
    return min(10.0, 0.2 * 2.0 ** min(nth, 8)) * (0.5 + secrets.randbelow(1000) / 1000)


def retry_after_s(answer: Answer) -> float:
    """The server's wish in seconds, capped; 0 where there is none that can be read (HTTP dates are not sent by API servers)."""
    status = status_of(answer.body)
    wished = answer.retry_after
    if not wished.isdecimal():
        wished = str((status.details and status.details.retry_after_seconds) or 0) if status else "0"
    return min(RETRY_AFTER_MAX_S, float(wished[:9]) if wished.isdecimal() else 0.0)


def warning_text(header: str) -> str:
    """The text of a Warning header: `299 - "text"`."""
    quoted = header.partition('"')[2].rpartition('"')[0]
    return clean((quoted or header).replace('\\"', '"').replace("\\\\", "\\"))

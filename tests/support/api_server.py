"""A small real HTTP server that answers as an API server might: what the story says, path by path, faults of the wire included."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import msgspec

REASONS = {101: "Switching Protocols", 200: "OK", 201: "Created"}


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The path, and how it is watched."""
        if "watch" not in self.query:
            return self.path
        return f"{self.path}?{'initial' if 'sendInitialEvents' in self.query else 'watch'}"


@dataclass(frozen=True)
class Reply:
    """An answer. pieces come one after another, each after its delay; then the connection ends as `then` says."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    pieces: tuple[tuple[float, bytes], ...] = ()
    then: str = "close"  # close, hang (silent for ever), reset (without an end), vanish (no answer at all)

    @property
    def raw(self) -> bytes:
        """The body's bytes."""
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


def refused(code: int, message: str, **headers: str) -> Reply:
    """A Status object."""
    return Reply(code, {"kind": "Status", "status": "Failure", "message": message, "code": code}, headers)


def listed(*items: object, version: str = "100", **meta: str) -> Reply:
    """A list."""
    metadata = {"resourceVersion": version} | meta
    return Reply(200, {"kind": "List", "metadata": metadata, "items": list(items)})


def watched(*lines: tuple[float, str, object], then: str = "close") -> Reply:
    """A watch: (delay, type, object) lines."""
    pieces = tuple((delay, msgspec.json.encode({"type": kind, "object": body}) + b"\n") for delay, kind, body in lines)
    return Reply(200, pieces=pieces, then=then)


def streamed(*items: object, then: str = "close", later: tuple[tuple[float, str, object], ...] = ()) -> Reply:
    """A watch that begins with all there is and says when that was all; `later` are the changes after it."""
    initial = [(0.0, "ADDED", one) for one in items]
    return watched(*initial, (0.0, "BOOKMARK", INITIAL_END), *later, then=then)


INITIAL_END = {"metadata": {"resourceVersion": "100", "annotations": {"k8s.io/initial-events-end": "true"}}}
NOT_SERVED = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"


class ApiServer:
    """`on(path, *replies)`: one reply per request, the last one for all that follow. Watches are told apart as `path?watch`,
    those that want all objects first as `path?initial`; where a story says nothing of these, the server does not serve them.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._replies: dict[str, list[Reply]] = {}

    def on(self, path: str, *replies: Reply) -> None:
        """What this path answers."""
        self._replies[path] = list(replies)

    def asked_for(self, path: str, watch: bool = False) -> list[Asked]:
        """The requests for this path."""
        return [one for one in self.asked if one.key == (f"{path}?watch" if watch else path)]

    def asked_initially(self, path: str) -> list[Asked]:
        """The requests for all of this path and the changes after it."""
        return [one for one in self.asked if one.key == f"{path}?initial"]

    def _reply_to(self, asked: Asked) -> Reply:
        key = asked.key
        found = self._replies.get(f"{asked.method} {key}") or self._replies.get(key)
        if not found and key.endswith("?initial"):
            return refused(422, NOT_SERVED)
        if not found:
            return watched(then="hang") if key.endswith("?watch") else refused(404, f"{key} not found")
        return found.pop(0) if len(found) > 1 else found[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while (asked := await _read(reader)) is not None:
                self.asked.append(asked)
                if not await _answer(writer, self._reply_to(asked)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    first = await reader.readline()
    if not first:
        return None
    method, target, _ = first.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while (line := await reader.readline()).strip():
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Asked(method, parts.path, parse_qs(parts.query), headers, body)


async def _answer(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Send it: True where the connection may be used again."""
    if reply.then == "vanish":
        return False
    head = [
        f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Refused')}",
        *(f"{k}: {v}" for k, v in reply.headers.items()),
    ]
    if reply.status == 101:
        await _upgraded(writer, head, reply)
        return False
    if reply.pieces or reply.then == "hang":
        await _chunked(writer, head, reply)
        return False
    writer.write("\r\n".join([*head, f"content-length: {len(reply.raw)}", "", ""]).encode() + reply.raw)
    await writer.drain()
    return True


async def _chunked(writer: asyncio.StreamWriter, head: list[str], reply: Reply) -> None:
    writer.write("\r\n".join([*head, "transfer-encoding: chunked", "", ""]).encode())
    for delay_s, piece in reply.pieces:
        await asyncio.sleep(delay_s)  # noqa: TID251 - a server's own time
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
    if reply.then == "hang":
        await asyncio.Event().wait()
    if reply.then == "close":
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _upgraded(writer: asyncio.StreamWriter, head: list[str], reply: Reply) -> None:
    writer.write("\r\n".join([*head, "connection: Upgrade", "upgrade: websocket", "", ""]).encode())
    for delay_s, piece in reply.pieces:
        await asyncio.sleep(delay_s)  # noqa: TID251 - a server's own time
        writer.write(piece)
        await writer.drain()
    if reply.then == "hang":
        await asyncio.Event().wait()


@asynccontextmanager
async def api_server() -> AsyncIterator[ApiServer]:
    """A server on a free port of this machine."""
    server = ApiServer()
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await server.serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            connections.discard(task)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

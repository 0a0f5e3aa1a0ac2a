"""The receiving side of a websocket (RFC 6455): enough for an exec without input, with messages of any size taken piece by piece."""

import base64
import secrets
import struct
from collections.abc import AsyncIterator, Mapping
from enum import IntEnum
from typing import Protocol

FRAME_BYTES_MAX = 64 * 1024 * 1024
READ_BYTES = 64 * 1024


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class NetworkStream(Protocol):
    """The bytes below, as httpx2 hands them over after an upgrade."""

    async def read(self, max_bytes: int) -> bytes:
        """Some bytes; none at the end."""
        ...

    async def write(self, buffer: bytes) -> None:
        """Send bytes."""
        ...


class BadFrame(Exception):  # noqa: N818 - the name says what happened
    """The server does not speak the protocol."""


def handshake(protocols: str) -> Mapping[str, str]:
    """The headers that ask for an upgrade."""
    return {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "sec-websocket-protocol": protocols,
    }


def framed(opcode: Opcode, payload: bytes) -> bytes:
    """A short frame of a client, masked as the protocol demands it."""
    mask = secrets.token_bytes(4)
    covered = bytes(byte ^ mask[nth % 4] for nth, byte in enumerate(payload[:125]))
    return bytes((0x80 | opcode, 0x80 | len(covered))) + mask + covered


async def messages(stream: NetworkStream) -> AsyncIterator[bytes]:
    """Whole messages until the server closes; empty ones too. Pings are answered."""
    buffer = Buffer(stream)
    message = bytearray()
    while True:
        head = await buffer.take(2)
        if head is None:
            return
        opcode, final = _opcode(head[0]), bool(head[0] & 0x80)
        payload = await buffer.take(await _length(buffer, head[1]))
        if payload is None or opcode == Opcode.CLOSE:
            return
        if opcode == Opcode.PING:
            await stream.write(framed(Opcode.PONG, payload))
        elif opcode in (Opcode.BINARY, Opcode.TEXT, Opcode.CONTINUATION):
            message += payload
            if len(message) > FRAME_BYTES_MAX:
                raise BadFrame("a message without end")
            if final:
                yield bytes(message)
                message.clear()


def _opcode(first: int) -> Opcode:
    try:
        return Opcode(first & 0x0F)
    except ValueError:
        raise BadFrame(f"unknown frame {first & 0x0F}") from None


async def _length(buffer: "Buffer", second: int) -> int:
    if second & 0x80:
        raise BadFrame("a server must not mask")
    size = second & 0x7F
    if size >= 126:
        width = 2 if size == 126 else 8
        raw = await buffer.take(width)
        size = struct.unpack("!H" if width == 2 else "!Q", raw)[0] if raw else 0
    if size > FRAME_BYTES_MAX:
        raise BadFrame(f"a frame of {size} bytes")
    return size


class Buffer:
    """Bytes in the sizes that are asked for."""

    def __init__(self, stream: NetworkStream) -> None:
        self._stream = stream
        self._bytes = bytearray()

    async def take(self, size: int) -> bytes | None:
        """Exactly so many bytes; None where the connection ended before."""
        while len(self._bytes) < size:
            more = await self._stream.read(READ_BYTES)
            if not more:
                return None
            self._bytes += more
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken

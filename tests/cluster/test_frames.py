"""The websocket's receiving side: whole messages out of any pieces, and no trust in sizes."""

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.cluster.frames import BadFrame, Opcode, framed, messages


class Pieces:
    """A network stream that gives bytes in the pieces that it was given."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)
        self.sent: list[bytes] = []

    async def read(self, max_bytes: int) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    async def write(self, buffer: bytes) -> None:
        self.sent.append(buffer)


def frame(payload: bytes, opcode: int = Opcode.BINARY, final: bool = True) -> bytes:
    """A server's frame: not masked."""
    size = len(payload)
    if size < 126:
        return bytes((opcode | (0x80 if final else 0), size)) + payload
    width, code = ("!H", 126) if size < 65536 else ("!Q", 127)
    return bytes((opcode | (0x80 if final else 0), code)) + struct.pack(width, size) + payload


def heard(stream: Pieces) -> list[bytes]:
    async def hear() -> list[bytes]:
        return [one async for one in messages(stream)]

    return asyncio.run(hear())


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 50))
def test_messages_are_whole_whatever_the_pieces(sent: list[bytes], step: int) -> None:
    raw = b"".join(frame(one) for one in sent)
    pieces = [raw[at : at + step] for at in range(0, len(raw), step)]
    assert heard(Pieces(*pieces)) == sent


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 300_000])
def test_every_size_of_length(size: int) -> None:
    assert heard(Pieces(frame(bytes(size)))) == [bytes(size)]


def test_parts_of_a_message_are_joined_and_pings_answered_between_them() -> None:
    stream = Pieces(frame(b"one ", final=False) + frame(b"hey", Opcode.PING) + frame(b"two", Opcode.CONTINUATION))
    assert heard(stream) == [b"one two"]
    pong = stream.sent[0]
    mask, covered = pong[2:6], pong[6:]
    assert pong[0] == 0x80 | Opcode.PONG
    assert bytes(byte ^ mask[nth % 4] for nth, byte in enumerate(covered)) == b"hey"


def test_nothing_after_a_close_is_heard() -> None:
    assert heard(Pieces(frame(b"a") + frame(b"", Opcode.CLOSE) + frame(b"b"))) == [b"a"]


@pytest.mark.parametrize(
    "raw",
    [b"\x82\x7f" + struct.pack("!Q", 1 << 40), b"\x82\x81mask!", b"\x83\x00"],
    ids=["a frame of a terabyte", "masked", "unknown opcode"],
)
def test_nonsense_is_refused(raw: bytes) -> None:
    with pytest.raises(BadFrame):
        heard(Pieces(raw))


def test_a_cut_connection_ends_it() -> None:
    assert heard(Pieces(frame(b"whole") + b"\x82\x05hal")) == [b"whole"]


def test_what_we_send_is_masked() -> None:
    assert framed(Opcode.CLOSE, b"\x03\xe8")[1] == 0x80 | 2

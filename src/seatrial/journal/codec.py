"""One line of a journal: JSON that anybody can read and grep, with a CRC of its own at the end."""

import zlib

import msgspec

from seatrial.model.events import Entry

FORMAT = 1
"""The version of the line format, named in the first entry of each journal."""

LINE_BYTES_MAX = 4 * 1024 * 1024
"""A longer line is no line of ours."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)
_MARK = b',"crc":"'


class BrokenLineError(ValueError):
    """A line that can't be read: torn, changed, or of a newer version."""


def encode(entry: Entry) -> bytes:
    """The line, newline included."""
    body = _ENCODER.encode(entry)
    crc = f"{zlib.crc32(body):08x}".encode()
    return body[:-1] + _MARK + crc + b'"}\n'


def decode(line: bytes) -> Entry:
    """The entry of a line. BrokenLineError where the CRC or the content is wrong."""
    head, mark, tail = line.rstrip(b"\n").rpartition(_MARK)
    if not mark or len(line) > LINE_BYTES_MAX:
        raise BrokenLineError("no checksum at its end")
    body = head + b"}"
    if f'{zlib.crc32(body):08x}"}}'.encode() != tail:
        raise BrokenLineError("its checksum does not match")
    try:
        return _DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise BrokenLineError(f"written by a newer version of Seatrial? {error}") from error

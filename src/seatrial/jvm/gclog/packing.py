"""Compressed logs, unpacked as they stream by; what is not compressed passes through."""

import zlib
from collections.abc import Iterable, Iterator

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib: 15 bits of window, plus 16 for a gzip header
_PIECE_BYTES_MAX = 1 << 18


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a log that may be gzip, several members in a row too. A torn end gives what came before it."""
    stream = iter(chunks)
    head = b""
    for chunk in stream:
        head += chunk
        if len(head) >= len(_GZIP_MAGIC):
            break
    if not head.startswith(_GZIP_MAGIC):
        yield head
        yield from stream
        return
    yield from _gunzipped(head, stream)


def _gunzipped(head: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP_WINDOW)
    for packed in _with_first(head, stream):
        rest = packed
        while rest:
            try:
                piece = member.decompress(rest, _PIECE_BYTES_MAX)
            except zlib.error:
                return
            yield piece
            rest = member.unconsumed_tail
            if member.eof:
                rest = member.unused_data.lstrip(b"\0")
                member = zlib.decompressobj(_GZIP_WINDOW)


def _with_first(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others

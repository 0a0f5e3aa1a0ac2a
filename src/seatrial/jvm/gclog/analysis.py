"""A GC log, read as a stream of bytes in constant memory: `analyse` for a whole one, `GcLog` for one that grows."""

from collections.abc import Iterable

from seatrial.jvm.gclog import figures
from seatrial.jvm.gclog.blocks import BlockReader
from seatrial.jvm.gclog.report import GcReport

_BLOCK_BYTES = 1 << 20
_LINE_BYTES_MAX = 1 << 20


def analyse(chunks: Iterable[bytes]) -> GcReport:
    """What a whole log says, however its bytes are cut into pieces: lines, blocks, files one after the other."""
    log = GcLog()
    for chunk in chunks:
        log.feed(chunk)
    log.close()
    return log.report()


class GcLog:
    """A log that is still being written: feed it what is new, ask for the report at any time."""

    def __init__(self) -> None:
        self._reader = BlockReader()
        self._pieces: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes) -> None:
        """Take more bytes; they are read once a block of them is there."""
        self._pieces.append(data)
        self._held += len(data)
        if self._held >= _BLOCK_BYTES:
            self._read_whole_lines()

    def report(self) -> GcReport:
        """What the whole lines so far say; a line that has no end yet waits for it."""
        self._read_whole_lines()
        return figures.report(self._reader)

    def close(self) -> None:
        """Nothing follows: a last line without an end is read if it is whole, and unread if it is cut."""
        self._read_whole_lines()
        rest = b"".join(self._pieces)
        self._pieces, self._held = [], 0
        if rest:
            self._reader.block(rest + b"\n")
        self._reader.close()

    def _read_whole_lines(self) -> None:
        held = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        end = held.rfind(b"\n") + 1
        if end:
            self._reader.block(held[:end])
        elif len(held) >= _LINE_BYTES_MAX:
            self._reader.endless_line()
            end = len(held)
        rest = held[end:]
        self._pieces, self._held = ([rest] if rest else []), len(rest)

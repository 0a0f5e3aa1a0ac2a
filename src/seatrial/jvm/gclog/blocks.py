"""Blocks of whole lines: the few that bear figures are found by searching, not by looking at every line.

A log of a gigabyte has some ten million lines, of which one in twenty says something. `bytes.find` and regular expressions
with a literal head pass over the others at the speed of memory.
"""

import re
from collections.abc import Iterator

from seatrial.jvm.gclog import bulk
from seatrial.jvm.gclog.decorations import GLUED, moment_s
from seatrial.jvm.gclog.jdk8 import Jdk8Reader
from seatrial.jvm.gclog.report import UnreadLine
from seatrial.jvm.gclog.tally import Tally
from seatrial.jvm.gclog.unified import UnifiedReader
from seatrial.jvm.gclog.wrappers import bare

_SHOWN_MAX = 20
_SHOWN_CHARS = 200
_PAUSE = re.compile(rb" Pause ([^\n]*)\n")
_JDK8 = re.compile(rb"\[(?:Full )?GC(?!\()| secs\]|\[CMS-|CommandLine flags: |\[Pause [A-Z][^\n]* ms\]")
_JDK8_NEEDLES = (b" secs]", b"[GC", b"[Full GC", b"CommandLine flags: ", b" ms]")
_HEADER = re.compile(rb"\] (?:Using|Initializing) ")
_HEADER_BYTES_MAX = 1 << 14
_CPU_AHEAD_BYTES = 250
_BELONGING_BYTES_MIN = 30  # less is no line
_OLD_BYTES_MAX = 300
_GROUP_BEGINS = b"[gc,start"
_GROUP_BYTES_MAX = 1 << 16
_ODD_MAX = 200
_CLOSED = ord(")")
# Lines that begin otherwise than the log's own lines do. A log with decorations has a bracket first, most have a digit next.
_ODD = re.compile(rb"\n(?!\[(?!GC|Full GC))")
_ODD_TIMED = re.compile(rb"\n(?!\[\d)")
_TIMED = re.compile(rb"(?m)^\[\d")
_FIRST_BYTES = 4096
# Other lines that bear figures, by collector; all of them until the log has said which one it is.
_ALWAYS = (b'Safepoint "', b"threads were stopped: ")
_Z = (b"Stall (", b" Collection (")
_MORE: dict[str | None, tuple[bytes, ...]] = {
    "G1": (b"Concurrent Mark Abort",),
    "ZGC": _Z,
    "Shenandoah": (b"Concurrent cleanup",),
}
_ALL = (b"Concurrent Mark Abort", b"Concurrent cleanup", *_Z)
_OLD_GENERATION = {"Parallel": b"ParOldGen: ", "Serial": b"Tenured: ", "CMS": b"CMS: ", "G1": b"Old regions: "}


class BlockReader:
    """Reads blocks into its tally, and remembers the lines that nothing could be made of."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.lines = 0
        self.unread = 0
        self.shown: list[UnreadLine] = []
        self._unified = UnifiedReader(self.tally)
        self._jdk8 = Jdk8Reader(self.tally)
        self._header_bytes = 0  # what belongs together may be cut apart
        self._cpu_is_due = False

    @property
    def format(self) -> str | None:
        """Which kinds of text were read."""
        kinds = [name for name, reader in (("unified", self._unified), ("jdk8", self._jdk8)) if reader.seen]
        return " and ".join(kinds) or None

    def block(self, block: bytes) -> None:
        """Read whole lines, each with its end."""
        block = bare(block)
        if self._is_jdk8(block):
            self._every_line(block)
            return
        if self._header_bytes > 0:
            self._unified.header(block[: self._header_bytes])
            self._header_bytes -= len(block)
        odd = self._odd(block)
        at = 0
        for begin, end in _groups(block, odd):
            self._ordinary(block[at:begin])
            self._line_by_line(block[begin:end], [each - begin for each in odd if begin <= each < end])
            at = end
        self._ordinary(block[at:])

    def close(self) -> None:
        """Nothing follows: what is open never ends."""
        self._jdk8.lose_pending()
        self.tally.nesting.cut()

    def _is_jdk8(self, block: bytes) -> bool:
        """Whether to look at every line: text of JDK 8 has been seen, or may be here before anything else has."""
        if self._jdk8.seen or self._jdk8.pending:
            return True
        return not self._unified.seen and any(needle in block for needle in _JDK8_NEEDLES)

    def _every_line(self, block: bytes) -> None:
        start = 0
        while (end := block.find(b"\n", start)) >= 0:
            self._whole_line(block, start)
            start = end + 1
        self.lines += block.count(b"\n")

    def _ordinary(self, block: bytes) -> None:
        """Lines of which none is odd: the whole collections in bulk, what is cut at either end line by line."""
        if len(block) < bulk.BYTES_MIN:
            self._line_by_line(block, [])
            return
        begin = _line_start(block, max(0, block.find(_GROUP_BEGINS)))
        last = block.rfind(_GROUP_BEGINS)
        end = _line_start(block, last) if last >= 0 else len(block)
        self._line_by_line(block[:begin], [])
        self._owed(block[begin:end])
        if bulk.read(self._unified, block[begin:end]):
            self.lines += block.count(b"\n", begin, end)
        else:
            self._line_by_line(block[begin:end], [])
        self._line_by_line(block[end:], [])

    def _owed(self, block: bytes) -> None:
        """The processor times of the pause at the end of the lines before."""
        if self._cpu_is_due:
            self._cpu_is_due = False
            self._cpu(block, 0)

    def _line_by_line(self, block: bytes, odd: list[int]) -> None:
        if not block:
            return
        self._owed(block)
        marks = self._marked(block, odd)
        at, end, group = 0, 0, 0
        for found in _PAUSE.finditer(block):
            start = found.start()
            line = block.rfind(b"\n", end - 1 if end else 0, start) + 1
            end = found.end()
            while at < len(marks) and marks[at] < line:
                self._whole_line(block, marks[at])
                at += 1
            if (at == len(marks) or marks[at] != line) and self._pause(block, line, start, group, found):
                group = end
        for mark in marks[at:]:
            self._whole_line(block, mark)
        self._belonging(block, group, len(block))
        self.lines += block.count(b"\n")

    def endless_line(self) -> None:
        """Megabytes without a line end: nothing that a JVM writes."""
        self._not_read(b"(a line of more than a million bytes)", self.lines + 1)
        self.lines += 1

    def _odd(self, block: bytes) -> list[int]:
        """Where lines begin that are not like the others, and those by which a JVM introduces itself."""
        begin = block[:_FIRST_BYTES]
        pattern = _ODD_TIMED if len(_TIMED.findall(begin)) >= begin.count(b"\n") / 2 else _ODD
        starts = {found.end() for found in pattern.finditer(block, 0, len(block) - 1)}
        if pattern.match(b"\n" + begin):
            starts.add(0)
        for header in _HEADER.finditer(block):
            starts.add(_line_start(block, header.start()))
            self._introduced(block, header.start())
        return sorted(starts)

    def _introduced(self, block: bytes, at: int) -> None:
        """A JVM says which collector it uses; its version and sizes stand around that line."""
        self._unified.header(block[max(0, at - _HEADER_BYTES_MAX // 4) : at + _HEADER_BYTES_MAX])
        self._header_bytes = at + _HEADER_BYTES_MAX - len(block)

    def _marked(self, block: bytes, odd: list[int]) -> list[int]:
        """Where lines begin that must be looked at one by one: the odd ones, and those of this collector's figures."""
        starts = set(odd)
        for needle in (*_ALWAYS, *_MORE.get(self.tally.collector, _ALL)):
            at = block.find(needle)
            while at >= 0:
                starts.add(_line_start(block, at))
                at = block.find(needle, at + 1)
        return sorted(starts)

    def _pause(self, block: bytes, line: int, start: int, group: int, found: re.Match[bytes]) -> bool:
        """A line that speaks of a pause; the usual ones are read here, whatever is unusual by the line reader."""
        head, payload = block[line:start], found[1]
        number = head.rfind(b"] GC(")
        if number < 0 and b"[gc,stats" in head:
            return True  # Shenandoah's tables speak of pauses, too
        gc = head[number + 5 : -1]
        if number < 0 or not gc.isdigit() or head[-1] != _CLOSED:
            return self._whole_line(block, line)
        if not payload.endswith(b"ms"):
            return self._unified.began(payload, int(gc)) or self._whole_line(block, line)
        moment = moment_s(head)
        if moment is not None:
            self.tally.at(moment)
        if line - group > _BELONGING_BYTES_MIN:
            self._belonging(block, group, line)
        if not self._unified.pause(payload[:-2], int(gc)):
            return self._whole_line(block, line)
        self._cpu(block, found.end())
        return True

    def _cpu(self, block: bytes, after: int) -> None:
        """The line of processor times that follows a pause line."""
        at = block.find(b"User=", after, after + _CPU_AHEAD_BYTES)
        if at >= 0:
            self._unified.cpu(block[at : block.find(b"\n", at)])
        else:
            self._cpu_is_due = after + _CPU_AHEAD_BYTES > len(block)

    def _belonging(self, block: bytes, start: int, end: int) -> None:
        """The lines of the same collection that stand before its pause line: old generation, humongous, to-space."""
        collector = self.tally.collector
        needle = _OLD_GENERATION.get(collector or "")
        if needle is None:
            return
        at = block.rfind(needle, start, end)
        if collector != "G1":
            if at >= 0:
                self._unified.old_generation(block[at : at + _OLD_BYTES_MAX])
            return
        if at >= 0:
            self._unified.old_regions(block[at : end if end - at < _OLD_BYTES_MAX else at + _OLD_BYTES_MAX])
        if block.find(b"To-space exhausted", start, end) >= 0:
            self._unified.to_space = True

    def _whole_line(self, block: bytes, start: int) -> bool:
        """Read one line by itself; whether it could be read."""
        line = block[start : block.find(b"\n", start)].rstrip(b"\r ")
        if not line or self._read(line):
            return True
        pieces = GLUED.split(line)
        if len(pieces) > 1 and all([self._read(piece) for piece in pieces]):  # noqa: C419 -- each piece is to be read
            return True
        self._not_read(line, self.lines + 1 + block.count(b"\n", 0, start))
        return False

    def _read(self, line: bytes) -> bool:
        if self._jdk8.pending or _JDK8.search(line):
            return self._jdk8.line(line) or self._unified.line(line)
        return self._unified.line(line) or self._jdk8.line(line)

    def _not_read(self, line: bytes, number: int) -> None:
        self.unread += 1
        if len(self.shown) < _SHOWN_MAX:
            self.shown.append(UnreadLine(number, line[:_SHOWN_CHARS].decode("utf-8", "replace")))


def _groups(block: bytes, odd: list[int]) -> Iterator[tuple[int, int]]:
    """The collections that odd lines fall into, from start to end; all of the block where they are very many."""
    if len(odd) > _ODD_MAX:
        yield 0, len(block)
        return
    end = 0
    for line in odd:
        if line < end:
            continue
        first = block.rfind(_GROUP_BEGINS, max(end, line - _GROUP_BYTES_MAX), line)
        begin = max(end, _line_start(block, first)) if first >= 0 else line
        following = block.find(_GROUP_BEGINS, line, line + _GROUP_BYTES_MAX)
        line_end = block.find(b"\n", line) + 1
        end = max(line_end, _line_start(block, following)) if following >= 0 else line_end
        yield begin, end


def _line_start(block: bytes, at: int) -> int:
    return block.rfind(b"\n", 0, at) + 1

"""Blocks in which every line is as it should be, counted in bulk: the same sums as line by line, several times as fast.

Nothing is written into the tally until the whole stretch has been found ordinary; at the first thing that is not, the
stretch is given back untouched, to be read line by line.
"""

import re
from collections import Counter

from seatrial.jvm.gclog.decorations import moment_s
from seatrial.jvm.gclog.names import PART, PauseName
from seatrial.jvm.gclog.tally import HeapChange, Tally
from seatrial.jvm.gclog.unified import UnifiedReader

BYTES_MIN = 1 << 13  # less is not worth the searches
_PAUSES = re.compile(rb"GC\((\d{1,9})\)(?: [yYoO]:)? Pause ([^\n]*)\n")
_CPU = re.compile(rb"User=(\d{1,9}\.\d\d)s Sys=(\d{1,9}\.\d\d)s Real=(\d{1,9}\.\d\d)s\n")
_HUMONGOUS = re.compile(rb"Humongous regions: (\d{1,9})->(\d{1,9})")
_OLD = {
    "G1": re.compile(rb"Old regions: (\d{1,9})->(\d{1,9})"),
    "Parallel": re.compile(rb"ParOldGen: (\d{1,12})K(?:\(\d{1,12}K\))?->(\d{1,12})K\("),
    "Serial": re.compile(rb"Tenured: (\d{1,12})K(?:\(\d{1,12}K\))?->(\d{1,12})K\("),
}
# Everything that bears figures and is counted here; whatever else does sends the stretch to the line reader.
_NOT_HERE = (b'Safepoint "', b"threads were stopped: ")
_ABORTED = b" Concurrent Mark Abort\n"
_STALLS = {
    "allocation": re.compile(rb"Allocation Stall \([^\n]{1,200}\) (\d{1,8})\.(\d{3})ms\n"),
    "relocation": re.compile(rb"Relocation Stall \([^\n]{1,200}\) (\d{1,8})\.(\d{3})ms\n"),
}
_COLLECTIONS = re.compile(rb" Collection \([^\n]{1,80}?\) (\d+[KMG]\(\d{1,3}%\)->\d+[KMG]\(\d{1,3}%\))")
_CHANGED = re.compile(rb" Collection \([^\n]*->")
_NEXT_PAUSE = re.compile(rb"\) Pause (\w+)[^\n]*ms\n")
_COLLECTORS = frozenset({"G1", "Parallel", "Serial", "ZGC"})
_FIGURES = (b"ms\n", b"Collection (")
_STAMP_BYTES = 80
_OVERTAKING_S = 1.0
_WHOLE_COLLECTIONS = frozenset({"young", "mixed", "full"})
_SAMPLES = 16
_DIGITS_MAX = 12
_NAMED_MAX = 20_000
_OLD_KINDS = frozenset({"full", "mixed"})


class _UnusualError(Exception):
    """Something that only the line reader can judge."""


class _Stretch:
    """What the pauses of one stretch say, before it is told to the tally."""

    def __init__(self, reader: UnifiedReader) -> None:
        self.reader = reader
        self.durations: list[tuple[PauseName, list[int]]] = []
        self.changes: list[HeapChange] = []
        self.special: list[tuple[str, int]] = []
        self.kinds: list[str] = []
        self.last: tuple[int, PauseName, int] | None = None

    def read(self, text: bytes, latest: int) -> None:
        """Every pause of the text; raises where one is not closed, not known, or older than the one before."""
        rows = _ends(_PAUSES.findall(text))
        numbers = [int(gc) for gc, _ in rows]
        parts = [payload.rpartition(b" ") for _, payload in rows]
        durations = _nanoseconds([printed for _, _, printed in parts])
        known = [self._named(left) for left, _, _ in parts]
        # A concurrent cycle is older than the collections beside it; a whole collection only if it holds the one before.
        whole = [latest, *(gc for gc, (name, _) in zip(numbers, known, strict=True) if name.kind in _WHOLE_COLLECTIONS)]
        if whole != sorted(whole):
            raise _UnusualError
        grouped: dict[
            int, tuple[PauseName, list[int]]
        ] = {}  # by identity: quicker than by value, and they are remembered
        for (name, _), duration_ns in zip(known, durations, strict=True):
            grouped.setdefault(id(name), (name, []))[1].append(duration_ns)
        self.durations = list(grouped.values())
        self.kinds = [name.kind for name, _ in known]
        self.changes = [change for _, change in known if change is not None]
        self.special = [
            (name.kind, change[1]) for name, change in known if change is not None and name.kind in _OLD_KINDS
        ]
        if rows:
            self.last = numbers[-1], known[-1][0], durations[-1]

    def _named(self, left: bytes) -> tuple[PauseName, HeapChange | None]:
        """Name and heap of a pause, remembered: the two together repeat themselves, too."""
        try:
            return self.reader.named[left]
        except KeyError:
            name, change = self.reader.name(left), None
            if left.endswith(b")") and b"->" in left:
                text, _, heap = left.rpartition(b" ")
                name, change = self.reader.name(text), self.reader.change(heap)
                if change is None:
                    raise _UnusualError from None
            if name is None or name.kind == PART:
                raise _UnusualError from None
            if len(self.reader.named) >= _NAMED_MAX:
                self.reader.named.clear()
            self.reader.named[left] = name, change
            return name, change


def _ends(rows: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The rows of pauses that are over: either there are no others, or each follows its own start."""
    if not rows or rows[0][1].endswith(b"ms"):
        ends = rows
    else:
        starts, ends = rows[::2], rows[1::2]
        if [gc for gc, _ in starts] != [gc for gc, _ in ends] or any(name.endswith(b"ms") for _, name in starts):
            raise _UnusualError
    if not all(payload.endswith(b"ms") for _, payload in ends):
        raise _UnusualError
    return ends


def _nanoseconds(printed: list[bytes]) -> list[int]:
    """`4.580ms` each, and nothing else."""
    digits = [each[:-6] + each[-5:-2] for each in printed]
    if any(each[-6:-5] != b"." for each in printed) or not all(map(bytes.isdigit, digits)):
        raise _UnusualError
    if max(map(len, digits), default=0) > _DIGITS_MAX:
        raise _UnusualError
    return [int(each) * 1000 for each in digits]


def read(reader: UnifiedReader, text: bytes) -> bool:
    """Count a stretch of whole lines, if all that it says is ordinary; else leave the tally as it was."""
    tally = reader.tally
    if tally.collector not in _COLLECTORS or any(needle in text for needle in _NOT_HERE):
        return False
    end_s = _flows_to(tally, text)
    if end_s is None or tally.nesting.open_now():
        return False
    stretch = _Stretch(reader)
    try:
        stretch.read(text, tally.nesting.last_gc())
        promoted = _promoted(tally, stretch.kinds, text)
        stalls, collections = _of_zgc(reader, text)
    except _UnusualError:
        return False
    tally.at(end_s)
    _tell(tally, stretch, promoted)
    _tell_zgc(tally, stalls, collections)
    _tell_details(tally, text)
    return True


def _flows_to(tally: Tally, text: bytes) -> float | None:
    """The time of the last figure, if time goes on from the tally's and never runs back in between."""
    moments = [moment_s(text[at : at + _STAMP_BYTES]) for at in _sampled(text)]
    latest = tally.last_s
    for moment in moments:
        if moment is None or latest is None or moment < latest - _OVERTAKING_S:
            return None
        latest = moment
    return latest


def _sampled(text: bytes) -> list[int]:
    """Where some lines begin, from the first to the last that bears a figure."""
    last = max(text.rfind(needle) for needle in _FIGURES)
    if last < 0:
        return []
    steps = (text.find(b"\n", last * step // _SAMPLES) + 1 for step in range(1, _SAMPLES))
    return [0, *(at for at in steps if at < last), text.rfind(b"\n", 0, last) + 1]


def _promoted(tally: Tally, kinds: list[str], text: bytes) -> int | None:
    """Growth of the old generation in young collections; None where the log does not show it."""
    pattern = _OLD.get(tally.collector or "")
    sizes = pattern.findall(text) if pattern else []
    unit = tally.region_bytes if tally.collector == "G1" else 1 << 10
    if not sizes or unit <= 0:
        return None
    whole = [kind for kind in kinds if kind in _WHOLE_COLLECTIONS]
    if len(whole) != len(sizes):
        return _grown_before_young(tally.collector or "", text) * unit
    grown = (int(after) - int(before) for kind, (before, after) in zip(whole, sizes, strict=True) if kind != "full")
    return sum(each for each in grown if each > 0) * unit


def _grown_before_young(collector: str, text: bytes) -> int:
    """The same where not every collection prints its old generation (a young one that Serial gave up): the next pause tells."""
    grown = 0
    for sizes in _OLD[collector].finditer(text):
        pause = _NEXT_PAUSE.search(text, sizes.end())
        if pause and pause[1] == b"Young":
            grown += max(0, int(sizes[2]) - int(sizes[1]))
    return grown


def _of_zgc(reader: UnifiedReader, text: bytes) -> tuple[dict[str, list[int]], list[HeapChange]]:
    if reader.tally.collector != "ZGC":
        return {}, []
    printed = {kind: pattern.findall(text) for kind, pattern in _STALLS.items()}
    stalls = {kind: [int(whole + part) * 1000 for whole, part in each] for kind, each in printed.items() if each}
    if sum(len(each) for each in stalls.values()) != text.count(b"Stall ("):
        raise _UnusualError
    changes = [reader.change(each) for each in _COLLECTIONS.findall(text)]
    if None in changes or len(changes) != len(_CHANGED.findall(text)):
        raise _UnusualError
    return stalls, [change for change in changes if change is not None]


def _tell(tally: Tally, stretch: _Stretch, promoted: int | None) -> None:
    for name, durations in stretch.durations:
        tally.paused_often(name.kind, name.cause, durations)
        tally.evacuation_failures += len(durations) if name.failed else 0
        tally.pinned_evacuations += len(durations) if name.pinned else 0
    tally.heap.collected_often(stretch.changes)
    for kind, after in stretch.special:
        tally.live(kind, after)
    if promoted is not None:
        tally.promoted_bytes(promoted)
    if stretch.last is not None:
        gc, name, duration_ns = stretch.last
        tally.nesting.passed(name.kind, name.cause, gc, duration_ns)


def _tell_zgc(tally: Tally, stalls: dict[str, list[int]], collections: list[HeapChange]) -> None:
    for kind, durations in stalls.items():
        tally.stalls[kind].add_all(durations)
    tally.cycles += len(collections)
    tally.heap.collected_often(collections)


def _tell_details(tally: Tally, text: bytes) -> None:
    for times, count in Counter(_CPU.findall(text)).items():
        user_s, sys_s, real_s = (float(each) * count for each in times)
        tally.used_cpu(user_s, sys_s, real_s)
    if tally.collector == "G1":
        tally.aborted_cycles += text.count(_ABORTED)
        tally.evacuation_failures += text.count(b"To-space exhausted")
        for before, after in set(_HUMONGOUS.findall(text)):
            tally.humongous_max = max(tally.humongous_max, int(before), int(after))

"""The text that JDK 8 and older print: one pause in brackets, its parts in brackets inside, often over several lines.

Lines of concurrent threads fall into the middle of pause lines, tables are printed between a pause's opening and closing
bracket. So text is gathered from the opening bracket on, what does not belong is taken out, until the bracket is closed.
"""

import re

from seatrial.jvm.gclog.decorations import moment_s
from seatrial.jvm.gclog.names import pause_name
from seatrial.jvm.gclog.sizes import byte_size, heap_change
from seatrial.jvm.gclog.tally import Tally

_N = rb"\d{1,10}[.,]\d{1,9}"
_DATE = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]\d{3}[+-]\d{4}: "
_STAMP = rb"(?:%s)?(?:\d{1,10}[.,]\d{3}: )?" % _DATE
_BEGINS = re.compile(
    rb"(%s)(?:#\d+: )?(\[(?:Full GC|GC(?! ?concurrent|Locker| Worker| ref-proc|--]))(?!\w* locker))" % _STAMP
)
_CONCURRENT = re.compile(
    rb"%s(?:#\d+: )?\[(?:GC concurrent-|(?:AS)?CMS-concurrent-)[^\]]{1,120}\](?: \[Times: [^\]]{1,80}\])?" % _STAMP
)
_ENDS = re.compile(rb"(%s) secs\]\Z" % _N)
_INNER_STAMP = re.compile(rb"(?:%s)?\b\d{1,10}[.,]\d{3}: (?=\[)|%s(?=\[)" % (_DATE, _DATE))
_ERGONOMICS = re.compile(rb"%s\[G1Ergonomics \([^\]]{1,400}\]" % _STAMP)
_CAUSE = re.compile(
    rb"\[(?:Full GC|GC(?:--)?(?: pause)?) ?(?:\((?!young|mixed|partial|initial-mark)((?:[^()]|\([^()]*\))*)\))?"
)
_CHANGE = re.compile(rb"(?<![\w:(])(%s->%s\(%s\))" % ((rb"\d{1,15}(?:[.,]\d{1,6})?[BKMGT]?",) * 3))
_HEAP_LINE = re.compile(
    rb"Eden: (\S+)\(\S+\)->(\S+)\(\S+\) Survivors: (\S+)->(\S+) Heap: (\S+)\((\S+)\)->(\S+)\((\S+)\)"
)
_YOUNG = re.compile(rb"\[(?:PSYoungGen|ParNew|DefNew)[^:\[\]]{0,60}: (\d{1,12})K->(\d{1,12})K\(")
_TIMES = re.compile(rb"\[Times: user=(%s) sys=(%s), real=(%s) secs\]" % (_N, _N, _N))
_SHENANDOAH = re.compile(rb"(%s)\[Pause ([A-Z][^,\[\]]{1,80}?)(?: (\S+->\S+))?, (%s) ms\]" % (_STAMP, _N))
_STOPPED = re.compile(rb"Total time for which application threads were stopped: (\d{1,9})[.,](\d{1,9}) seconds")
_VERSION = re.compile(rb"JRE \((1\.[678]\.0[\w.-]{0,40}?)(?:-b\d+)?\)")
_FLAG = re.compile(rb"-XX:(?:MaxHeapSize=(\d{1,18})|\+Use(G1|Parallel|ParallelOld|Serial|ConcMarkSweep)GC)\b")
_BY_FLAG = {
    b"G1": "G1",
    b"Parallel": "Parallel",
    b"ParallelOld": "Parallel",
    b"Serial": "Serial",
    b"ConcMarkSweep": "CMS",
}
_BY_PART = (
    (b"GC pause", "G1"),
    (b"PSYoungGen", "Parallel"),
    (b"CMS", "CMS"),
    (b"ParNew", "CMS"),
    (b"DefNew", "Serial"),
)
# Lines that say nothing about pauses: tables of ages and of the heap, ergonomics, application time, the rest of a header.
_KNOWN = re.compile(
    rb"\s*(?:Desired survivor|- age +\d|\{?Heap |\}|Heap$|PS\w+|ParOldGen|Metaspace|class space|eden|from|to |object|data space"
    rb"|def new|tenured|the space|par new|concurrent.mark|garbage-first|region size|compacting perm|No shared spaces|\d+ *K? total"
    rb"|%s(?:#\d+: )?(?:Application time|Total time for which|\[G1Ergonomics|\[GC concurrent|\[(?:AS)?CMS-concurrent|\{Heap"
    rb"|\[Concurrent |\[Pause [A-Z][^\]]*, start\]|Cancelling concurrent|Trigger: |Pacer for |Free: |Adaptive CSet)"
    rb"|PS|AdaptiveSize|Memory: |CommandLine flags|(?:Java HotSpot|OpenJDK)|CMS: abort preclean|\([a-z -]+\)|GC locker"
    rb"|Statistics for|Total Free|Max +Chunk|Number of Blocks|Av\.|Tree|-{3,}|Before GC|After GC|avg_|free=|time_until"
    rb"|contiguous_available|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GC log file |\[Times: |Finished|,? *\[Metaspace)" % _STAMP
)
_LINES_MAX = 200
_BYTES_MAX = 1 << 16


class Jdk8Reader:
    """Reads lines into a tally; `pending` holds a pause that has begun and whose bracket is still open."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.seen = False
        self.pending: list[bytes] = []
        self._pending_bytes = 0
        self._moment: float | None = None
        self._waits_for_heap: str | None = None

    def line(self, line: bytes) -> bool:
        """Read one line without its end; whether it is one of JDK 8's."""
        if b"JRE (" in line or b"CommandLine flags: " in line:
            return self._header(line)
        begins = _BEGINS.search(line)
        inside_remark = self.pending and b"[YG occupancy" in self.pending[0]
        if self.pending and (inside_remark or not begins or begins.start()):
            return self._goes_on(line)
        if begins:
            self.lose_pending()
            self._moment = _moment(begins[1])
            return self._goes_on(line[begins.start(2) :])
        return self._single(line)

    def lose_pending(self) -> None:
        """The open pause never ends: another one has begun, or the log is over."""
        if self.pending:
            self.tally.nesting.without_duration += 1
            self.pending, self._pending_bytes = [], 0

    def _goes_on(self, line: bytes) -> bool:
        """More of a pause; read it once its bracket is closed."""
        if self.pending and b"secs]" not in line and _KNOWN.match(line):
            return True
        self.pending.append(line)
        self._pending_bytes += len(line)
        text = _ERGONOMICS.sub(b"", _CONCURRENT.sub(b"", b" ".join(self.pending)))
        end = _closed(text)
        if end:
            self.pending, self._pending_bytes = [], 0
            return self._event(text[:end], text[end:])
        if len(self.pending) > _LINES_MAX or self._pending_bytes > _BYTES_MAX:
            self.lose_pending()
            return False
        return True

    def _event(self, text: bytes, rest: bytes) -> bool:
        ends = _ENDS.search(text, max(0, len(text) - 40))
        if ends is None:
            return False
        self.seen = True
        if self._moment is not None:
            self.tally.at(self._moment)
        if self.tally.collector is None:
            self.tally.collector = next((ours for theirs, ours in _BY_PART if theirs in text), None)
        self._paused(_INNER_STAMP.sub(b"", text), _ns(ends[1], 1_000_000_000))
        if self._moment is not None:
            self.tally.at(self._moment + _ns(ends[1], 1_000_000_000) / 1e9)
        self._cpu(rest)
        return True

    def _paused(self, text: bytes, duration_ns: int) -> None:
        """One pause, and before it those that its brackets hold: CMS may collect the young generation inside a remark."""
        kind = _kind(text)
        inner = _BEGINS.search(text, 1)
        if inner and (end := _closed(text[inner.start(2) :])):
            within = text[inner.start(2) : inner.start(2) + end]
            if ends := _ENDS.search(within, max(0, len(within) - 40)):
                self.tally.nesting.began(kind, None)
                self._paused(within, _ns(ends[1], 1_000_000_000))
        cause = _CAUSE.match(text)
        changed = _CHANGE.findall(_outermost(text))
        heap = heap_change(changed[-1]) if changed else None
        self.tally.paused(kind, (cause[1] or b"").decode() if cause and cause[1] else kind, duration_ns, None, heap)
        self._waits_for_heap = kind if heap is None and kind in ("young", "mixed") else None
        if b"(to-space " in text:
            self.tally.evacuation_failures += 1
        young = _YOUNG.search(text)
        if heap and young and kind == "young":
            before, after = int(young[1]) << 10, int(young[2]) << 10
            self.tally.promoted_bytes((heap[1] - after) - (heap[0] - before))

    def _single(self, line: bytes) -> bool:
        """A line that stands for itself."""
        if found := _HEAP_LINE.search(line):
            return self._heap_line(found)
        if line.lstrip().startswith(b"[Times: "):
            self._cpu(line)
            return True
        if found := _STOPPED.search(line):
            self.tally.safepoints.add(int(found[1]) * 10**9 + int(found[2].ljust(9, b"0")))
            return True
        if found := _SHENANDOAH.search(line):
            return self._shenandoah(found)
        if b"concurrent-mark-abort" in line:
            self.tally.aborted_cycles += 1
        # Details are indented; nothing else of JDK 8 is.
        return (self.seen and line[:1] in b" \t") or _KNOWN.match(line) is not None

    def _heap_line(self, found: re.Match[bytes]) -> bool:
        """G1 with details prints the heap some lines after its pause."""
        sizes = [byte_size(each.rstrip(b"]")) for each in found.groups()]
        if None in sizes:
            return False
        if self._waits_for_heap:
            eden, eden_after, old, old_after, before, _, after, capacity = (each or 0 for each in sizes)
            self.tally.collected(self._waits_for_heap, (before, after, capacity))
            self.tally.promoted_bytes((after - eden_after - old_after) - (before - eden - old))
            self._waits_for_heap = None
        return True

    def _shenandoah(self, found: re.Match[bytes]) -> bool:
        name = pause_name(found[2].decode("utf-8", "replace"))
        if name is None:
            return False
        moment = _moment(found[1])
        if moment is not None:
            self.tally.at(moment)
        self.seen = True
        self.tally.collector = self.tally.collector or "Shenandoah"
        self.tally.paused(name.kind, name.cause, _ns(found[4], 1_000_000), None, heap_change(found[3] or b""))
        return True

    def _header(self, line: bytes) -> bool:
        if found := _VERSION.search(line):
            if self.seen:
                self.lose_pending()
                self.tally.restarted()
            self.seen = True
            self.tally.jdk = found[1].decode()
            self.tally.jvms = self.tally.jvms or 1
        for size, collector in _FLAG.findall(line):
            if size:
                self.tally.heap.limit = int(size)
            if collector:
                self.tally.collector = _BY_FLAG[collector]
        return True

    def _cpu(self, text: bytes) -> None:
        if found := _TIMES.search(text):
            user, system, real = (float(each.replace(b",", b".")) for each in found.groups())
            self.tally.used_cpu(user, system, real)


def _kind(text: bytes) -> str:
    if text.startswith(b"[GC pause"):
        return "mixed" if b"(mixed)" in text else "young"
    if text.startswith(b"[GC remark") or b"CMS-remark" in text:
        return "remark"
    if text.startswith(b"[GC (CMS Final Remark)") and b"->" not in text:
        return "remark"  # with an arrow it is the young collection that was made for it
    if text.startswith(b"[GC cleanup"):
        return "cleanup"
    if text.startswith(b"[GC (CMS Initial Mark)") or b"CMS-initial-mark" in text:
        return "initialMark"
    old = b"[Tenured" in text or b"[CMS:" in text or b"[CMS (" in text or b"[CMS " in text or b"[ParOldGen" in text
    return "full" if old or text.startswith(b"[Full GC") else "young"


def _closed(text: bytes) -> int:
    """Where the bracket that the text begins with is closed; 0 while it is not."""
    depth = 0
    for found in re.finditer(rb"[\[\]]", text):
        depth += 1 if found[0] == b"[" else -1
        if depth == 0:
            return found.end()
    return 0


def _outermost(text: bytes) -> bytes:
    """The text between the outermost brackets without the inner ones."""
    inside = text[1:-1]
    for _ in range(6):
        bare = re.sub(rb"\[[^\[\]]*\]", b" ", inside)
        if bare == inside:
            break
        inside = bare
    return inside


def _moment(stamp: bytes) -> float | None:
    """Uptime where the stamp bears it, else wall time."""
    if found := re.search(rb"(?:^|: )(\d{1,10})[.,](\d{3}): $", stamp):
        return int(found[1]) + int(found[2]) / 1e3
    return moment_s(stamp)


def _ns(printed: bytes, unit_ns: int) -> int:
    whole, _, part = printed.replace(b",", b".").partition(b".")
    return int(whole) * unit_ns + int(part.ljust(9, b"0")) * unit_ns // 10**9

"""Unified logging (JDK 9 to 25), one line at a time: every line that bears a figure goes into the tally."""

import re
from collections.abc import Callable

from seatrial.jvm.gclog.decorations import looks_decorated, moment_s
from seatrial.jvm.gclog.names import PART, PauseName, pause_name
from seatrial.jvm.gclog.sizes import byte_size, heap_change
from seatrial.jvm.gclog.tally import HeapChange, Tally

_COLLECTORS = (
    (b"G1", "G1"),
    (b"Parallel", "Parallel"),
    (b"Serial", "Serial"),
    (b"Concurrent Mark Sweep", "CMS"),
    (b"The Z Garbage Collector", "ZGC"),
    (b"Shenandoah", "Shenandoah"),
    (b"Epsilon", "Epsilon"),
)
_MS = re.compile(rb"(\d{1,10})[.,](\d{1,6})")
_STALL = re.compile(rb"Stall \(.{1,200}\) (\d{1,10}[.,]\d{1,6}) ?ms")
_COLLECTION = re.compile(rb"Collection \((.{1,80}?)\)(?: (\d\S*->\S+)(?: \d+[.,]\d+s)?| Aborted)?")
_SAFEPOINT = re.compile(rb'Safepoint ".{1,80}?", .{0,300}Total: +(\d{1,18}) ns')
_STOPPED = re.compile(rb"Total time for which application threads were stopped: (\d{1,9})[.,](\d{1,9}) seconds.*")
_CPU = re.compile(rb"User=(\d{1,9}[.,]\d\d)s Sys=(\d{1,9}[.,]\d\d)s Real=(\d{1,9}[.,]\d\d)s")
_OLD_REGIONS = re.compile(
    rb"Old regions: (\d{1,9})->(\d{1,9})(?:\([0-9]+\))?(?:\n[^\n]*Archive[^\n]*)?(?:\n[^\n]*Humongous regions: (\d{1,9})->(\d{1,9}))?"
)
_REGIONS = re.compile(rb"regions: (\d{1,9})->(\d{1,9})")
_OLD = re.compile(rb"\w+: (\d{1,12})K(?:\(\d{1,12}K\))?->(\d{1,12})K\(\d{1,12}K\)")
_VERSION = re.compile(rb"Version: (\d[\w.+-]{0,60})")
_HEADER_LINE = re.compile(
    rb"\] ((?:Version|Heap Region Size|Heap region size|Heap Max Capacity|Max Capacity): [^\r\n]{1,80})"
)
# Messages of several lines, as far as GC and `all` have them; JDK 25 puts an empty decoration in front of each.
_CONTINUED = re.compile(
    rb"\[ +\]| active_workers_by_|thrown \[|for thread 0x| thrown in | at bci |Heuristics ergonomically sets |Cancelling (?:concurrent )?GC"
)
_NAMES_MAX = 4096
_DIGITS_MAX = 14

Handler = Callable[[bytes], bool]


class UnifiedReader:
    """Reads lines into a tally; what belongs to the next pause line waits in `old`, `to_space` until it comes."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.seen = False
        self.names: dict[bytes, PauseName | None] = {}
        self.changes: dict[bytes, HeapChange | None] = {}
        self.named: dict[bytes, tuple[PauseName, HeapChange | None]] = {}
        self.cpu_times: dict[bytes, tuple[float, float, float]] = {}
        self.old: tuple[int, int] | None = None
        self.to_space = False
        self._gc: int | None = None
        self._words: dict[bytes, Handler] = {
            b"Pause": self._pause,
            b"Using": self._using,
            b"Initializing": self._using,
            b"Version:": self._version,
            b"Garbage": self._collection,
            b"Major": self._collection,
            b"Minor": self._collection,
            b"Allocation": self._stall,
            b"Relocation": self._stall,
            b"To-space": self._evacuation_failed,
            b"Concurrent": self._concurrent,
            b"Safepoint": self._safepoint,
            b"Total": self._stopped,
            b"Heap": self._sized,
            b"Max": self._sized,
            b"User=": self.cpu,
            b"Old": self._regions,
            b"Humongous": self._regions,
            b"ParOldGen:": self.old_generation,
            b"Tenured:": self.old_generation,
            b"CMS:": self.old_generation,
        }

    def line(self, line: bytes) -> bool:
        """Read one line without its end; whether it is a line of unified logging and whole."""
        at = line.find(b"GC(")
        if at > 0 and line[at - 1 : at] not in (b" ", b"]"):
            at = -1
        if at < 0:
            end = line.find(b"] ")
            head, message, self._gc = line[: end + 1], line[end + 2 if end >= 0 else 0 :], None
        else:
            head = line[:at]
            close = line.find(b")", at)
            if close < 0 or not line[at + 3 : close].isdigit() or not _in_front(head):
                return False
            self._gc = int(line[at + 3 : close])
            message = _unprefixed(line[close + 1 :].lstrip())
        read = self._words.get(b"User=" if message.startswith(b"User=") else message.partition(b" ")[0])
        if read is None or (self._gc is None and read == self._pause):
            # A line without figures; the tables of ZGC and Shenandoah speak of pauses too, but number no collection.
            return self._gc is not None or looks_decorated(head) or _CONTINUED.match(line) is not None
        if self._gc is None and head and not looks_decorated(head):
            return False
        moment = moment_s(head)
        if moment is not None:
            self.tally.at(moment)
        return read(message)

    def pause(self, payload: bytes, gc: int | None) -> bool:
        """A pause that is over: name, heap and milliseconds, what stands between `Pause ` and `ms`."""
        left, _, printed = payload.rstrip(b" ").rpartition(b" ")
        duration_ns = milliseconds_ns(printed)
        change: HeapChange | None = None
        name = self.names.get(left)
        if name is None:
            text, _, last = left.rpartition(b" ")
            if b"->" in last:
                change, left = self.change(last), text
                if change is None:
                    return False
            name = self.name(left)
        if name is None or duration_ns is None:
            return False
        if name.kind == PART:
            return True
        self._finished(name, duration_ns, gc, change)
        return True

    def began(self, payload: bytes, gc: int) -> bool:
        """A pause that only begins: its name and nothing more."""
        name = self.name(payload.rstrip())
        if name is not None and name.kind != PART:
            self.tally.nesting.began(name.kind, gc)
        return name is not None

    def name(self, text: bytes) -> PauseName | None:
        """The pause's name, remembered: a log has few of them."""
        try:
            return self.names[text]
        except KeyError:
            if len(self.names) >= _NAMES_MAX:
                self.names.clear()
            name = self.names[text] = pause_name(text.decode("utf-8", "replace"))
            return name

    def old_regions(self, text: bytes) -> None:
        """`Old regions:` of the collection that ends next, and the humongous ones of the lines after it."""
        if found := _OLD_REGIONS.match(text):
            old, old_after, humongous, humongous_after = found.groups()
            if self.tally.region_bytes > 0:
                self.old = int(old) * self.tally.region_bytes, int(old_after) * self.tally.region_bytes
            if humongous is not None:
                self.tally.humongous_max = max(self.tally.humongous_max, int(humongous), int(humongous_after))

    def old_generation(self, message: bytes) -> bool:
        """The old generation of the collection that ends next."""
        if found := _OLD.match(message):
            self.old = int(found[1]) << 10, int(found[2]) << 10
        return True

    def header(self, text: bytes) -> None:
        """The lines after a JVM's first one: version and sizes. Time is not read here: these lines come by once more."""
        for found in _HEADER_LINE.finditer(text):
            message = found[1]
            if message.startswith(b"Version"):
                self._version(message)
            else:
                self._sized(message)

    def _finished(self, name: PauseName, duration_ns: int, gc: int | None, heap: HeapChange | None) -> None:
        tally = self.tally
        self.seen = True
        if tally.collector is None:
            tally.collector = _inferred(name)
        tally.paused(name.kind, name.cause, duration_ns, gc, heap)
        if name.failed or self.to_space:
            tally.evacuation_failures += 1
            self.to_space = False
        if name.pinned:
            tally.pinned_evacuations += 1
        if self.old is not None:
            if name.kind in ("young", "mixed"):
                tally.promoted_bytes(self.old[1] - self.old[0])
            self.old = None

    def change(self, text: bytes) -> HeapChange | None:
        """The heap's change, remembered."""
        try:
            return self.changes[text]
        except KeyError:
            if len(self.changes) >= _NAMES_MAX:
                self.changes.clear()
            change = self.changes[text] = heap_change(text)
            return change

    def _pause(self, message: bytes) -> bool:
        if message.endswith(b"ms"):
            return self.pause(message[6:-2], self._gc)
        return self._gc is not None and self.began(message[6:], self._gc)

    def _using(self, message: bytes) -> bool:
        named = message.partition(b" ")[2]
        collector = next((ours for theirs, ours in _COLLECTORS if named.startswith(theirs)), None)
        if collector is None or self._gc is not None:
            return True
        self.seen = True
        if message.startswith(b"Using"):
            self.tally.began(collector)
        else:
            self.tally.collector = collector  # ZGC says `Initializing` first, then `Using`
        return True

    def _version(self, message: bytes) -> bool:
        if found := _VERSION.match(message):
            self.tally.jdk = found[1].decode().split("+")[0]
        return True

    def _collection(self, message: bytes) -> bool:
        """ZGC: a whole collection, most of it beside the program; the start line has no figures."""
        found = _COLLECTION.fullmatch(message.partition(b" ")[2])
        if found is None:
            return False
        if found[2] is None:
            return True
        change = self.change(found[2])
        if change is None:
            return False
        self.seen = True
        self.tally.collector = self.tally.collector or "ZGC"
        self.tally.cycles += 1
        self.tally.heap.collected(*change)
        return True

    def _stall(self, message: bytes) -> bool:
        """A thread that had to wait; the debug level prints when it begins, too."""
        text = message.partition(b" ")[2]
        found = _STALL.fullmatch(text)
        duration_ns = milliseconds_ns(found[1]) if found else None
        if duration_ns is None:
            return not text.startswith(b"Stall (") or text.endswith(b")")
        self.tally.stalls[message[:10].decode().lower()].add(duration_ns)
        return True

    def _evacuation_failed(self, message: bytes) -> bool:
        self.to_space = message.startswith(b"To-space exhausted")
        return True

    def _concurrent(self, message: bytes) -> bool:
        """G1's aborted marks; Shenandoah's clean-up, the only line of its cycle that prints the heap."""
        if message == b"Concurrent Mark Abort":
            self.tally.aborted_cycles += 1
        elif message.startswith(b"Concurrent cleanup") and message.endswith(b"ms"):
            change = self.change(message.rpartition(b" ")[0].rpartition(b" ")[2])
            if change is None:
                return False
            self.tally.heap.collected(*change)
        return True

    def _safepoint(self, message: bytes) -> bool:
        if found := _SAFEPOINT.match(message):
            self.tally.safepoints.add(int(found[1]))
        return True

    def _stopped(self, message: bytes) -> bool:
        """The safepoint line of JDK 9 to 16. It tells of the same moments as the pauses and is never added to them."""
        if found := _STOPPED.fullmatch(message):
            self.tally.safepoints.add(int(found[1]) * 10**9 + int(found[2].ljust(9, b"0")))
        return True

    def _sized(self, message: bytes) -> bool:
        name, _, value = message.partition(b": ")
        size = byte_size(value.partition(b"(")[0])
        if size is None:
            return True
        if name.lower() == b"heap region size":
            self.tally.region_bytes = size
        elif name in (b"Heap Max Capacity", b"Max Capacity"):
            self.tally.heap.limit = size
        return True

    def cpu(self, message: bytes) -> bool:
        """Processor and wall time of a collection; few different ones, so they are remembered."""
        try:
            times = self.cpu_times[message]
        except KeyError:
            found = _CPU.match(message)
            if found is None:
                return True
            user, system, real = (float(each.replace(b",", b".")) for each in found.groups())
            if len(self.cpu_times) >= _NAMES_MAX:
                self.cpu_times.clear()
            times = self.cpu_times[message] = user, system, real
        self.tally.used_cpu(*times)
        return True

    def _regions(self, message: bytes) -> bool:
        found = _REGIONS.search(message)
        if found is None:
            return True
        if message.startswith(b"Humongous"):
            self.tally.humongous_max = max(self.tally.humongous_max, int(found[1]), int(found[2]))
        else:
            self.old_regions(message)
        return True


def _inferred(name: PauseName) -> str | None:
    """The collector, where the log begins after the line that says it; Serial and Parallel speak alike."""
    if name.cause.startswith("G1 "):
        return "G1"
    return {"markStart": "ZGC", "relocateStart": "ZGC", "finalUpdateRefs": "Shenandoah"}.get(name.kind)


def milliseconds_ns(printed: bytes) -> int | None:
    """`4.580` as 4580000 nanoseconds, exactly; a decimal comma is read too."""
    if printed[-4:-3] == b"." and (digits := printed[:-4] + printed[-3:]).isdigit() and len(digits) < _DIGITS_MAX:
        return int(digits) * 1000  # as nearly all are printed
    found = _MS.fullmatch(printed)
    return int(found[1]) * 1_000_000 + int(found[2].ljust(6, b"0")) if found else None


def _in_front(head: bytes) -> bool:
    """Whether nothing but decorations stands there, whole or cut off at the left; a sentence is no decoration."""
    bare = head.rstrip(b" ")
    return not bare or bare.endswith(b"]")


def _unprefixed(message: bytes) -> bytes:
    """Generational ZGC says which generation a line is about: `y:`, `Y:` (in a major collection), `O:`."""
    return message[3:] if message[1:3] == b": " and message[:1] in b"yYoO" else message

"""hsperfdata: what a HotSpot JVM counts about itself, read from the file it keeps in /tmp/hsperfdata_USER/PID.

Format: HotSpot runtime/perfMemory.hpp (PerfDataPrologue, version 2.0) and perfData.hpp (PerfDataEntry). The file belongs
to a running JVM, so it may be torn: every offset is checked, and trouble is a PerfDataError and nothing else.
"""

import re
import struct
from collections.abc import Mapping

import msgspec

from seatrial.jvm.flags import Flag, Source, flags, last_wins, split_vm_args
from seatrial.jvm.sizes import MIB


class PerfDataError(ValueError):
    """The bytes are no hsperfdata, or of a JVM that is still starting, or torn: say why, read once more."""


class Generation(msgspec.Struct, frozen=True):
    """One part of the heap as the collector counts it; `used_bytes` is as of the last sample or collection."""

    name: str
    capacity_bytes: int
    max_bytes: int
    used_bytes: int


class Collector(msgspec.Struct, frozen=True):
    """How often one kind of collection ran, and for how long altogether."""

    name: str
    invocations: int
    time_s: float


class JvmFacts(msgspec.Struct, frozen=True):
    """What a JVM says about itself; None where this JVM does not say it."""

    version: str | None
    vm_name: str | None
    vendor: str | None
    args: str  # java.rt.vmArgs: the flags of all four inputs, JAVA_TOOL_OPTIONS included
    java_command: str | None
    gc_policy: str | None  # the JVM's word for it: GarbageFirst, ParScav:MSC, Copy:MSC, ParNew:CMS, ...
    collector: str | None  # ours: G1, Parallel, Serial, CMS, ZGC, Shenandoah
    heap_max_bytes: int | None
    heap_initial_bytes: int | None
    heap_committed_bytes: int | None
    heap_used_bytes: int | None
    metaspace_used_bytes: int | None
    metaspace_committed_bytes: int | None
    generations: tuple[Generation, ...]
    collectors: tuple[Collector, ...]
    last_gc_cause: str | None
    threads_live: int | None
    threads_peak: int | None
    classes_loaded: int | None
    safepoints: int | None
    safepoint_time_s: float | None
    started_at_ms: int | None  # wall clock of the JVM's machine, milliseconds since 1970
    uptime_s: float | None
    overflowed: bool  # the JVM ran out of room in the file: facts that are missing mean nothing


_MAGIC = 0xCAFEC0C0
_PROLOGUE_BYTES = 32
_ENTRY_BYTES = 20
_ENTRIES_MAX = 100_000
_FILE_BYTES_MAX = 64 * MIB
_STRING, _LONG = ord("B"), ord("J")
_LIVES_IN_PARTS = frozenset({"Parallel", "Serial", "CMS"})  # the others count the whole heap in every generation
_GC_FLAG = {
    "G1": "UseG1GC",
    "Parallel": "UseParallelGC",
    "Serial": "UseSerialGC",
    "CMS": "UseConcMarkSweepGC",
    "ZGC": "UseZGC",
    "Shenandoah": "UseShenandoahGC",
}
_POLICIES = {"GarbageFirst": "G1", "ParScav:MSC": "Parallel", "Copy:MSC": "Serial", "ParNew:CMS": "CMS"}
_COLLECTOR_NAMES = re.compile(r"(G1|Parallel|Serial|CMS|ZGC|Z |Shenandoah)")
# -Xmx is rounded up to whole regions or pages, at most this much by default (heapRegion.cpp: 32 MiB).
_HEAP_ALIGNMENT_BYTES = 32 * MIB

Counters = Mapping[str, str | int]


def facts(data: bytes) -> JvmFacts:
    """The JVM's facts from the bytes of its hsperfdata file."""
    return _facts(counters(data), overflowed=_prologue(data).overflow > 0)


def counters(data: bytes) -> Counters:
    """Every counter by name: text or a number, in the JVM's own units."""
    head = _prologue(data)
    found: dict[str, str | int] = {}
    offset = head.entry_offset
    for _ in range(head.entries):
        length, name, value = _entry(data, offset, head.order)
        if value is not None:
            found[name] = value
        offset += length
    return found


def effective_flags(jvm: JvmFacts) -> tuple[Flag, ...]:
    """The flags this JVM runs with: what it was given, and what can be seen at work where that says more."""
    given = {flag.name: flag for flag in flags(split_vm_args(jvm.args), Source.PERFDATA)}
    return last_wins((*given.values(), *(seen for seen in _measured(jvm) if not _agree(given.get(seen.name), seen))))


def _agree(given: Flag | None, seen: Flag) -> bool:
    """Whether what was given explains what is seen; a heap is rounded up to its alignment."""
    if given is None or not given.value.isdecimal():
        return given is not None and given.value == seen.value
    return abs(int(given.value) - int(seen.value)) <= _HEAP_ALIGNMENT_BYTES


def _measured(jvm: JvmFacts) -> tuple[Flag, ...]:
    seen = []
    if jvm.heap_max_bytes:
        size = str(jvm.heap_max_bytes)
        seen.append(Flag("MaxHeapSize", size, f"-XX:MaxHeapSize={size}", Source.MEASURED))
    if jvm.collector:
        name = _GC_FLAG[jvm.collector]
        seen.append(Flag(name, "true", f"-XX:+{name}", Source.MEASURED))
    return tuple(seen)


class _Prologue(msgspec.Struct, frozen=True):
    order: str
    overflow: int
    entry_offset: int
    entries: int


def _prologue(data: bytes) -> _Prologue:
    if len(data) < _PROLOGUE_BYTES:
        raise PerfDataError(f"{len(data)} bytes are too short for hsperfdata")
    if len(data) > _FILE_BYTES_MAX:
        raise PerfDataError(f"{len(data)} bytes are too long for hsperfdata")
    if int.from_bytes(data[:4], "big") != _MAGIC:
        raise PerfDataError("not hsperfdata: it does not begin with cafec0c0")
    byte_order, major, minor, accessible = data[4:8]
    if byte_order > 1:
        raise PerfDataError(f"byte order {byte_order} is neither big (0) nor little (1)")
    if major != 2:
        raise PerfDataError(f"hsperfdata version {major}.{minor} is not known, only 2.x")
    if not accessible:
        raise PerfDataError("the JVM is still starting: its counters are not open for reading yet")
    order = "<" if byte_order else ">"
    _used, overflow, _modified, entry_offset, entries = struct.unpack_from(f"{order}iiqii", data, 8)
    if not 0 <= entries <= _ENTRIES_MAX:
        raise PerfDataError(f"{entries} entries are not believable")
    return _Prologue(order, overflow, entry_offset, entries)


def _entry(data: bytes, offset: int, order: str) -> tuple[int, str, str | int | None]:
    """Length, name and value of the entry at this offset; vectors other than text are not used by anybody and None."""
    if not 0 <= offset <= len(data) - _ENTRY_BYTES:
        raise PerfDataError(f"an entry is said to be at byte {offset} of {len(data)}")
    length, name_at, vector, kind, _flags, _units, _variability, data_at = struct.unpack_from(
        f"{order}iiiBBBBi", data, offset
    )
    if length < _ENTRY_BYTES or offset + length > len(data):
        raise PerfDataError(f"the entry at byte {offset} has length {length} of {len(data)} bytes")
    if not (_ENTRY_BYTES <= name_at < length and _ENTRY_BYTES <= data_at <= length and 0 <= vector <= length - data_at):
        raise PerfDataError(f"the entry at byte {offset} points out of itself")
    entry = data[offset : offset + length]
    return length, _text(entry[name_at:]), _value(entry[data_at:], kind, vector, order)


def _value(value: bytes, kind: int, vector: int, order: str) -> str | int | None:
    if kind == _STRING and vector:
        return _text(value[:vector])
    if kind == _LONG and not vector and len(value) >= 8:
        return int(struct.unpack_from(f"{order}q", value)[0])
    return None


def _text(value: bytes) -> str:
    return value.split(b"\0", 1)[0].decode("utf-8", "replace")


def _facts(found: Counters, *, overflowed: bool) -> JvmFacts:
    collectors = tuple(_collectors(found))
    policy = _str(found, "sun.gc.policy.name")
    collector = _collector(policy, collectors)
    generations = tuple(_generations(found))
    return JvmFacts(
        version=_str(found, "java.property.java.version"),
        vm_name=_str(found, "java.property.java.vm.name"),
        vendor=_str(found, "java.property.java.vm.vendor"),
        args=_str(found, "java.rt.vmArgs") or "",
        java_command=_str(found, "sun.rt.javaCommand"),
        gc_policy=policy,
        collector=collector,
        heap_max_bytes=_heap_max(generations, collector),
        heap_initial_bytes=_heap_initial(found, collector),
        heap_committed_bytes=sum(each.capacity_bytes for each in generations) or None,
        heap_used_bytes=sum(each.used_bytes for each in generations) if generations else None,
        metaspace_used_bytes=_int(found, "sun.gc.metaspace.used"),
        metaspace_committed_bytes=_int(found, "sun.gc.metaspace.capacity"),
        generations=generations,
        collectors=collectors,
        last_gc_cause=_str(found, "sun.gc.lastCause"),
        threads_live=_int(found, "java.threads.live"),
        threads_peak=_int(found, "java.threads.livePeak"),
        classes_loaded=_classes(found),
        safepoints=_int(found, "sun.rt.safepoints"),
        safepoint_time_s=_seconds(found, "sun.rt.safepointTime"),
        started_at_ms=_int(found, "sun.rt.createVmBeginTime"),
        uptime_s=_seconds(found, "sun.os.hrt.ticks"),
        overflowed=overflowed,
    )


def _generations(found: Counters) -> list[Generation]:
    """Young and old, as far as this collector has them; unused ones (Shenandoah's young) are left out."""
    return [
        Generation(name, capacity, most, _used(found, number))
        for number in range(2)
        if (name := _str(found, f"sun.gc.generation.{number}.name")) is not None
        and (capacity := _int(found, f"sun.gc.generation.{number}.capacity")) is not None
        and (most := _int(found, f"sun.gc.generation.{number}.maxCapacity"))
    ]


def _used(found: Counters, generation: int) -> int:
    return sum(_int(found, f"sun.gc.generation.{generation}.space.{space}.used") or 0 for space in range(3))


def _collectors(found: Counters) -> list[Collector]:
    return [
        Collector(name, invocations, _seconds(found, f"sun.gc.collector.{number}.time") or 0.0)
        for number in range(3)
        if (name := _str(found, f"sun.gc.collector.{number}.name")) is not None
        and (invocations := _int(found, f"sun.gc.collector.{number}.invocations")) is not None
    ]


def _collector(policy: str | None, collectors: tuple[Collector, ...]) -> str | None:
    """ZGC and Shenandoah write no policy name; their collectors' names tell."""
    if policy in _POLICIES:
        return _POLICIES[policy]
    named = _COLLECTOR_NAMES.match(collectors[0].name) if collectors else None
    return {"Z ": "ZGC"}.get(named[1], named[1]) if named else None


def _heap_max(generations: tuple[Generation, ...], collector: str | None) -> int | None:
    """G1 pads its counters by a few bytes, so the sum of one generation is cut to whole MiB; regions are never less."""
    if not generations:
        return None
    if collector in _LIVES_IN_PARTS:
        return sum(each.max_bytes for each in generations)
    return max(each.max_bytes for each in generations) // MIB * MIB


def _heap_initial(found: Counters, collector: str | None) -> int | None:
    """Parallel, Serial and CMS write no initial size of the young generation: not known."""
    if collector is None or collector in _LIVES_IN_PARTS:
        return None
    names = (f"sun.gc.generation.{number}.space.0.initCapacity" for number in range(2))
    return sum(_int(found, name) or 0 for name in names) // MIB * MIB or None


def _classes(found: Counters) -> int | None:
    loaded = _int(found, "java.cls.loadedClasses")
    if loaded is None:
        return None
    return loaded + sum(
        sign * (_int(found, f"java.cls.{name}") or 0)
        for sign, name in ((1, "sharedLoadedClasses"), (-1, "unloadedClasses"), (-1, "sharedUnloadedClasses"))
    )


def _seconds(found: Counters, name: str) -> float | None:
    ticks, frequency = _int(found, name), _int(found, "sun.os.hrt.frequency")
    return ticks / frequency if ticks is not None and frequency else None


def _str(found: Counters, name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None


def _int(found: Counters, name: str) -> int | None:
    value = found.get(name)
    return value if isinstance(value, int) else None

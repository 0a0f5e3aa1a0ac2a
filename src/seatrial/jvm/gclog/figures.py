"""The report made of the sums: percentiles, rates, live set, throughput, each with what it rests on."""

from seatrial.jvm.gclog.blocks import BlockReader
from seatrial.jvm.gclog.decorations import is_uptime
from seatrial.jvm.gclog.durations import Durations
from seatrial.jvm.gclog.report import (
    API_VERSION,
    KIND,
    CountAndTime,
    Cpu,
    GcReport,
    HeapAfter,
    LiveSet,
    PauseFigures,
    Pauses,
    Rate,
    Stalls,
    Throughput,
    UnreadLines,
)
from seatrial.jvm.gclog.tally import Tally

_NS_PER_MS = 1_000_000


def report(read: BlockReader) -> GcReport:
    """The report of everything read so far."""
    tally = read.tally
    pauses = _pauses(tally)
    observed_s = round(tally.observed_s(), 3)
    uptime = tally.last_s is not None and is_uptime(tally.last_s)
    return GcReport(
        api_version=API_VERSION,
        kind=KIND,
        collector=tally.collector,
        jdk=tally.jdk,
        format=read.format,
        jvms=tally.jvms,
        lines=read.lines,
        first_uptime_s=tally.first_s if uptime else None,
        last_uptime_s=tally.last_s if uptime else None,
        observed_s=observed_s or None,
        pauses=pauses,
        pauses_by_kind={kind: _figures(each) for kind, each in sorted(tally.by_kind.items())},
        pauses_by_cause={
            cause: CountAndTime(count, _ms(total)) for cause, (count, total) in sorted(tally.causes.items())
        },
        full_gcs=_count_and_time(tally.by_kind.get("full", Durations())),
        allocation_stalls=_stalls(tally.stalls["allocation"]),
        relocation_stalls=_stalls(tally.stalls["relocation"]),
        safepoints=_stalls(tally.safepoints),
        evacuation_failures=tally.evacuation_failures,
        pinned_evacuations=tally.pinned_evacuations,
        concurrent_cycles=tally.cycles,
        aborted_cycles=tally.aborted_cycles,
        heap=_heap(tally),
        humongous_regions_max=_known(tally.humongous_max),
        allocation_rate=_allocation(tally, observed_s),
        promotion_rate=_promotion(tally, observed_s),
        live_set=_live_set(tally),
        throughput=_throughput(tally, pauses.total_ms, observed_s),
        cpu=Cpu(*(round(each, 2) for each in tally.cpu_s)) if any(tally.cpu_s) else None,
        unread_lines=UnreadLines(read.unread, tuple(read.shown)),
    )


def _pauses(tally: Tally) -> Pauses:
    every = Durations()
    for each in tally.by_kind.values():
        every.absorb(each)
    p50, p95, p99 = every.percentiles_ns(0.5, 0.95, 0.99)
    return Pauses(
        count=every.count,
        total_ms=_ms(every.total_ns - tally.nesting.nested_ns),
        p50_ms=_ms(p50),
        p95_ms=_ms(p95),
        p99_ms=_ms(p99),
        max_ms=_ms(every.max_ns),
        nested=tally.nesting.nested,
        without_duration=tally.nesting.without_duration,
    )


def _figures(each: Durations) -> PauseFigures:
    p50, p95, p99 = each.percentiles_ns(0.5, 0.95, 0.99)
    return PauseFigures(each.count, _ms(each.total_ns), _ms(p50), _ms(p95), _ms(p99), _ms(each.max_ns))


def _count_and_time(each: Durations) -> CountAndTime:
    return CountAndTime(each.count, _ms(each.total_ns))


def _stalls(each: Durations) -> Stalls:
    return Stalls(each.count, _ms(each.total_ns), _ms(each.max_ns))


def _heap(tally: Tally) -> HeapAfter:
    heap = tally.heap
    return HeapAfter(
        samples=heap.samples,
        last_bytes=_known(heap.last_after),
        min_bytes=_known(heap.after_min),
        max_bytes=_known(heap.after_max),
        capacity_max_bytes=_known(heap.capacity_max),
        limit_bytes=_known(heap.limit),
    )


def _allocation(tally: Tally, observed_s: float) -> Rate:
    if tally.heap.samples < 2:
        return Rate(None, "fewer than two collections print the heap")
    if not observed_s:
        return Rate(None, "the log bears no times")
    return Rate(
        round(tally.heap.allocated / observed_s, 1),
        "growth of the heap from each collection to the next one; what is freed beside the program is not seen",
    )


def _promotion(tally: Tally, observed_s: float) -> Rate:
    if tally.promoted < 0:
        return Rate(None, "the log does not show the old generation; gc* does")
    if not observed_s:
        return Rate(None, "the log bears no times")
    return Rate(round(tally.promoted / observed_s, 1), "growth of the old generation in young collections")


def _live_set(tally: Tally) -> LiveSet:
    if tally.after_mixed >= 0:
        return LiveSet(tally.after_mixed, "the least heap after a mixed collection, since the last full one")
    if tally.after_full >= 0:
        return LiveSet(tally.after_full, "heap after the last full collection")
    return LiveSet(None, "nothing has collected the whole heap yet: no full and no mixed collection")


def _throughput(tally: Tally, paused_ms: float, observed_s: float) -> Throughput:
    if not observed_s:
        return Throughput(None, None, "the log bears no times, or only one")
    percent = max(0.0, 100 - paused_ms / 10 / observed_s)
    since = "the JVM's start" if tally.from_start else "the first line"
    more = f", {tally.jvms} JVMs added up" if tally.jvms > 1 else ""
    return Throughput(round(percent, 3), observed_s, f"time outside of pauses, from {since} to the last event{more}")


def _ms(duration_ns: int) -> float:
    return duration_ns / _NS_PER_MS


def _known(value: int) -> int | None:
    return value if value >= 0 else None

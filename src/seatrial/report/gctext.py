"""A GC log's figures, told to a person: one log, or two side by side with the differences in words."""

from collections.abc import Callable

from seatrial.jvm.gclog import GcReport
from seatrial.model.quantities import say_bytes, say_s

RATE_S = 60.0
"""A shorter window has no rate of full collections worth comparing."""


def gc_text(report: GcReport) -> str:
    """The figures in the order in which they matter."""
    if report.collector is None and not report.events:
        return f"No GC event in {report.lines} lines: this is no GC log, or one of a kind that is not known here.\n"
    return "".join(f"{name + ':':<20}{value}\n" for name, value in _rows(report))


def gc_comparison(before: GcReport, after: GcReport) -> str:
    """Both logs side by side; only what both of them show is compared in words."""
    left, right = dict(_rows(before)), dict(_rows(after))
    width = max(len(value) for value in left.values()) + 2
    lines = [f"{'':<20}{'BEFORE':<{width}}AFTER"]
    lines += [f"{name + ':':<20}{left.get(name, ''):<{width}}{right.get(name, '')}" for name in {**left, **right}]
    return "\n".join([*lines, "", *_differences(before, after)]) + "\n"


def _rows(report: GcReport) -> list[tuple[str, str]]:
    pauses, heap = report.pauses, report.heap
    rows = [
        ("Collector", report.collector or "not said"),
        ("JDK", report.jdk or "not said"),
        ("Observed", say_s(report.observed_s) if report.observed_s is not None else "unknown"),
        ("Pauses", f"{pauses.count}, {_ms(pauses.total_ms)} in all" + _unmeasured(report)),
        ("p50 / p95 / p99", f"{_ms(pauses.p50_ms)} / {_ms(pauses.p95_ms)} / {_ms(pauses.p99_ms)}"),
        ("Longest pause", _ms(pauses.max_ms)),
        ("Full GCs", f"{report.full_gcs.count}, {_ms(report.full_gcs.total_ms)}"),
        ("Throughput", _or(report.throughput.percent, "{:.2f} %", report.throughput.because)),
        ("Heap after GC", _heap(report)),
        ("Largest heap", say_bytes(heap.capacity_max_bytes) if heap.capacity_max_bytes else "not said"),
        (
            "Live set",
            say_bytes(report.live_set.bytes) if report.live_set.bytes else f"unknown: {report.live_set.because}",
        ),
        ("Allocation", _rate(report.allocation_rate.bytes_per_second, report.allocation_rate.because)),
        ("Promotion", _rate(report.promotion_rate.bytes_per_second, report.promotion_rate.because)),
    ]
    if report.allocation_stalls.count:
        stalls = report.allocation_stalls
        rows.append(("Allocation stalls", f"{stalls.count}, {_ms(stalls.total_ms)}, longest {_ms(stalls.max_ms)}"))
    if report.evacuation_failures:
        rows.append(("Evacuation failed", f"{report.evacuation_failures} times"))
    if report.jvms > 1:
        rows.append(("JVM starts", str(report.jvms)))
    if report.unread_lines.count:
        first = ", ".join(str(one.line) for one in report.unread_lines.first[:5])
        rows.append(("Not understood", f"{report.unread_lines.count} of {report.lines} lines, first at {first}"))
    return rows


def _differences(before: GcReport, after: GcReport) -> list[str]:
    """What changed, in words; a window too short to say so says nothing."""
    said = []
    if before.pauses.count and after.pauses.count:
        said.append(_change("the longest pause", before.pauses.max_ms, after.pauses.max_ms, _ms))
        said.append(_change("the pause at p99", before.pauses.p99_ms, after.pauses.p99_ms, _ms))
    if min(before.observed_s or 0.0, after.observed_s or 0.0) >= RATE_S and before.observed_s and after.observed_s:
        hourly_before = 3600 * before.full_gcs.count / before.observed_s
        hourly_after = 3600 * after.full_gcs.count / after.observed_s
        if hourly_before or hourly_after:
            said.append(_change("full GCs an hour", hourly_before, hourly_after, lambda value: f"{value:.1f}"))
    if before.throughput.percent is not None and after.throughput.percent is not None:
        said.append(
            _change("throughput", before.throughput.percent, after.throughput.percent, lambda value: f"{value:.2f} %")
        )
    return said or ["Nothing that both logs show can be compared."]


def _change(what: str, before: float, after: float, say_it: Callable[[float], str]) -> str:
    word = "went up from" if after > before else "went down from" if after < before else "stayed at"
    tail = "" if after == before else f" to {say_it(after)}"
    return f"{what[0].upper()}{what[1:]} {word} {say_it(before)}{tail}."


def _unmeasured(report: GcReport) -> str:
    count = report.pauses.without_duration
    return f" ({count} more without a printed duration)" if count else ""


def _heap(report: GcReport) -> str:
    heap = report.heap
    if not heap.samples or heap.min_bytes is None or heap.max_bytes is None or heap.last_bytes is None:
        return "not said"
    return f"{say_bytes(heap.min_bytes)} to {say_bytes(heap.max_bytes)}, last {say_bytes(heap.last_bytes)}"


def _rate(value: float | None, because: str) -> str:
    return f"{say_bytes(value)}/s" if value is not None else f"unknown: {because}"


def _or(value: float | None, form: str, because: str) -> str:
    return form.format(value) if value is not None else f"unknown: {because}"


def _ms(value: float) -> str:
    return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.3f} ms" if value < 10 else f"{value:.1f} ms"

"""Unified logging in all its dress: decorations, cut heads, glued lines, tables, application lines, restarts."""

import pytest

from seatrial.jvm.gclog import GcReport, analyse

YOUNG = "GC(3) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms"


def read(*lines: str) -> GcReport:
    return analyse("\n".join((*lines, "")).encode().splitlines(keepends=True))


@pytest.mark.parametrize(
    "head",
    [
        "[0.118s][info][gc] ",
        "[0.118s][info ][gc          ] ",
        "[0,118s][info][gc] ",
        "[118ms] ",
        "[118000000ns] ",
        "[0.118s] ",
        "[info][gc] ",
        "[gc] ",
        "[2025-12-23T05:49:51.123+0800] ",
        "[2025-12-23T05:49:51.123+0800][gc] ",
        "[2025-12-23T05:49:51.123+0800][0.118s][info][gc] ",
        "[2025-12-23T05:49:51,123+0000][info][gc] ",
        "[1766468991123ms][info][gc] ",
        "[1766468991123ms][118ms][info][gc] ",
        "[0.118s][exchange-service-7d4][1][17][info][gc] ",
        "[exchange-service-7d4][0.118s][info][gc] ",
        "[1][0.118s][info][gc] ",
        "",
        ".118s][info][gc] ",
        "nfo][gc] ",
        "2025-12-23T05:49:51.123456789Z [0.118s][info][gc] ",
        "2025-12-23T05:49:51.123456789Z stdout F [0.118s][info][gc] ",
        "[pod/exchange-service-7d4/app] 2025-12-23T05:49:51.123456789Z [0.118s][info][gc] ",
        "[pod/exchange-service-7d4/app] [0.118s][info][gc] ",
        "exchange-service-1  | [0.118s][info][gc] ",
        "\0\0\0\0[0.118s][info][gc] ",
    ],
)
def test_a_pause_is_found_behind_any_head(head: str) -> None:
    report = read(head + YOUNG)
    assert (report.pauses.count, report.pauses.total_ms) == (1, 2.648)
    assert report.pauses_by_cause["G1 Evacuation Pause"].count == 1
    assert report.heap.last_bytes == 11 << 20
    assert report.unread_lines.count == 0
    assert report.collector == "G1"


@pytest.mark.parametrize(
    ("head", "uptime_s"),
    [
        ("[0.118s][info][gc] ", 0.118),
        ("[1,5s] ", None),
        ("[118ms] ", 0.118),
        ("[118000000ns] ", 0.118),
        ("[1766468991123ms][118ms] ", 0.118),
        ("[2025-12-23T05:49:51.123+0800] ", None),
        ("[2025-13-23T05:49:51.123+0800] ", None),
        ("[ab.cdes][0.118s] ", 0.118),
        ("[a.118s][x][0.118s] ", 0.118),
        ("", None),
    ],
)
def test_uptime_is_read_from_where_it_stands(head: str, uptime_s: float | None) -> None:
    assert read(head + YOUNG).last_uptime_s == uptime_s


def test_wall_time_serves_where_there_is_no_uptime() -> None:
    report = read(
        "[2025-12-23T05:49:51.000+0800] " + YOUNG,
        "[2025-12-22T21:50:01.000] " + YOUNG,
    )
    assert report.observed_s == 10
    assert report.throughput.percent == pytest.approx(100 - 100 * 0.005296 / 10, abs=0.001)
    assert "from the first line" in report.throughput.because


@pytest.mark.parametrize("line", [YOUNG.replace("2.648ms", "2,648ms"), YOUNG.replace("ms", " ms"), YOUNG + "\r"])
def test_a_number_may_be_written_otherwise(line: str) -> None:
    assert read("[0.1s][info][gc] Using G1", "[0.118s][info][gc] " + line).pauses.total_ms == 2.648


@pytest.mark.parametrize(
    ("name", "kind", "cause"),
    [
        ("Young (Normal) (G1 Evacuation Pause)", "young", "G1 Evacuation Pause"),
        ("Young (Concurrent Start) (G1 Humongous Allocation)", "young", "G1 Humongous Allocation"),
        ("Young (Prepare Mixed) (G1 Evacuation Pause)", "young", "G1 Evacuation Pause"),
        ("Young (Mixed) (G1 Evacuation Pause)", "mixed", "G1 Evacuation Pause"),
        ("Young (G1 Evacuation Pause)", "young", "G1 Evacuation Pause"),
        ("Young", "young", "Young"),
        ("Mixed (G1 Evacuation Pause)", "mixed", "G1 Evacuation Pause"),
        ("Initial Mark (G1 Humongous Allocation)", "young", "G1 Humongous Allocation"),
        ("Initial Mark", "initialMark", "Initial Mark"),
        ("Young (Allocation Failure)", "young", "Allocation Failure"),
        ("Full (System.gc())", "full", "System.gc()"),
        ("Full", "full", "Full"),
        ("Remark", "remark", "Remark"),
        ("Cleanup", "cleanup", "Cleanup"),
        ("Init Mark (unload classes)", "initialMark", "Init Mark"),
        ("Init Mark", "initialMark", "Init Mark"),
        ("Final Mark (Young)", "finalMark", "Final Mark"),
        ("Init Update Refs", "initUpdateRefs", "Init Update Refs"),
        ("Final Update Refs", "finalUpdateRefs", "Final Update Refs"),
        ("Final Roots", "finalRoots", "Final Roots"),
        ("Degenerated GC (Mark)", "degenerated", "Mark"),
        ("Mark Start (Major)", "markStart", "Mark Start"),
        ("Mark End", "markEnd", "Mark End"),
        ("Relocate Start", "relocateStart", "Relocate Start"),
    ],
)
def test_every_pause_has_its_kind(name: str, kind: str, cause: str) -> None:
    report = read(f"[0.118s][info][gc] GC(3) Pause {name} 0.047ms")
    assert list(report.pauses_by_kind) == [kind]
    assert list(report.pauses_by_cause) == [cause]
    assert report.pauses.total_ms == 0.047
    assert report.heap.samples == 0


@pytest.mark.parametrize(
    ("suffix", "failed", "pinned"),
    [
        ("(Evacuation Failure)", 1, 0),
        ("(Evacuation Failure: Allocation)", 1, 0),
        ("(Evacuation Failure: Pinned)", 0, 1),
        ("(Evacuation Failure: Allocation / Pinned)", 1, 1),
    ],
)
def test_evacuation_failures_of_jdk_21_and_later(suffix: str, failed: int, pinned: int) -> None:
    report = read(f"[1.2s][info][gc] GC(3) Pause Young (Normal) (G1 Evacuation Pause) {suffix} 93M->92M(96M) 0.487ms")
    assert (report.pauses.count, report.pauses.total_ms) == (1, 0.487)
    assert list(report.pauses_by_cause) == ["G1 Evacuation Pause"]
    assert (report.evacuation_failures, report.pinned_evacuations) == (failed, pinned)


@pytest.mark.parametrize("between", [(), ("[0.118s][info][gc,phases] GC(3)   Other: 0.0ms",)])
def test_evacuation_failures_of_jdk_11_and_17_have_a_line_of_their_own(between: tuple[str, ...]) -> None:
    report = read(
        "[0.008s][info][gc] Using G1",
        "[0.118s][info][gc] GC(3) To-space exhausted",
        *between,
        "[0.118s][info][gc] " + YOUNG,
        "[0.218s][info][gc] " + YOUNG.replace("GC(3)", "GC(4)"),
    )
    assert (report.pauses.count, report.evacuation_failures) == (2, 1)
    assert report.unread_lines.count == 0


def test_generational_zgc_says_which_generation() -> None:
    report = read(
        "[0.265s][info][gc] GC(0) Major Collection (Warmup)",
        "[0.295s][info][gc,phases] GC(0) Y: Pause Mark Start (Major) 0.040ms",
        "[0.300s][info][gc,phases] GC(1) y: Pause Mark Start 0.010ms",
        "[0.301s][info][gc,phases] GC(0) O: Pause Relocate Start 0.005ms",
        "[0.646s][info][gc] Allocation Stall (load-0) 10.394ms",
        "[0.647s][info][gc] Relocation Stall (Notification Thread) 0.128ms",
        "[0.658s][info][gc] GC(1) Minor Collection (Allocation Rate) 66M(69%)->96M(100%) 0.155s",
        "[0.700s][info][gc] GC(2) Minor Collection (Allocation Rate) Aborted",
        "[0.858s][info][gc] GC(0) Major Collection (Warmup) 96M(100%)->28M(29%) 0.102s",
    )
    assert (report.collector, report.pauses.count, report.pauses.total_ms) == ("ZGC", 3, 0.055)
    assert (report.allocation_stalls.count, report.allocation_stalls.max_ms) == (1, 10.394)
    assert (report.relocation_stalls.count, report.relocation_stalls.total_ms) == (1, 0.128)
    assert (report.heap.last_bytes, report.heap.max_bytes, report.concurrent_cycles) == (28 << 20, 96 << 20, 2)
    assert report.unread_lines.count == 0


@pytest.mark.parametrize(
    "line",
    [
        "[0.232s][info][gc,stats    ] Pause Init Mark (G)                 161 us",
        "[10.1s][info][gc,stats    ]       Phase: Pause Mark End                        0.009 / 0.012         0.009 / 0.012  ms",
        "[10.1s][info][gc,stats] GC(4)     Phase: Pause Mark End                        0.009 / 0.012   ms",
        "[4.5s][info][gc,stats] Pause Final Mark (N)    =    0.034 s (a =      111 us) (n =   308)",
        "[0.342s][info][gc,alloc    ] GC(0) Y: Allocation Stalls:          0                0                0",
        "[0.003s][info][gc,phases] GC(3) Phase 1: Mark live objects 2.547ms",
        "[0.003s][info][gc,task] GC(3) Using 2 workers of 2 for evacuation",
        "[0.003s][info][gc,ergo] Using 50% of the heap",
        "[0.003s][info][gc,init] Version: internal",
        "[0.003s][info][gc,init] Heap Min Capacity: 48M",
        "[0.003s][info][gc,init] Heap Max Capacity: unlimited",
        "[0.003s][info][gc] Allocation failed",
        "[0.003s][info][gc,heap] GC(3) Old regions: none",
        "[0.003s][info][gc,heap] GC(3) Tenured: none",
        "[0.003s][info][gc,cpu] GC(3) User=none",
        "[0.003s][info][safepoint] Total time",
        "[0.003s][info][gc,cpu] User=1s",
        '[0.003s][info][safepoint] Safepoint "Cleanup"',
        "[0.003s][info][gc] GC(3) Concurrent Mark Cycle 17.877ms",
        "[0.003s][info][gc] GC(3) To-space rather full",
        "[0.003s][info][os] Something else",
        "[0.003s][debug][gc,start] Allocation Stall (load-0)",
        "[0.003s][info][gc] fooGC(3) is no number of a collection",
        "",
    ],
)
@pytest.mark.parametrize("cut", [0, 1, 3])
def test_lines_that_are_no_pauses_but_no_riddle_either(line: str, cut: int) -> None:
    report = read(line[cut:])
    assert (report.pauses.count, report.allocation_stalls.count, report.evacuation_failures) == (0, 0, 0)
    assert report.unread_lines.count == 0
    assert report.safepoints.count == 0


@pytest.mark.parametrize(
    "line",
    [
        "INFO the users made a Pause Young and came back after 12.000ms",
        "INFO saw GC(3) Pause Full (System.gc()) 1M->1M(2M) 12.000ms",
        "[main] INFO Pause Full (System.gc()) 1M->1M(2M) 12.000ms",
        "[main] INFO started",
        "[0.118s][info][gc] GC(3) Pause Young (Normal) (G1 Evacuation Pause) 26M->",
        "[0.118s][info][gc] GC(3) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) ms",
        "[0.118s][info][gc] GC(3) Pause Young (Normal) (G1 Evacuation Pause) 26X->11M(50M) 2.648ms",
        "[0.118s][info][gc] GC(3) Pause For Breath 2.648ms",
        "[0.118s][info][gc] GC(3) Pause (Young) 2.648ms",
        "[0.118s][info][gc] GC(3) Pause For Breath",
        "[0.118s][info][gc] GC(x) Pause Full (System.gc()) 1M->1M(2M) 12.000ms",
        "[0.118s][info][gc] GC(3 Pause Full",
        "[0.118s][info][gc] Allocation Stall (main) soon",
        "[0.118s][info][gc] GC(3) Garbage Collection (Warmup) 12M->12M",
        "[0.118s][info][gc] GC(3) Garbage Collection (Warm",
        "[0.118s][info][gc] GC(3) Garbage Collection (Warmup) 12M(1%)->12X(1%)",
        "[0.118s][info][gc] GC(3) Concurrent cleanup 12M->X 0.1ms",
        "[main] Using G1 here",
        "\x01\x02garbage",
    ],
)
def test_lines_that_nothing_can_be_made_of_are_shown(line: str) -> None:
    collector = (
        "Shenandoah"
        if "cleanup" in line
        else "The Z Garbage Collector"
        if "Collection" in line or "Stall" in line
        else "G1"
    )
    report = read(f"[0.008s][info][gc] Using {collector}", line, "[0.218s][info][gc] " + YOUNG)
    assert (report.pauses.count, report.allocation_stalls.count) == (1, 0)
    assert report.unread_lines.count == 1
    (shown,) = report.unread_lines.first
    assert (shown.line, shown.text) == (2, line)


def test_two_lines_glued_together_are_both_read() -> None:
    other = YOUNG.replace("GC(3)", "GC(4)").replace("2.648", "1.000")
    report = read(f"[0.118s][info][gc] {YOUNG}[0.218s][info][gc] {other}")
    assert (report.pauses.count, report.pauses.total_ms, report.unread_lines.count) == (2, 3.648, 0)


def test_a_line_inside_another_is_read_and_the_torn_one_is_not() -> None:
    report = read(f"[0.118s][info][gc] GC(3) Pause Yo[0.218s][info][gc] {YOUNG}", "ung (Normal) 1M->1M(2M) 3.000ms")
    assert (report.pauses.count, report.pauses.total_ms, report.unread_lines.count) == (1, 2.648, 2)


def test_a_header_and_nothing_else_is_a_whole_log() -> None:
    report = read("[0.008s][info][gc] Using G1")
    assert (report.collector, report.format, report.jvms, report.pauses.count) == ("G1", "unified", 1, 0)
    assert (report.last_uptime_s, report.events, report.unread_lines.count) == (0.008, 0, 0)


@pytest.mark.parametrize(
    ("name", "collector"),
    [
        ("G1", "G1"),
        ("Parallel", "Parallel"),
        ("Serial", "Serial"),
        ("Concurrent Mark Sweep", "CMS"),
        ("The Z Garbage Collector", "ZGC"),
        ("Shenandoah", "Shenandoah"),
        ("Epsilon", "Epsilon"),
    ],
)
def test_every_collector_introduces_itself(name: str, collector: str) -> None:
    assert read(f"[0.008s][info][gc] Using {name}").collector == collector


def test_parts_of_zgc_s_pauses_are_in_them_already() -> None:
    report = read(
        "[0.1s][debug][gc,phases,start] GC(0) Pause Retire TLABS (VM Thread)",
        "[0.1s][debug][gc,phases] GC(0) Pause Retire TLABS (VM Thread) 0.007ms",
        "[0.1s][debug][gc,phases] GC(0) Pause Roots Setup (VM Thread) 0.017ms",
        "[0.1s][info ][gc,phases] GC(0) Pause Mark Start 0.105ms",
    )
    assert (report.pauses.count, report.pauses.total_ms, report.unread_lines.count) == (1, 0.105, 0)


def test_details_are_read_without_decorations_too() -> None:
    report = read(
        "Heap Region Size: 1M",
        "Using G1",
        "GC(1) To-space exhausted",
        "GC(1) Old regions: 3->8",
        "GC(1) Humongous regions: 5->2",
        "GC(1) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms",
        "GC(1) User=0.01s Sys=0.02s Real=0.03s",
        "GC(2) Old regions: 8->5",
        "GC(2) Humongous regions: none",
        "GC(2) Pause Full (System.gc()) 26M->11M(50M) 2.648ms",
        "GC(2) User=0.01s Sys=0.02s Real=0.03s",
    )
    assert (report.evacuation_failures, report.humongous_regions_max, report.unread_lines.count) == (1, 5, 0)
    assert report.cpu is not None
    assert (report.cpu.user_s, report.cpu.sys_s, report.cpu.real_s) == (0.02, 0.04, 0.06)
    assert report.promotion_rate.because == "the log bears no times"
    assert report.allocation_rate.because == "the log bears no times"


def test_a_torn_line_of_regions_promotes_nothing() -> None:
    report = read(
        "[0.1s][info][gc,heap] Heap Region Size: 1M",
        "[0.1s][info][gc] Using G1",
        "[0.2s][info][gc,heap] GC(1) Old regions: 3-",
        "[0.2s][info][gc] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms",
    )
    assert (report.pauses.count, report.promotion_rate.bytes_per_second) == (1, None)


def test_regions_of_unknown_size_promote_nothing() -> None:
    report = read("GC(1) Old regions: 3->8", "GC(1) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms")
    assert report.promotion_rate.because == "the log does not show the old generation; gc* does"


@pytest.mark.parametrize(
    "line",
    [
        "[0.1s][debug][gc,ergo] first line of a message",
        " active_workers_by_JT: 4  active_workers_by_heap_size: 2",
        "[                  ]  active_workers_by_JT: 4  active_workers_by_heap_size: 2",
        "Heuristics ergonomically sets -XX:+ExplicitGCInvokesConcurrent",
    ],
)
def test_messages_of_several_lines(line: str) -> None:
    assert read("[0.008s][info][gc] Using G1", line).unread_lines.count == 0


def test_safepoints_are_told_beside_the_pauses() -> None:
    report = read(
        '[0.1s][info][safepoint] Safepoint "G1CollectForAllocation", Time since last: 1 ns,'
        " Reaching safepoint: 100 ns, Cleanup: 10 ns, At safepoint: 2600000 ns, Total: 2600110 ns",
        "[0.2s][info][safepoint] Total time for which application threads were stopped: 0.0028131 seconds,"
        " Stopping threads took: 0.0000309 seconds",
        "[0.218s][info][gc] " + YOUNG,
    )
    assert (report.safepoints.count, report.safepoints.total_ms) == (2, 5.41321)
    assert (report.pauses.count, report.pauses.total_ms) == (1, 2.648)


def test_aborted_marks_and_the_live_set_of_mixed_collections() -> None:
    mixed = "[{}.0s][info][gc] GC({}) Pause Young (Mixed) (G1 Evacuation Pause) 50M->{}M(96M) 1.000ms"
    lines = ["[0.008s][info][gc] Using G1", "[0.9s][info][gc,marking] GC(1) Concurrent Mark Abort"]
    report = read(*lines, *(mixed.format(n, n, after) for n, after in ((1, 30), (2, 20), (3, 25))))
    assert (report.aborted_cycles, report.live_set.bytes) == (1, 20 << 20)
    assert "mixed" in report.live_set.because
    report = read(*lines, mixed.format(1, 1, 30), "[2.0s][info][gc] GC(2) Pause Full (x) 50M->10M(96M) 1.000ms")
    assert report.live_set.bytes == 10 << 20

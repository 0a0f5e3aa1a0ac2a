"""JDK 8 and older: the shapes of every collector, with all that falls in between."""

import pytest

from seatrial.jvm.gclog import GcLog, GcReport, analyse

DATE = "2014-06-25T00:11:00.943+0000: "


def read(*lines: str) -> GcReport:
    return analyse("\n".join((*lines, "")).encode().splitlines(keepends=True))


def only(report: GcReport) -> tuple[str, float]:
    """The kind and milliseconds of the only pause, when every line was read."""
    assert report.unread_lines.count == 0, report.unread_lines
    assert report.pauses.without_duration == 0
    (kind,) = report.pauses_by_kind
    assert report.pauses.count == 1
    return kind, report.pauses.total_ms


@pytest.mark.parametrize(
    ("line", "kind", "ms"),
    [
        ("[GC (Allocation Failure)  65536K->10748K(251392K), 0.0087120 secs]", "young", 8.712),
        ("[GC 65536K->10748K(251392K), 0.0087120 secs]", "young", 8.712),
        ("[GC-- [PSYoungGen: 1K->1K(2K)] 3K->2K(4K), 0.0010000 secs]", "young", 1.0),
        ("[Full GC (Ergonomics)  10748K->9000K(251392K), 0.0787120 secs]", "full", 78.712),
        ("[Full GC (Metadata GC Threshold)  165M->72M(5632M), 0.2983033 secs]", "full", 298.3033),
        (
            "[GC (Allocation Failure) [PSYoungGen: 65536K->10748K(76288K)] 65536K->10756K(251392K), 0.0087120 secs]"
            " [Times: user=0.03 sys=0.01, real=0.01 secs] ",
            "young",
            8.712,
        ),
        (
            "[Full GC (Ergonomics) [PSYoungGen: 10748K->0K(76288K)] [ParOldGen: 8K->9990K(175104K)]"
            " 10756K->9990K(251392K), [Metaspace: 2610K->2610K(1056768K)], 0.0787120 secs]",
            "full",
            78.712,
        ),
        (
            "[GC (Allocation Failure) 0.123: [DefNew: 4416K->512K(4928K), 0.0046102 secs] 4416K->614K(15872K),"
            " 0.0047000 secs]",
            "young",
            4.7,
        ),
        (
            "[GC (Allocation Failure) 0.2: [DefNew: 4928K->4928K(4928K), 0.0000131 secs]0.2: [Tenured:"
            " 10944K->3120K(10944K), 0.016 secs] 15872K->3120K(15872K), [Metaspace: 1K->1K(2K)], 0.0170000 secs]",
            "full",
            17.0,
        ),
        (
            "[GC (Allocation Failure) 0.2: [ParNew: 17024K->2112K(19136K), 0.0108 secs] 17024K->4182K(83008K),"
            " 0.0109000 secs]",
            "young",
            10.9,
        ),
        (
            "[GC (CMS Initial Mark) [1 CMS-initial-mark: 26386K(786432K)] 26404K(1048384K), 0.0074000 secs]",
            "initialMark",
            7.4,
        ),
        (
            "[GC (CMS Final Remark) [YG occupancy: 3968 K (118016 K)]3.1: [Rescan (parallel) , 0.0018 secs]3.1:"
            " [weak refs processing, 0.0000 secs][1 CMS-remark: 26386K(786432K)] 30354K(904448K), 0.0072000 secs]",
            "remark",
            7.2,
        ),
        (
            "[Full GC (Allocation Failure) 0.2: [CMS (concurrent mode failure): 62656K->62000K(63872K), 0.1 secs]"
            " 81000K->62000K(83008K), [Metaspace: 1K->1K(2K)], 0.1500000 secs]",
            "full",
            150.0,
        ),
        ("[GC pause (G1 Evacuation Pause) (young) 24M->4096K(256M), 0.0035780 secs]", "young", 3.578),
        ("[GC pause (G1 Evacuation Pause) (mixed) 24M->4096K(256M), 0.0035780 secs]", "mixed", 3.578),
        ("[GC pause (G1 Humongous Allocation) (young) (initial-mark) 24M->4M(256M), 0.0035780 secs]", "young", 3.578),
        ("[GC pause (young) 24M->4M(256M), 0.0035780 secs]", "young", 3.578),
        ("[GC (CMS Final Remark)  10812K(12288K), 0.0014000 secs]", "remark", 1.4),
        ("[GC (Deep) [a[b[c[d[e[f[g]]]]]]] 6K->1K(9K), 0.0087120 secs]", "young", 8.712),
        ("[GC remark, 0.0012000 secs]", "remark", 1.2),
        ("[GC remark 0.303: [GC ref-proc, 0.0000700 secs], 0.0010462 secs]", "remark", 1.0462),
        ("[GC cleanup 80M->80M(256M), 0.0008000 secs]", "cleanup", 0.8),
    ],
)
@pytest.mark.parametrize("stamp", ["", "3.392: ", DATE, DATE + "3.392: ", DATE + "3,392: ", "3.392: #7: "])
def test_one_pause_on_one_line(stamp: str, line: str, kind: str, ms: float) -> None:
    report = read(stamp + line)
    assert only(report) == (kind, ms)
    assert report.format == "jdk8"


def test_decimal_commas() -> None:
    line = DATE + "3,392: [GC (Allocation Failure)  165,7M->72,1M(5632,0M), 0,0087120 secs]"
    assert only(read(line)) == ("young", 8.712)


def test_uptime_cause_heap_and_promotion() -> None:
    report = read(
        "1.000: [GC (Allocation Failure) [PSYoungGen: 100K->10K(200K)] 100K->40K(500K), 0.0100000 secs]",
        "2.000: [GC (System.gc()) [PSYoungGen: 110K->10K(200K)] 140K->50K(500K), 0.0100000 secs]",
    )
    assert (report.first_uptime_s, report.last_uptime_s, report.observed_s) == (1.0, 2.01, 1.01)
    assert set(report.pauses_by_cause) == {"Allocation Failure", "System.gc()"}
    assert (report.heap.last_bytes, report.heap.capacity_max_bytes) == (50 << 10, 500 << 10)
    assert report.allocation_rate.bytes_per_second == pytest.approx((100 << 10) / 1.01, abs=0.1)
    assert report.promotion_rate.bytes_per_second == pytest.approx((40 << 10) / 1.01, abs=0.1)
    assert report.collector == "Parallel"


def test_g1_with_details_prints_the_heap_later() -> None:
    report = read(
        DATE + "3.392: [GC pause (G1 Evacuation Pause) (young) (to-space exhausted), 0.0035780 secs]",
        "   [Parallel Time: 3.2 ms, GC Workers: 4]",
        "      [GC Worker Start (ms): Min: 229.4, Avg: 229.4, Max: 229.4, Diff: 0.0]",
        "   [Eden: 24.0M(24.0M)->0.0B(13.0M) Survivors: 0.0B->3072.0K Heap: 24.0M(256.0M)->4096.0K(256.0M)]",
        " [Times: user=0.01 sys=0.00, real=0.01 secs] ",
        DATE + "3.492: [Full GC (System.gc())  165M->72M(5632M), 0.2983033 secs]",
        "   [Eden: 1.0M(2.0M)->0.0B(2.0M) Survivors: 0.0B->0.0B Heap: 165.7M(5632.0M)->72.1M(5632.0M)],"
        " [Metaspace: 1K->1K(2K)]",
        " [Times: user=0.30 sys=0.00, real=0.30 secs] ",
    )
    assert report.unread_lines.count == 0
    assert (report.pauses.count, report.evacuation_failures, report.heap.samples) == (2, 1, 2)
    assert report.heap.capacity_max_bytes == 5632 << 20
    assert report.promotion_rate.bytes_per_second == pytest.approx((1 << 20) / report.observed_s, abs=1)  # type: ignore[operator]  # observed: two times
    assert report.cpu is not None
    assert (report.cpu.user_s, report.cpu.real_s) == (0.31, 0.31)


def test_a_heap_line_that_is_torn() -> None:
    report = read(
        "3.392: [GC pause (G1 Evacuation Pause) (young), 0.0035780 secs]",
        "   [Eden: 24.0X(24.0M)->0.0B(13.0M) Survivors: 0.0B->3072.0K Heap: 24.0M(256.0M)->4096.0K(256.0M)]",
    )
    assert report.unread_lines.count == 1


def test_a_pause_over_many_lines_with_tables_and_ergonomics_inside() -> None:
    report = read(
        "{Heap before GC invocations=1470 (full 99):",
        " par new generation   total 6932288K, used 6906246K [0x00007fc05c000000, 0x00007fc21c000000)",
        "  eden space 6524544K, 100% used [0x00007fc05c000000, 0x00007fc1ea3a0000, 0x00007fc1ea3a0000)",
        DATE + "13295.637: [GC" + DATE + "13295.637: [ParNew (0: promotion failure size = 11863) (promotion failed)",
        "Desired survivor size 208764928 bytes, new threshold 15 (max 15)",
        "- age   1:  187860912 bytes,  187860912 total",
        ": 6906246K->6819243K(6932288K), 2.7300470 secs]" + DATE + "13298.367: [CMS" + DATE
        + "13300.980: [CMS-concurrent-sweep: 16.244/20.725 secs] [Times: user=100.59 sys=4.74, real=20.72 secs]",
        " (concurrent mode failure): 23591969K->23342845K(25165824K), 127.2159440 secs] 30431568K->23342845K(32098112K),"
        " [CMS Perm : 137329K->97298K(262912K)], 129.9468220 secs] [Times: user=131.28 sys=0.07, real=129.93 secs]",
        "Heap after GC invocations=1471 (full 100):",
        "}",
        DATE + "13425.584: Total time for which application threads were stopped: 129.9531350 seconds",
    )  # fmt: skip
    assert only(report) == ("full", 129946.822)
    assert report.heap.last_bytes == 23342845 << 10
    assert (report.safepoints.count, report.safepoints.total_ms) == (1, 129953.135)
    assert report.cpu is not None
    assert report.cpu.user_s == 131.28  # not the concurrent sweep's


def test_adaptive_sizes_glued_to_the_opening() -> None:
    report = read(
        "0.175: [GCAdaptiveSizePolicy::compute_survivor_space_size_and_thresh:  survived: 2721008 AdaptiveSizeStart: 0.186"
        " collection: 1 ",
        "PSAdaptiveSizePolicy::compute_generation_free_space: costs minor_time: 0.059538 major_cost: 0.000000",
        "AdaptiveSizeStop: collection: 1 ",
        " [PSYoungGen: 16420K->2657K(19136K)] 16420K->15919K(62848K), 0.0109211 secs]",
    )
    assert only(report) == ("young", 10.9211)


def test_ergonomics_of_g1_inside_the_pause() -> None:
    report = read(
        "0.229: [GC pause (G1 Evacuation Pause) (young) 0.229: [G1Ergonomics (CSet Construction) start choosing CSet]",
        " 0.229: [G1Ergonomics (CSet Construction) add young regions to CSet, eden: 14 regions]",
        "0.240: [SoftReference, 0 refs, 0.0001929 secs]0.240: [WeakReference, 0 refs, 0.0000119 secs], 0.0107924 secs]",
    )
    assert only(report) == ("young", 10.7924)


def test_a_concurrent_line_inside_a_pause_line() -> None:
    report = read(
        DATE + "3.392: [GC pause (G1 Evacuation Pause) (young)" + DATE + "3.392: [GC concurrent-root-region-scan-end,"
        " 0.0012 secs]",
        ", 0.0035780 secs]",
    )
    assert only(report) == ("young", 3.578)


def test_a_young_collection_inside_a_remark_counts_once() -> None:
    report = read(
        "1.157: [GC (CMS Final Remark) [YG occupancy: 10451 K (47936 K)]{Heap before GC invocations=22 (full 13):",
        "  eden space 42624K,  12% used [0x00000000f6400000, 0x00000000f690c520, 0x00000000f8da0000)",
        "1.158: [GC (CMS Final Remark) 1.158: [ParNew: 10451K->10451K(47936K), 0.0003 secs] 111291K->111291K(154432K),"
        " 0.0004000 secs] [Times: user=0.00 sys=0.00, real=0.00 secs]",
        "}",
        "1.158: [Rescan (parallel) , 0.0002732 secs][1 CMS-remark: 100839K(106496K)] 111291K(154432K), 0.0030000 secs]",
    )
    assert report.unread_lines.count == 0
    assert {kind: each.total_ms for kind, each in report.pauses_by_kind.items()} == {"remark": 3.0, "young": 0.4}
    assert (report.pauses.count, report.pauses.total_ms, report.pauses.nested) == (2, 3.0, 1)


def test_an_inner_collection_without_figures_is_passed_over() -> None:
    report = read(
        "1.157: [GC (CMS Final Remark) [YG occupancy: 1 K (2 K)]1.158: [GC odd][1 CMS-remark: 1K(2K)], 0.003 secs]"
    )
    assert only(report) == ("remark", 3.0)


def test_lines_of_cms_and_g1_that_are_no_pauses() -> None:
    report = read(
        "1.000: [GC (Allocation Failure)  65536K->10748K(251392K), 0.0087120 secs]",
        "1.200: [CMS-concurrent-mark-start]",
        DATE + "1.300: [CMS-concurrent-mark: 0.521/0.529 secs] [Times: user=1.00 sys=0.00, real=0.53 secs]",
        " CMS: abort preclean due to time 2010-01-01T00:00:00.000+0000: 1.400: [CMS-concurrent-abortable-preclean: 1/2 secs]",
        "1.500: [GC concurrent-root-region-scan-start]",
        "1.600: [GC concurrent-mark-abort]",
        "1.700: Application time: 1.0 seconds",
        "1.800: #4: [GC concurrent-mark-start]",
        "2016-04-14 22:41:41 GC log file has reached the maximum size. Saved as gc.log.1",
        "Memory: 4k page, physical 16G(8G free), swap 0k(0k free)",
        "Heap",
        " PSYoungGen      total 76288K, used 1K [0x1, 0x2, 0x3)",
    )
    assert (report.pauses.count, report.aborted_cycles, report.unread_lines.count) == (1, 1, 0)


HEADER = (
    "Java HotSpot(TM) 64-Bit Server VM (25.292-b10) for linux-amd64 JRE (1.8.0_292-b10), built on Apr 9 2021",
    "Memory: 4k page, physical 16G(8G free), swap 0k(0k free)",
    "CommandLine flags: -XX:InitialHeapSize=3221225472 -XX:MaxHeapSize=4294967296 -XX:+PrintGC -XX:+UseG1GC ",
)


def test_the_header_names_version_limit_and_collector() -> None:
    report = read(*HEADER)
    assert (report.jdk, report.collector, report.heap.limit_bytes) == ("1.8.0_292", "G1", 4 << 30)
    assert (report.jvms, report.unread_lines.count, report.pauses.count) == (1, 0, 0)


def test_a_second_header_is_a_second_jvm() -> None:
    pause = "9.000: [GC pause (G1 Evacuation Pause) (young) 24M->4M(256M), 0.5000000 secs]"
    report = read(*HEADER, "0.100: [GC pause (young)", *HEADER, pause)
    assert (report.jvms, report.pauses.count, report.pauses.without_duration) == (2, 1, 1)


def test_shenandoah_of_jdk_8() -> None:
    report = read(
        DATE + "2.469: [Pause Init Mark (process weakrefs), start]",
        DATE + "2.472: [Pause Init Mark (process weakrefs), 3.341 ms]",
        DATE + "2.500: [Concurrent marking 1M->2M(3M), 12.1 ms]",
        "[Pause Degenerated GC (Update Refs) 3941M->1733M(3966M), 184.489 ms]",
        "[Pause For Breath, 1.000 ms]",
    )
    assert {kind: each.total_ms for kind, each in report.pauses_by_kind.items()} == {
        "initialMark": 3.341,
        "degenerated": 184.489,
    }
    assert (report.collector, report.heap.last_bytes) == ("Shenandoah", 1733 << 20)
    assert report.unread_lines.count == 1


@pytest.mark.parametrize(
    "line",
    [
        "3.392: [GC (Allocation Failure)  65536K->10748K(251392K)]",
        "] 65536K->10748K(251392K), 0.0087120 secs]",
        "INFO nothing of ours took 0.0087120 secs]",
    ],
)
def test_torn_lines_are_shown(line: str) -> None:
    report = read("1.000: [GC (Allocation Failure)  65536K->10748K(251392K), 0.0087120 secs]", line)
    assert (report.pauses.count, report.unread_lines.count) == (1, 1)


def test_a_pause_that_another_one_interrupts_has_no_duration() -> None:
    report = read("1.000: [GC (Allocation Failure)", "2.000: [GC (Allocation Failure)  6K->1K(9K), 0.0087120 secs]")
    assert (report.pauses.count, report.pauses.without_duration) == (1, 1)


def test_a_bracket_that_is_never_closed_is_given_up() -> None:
    lines = ["1.000: [GC (Allocation Failure)", *["what is this"] * 300]
    report = read(*lines, "2.000: [GC (Allocation Failure)  6K->1K(9K), 0.0087120 secs]")
    assert (report.pauses.count, report.pauses.without_duration) == (1, 1)
    assert report.unread_lines.count > 0


def test_a_pause_in_two_halves_comes_together() -> None:
    log = GcLog()
    log.feed(b"1.000: [GC (Allocation Failure)\n")
    assert log.report().pauses.count == 0
    log.feed(b" 6K->1K(9K), 0.0087120 secs]\n")
    assert log.report().pauses.count == 1
    log.close()
    assert log.report().pauses.without_duration == 0


def test_both_kinds_of_text_in_one_file() -> None:
    report = read(
        "1.000: [GC (Allocation Failure)  65536K->10748K(251392K), 0.0087120 secs]",
        "[0.008s][info][gc] Using G1",
        "[0.118s][info][gc] GC(3) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms",
    )
    assert (report.pauses.count, report.format, report.jvms) == (2, "unified and jdk8", 2)

"""The stream of bytes: cut anywhere, growing, restarted, truncated, endless, garbage."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.gclog import GcLog, GcReport, analyse

YOUNG = "GC(3) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms"


def read(*lines: str) -> GcReport:
    return analyse("\n".join((*lines, "")).encode().splitlines(keepends=True))


def test_only_the_first_of_many_are_shown() -> None:
    report = read(*["what is this"] * 50)
    assert (report.unread_lines.count, len(report.unread_lines.first)) == (50, 20)
    assert report.unread_lines.first[-1].line == 20


def test_nothing_at_all() -> None:
    report = analyse([])
    assert (report.collector, report.format, report.jvms, report.lines) == (None, None, 0, 0)
    assert report.throughput.percent is None
    assert report.allocation_rate.bytes_per_second is None


def test_a_cut_last_line_waits_while_the_log_grows_and_is_unread_when_it_is_over() -> None:
    log = GcLog()
    log.feed(b"[0.008s][info][gc] Using G1\n[0.118s][info][gc] GC(3) Pause Young (Normal) (G1 Evac")
    assert log.report().unread_lines.count == 0
    log.close()
    assert log.report().unread_lines.count == 1


def test_a_cut_last_line_whose_rest_comes_is_whole() -> None:
    log = GcLog()
    log.feed(f"[0.118s][info][gc] {YOUNG}"[:40].encode())
    assert log.report().pauses.count == 0
    log.feed(f"[0.118s][info][gc] {YOUNG}\n"[40:].encode())
    assert log.report().pauses.count == 1
    log.close()
    assert log.report().unread_lines.count == 0


def test_a_whole_last_line_without_an_end_counts() -> None:
    assert analyse([f"[0.118s][info][gc] {YOUNG}".encode()]).pauses.count == 1


def test_very_many_processor_times_are_not_all_remembered() -> None:
    times = (f"GC({n}) User={n}.00s Sys=0.00s Real=0.00s" for n in range(5000))
    cpu = read("GC(1) " + "Pause Full (x) 1M->1M(2M) 1.000ms", *times).cpu
    assert cpu is not None
    assert cpu.user_s == sum(range(5000))


def test_a_header_is_read_wherever_the_log_is_cut() -> None:
    log = GcLog()
    log.feed(b"[0.005s][info][gc,heap] Heap region size: 1M\n[0.008s][info][gc] Using G1\n")
    assert log.report().jdk is None
    log.feed(b"[0.009s][info][gc,init] Version: 17.0.15+6 (release)\n[0.009s][info][gc,init] Heap Max Capacity: 96M\n")
    assert (log.report().jdk, log.report().heap.limit_bytes) == ("17.0.15", 96 << 20)


def test_a_pause_that_began_and_never_ended_is_counted_apart() -> None:
    report = read(
        "[0.174s][info][gc,start] GC(0) Pause Young (Normal) (G1 Evacuation Pause)",
        "[0.177s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms",
        "[0.274s][info][gc,start] GC(1) Pause Full (System.gc())",
    )
    assert (report.pauses.count, report.pauses.without_duration, report.events) == (1, 1, 2)


class TestRestarts:
    """Several JVMs, one after the other, in one file or in a set of files."""

    def test_a_new_first_line_is_a_new_jvm(self) -> None:
        report = read(
            "[0.008s][info][gc] Using G1",
            "[10.000s][info][gc] " + YOUNG,
            "[0.009s][info][gc] Using G1",
            "[5.000s][info][gc] " + YOUNG,
        )
        assert (report.jvms, report.pauses.count, report.observed_s) == (2, 2, 15.0)
        assert report.throughput.because.endswith("2 JVMs added up")

    def test_also_one_that_died_at_once(self) -> None:
        report = read("[0.008s][info][gc] Using G1", "[0.009s][info][gc] Using G1", "[0.008s][info][gc] Using G1")
        assert report.jvms == 3

    def test_also_without_times(self) -> None:
        report = read("[gc] Using G1", "[gc] " + YOUNG, "[gc] Using Parallel")
        assert (report.jvms, report.collector, report.observed_s) == (2, "Parallel", None)

    def test_time_that_runs_backwards_is_a_new_jvm(self) -> None:
        report = read("[99.000s][info][gc] " + YOUNG, "[100.000s][info][gc] " + YOUNG, "[3.000s][info][gc] " + YOUNG)
        assert (report.jvms, report.observed_s) == (2, 1.0)

    def test_threads_that_overtake_each_other_are_not(self) -> None:
        assert read("[10.005s][info][gc] " + YOUNG, "[10.001s][info][gc] " + YOUNG).jvms == 1

    def test_one_garbled_time_is_not(self) -> None:
        report = read("[10.000s][info][gc] " + YOUNG, "[910.000s][info][gc] " + YOUNG, "[11.000s][info][gc] " + YOUNG)
        assert (report.jvms, report.observed_s) == (1, 1.0)

    def test_zgc_introduces_itself_twice(self) -> None:
        report = read(
            "[0.005s][info][gc,init] Initializing The Z Garbage Collector",
            "[0.006s][info][gc,init] Max Capacity: 96M",
            "[0.013s][info][gc     ] Using The Z Garbage Collector",
        )
        assert (report.jvms, report.collector, report.heap.limit_bytes) == (1, "ZGC", 96 << 20)


def test_docker_s_json_lines() -> None:
    report = read(
        '{"log":"[0.008s][info][gc] Using G1\\n","stream":"stdout","time":"2025-12-23T05:49:51.123456789Z"}',
        f'{{"log":"[0.118s][info][gc] {YOUNG}\\n","stream":"stdout","time":"2025-12-23T05:49:51.123456789Z"}}',
        '{"log":',
    )
    assert (report.collector, report.pauses.count, report.lines, report.unread_lines.count) == ("G1", 1, 3, 1)


def test_a_log_that_was_truncated_while_it_was_open_has_a_hole() -> None:
    report = analyse([b"\0" * 5000 + f"[9.118s][info][gc] {YOUNG}\n".encode()])
    assert (report.pauses.count, report.unread_lines.count) == (1, 0)


def test_megabytes_without_a_line_end_are_one_unread_line() -> None:
    report = analyse([b"x" * (1 << 20), b"x\n", f"[9.118s][info][gc] {YOUNG}\n".encode()])
    assert (report.pauses.count, report.unread_lines.count) == (1, 2)


def test_very_many_causes_are_not_kept_apart() -> None:
    report = read(*(f"[1.{n:03}s][info][gc] GC({n}) Pause Full (cause {n}) 1.000ms" for n in range(500)))
    assert len(report.pauses_by_cause) == 65
    assert report.pauses_by_cause["other"].count == 436


def test_very_many_names_and_sizes_are_not_all_remembered() -> None:
    lines = (f"[1.0s][info][gc] GC({n}) Pause Full (cause {n}) {n}K->1K(9999K) 1.000ms" for n in range(5000))
    assert read(*lines).pauses.count == 5000


@given(st.lists(st.binary(max_size=200) | st.just(b"[0.118s][info][gc] " + YOUNG.encode() + b"\n"), max_size=30))
def test_garbage_never_raises_and_is_never_lost(pieces: list[bytes]) -> None:
    report = analyse(pieces)
    data = b"".join(pieces)
    assert report.lines == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert report.unread_lines.count <= report.lines


@given(
    st.lists(
        st.sampled_from(
            ["GC(", "3", ") ", "Pause ", "Young ", "(Normal) ", "Full ", "1M->2M(3M)", " 1.000ms", "[0.1s]", "\n", "->",
             "Stall (", "Minor Collection (", "66M(69%)", "Safepoint \"", "Using ", "G1", "[GC", "[Full GC", " secs]", ", 0.1",
             "[CMS-concurrent-mark-start]", "[YG occupancy", "Heap: ", "Eden: ", "[Times: user=0.01 sys=0.00, real=0.01 secs]"]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_pieces_of_sense_never_raise_either(pieces: list[str]) -> None:
    analyse(["".join(pieces).encode()])

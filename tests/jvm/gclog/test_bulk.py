"""In bulk or line by line: the same log gives the same report, whatever lies in its middle."""

import pytest

from seatrial.jvm.gclog import GcLog, GcReport, analyse

HEADERS = {
    "G1": "[0.005s][info][gc,init] Heap Region Size: 1M\n[0.008s][info][gc] Using G1\n",
    "Serial": "[0.008s][info][gc] Using Serial\n",
    "Parallel": "[0.008s][info][gc] Using Parallel\n",
    "ZGC": "[0.008s][info][gc] Using The Z Garbage Collector\n",
    "Shenandoah": "[0.008s][info][gc] Using Shenandoah\n",
}
OLD = {"G1": "Old regions: 5->8", "Serial": "Tenured: 5K(9K)->8K(9K)", "Parallel": "ParOldGen: 5K->8K(9K)"}
PLAIN = "[{t}s][info][gc] GC({n}) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) {us}.648ms\n"
FULL = "[{t}s][info][gc] GC({n}) Pause Full (System.gc()) 26M->11M(50M) {us}.648ms\n"
STAR = (
    "[{t}s][info][gc,start    ] GC({n}) Pause Young (Normal) (G1 Evacuation Pause)\n"
    "[{t}s][info][gc,task     ] GC({n}) Using 2 workers of 2 for evacuation\n"
    "[{t}s][info][gc,heap     ] GC({n}) {old}\n"
    "[{t}s][info][gc,heap     ] GC({n}) Humongous regions: 1->{us}\n"
    + PLAIN
    + "[{t}s][info][gc,cpu      ] GC({n}) User=0.01s Sys=0.00s Real=0.0{us}s\n"
)
ZGC = (
    "[{t}s][info][gc,phases] GC({n}) Pause Mark Start 0.00{us}ms\n"
    "[{t}s][info][gc] Allocation Stall (load-{us}) 1{us}.394ms\n"
    "[{t}s][info][gc] Relocation Stall (main) 0.12{us}ms\n"
    "[{t}s][info][gc] GC({n}) Garbage Collection (Allocation Rate) 66M(69%)->{us}6M(20%)\n"
)


def lines(shape: str, first: int, count: int, collector: str) -> str:
    return "".join(
        shape.format(t=f"{n / 100:.3f}", n=n, us=n % 10, old=OLD.get(collector, "nothing"))
        for n in range(first, first + count)
    )


def line_by_line(log: str) -> GcReport:
    """Fed in pieces that are too small for anything else."""
    reader = GcLog()
    for at in range(0, len(log), 2_000):
        reader.feed(log[at : at + 2_000].encode())
        reader.report()
    reader.close()
    return reader.report()


def around(middle: str, shape: str = PLAIN, collector: str = "G1") -> str:
    return HEADERS[collector] + lines(shape, 1, 400, collector) + middle + lines(shape, 500, 400, collector)


def same(log: str) -> GcReport:
    whole = analyse([log.encode()])
    assert whole == line_by_line(log)
    return whole


@pytest.mark.parametrize(
    ("shape", "collector"),
    [(PLAIN, "G1"), (STAR, "G1"), (STAR, "Serial"), (STAR, "Parallel"), (ZGC, "ZGC"), (PLAIN, "Shenandoah")],
)
def test_an_ordinary_log(shape: str, collector: str) -> None:
    report = same(around("", shape, collector))
    assert report.pauses.count == 800
    assert report.unread_lines.count == 0
    assert (report.promotion_rate.bytes_per_second is not None) == (shape is STAR)


@pytest.mark.parametrize("shape", [PLAIN, STAR])
@pytest.mark.parametrize("collector", ["G1", "Serial"])
@pytest.mark.parametrize(
    "middle",
    [
        "what is this\n",
        "[4.1s][info][gc] GC(450) Pause Young (Normal) (G1 Evac\n",
        "[4.100s][info][gc] GC(450) Pause Young (Normal) (G1 Evacuation Pause) 26M->11X(50M) 2.648ms\n",
        "[4.100s][info][gc] GC(450) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 2,648ms\n",
        "[4.100s][info][gc] GC(450) Pause Young (Normal) (G1 Evacuation Pause) 26M->11M(50M) 99999999999999.648ms\n",
        "[4.100s][info][gc] GC(450) Pause For Breath 2.648ms\n",
        "[4.100s][info][gc] GC(450) Pause For Breath\n",
        "[4.100s][info][gc] GC(450) Pause Roots 2.648ms\n",
        "[4.100s][info][gc,start] GC(450) Pause Full (System.gc())\n",
        "[4.100s][info][gc,start] GC(450) Pause Full (System.gc())\n[4.2s][info][gc,start] GC(451) Pause Full (x)\n",
        FULL.format(t="4.100", n=451, us=1) + FULL.replace("Full", "Young").format(t="4.101", n=450, us=2),
        "[4.100s][info][gc] GC(450) To-space exhausted\n" + PLAIN.format(t="4.100", n=450, us=1),
        PLAIN.replace(" 26M", " (Evacuation Failure: Allocation / Pinned) 26M").format(t="4.100", n=450, us=1),
        "[4.100s][info][gc] GC(450) Pause Remark 26M->11M(50M) 2.648ms\n",
        "[4.100s][info][gc] GC(450) Pause Young (Mixed) (G1 Evacuation Pause) 26M->11M(50M) 2.648ms\n",
        "[4.100s][info][gc] GC(450) Pause Remark 2.648ms\n",
        "[4.100s][info][safepoint] Total time for which application threads were stopped: 0.0028131 seconds, x\n",
        FULL.format(t="4.100", n=450, us=1) * 2,
    ],
)
def test_anything_in_its_middle(middle: str, shape: str, collector: str) -> None:
    same(around(middle, shape, collector))


@pytest.mark.parametrize("shape", [PLAIN, STAR])
@pytest.mark.parametrize("collector", ["G1", "Serial"])
def test_a_restart_in_its_middle(shape: str, collector: str) -> None:
    assert same(around(HEADERS[collector], shape, collector)).jvms == 2


@pytest.mark.parametrize("shape", [PLAIN, STAR])
def test_an_aborted_mark(shape: str) -> None:
    assert same(around("[4.100s][info][gc,marking] GC(450) Concurrent Mark Abort\n", shape)).aborted_cycles == 1


def test_time_that_runs_back_between_two_stretches() -> None:
    log = HEADERS["G1"] + lines(PLAIN, 500, 400, "G1") + lines(PLAIN, 1, 400, "G1")
    assert same(log).jvms == 2


def test_a_young_collection_that_serial_gave_up_prints_no_old_generation() -> None:
    given_up = "[4.100s][info][gc,start] GC(450) Pause Young (x)\n[4.100s][info][gc] GC(450) Pause Young (x) 26M->26M(50M) 0.040ms\n"
    full = "[4.1s][info][gc,start] GC(451) Pause Full (x)\n[4.1s][info][gc,heap] GC(451) Tenured: 5K(9K)->9K(9K)\n"
    report = same(around(given_up + full + FULL.format(t="4.100", n=451, us=1), STAR, "Serial"))
    assert report.promotion_rate.bytes_per_second == pytest.approx(800 * 3 * 1024 / report.observed_s, rel=0.001)  # type: ignore[operator]  # observed: it has times


def test_a_last_old_generation_without_its_pause() -> None:
    tail = "[9.9s][info][gc,heap] GC(999) Tenured: 5K(9K)->9K(9K)\n"
    same(around("", STAR, "Serial") + tail * 300)


@pytest.mark.parametrize(
    "middle",
    [
        "[4.100s][info][gc] Allocation Stall (load-1) soon\n",
        "[4.100s][debug][gc,start] Allocation Stall (load-1)\n",
        "[4.100s][info][gc] GC(450) Garbage Collection (Warmup) 66M(69%)->66X(69%)\n",
        "[4.100s][info][gc] GC(450) Garbage Collection (Warmup)\n",
        "[4.100s][info][gc] GC(450) Minor Collection (Warmup) 66M(69%)->66M(69%) 0.100s\n",
    ],
)
def test_anything_in_the_middle_of_zgc_s_log(middle: str) -> None:
    same(around(middle, ZGC, "ZGC"))


def test_a_long_stretch_without_a_figure() -> None:
    same(HEADERS["G1"] + "[1.000s][info][gc,ergo] nothing\n" * 2_000 + lines(PLAIN, 200, 400, "G1"))


def test_a_log_without_times() -> None:
    log = "[gc] Using G1\n" + "".join(line.partition("]")[2] + "\n" for line in lines(PLAIN, 1, 800, "G1").splitlines())
    assert same(log).pauses.count == 800


def test_garbage_in_every_other_line() -> None:
    log = HEADERS["G1"] + "".join(f"garbage {n}\n" + PLAIN.format(t=f"{n}.000", n=n, us=1) for n in range(400))
    report = same(log)
    assert (report.pauses.count, report.unread_lines.count) == (400, 400)


def test_more_different_heaps_than_are_remembered() -> None:
    pauses = "".join(
        f"[{n / 100:.3f}s][info][gc] GC({n}) Pause Full (x) {n}K->1K(99M) 1.000ms\n" for n in range(1, 21_000)
    )
    report = analyse([(HEADERS["G1"] + pauses).encode()])
    assert (report.pauses.count, report.heap.samples, report.pauses.total_ms) == (20_999, 20_999, 20_999.0)

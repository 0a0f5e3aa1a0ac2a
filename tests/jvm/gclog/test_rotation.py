"""Rotated sets: the order in which they were written, whatever their numbers say."""

import pytest

from seatrial.jvm.gclog import LogFile, analyse, in_order

PAUSE = "[{}s][info][gc] GC({}) Pause Full (System.gc()) 2M->1M(3M) 1.000ms\n"


def names(*files: LogFile) -> list[str]:
    return [file.name for file in in_order(files)]


@pytest.mark.parametrize(
    ("current", "ring"),
    [
        ("[2025-12-23T05:49:51.123+0800][9.000s][gc] x\n", "[2025-12-22T05:49:51.123+0800][500.000s][gc] x\n"),
        ("[9.000s][info][gc] x\n", "[5.000s][info][gc] x\n"),
        ("9.000: [GC 2K->1K(3K), 0.1 secs]\n", "5.000: [GC 2K->1K(3K), 0.1 secs]\n"),
        (
            "2025-12-23T05:49:51.123+0800: 9.000: [GC 2K->1K(3K), 0.1 secs]\n",
            "2025-12-22T05:49:51.123+0800: 99.000: [GC 2K->1K(3K), 0.1 secs]\n",
        ),
        ("no stamp at all\n[9.000s][info][gc] x\n", "[5000ms] x\n"),
        ("no stamp at all\n", "[5000ms] x\n"),
    ],
)
def test_by_the_times_in_the_lines(current: str, ring: str) -> None:
    assert names(LogFile("gc.log", current.encode()), LogFile("gc.log.3", ring.encode())) == ["gc.log.3", "gc.log"]


def test_by_the_last_writes_where_uptime_could_be_of_several_jvms() -> None:
    files = LogFile("gc.log", b"[5.000s] x\n", 900.0), LogFile("gc.log.0", b"[7.000s] x\n", 800.0)
    assert names(*files) == ["gc.log.0", "gc.log"]


def test_writes_that_are_all_the_same_say_nothing() -> None:
    files = LogFile("gc.log", b"[7.000s] x\n", 900.0), LogFile("gc.log.0", b"[5.000s] x\n", 900.0)
    assert names(*files) == ["gc.log.0", "gc.log"]


def test_a_set_in_order_is_one_log() -> None:
    files = [LogFile(f"gc.log.{n}", PAUSE.format(f"{10 * n}.000", n).encode()) for n in (3, 1, 2)]
    report = analyse(file.head for file in in_order(files))
    assert (report.jvms, report.pauses.count, report.observed_s) == (1, 3, 20.0)

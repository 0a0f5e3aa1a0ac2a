"""The memory window: the runbook's own case first, then every part of the budget by itself."""

from pathlib import Path

import msgspec
import pytest

from seatrial.jvm.flags import flags, split
from seatrial.jvm.memory import JvmBudget, MemoryWindow, Warmth, budget_of, measured, window
from seatrial.jvm.perfdata import effective_flags, facts
from seatrial.jvm.sizes import GIB, MIB

RUNBOOK = "-Xms3072m -Xmx4096m -XX:+UseG1GC -XX:+HeapDumpOnOutOfMemoryError -Xloggc:/forex/log/exchange-service/gc.log"
DATA = Path(__file__).parent / "data"


def budget(text: str, limit_bytes: int | None = 6 * GIB) -> JvmBudget:
    found = budget_of(flags(split(text)), limit_bytes)
    assert found is not None
    return found


def of(text: str, warmth: Warmth) -> MemoryWindow:
    return window(budget(text), warmth)


def test_the_runbook_demands_memory_that_a_fresh_jvm_does_not_touch() -> None:
    fresh = of(RUNBOOK, Warmth.FRESH)
    assert fresh.holds(353 * MIB)  # measured: Ready after 8 s with 353 to 389 MiB
    assert fresh.holds(3 * GIB)
    assert not fresh.holds(4 * GIB + 512 * MIB)  # 4.5 GB at once would be a bad sign
    assert "reserved, not resident: without AlwaysPreTouch" in fresh.reasons[0]


def test_warm_it_may_come_near_to_what_the_memory_calculator_says() -> None:
    warm = of(RUNBOOK, Warmth.WARM)
    assert warm.holds(4 * GIB)
    assert 4.6 * GIB < warm.usual_high_bytes < 4.9 * GIB  # libjvm's parts come to 4.64 GiB
    assert not warm.holds(5 * GIB)
    assert "up to its maximum of 4 GiB" in warm.reasons[0]


def test_direct_buffers_that_nobody_bounded_break_the_limit() -> None:
    warm = of(RUNBOOK, Warmth.WARM)
    assert warm.worst_bytes > 8 * GIB
    assert "direct buffers may grow to 4 GiB (as much as the heap: MaxDirectMemorySize is not set)" in warm.reasons
    assert "more than the limit of 6 GiB" in warm.reasons[-1]


def test_bounded_they_keep_to_it() -> None:
    warm = of(f"{RUNBOOK} -XX:MaxDirectMemorySize=256m -XX:MaxMetaspaceSize=256m", Warmth.WARM)
    assert warm.worst_bytes < 6 * GIB
    assert "within the limit of 6 GiB" in warm.reasons[-1]


def test_a_touched_heap_is_there_from_the_start() -> None:
    fresh = of(f"{RUNBOOK} -XX:+AlwaysPreTouch", Warmth.FRESH)
    assert fresh.low_bytes > 3 * GIB
    assert not fresh.holds(353 * MIB)
    assert "AlwaysPreTouch makes the initial heap of 3 GiB resident" in fresh.reasons[0]
    # measured: an empty program with 1 GiB touched is at 1107 MiB
    assert of("-Xms1g -Xmx1g -XX:+AlwaysPreTouch", Warmth.FRESH).holds(1107 * MIB)


def test_an_empty_jvm_is_in_its_window() -> None:
    assert of(RUNBOOK, Warmth.FRESH).holds(56 * MIB)  # measured on 17


def test_without_a_limit_nothing_is_said_about_one() -> None:
    assert window(budget("-Xmx1g", None), Warmth.WARM).reasons[-1].endswith("the container has no limit")


@pytest.mark.parametrize(
    ("more", "than"),
    [
        ("-Xmx1g -XX:MaxDirectMemorySize=1g", "-Xmx1g -XX:MaxDirectMemorySize=1m"),
        ("-Xmx1g -XX:ReservedCodeCacheSize=512m", "-Xmx1g"),
        ("-Xmx1g -Xss8m", "-Xmx1g"),
        ("-Xmx1g", "-Xmx1g -XX:MaxMetaspaceSize=64m"),
        ("-Xmx2g", "-Xmx1g"),
    ],
)
def test_every_part_counts(more: str, than: str) -> None:
    assert of(more, Warmth.WARM).usual_high_bytes > of(than, Warmth.WARM).usual_high_bytes
    assert of(more, Warmth.WARM).worst_bytes > of(than, Warmth.WARM).worst_bytes


@pytest.mark.parametrize(
    ("flag", "collector"),
    [
        ("-XX:+UseSerialGC", "Serial"),
        ("-XX:+UseParallelGC", "Parallel"),
        ("-XX:+UseConcMarkSweepGC", "CMS"),
        ("-XX:+UseShenandoahGC", "Shenandoah"),
        ("-XX:+UseZGC", "ZGC"),
        ("-XX:-UseSerialGC", "G1"),
    ],
)
def test_every_collector_has_its_share(flag: str, collector: str) -> None:
    assert budget(f"-Xmx1g {flag}").collector == collector
    assert of(f"-Xmx1g {flag}", Warmth.WARM).reasons[-2].startswith(f"{collector} needs ")


def test_an_unknown_collector_is_taken_for_g1() -> None:
    odd = msgspec.structs.replace(budget("-Xmx1g"), collector="Epsilon")
    assert window(odd, Warmth.WARM).usual_high_bytes == of("-Xmx1g", Warmth.WARM).usual_high_bytes


def test_without_a_heap_size_there_is_no_window() -> None:
    assert budget_of(flags(["-XX:+UseG1GC"])) is None
    assert budget_of(flags(["-XX:MaxHeapSize=much"])) is None


def test_an_initial_heap_is_never_above_the_maximum() -> None:
    assert budget("-Xms8g -Xmx4g").heap_initial_bytes == 4 * GIB


def test_what_the_jvm_says_of_itself_replaces_what_was_assumed() -> None:
    jvm = facts((DATA / "hsperfdata-z-17.bin").read_bytes())
    real = measured(budget("-Xmx128m"), jvm)
    assert (real.collector, real.heap_initial_bytes, real.classes, real.threads) == ("ZGC", 64 * MIB, 25_000, 250)
    busy = msgspec.structs.replace(
        jvm, collector=None, heap_initial_bytes=None, classes_loaded=40_000, threads_peak=900
    )
    real = measured(budget("-Xmx128m"), busy)
    assert (real.collector, real.heap_initial_bytes, real.classes, real.threads) == ("G1", 0, 40_000, 900)
    silent = msgspec.structs.replace(jvm, classes_loaded=None, threads_peak=None)
    assert measured(budget("-Xms1m -Xmx128m"), silent).heap_initial_bytes == MIB
    assert budget_of(effective_flags(jvm)) == msgspec.structs.replace(budget("-Xms64m -Xmx128m -XX:+UseZGC", None))

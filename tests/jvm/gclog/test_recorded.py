"""Logs that real JVMs wrote, every collector, JDK 11 to 25: counted and summed as their own lines and MXBeans say."""

import gzip
from pathlib import Path

import msgspec
import pytest

from seatrial.jvm.gclog import GcLog, GcReport, analyse, encoded

DATA = Path(__file__).parent.parent / "data" / "gclog"


class Truth(msgspec.Struct, rename="camel"):
    """What another way of counting found in a log."""

    lines: int
    pauses: int
    printed_us: int
    full: int
    full_us: int
    nested: int
    nested_us: int
    stalls: int
    stalls_us: int
    collections: dict[str, int]


TRUTH = msgspec.json.decode((DATA / "truth.json").read_bytes(), type=dict[str, Truth])
COLLECTORS = {"g1": "G1", "par": "Parallel", "ser": "Serial", "cms": "CMS", "z": "ZGC", "zgen": "ZGC"} | {
    "shen": "Shenandoah",
    "shengen": "Shenandoah",
}


def log(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.gz").read_bytes())


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("name", TRUTH)
def test_pauses_and_stalls_are_those_of_its_lines(name: str) -> None:
    report, truth = analyse([log(name)]), TRUTH[name]
    assert report.unread_lines.count == 0
    assert report.lines == truth.lines
    assert report.collector == COLLECTORS[name.split("-")[0]]
    assert report.pauses.count == truth.pauses
    assert report.pauses.nested == truth.nested
    assert report.pauses.total_ms == (truth.printed_us - truth.nested_us) / 1000
    assert (report.full_gcs.count, report.full_gcs.total_ms) == (truth.full, truth.full_us / 1000)
    assert (report.allocation_stalls.count, report.allocation_stalls.total_ms) == (truth.stalls, truth.stalls_us / 1000)
    assert report.pauses.without_duration == 0
    assert (report.jvms, report.format) == (1, "unified")


def kinds(report: GcReport, *names: str) -> int:
    return sum(report.pauses_by_kind[name].count for name in names if name in report.pauses_by_kind)


@pytest.mark.parametrize("name", [name for name in TRUTH if name.startswith(("g1", "par", "ser"))])
def test_collections_are_those_of_the_beans(name: str) -> None:
    report, beans = analyse([log(name)]), dict(TRUTH[name].collections)
    if "G1 Concurrent GC" in beans:  # since JDK 20: remark and cleanup
        assert kinds(report, "remark", "cleanup") == beans.pop("G1 Concurrent GC")
    assert kinds(report, "young", "mixed", "full") == sum(beans.values())


@pytest.mark.parametrize("name", [name for name in TRUTH if name.startswith("z") and name.endswith("star.log")])
def test_zgc_s_pauses_are_those_of_the_beans(name: str) -> None:
    report, beans = analyse([log(name)]), TRUTH[name].collections
    pauses = sum(count for bean, count in beans.items() if bean.endswith("Pauses"))
    if pauses:  # JDK 11 has no such bean; a cycle may end after the program has asked
        assert 0 <= report.pauses.count - pauses <= 3


@pytest.mark.parametrize("name", ["g1-17-star.log", "g1-25-star.log", "zgen-21-star.log", "shen-17-star.log"])
@pytest.mark.parametrize("size", [97, 4096, 1 << 16])
def test_it_does_not_matter_how_the_bytes_are_cut(name: str, size: int) -> None:
    assert analyse(in_pieces(log(name), size)) == analyse([log(name)])


@pytest.mark.parametrize("name", ["g1-17-star.log", "par-17-star.log", "z-25-star.log"])
def test_a_log_that_grows_is_read_on_from_where_it_was(name: str) -> None:
    growing, seen = GcLog(), 0
    for piece in in_pieces(log(name), 30_011):
        growing.feed(piece)
        report = growing.report()
        assert report.events >= seen
        seen = report.events
    growing.close()
    assert growing.report() == analyse([log(name)])


def test_what_gc_star_tells_more_than_plain_xloggc() -> None:
    plain, star = analyse([log("g1-17-plain.log")]), analyse([log("g1-17-star.log")])
    assert plain.jdk is None
    assert star.jdk == "17.0.15"
    assert plain.promotion_rate.bytes_per_second is None
    assert "gc* does" in plain.promotion_rate.because
    assert star.promotion_rate.bytes_per_second
    assert star.heap.limit_bytes == 96 << 20
    assert star.cpu is not None
    assert star.humongous_regions_max
    assert plain.allocation_rate.bytes_per_second
    assert plain.live_set.because == "heap after the last full collection"


def test_the_json_is_in_camel_case_and_says_what_it_is() -> None:
    decoded = msgspec.json.decode(encoded(analyse([log("g1-17-plain.log")])))
    assert (decoded["apiVersion"], decoded["kind"]) == ("seatrial.dev/v1alpha1", "GcReport")
    assert set(decoded["pauses"]) == {
        "count", "totalMs", "p50Ms", "p95Ms", "p99Ms", "maxMs", "nested", "withoutDuration",
    }  # fmt: skip
    for name in ("fullGcs", "allocationStalls", "heap", "allocationRate", "promotionRate", "liveSet", "throughput"):
        assert isinstance(decoded[name], dict), name
    assert decoded["unreadLines"] == {"count": 0, "first": []}

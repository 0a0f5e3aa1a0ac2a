"""hsperfdata: real files of four JDKs and six collectors, and everything that is none."""

import struct
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.flags import Source, compare
from seatrial.jvm.perfdata import JvmFacts, PerfDataError, counters, effective_flags, facts
from seatrial.jvm.sizes import MIB

DATA = Path(__file__).parent / "data"
G1_17 = (DATA / "hsperfdata-g1-17.bin").read_bytes()


def recorded(name: str) -> JvmFacts:
    return facts((DATA / f"hsperfdata-{name}.bin").read_bytes())


def made(*entries: bytes, order: str = "<", **head: int) -> bytes:
    """A file as a JVM of either byte order writes it."""
    body = b"".join(entries)
    prologue = {"magic": 0xCAFEC0C0, "order": int(order == "<"), "major": 2, "minor": 0, "open": 1} | head
    return (
        struct.pack(">I4B", *(prologue[name] for name in ("magic", "order", "major", "minor", "open")))
        + struct.pack(f"{order}iiqii", 32 + len(body), head.get("overflow", 0), 0, head.get("offset", 32), len(entries))
        + body
    )


def number(name: str, value: int, order: str = "<", kind: str = "J", vector: int = 0) -> bytes:
    text = name.encode() + b"\0"
    text += b"\0" * (-len(text) % 8)
    at = 20 + len(text)
    return (
        struct.pack(f"{order}iiiBBBBi", at + 8, 20, vector, ord(kind), 1, 1, 1, at)
        + text
        + struct.pack(f"{order}q", value)
    )


@pytest.mark.parametrize(
    ("name", "version", "collector", "initial_mib"),
    [
        ("g1-11", "11.0.13", "G1", 64),
        ("g1-17", "17.0.15", "G1", 64),
        ("g1-21", "21.0.8", "G1", 64),
        ("g1-25", "25.0.3", "G1", 64),
        ("z-17", "17.0.15", "ZGC", 64),
        ("zgen-25", "25.0.3", "ZGC", 64),
        ("shen-17", "17.0.15", "Shenandoah", 64),
        ("parallel-17", "17.0.15", "Parallel", None),
        ("serial-17", "17.0.15", "Serial", None),
        ("cms-11", "11.0.13", "CMS", None),
    ],
)
def test_a_real_jvm_tells_its_heap_and_its_collector(
    name: str, version: str, collector: str, initial_mib: int | None
) -> None:
    jvm = recorded(name)
    assert (jvm.version, jvm.collector) == (version, collector)
    assert jvm.heap_max_bytes == 128 * MIB
    assert jvm.heap_initial_bytes == (initial_mib * MIB if initial_mib else None)
    assert jvm.heap_used_bytes
    assert jvm.heap_committed_bytes
    assert jvm.heap_used_bytes <= jvm.heap_committed_bytes <= 129 * MIB
    assert jvm.java_command == "Work 20 2"
    assert not jvm.overflowed


def test_everything_that_one_jvm_tells() -> None:
    jvm = recorded("g1-17")
    assert jvm.vm_name == "OpenJDK 64-Bit Server VM"
    assert jvm.vendor == "Debian"
    assert jvm.args == "-Dfrom=tool -Xms64m -Xmx128m -XX:+UseG1GC -Xloggc:/forex/log/exchange/gc.log"
    assert jvm.gc_policy == "GarbageFirst"
    assert [(each.name, each.invocations) for each in jvm.collectors] == [
        ("G1 young collection pauses", 17),
        ("G1 full collection pauses", 0),
        ("G1 concurrent cycle pauses", 6),
    ]
    assert jvm.collectors[0].time_s == pytest.approx(0.048393854)
    assert [each.name for each in jvm.generations] == ["young", "old"]
    assert jvm.last_gc_cause == "G1 Evacuation Pause"
    assert (jvm.threads_live, jvm.threads_peak, jvm.classes_loaded) == (6, 6, 403)
    assert jvm.started_at_ms == 1795570611120
    assert jvm.uptime_s == pytest.approx(3.496967515)
    assert jvm.safepoints == 23
    assert jvm.safepoint_time_s == pytest.approx(0.051783275)
    assert (jvm.metaspace_used_bytes, jvm.metaspace_committed_bytes) == (85816, 327680)


def test_jdk_25_keeps_no_clock_in_the_file() -> None:
    assert recorded("g1-25").uptime_s is None


def test_the_flags_of_all_inputs_are_there() -> None:
    compared = compare(("-Dfrom=tool", "-Xms64m", "-Xmx131072k", "-XX:+UseG1GC"), effective_flags(recorded("g1-17")))
    assert all(each.agrees and each.source is Source.PERFDATA for each in compared)


def test_a_collector_that_nobody_asked_for_is_seen_all_the_same() -> None:
    jvm = msgspec.structs.replace(recorded("serial-17"), args="-Xmx128m")
    serial, g1 = compare(("-XX:+UseSerialGC", "-XX:+UseG1GC"), effective_flags(jvm))
    assert serial.agrees
    assert serial.source is Source.MEASURED
    assert not g1.agrees


def test_a_heap_that_is_not_what_was_asked_for_is_seen() -> None:
    jvm = msgspec.structs.replace(recorded("g1-17"), args="-Xmx4g -XX:-UseG1GC")
    (heap,) = compare(("-Xmx4g",), effective_flags(jvm))
    assert (heap.agrees, heap.effective, heap.source) == (False, "-XX:MaxHeapSize=134217728", Source.MEASURED)
    odd = msgspec.structs.replace(jvm, args="-XX:MaxHeapSize=much")
    assert {flag.source for flag in effective_flags(odd)} == {Source.MEASURED}


def test_a_heap_rounded_up_to_its_regions_is_what_was_asked_for() -> None:
    jvm = msgspec.structs.replace(recorded("g1-17"), args="-Xmx127m")
    (heap,) = compare(("-Xmx127m",), effective_flags(jvm))
    assert heap.agrees


def test_a_big_endian_jvm_with_few_counters() -> None:
    jvm = facts(made(number("java.threads.live", 7, ">"), order=">", overflow=1))
    assert (jvm.threads_live, jvm.overflowed) == (7, True)
    assert (jvm.version, jvm.collector, jvm.heap_max_bytes, jvm.heap_used_bytes, jvm.uptime_s) == (None,) * 5
    assert effective_flags(jvm) == ()


def test_counters_of_kinds_that_nobody_needs_are_passed_over() -> None:
    assert counters(made(number("a", 1, kind="I"), number("b", 1, vector=1), number("c", 3))) == {"c": 3}


def test_a_number_where_a_text_belongs_and_the_other_way_round() -> None:
    jvm = facts(made(number("java.rt.vmArgs", 1), number("java.threads.live", 0, kind="B", vector=4)))
    assert (jvm.args, jvm.threads_live) == ("", None)


def test_a_collector_of_another_kind_is_none_of_ours() -> None:
    epsilon = number("sun.gc.collector.0.invocations", 0), number("sun.os.hrt.frequency", 0)
    name = number("sun.gc.collector.0.name", int.from_bytes(b"Epsilon\0", "little"), kind="B", vector=8)
    jvm = facts(made(name, *epsilon, number("sun.os.hrt.ticks", 5)))
    assert [(each.name, each.time_s) for each in jvm.collectors] == [("Epsilon", 0.0)]
    assert (jvm.collector, jvm.uptime_s) == (None, None)


LONG = number("a", 1)


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"", "0 bytes are too short"),
        (G1_17[:31], "31 bytes are too short"),
        (b"\x7fELF" + G1_17[4:], "does not begin with cafec0c0"),
        (b"\0" * (64 * MIB + 1), "too long"),
        (made(order="<", major=1), "version 1.0 is not known"),
        (G1_17[:4] + b"\7" + G1_17[5:], "byte order 7"),
        (made(open=0), "still starting"),
        (G1_17[:28] + b"\xff\xff\xff\xff" + G1_17[32:], "-1 entries"),
        (G1_17[:28] + b"\xff\xff\xff\x7f" + G1_17[32:], "2147483647 entries"),
        (G1_17[:5000], "an entry is said to be at byte|has length"),
        (made(LONG, offset=-4), "an entry is said to be at byte -4"),
        (made(struct.pack("<i", 0) + LONG[4:]), "has length 0"),
        (made(struct.pack("<i", 9999) + LONG[4:]), "has length 9999"),
        (made(LONG[:4] + struct.pack("<i", 4000) + LONG[8:]), "points out of itself"),
        (made(LONG[:8] + struct.pack("<i", -1) + LONG[12:]), "points out of itself"),
        (made(LONG[:16] + struct.pack("<i", 400) + LONG[20:]), "points out of itself"),
    ],
)
def test_what_is_no_hsperfdata_says_why(data: bytes, because: str) -> None:
    with pytest.raises(PerfDataError, match=because):
        facts(data)


def facts_or_why_not(data: bytes) -> JvmFacts | PerfDataError:
    try:
        return facts(data)
    except PerfDataError as why:
        return why


@given(st.binary(max_size=4000))
def test_garbage_is_refused_and_nothing_else(data: bytes) -> None:
    assert isinstance(facts_or_why_not(data), PerfDataError)


@given(st.lists(st.tuples(st.integers(4, len(G1_17) - 1), st.binary(min_size=1, max_size=9)), min_size=1, max_size=20))
def test_a_torn_file_never_breaks_anything(tears: list[tuple[int, bytes]]) -> None:
    data = bytearray(G1_17)
    for at, noise in tears:
        data[at : at + len(noise)] = noise
    assert isinstance(facts_or_why_not(bytes(data)), JvmFacts | PerfDataError)

"""Sizes: what the JVM takes for one, what it does not, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.sizes import GIB, MIB, readable_size, same_size, size_bytes, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("3072m", 3 * GIB),
        ("3072M", 3 * GIB),
        ("4g", 4 * GIB),
        ("4G", 4 * GIB),
        ("3145728k", 3 * GIB),
        ("3145728K", 3 * GIB),
        ("1t", 1024 * GIB),
        ("1T", 1024 * GIB),
        ("3221225472", 3 * GIB),
        ("0", 0),
        ("0x40000000", GIB),
        ("0x400m", GIB),
        ("-Xmx2G", 2 * GIB),
        ("-Xms3072m", 3 * GIB),
        ("-Xss512k", 512 * 1024),
        ("-Xmn1g", GIB),
        ("-XX:MaxHeapSize=4g", 4 * GIB),
    ],
)
def test_the_jvm_takes_it_for_a_size(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "m", "-1", "-4g", "4gb", "4Gi", "4.5g", " 4g", "4g ", "4 g", "٣m", "-Xmx", "-Xmxfoo", "16777216t", "9" * 5000],
)
def test_the_jvm_refuses_it(text: str) -> None:
    assert size_bytes(text) is None


@pytest.mark.parametrize(
    ("size", "text"),
    [(3 * GIB, "3g"), (3584 * MIB, "3584m"), (1024 * GIB, "1t"), (1536, "1536"), (2048, "2k"), (0, "0")],
)
def test_the_shortest_exact_size(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.integers(0, 2**63))
def test_a_size_survives_the_way_out_and_back(size: int) -> None:
    assert size_bytes(size_text(size)) == size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (3 * GIB, "3 GiB"),
        (3.5 * GIB, "3.5 GiB"),
        (353 * MIB, "353 MiB"),
        (2**40, "1 TiB"),
        (0, "0 B"),
        (-2048, "-2 KiB"),
    ],
)
def test_as_people_say_it(size: float, text: str) -> None:
    assert readable_size(size) == text


def test_one_size_has_many_spellings_and_no_size_equals_nothing() -> None:
    assert same_size("3072m", "3g")
    assert same_size("-Xmx3145728k", "3221225472")
    assert not same_size("3g", "4g")
    assert not same_size("three", "three")

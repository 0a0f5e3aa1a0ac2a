"""Quantities, durations and shares: text to numbers and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.model.quantities import duration_s, in_bytes, in_millicores, quantity, say_bytes, say_s, share


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1Ki", 1024),
        ("1.5Gi", 1610612736),
        ("1G", 10**9),
        ("0.1", 1),
        ("1e3", 1000),
        ("1E", 10**18),
        ("12e6", 12_000_000),
        ("128974848", 128974848),
        ("129M", 129_000_000),
        ("400m", 1),
        (512, 512),
    ],
)
def test_memory_in_bytes(text: str | int, number: int) -> None:
    """As apimachinery reads them, rounded up."""
    assert in_bytes(text) == number


@pytest.mark.parametrize(("text", "number"), [("100m", 100), ("2", 2000), ("0.5", 500), ("1n", 1), ("250000000n", 250)])
def test_cpu_in_millicores(text: str, number: int) -> None:
    """metrics-server says nanocores."""
    assert in_millicores(text) == number


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1GiB", "0x10", "1e", "--1", "1e9999", "nan"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """With the text in the message."""
    with pytest.raises(ValueError, match="quantity"):
        quantity(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("1w", 604800), ("1.5m", 90), ("250ms", 0.25)]
)
def test_durations(text: str, seconds: float) -> None:
    """Go's form, with days and weeks."""
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5m3", "1h1x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A bare number has no unit."""
    with pytest.raises(ValueError, match="duration"):
        duration_s(text)


def test_a_share_is_a_percentage() -> None:
    """Between 0 and 100."""
    assert share("5%") == 0.05
    with pytest.raises(ValueError, match="percentage"):
        share("500%")


@given(st.integers(min_value=0, max_value=2**62))
def test_any_number_of_bytes_is_a_quantity(count: int) -> None:
    """Whole numbers survive."""
    assert in_bytes(str(count)) == count
    assert quantity(str(count)) == Decimal(count)


def test_what_people_read() -> None:
    """Binary units, kubectl's ages."""
    assert [say_bytes(n) for n in (353 * 2**20, 4.5 * 2**30, 6 * 2**30, 900)] == ["353Mi", "4.5Gi", "6Gi", "900B"]
    assert [say_s(n) for n in (45, 312, 10800, 532800)] == ["45s", "5m12s", "3h", "6d4h"]

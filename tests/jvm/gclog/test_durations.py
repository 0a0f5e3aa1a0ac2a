"""Durations: exact sums, percentiles by nearest rank, bounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.gclog.durations import Durations


def counted(values: list[int]) -> Durations:
    durations = Durations()
    for value in values:
        durations.add(value)
    return durations


def test_none_at_all() -> None:
    durations = Durations()
    assert (durations.count, durations.total_ns, durations.max_ns) == (0, 0, 0)
    assert durations.percentiles_ns(0.5, 0.99) == (0, 0)


def test_nearest_rank() -> None:
    assert counted(list(range(1, 101))).percentiles_ns(0.5, 0.95, 0.99, 1.0) == (50, 95, 99, 100)
    assert counted([7]).percentiles_ns(0.5, 0.99) == (7, 7)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=200))
def test_sums_are_exact_and_percentiles_are_members(values: list[int]) -> None:
    durations = counted(values)
    assert (durations.count, durations.total_ns, durations.max_ns) == (len(values), sum(values), max(values))
    assert set(durations.percentiles_ns(0.01, 0.5, 0.95, 1.0)) <= set(values)


def test_one_absorbs_the_other() -> None:
    one = counted([1, 2, 3])
    one.absorb(counted([3, 9]))
    assert (one.count, one.total_ns, one.max_ns, one.percentiles_ns(0.75)) == (5, 18, 9, (3,))


def test_very_many_different_values_are_kept_to_four_digits() -> None:
    values = list(range(1_000_000, 1_120_000))
    durations = counted(values)
    assert (durations.count, durations.total_ns, durations.max_ns) == (120_000, sum(values), 1_119_999)
    assert durations.percentiles_ns(0.5)[0] == pytest.approx(1_060_000, rel=0.001)


def test_values_over_every_magnitude_are_kept_to_three() -> None:
    one = counted([digits * 10**power for power in range(8) for digits in range(1000, 9000)])
    assert one.percentiles_ns(1.0)[0] == pytest.approx(8_999 * 10**7, rel=0.01)
    other = Durations()
    other.absorb(one)
    other.absorb(counted(list(range(49_999))))
    other.absorb(counted(list(range(50_000, 99_000))))
    assert other.count == one.count + 49_999 + 49_000

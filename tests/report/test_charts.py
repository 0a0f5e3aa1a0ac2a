"""Charts keep every peak, whatever is left out, and round their axes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.journals import BEGAN, GIB, MIB

from seatrial.report.charts import POINTS_MAX, Chart, figure
from seatrial.report.figures import memory
from seatrial.report.measures import changes, thinned
from seatrial.report.parts import Point, Series, Threshold


def series(values: list[float], name: str = "pod") -> Series:
    return Series(name, tuple(Point(BEGAN + timedelta(seconds=n), value) for n, value in enumerate(values)))


def drawn(values: list[float], *thresholds: Threshold) -> str:
    return figure(Chart("memory", "Memory", (series(values),), BEGAN, memory, 16.0 * MIB, thresholds)).source


@given(st.lists(st.floats(0, 1e12), min_size=2, max_size=3000))
def test_thinning_keeps_the_peak_and_the_ends(values: list[float]) -> None:
    points = series(values).points
    kept = thinned(points, POINTS_MAX)
    assert len(kept) <= POINTS_MAX
    assert max(p.value for p in kept) == max(values)
    assert (kept[0], kept[-1]) == (points[0], points[-1])


@given(st.lists(st.integers(0, 3), max_size=50))
def test_a_count_keeps_its_changes_and_its_ends(values: list[int]) -> None:
    points = series([float(value) for value in values]).points
    kept = changes(points)
    steps = [value for n, value in enumerate(values) if n == 0 or value != values[n - 1]]
    assert [p.value for p in kept][: len(steps)] == steps
    assert kept[:1] + kept[-1:] == points[:1] + points[-1:]
    assert list(kept) == sorted(set(kept), key=lambda p: p.at)


def test_the_axis_reaches_over_the_highest_threshold() -> None:
    source = drawn([353.0 * MIB, 389.0 * MIB], Threshold("fail above", 5.5 * GIB))
    assert ">6Gi<" in source
    assert "fail above 5.5Gi" in source


def test_the_description_says_what_the_picture_shows() -> None:
    assert "pod: 353Mi to 389Mi, last 361Mi" in drawn([353.0 * MIB, 389.0 * MIB, 361.0 * MIB])


@pytest.mark.parametrize("values", [[], [1.0]])
def test_one_value_is_no_chart(values: list[float]) -> None:
    assert drawn(values) == ""


def test_a_flat_line_at_nought_is_drawn() -> None:
    assert "<path" in drawn([0.0, 0.0, 0.0])

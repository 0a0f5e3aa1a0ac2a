"""Figures as people and kubectl write them; foreign text made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.figures import age, clean, lasting, one_line, t_plus

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (312, "5m12s"),
        (10 * MINUTE + 59, "10m"),
        (179 * MINUTE, "179m"),
        (3 * HOUR + 4 * MINUTE, "3h4m"),
        (8 * HOUR, "8h"),
        (47 * HOUR, "47h"),
        (2 * DAY + 5 * HOUR, "2d5h"),
        (8 * DAY + 5 * HOUR, "8d"),
        (729 * DAY, "729d"),
        (730 * DAY, "2y"),
        (2 * 365 * DAY + 9 * DAY, "2y9d"),
        (8 * 365 * DAY + 9 * DAY, "8y"),
    ],
)
def test_ages_are_kubectls(seconds: float, text: str) -> None:
    assert age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "T+0s"),
        (200, "T+200s"),
        (725, "T+12m05s"),
        (3 * HOUR + 240, "T+3h04m"),
        (30 * HOUR, "T+30h"),
        (7 * DAY, "T+7d00h"),
        (-12, "T-12s"),
    ],
)
def test_places_on_the_timeline(seconds: float, text: str) -> None:
    assert t_plus(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4s"), (0, "0s"), (12, "12s"), (185, "3m5s"), (3840, "1h4m"), (183600, "2d3h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert lasting(seconds) == text


@given(st.text())
def test_cleaned_text_moves_no_cursor_and_turns_no_line(text: str) -> None:
    seen = clean(text)
    assert not any(sign < " " and sign not in "\n\t" for sign in seen)
    assert not set(seen) & set("\x7f\x9b\u202e\u2066\u200e\ufeff")
    assert "\n" not in one_line(text)


def test_ordinary_text_stays_as_it_is() -> None:
    assert clean("部署 café 🚢\tok\n") == "部署 café 🚢\tok\n"

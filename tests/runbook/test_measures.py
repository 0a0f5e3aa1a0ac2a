"""Figures in sentences, in both languages."""

import pytest

from seatrial.runbook import measures
from seatrial.runbook.measures import Span, Window


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5 分鐘", "5m"),
        ("（約 15-30 秒）", "30s"),
        ("30 分钟内", "30m"),
        ("within 24 hours", "24h"),
        ("1 週", "1w"),
        ("3 days", "3d"),
        ("90 sec", "90s"),
        ("1 小時", "1h"),
    ],
)
def test_durations(text: str, said: str) -> None:
    """As a plan writes them; of a range the longer end."""
    (span,) = measures.durations(text)

    assert measures.say(span.high_s) == said


@pytest.mark.parametrize(
    "text", ["-Xms3072m", "Xms 3072m", "ARGS1=-Xmx4096m", "100m CPU request of a9dffc6d", "5.5GB", "v3m"]
)
def test_what_is_no_duration(text: str) -> None:
    """A JVM's megabytes are no minutes. (`100m` alone could be either: it is one.)"""
    assert [one for one in measures.durations(text) if one.high_s != 6000] == []


def test_an_interval_is_no_length() -> None:
    """`Monitor for 30 minutes, every 5 minutes`."""
    assert measures.every("Watch for 2 hours, every 15 minutes") == Span(900.0, 900.0)
    assert measures.lasting("Watch for 2 hours, every 15 minutes") == Span(7200.0, 7200.0)
    assert measures.every("每 10 分鐘檢查") == Span(600.0, 600.0)
    assert measures.lasting("每 10 分鐘檢查") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("凌晨 2-4 點（週二、週三、週四）", Window("02:00", "04:00")),
        ("02:00-04:00 UTC", Window("02:00", "04:00")),
        ("Tue-Thu 9pm to 11pm", Window("21:00", "23:00")),
        ("between 2am and 4am", Window("02:00", "04:00")),
        ("2:00 AM - 5:00 AM", Window("02:00", "05:00")),
        ("晚上 10 點至 11 點", Window("22:00", "23:00")),
        ("22:00–01:00", Window("22:00", "01:00")),
        ("3-5 分鐘", None),
        ("pages 2-4", None),
    ],
)
def test_windows(text: str, expected: Window | None) -> None:
    """Hours of a day, never a range of something else."""
    assert measures.window(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("週二、週三、週四", ("tue", "wed", "thu")),
        ("周二、周四", ("tue", "thu")),
        ("Tue-Thu", ("tue", "wed", "thu")),
        ("Monday and Friday", ("mon", "fri")),
        ("weekdays", ("mon", "tue", "wed", "thu", "fri")),
        ("避開月底", ()),
    ],
)
def test_days(text: str, expected: tuple[str, ...]) -> None:
    """Lists and ranges."""
    assert measures.days(text) == expected


def test_sizes_and_what_they_mean() -> None:
    """A range shares its unit; GB is decimal by its name."""
    (size,) = measures.sizes("記憶體 3-4.5GB")

    assert (size.low, size.high, size.unit, size.plan_unit, size.decimal) == ("3", "4.5", "GB", "Gi", True)
    assert measures.sizes("about 3500Mi")[0].decimal is False


@pytest.mark.parametrize(
    ("text", "expected"), [("2 個 Pod", (2,)), ("3 replicas", (3,)), ("10 pods of 12 pods", (10, 12)), ("Pod", ())]
)
def test_counts(text: str, expected: tuple[int, ...]) -> None:
    """Of pods."""
    assert measures.counts(text) == expected


def test_text_is_read_in_one_form() -> None:
    """Half-width, traditional, without emphasis and check marks."""
    assert measures.plain("**检查**：环境（５）✅") == "檢查:環境(5)"

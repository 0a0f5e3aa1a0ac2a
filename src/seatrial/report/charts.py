"""Charts as inline SVG: the plot is stretched, the labels are text of the page, so that it reads on paper and on a phone."""

import itertools
import math
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from seatrial.report.figures import lasting, t_plus
from seatrial.report.markup import Markup, tag, together
from seatrial.report.measures import thinned
from seatrial.report.parts import Gap, Series, Threshold, Tone

POINTS_MAX = 240
MARK_TOUCH = 0.012
RIGHT_FROM = 0.9
"""Labels beyond this share of the width end at their place instead of beginning there."""
WIDTH, HEIGHT = 1000.0, 300.0
MARK_GAP = 0.14
"""Two marks nearer than this share of the width do not both get a label."""


class Mark(Struct, frozen=True):
    """A moment that a vertical line stands for."""

    at: datetime
    label: str
    tone: Tone = Tone.CALM


class Chart(Struct, frozen=True):
    """What is drawn. steps: the values are counts that jump, not measures that glide. zero is T+0."""

    name: str
    title: str
    series: tuple[Series, ...]
    zero: datetime
    say: Callable[[float], str]
    tick_base: float
    thresholds: tuple[Threshold, ...] = ()
    marks: tuple[Mark, ...] = ()
    gaps: tuple[Gap, ...] = ()
    steps: bool = False


class Frame(Struct, frozen=True):
    """The part of time and value that a chart shows."""

    start: datetime
    span_s: float
    top: float
    step: float

    def x(self, at: datetime) -> float:
        """A moment as a share of the width."""
        return (at - self.start).total_seconds() / self.span_s

    def y(self, value: float) -> float:
        """A value as a share of the height, from the top."""
        return 1 - value / self.top


def figure(chart: Chart) -> Markup:
    """The chart with its labels and legend; nothing where there is nothing to draw."""
    if not any(len(one.points) > 1 for one in chart.series):
        return Markup("")
    frame = _frame(chart)
    chart = replace(chart, gaps=tuple(gap for gap in chart.gaps if _overlaps(gap, frame)))
    plot = tag("div", _svg(chart, frame), *_labels(chart, frame), class_="plot")
    return tag("figure", tag("figcaption", chart.title), plot, _legend(chart), class_="chart")


def window(series: Sequence[Series], start: datetime, end: datetime) -> tuple[Series, ...]:
    """The part of each series between two moments. An empty one stays, so that each keeps its colour in both parts."""
    return tuple(Series(one.name, tuple(p for p in one.points if start <= p.at <= end), one.new) for one in series)


def drawn(chart: Chart) -> list[tuple[int, Series]]:
    """The series that have something to show, each with the number of its colour."""
    return [(number, one) for number, one in enumerate(chart.series) if one.points]


def _frame(chart: Chart) -> Frame:
    times = [point.at for one in chart.series for point in one.points]
    values = [point.value for one in chart.series for point in one.points]
    highest = max([*values, *(one.value for one in chart.thresholds)])
    step = _nice(highest * 1.05 / 4, chart.tick_base)
    top = step * math.ceil(max(highest * 1.05, step) / step)
    return Frame(min(times), max((max(times) - min(times)).total_seconds(), 1.0), top, step)


def _nice(raw: float, base: float) -> float:
    """The next round step: 1, 2 or 5 times a power of ten, or powers of two times a base for memory."""
    if base > 1:
        return base * 2.0 ** max(0, math.ceil(math.log2(max(raw, 1) / base)))
    power = 10.0 ** math.floor(math.log10(max(raw, 1)))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= raw)


def _svg(chart: Chart, frame: Frame) -> Markup:
    ids = f"{chart.name}-title", f"{chart.name}-desc"
    return tag(
        "svg",
        tag("title", chart.title, id=ids[0]),
        tag("desc", _description(chart), id=ids[1]),
        *_bands(chart, frame),
        *_grid(frame),
        *(_across(frame.y(one.value), f"threshold {one.tone.value}") for one in chart.thresholds),
        *_uprights(chart, frame),
        *(_line(one, chart, frame, number) for number, one in drawn(chart)),
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        aria_labelledby=" ".join(ids),
    )


def _description(chart: Chart) -> str:
    ranges = (
        f"{one.name}: {chart.say(min(p.value for p in one.points))} to {chart.say(max(p.value for p in one.points))},"
        f" last {chart.say(one.points[-1].value)}"
        for _number, one in drawn(chart)
    )
    limits = (f"{one.label} {chart.say(one.value)}" for one in chart.thresholds)
    return ". ".join([*ranges, *limits])


def _bands(chart: Chart, frame: Frame) -> list[Markup]:
    calm = [one.value for one in chart.thresholds if one.tone is Tone.CALM]
    bands: list[Markup] = []
    if len(calm) == 2:
        top, bottom = frame.y(max(calm)) * HEIGHT, frame.y(min(calm)) * HEIGHT
        bands.append(tag("rect", class_="usual", x=0, y=top, width=WIDTH, height=bottom - top))
    for gap in chart.gaps:
        right = min(1.0, frame.x(gap.ended)) * WIDTH
        left = max(0.0, frame.x(gap.ended) - gap.lasted_s / frame.span_s) * WIDTH
        bands.append(tag("rect", class_="blind", x=left, y=0, width=max(2.0, right - left), height=HEIGHT))
    return bands


def _overlaps(gap: Gap, frame: Frame) -> bool:
    end = frame.x(gap.ended)
    return end >= 0 and end - gap.lasted_s / frame.span_s <= 1


def _grid(frame: Frame) -> list[Markup]:
    return [_across(frame.y(tick), "grid") for tick in _ticks(frame)]


def _ticks(frame: Frame) -> list[float]:
    return [frame.step * n for n in range(round(frame.top / frame.step) + 1)]


def _across(share: float, name: str) -> Markup:
    return tag("line", class_=name, x1=0, x2=WIDTH, y1=share * HEIGHT, y2=share * HEIGHT)


def _uprights(chart: Chart, frame: Frame) -> list[Markup]:
    """The marks; of two that would touch, the first."""
    drawn_at = [-1.0]
    lines = []
    for one in chart.marks:
        share = frame.x(one.at)
        if 0 <= share <= 1 and share - drawn_at[-1] >= MARK_TOUCH:
            drawn_at.append(share)
            lines.append(_upright(share, f"mark {one.tone.value}"))
    return lines


def _upright(share: float, name: str) -> Markup:
    return tag("line", class_=name, x1=share * WIDTH, x2=share * WIDTH, y1=0, y2=HEIGHT)


def _line(one: Series, chart: Chart, frame: Frame, number: int) -> Markup:
    places = [(frame.x(p.at) * WIDTH, frame.y(p.value) * HEIGHT) for p in thinned(one.points, POINTS_MAX)]
    first_x, first_y = places[0]
    course = "".join(f"H{x:.1f}V{y:.1f}" if chart.steps else f"L{x:.1f} {y:.1f}" for x, y in places[1:])
    last_x, last_y = places[-1]
    return together(
        (
            tag("path", class_=f"series s{number % 6}", d=f"M{first_x:.1f} {first_y:.1f}{course}"),
            tag("path", class_=f"dot s{number % 6}", d=f"M{last_x:.1f} {last_y:.1f}h0"),
        )
    )


def _labels(chart: Chart, frame: Frame) -> list[Markup]:
    ys = [_label("y", chart.say(tick), f"top:{frame.y(tick):.1%}") for tick in _ticks(frame)]
    xs = [_label(f"x{_side(share)}", words, f"left:{share:.1%}") for share, words in _moments(chart, frame)]
    limits = [
        _label(f"limit {side} {one.tone.value}", f"{one.label} {chart.say(one.value)}", f"top:{frame.y(one.value):.1%}")
        for one, side in zip(chart.thresholds, itertools.cycle(("left", "right")), strict=False)
    ]
    return [*ys, *xs, *limits, *_mark_labels(chart, frame)]


def _label(name: str, words: str, style: str) -> Markup:
    return tag("span", words, class_=f"label {name}", style=style, aria_hidden="true")


def _moments(chart: Chart, frame: Frame) -> list[tuple[float, str]]:
    offset_s = (frame.start - chart.zero).total_seconds()
    step = _time_step(frame.span_s / 4)
    first = math.ceil(offset_s / step)
    ticks = [n * step for n in range(first, math.floor((offset_s + frame.span_s) / step) + 1)]
    return [((tick - offset_s) / frame.span_s, t_plus(tick).replace("m00s", "m")) for tick in ticks]


def _time_step(raw_s: float) -> float:
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)
    return next((float(step) for step in steps if step >= raw_s), 604800.0)


def _mark_labels(chart: Chart, frame: Frame) -> list[Markup]:
    labels: list[Markup] = []
    taken = -1.0
    for one in chart.marks:
        share = frame.x(one.at)
        if 0 <= share <= 1 and share - taken >= MARK_GAP:
            labels.append(_label(f"mark-name{_side(share)} {one.tone.value}", one.label, f"left:{share:.1%}"))
            taken = share
    return labels


def _side(share: float) -> str:
    return " at-right" if share > RIGHT_FROM else ""


def _legend(chart: Chart) -> Markup:
    entries = [
        tag("li", _swatch(number), tag("span", one.name, class_="mono"), f" {_range(one, chart)}")
        for number, one in drawn(chart)
    ]
    if chart.gaps:
        seen = sum(gap.lasted_s for gap in chart.gaps)
        entries.append(tag("li", tag("span", class_="swatch blind"), f"not seen, {lasting(seen)} in all"))
    return tag("ul", *entries, class_="legend")


def _range(one: Series, chart: Chart) -> str:
    low, high = min(p.value for p in one.points), max(p.value for p in one.points)
    last = chart.say(one.points[-1].value)
    return last if chart.say(low) == chart.say(high) else f"{chart.say(low)} to {chart.say(high)}, last {last}"


def _swatch(number: int) -> Markup:
    line = tag("path", class_=f"series s{number % 6}", d="M0 6h26")
    return tag("svg", line, viewBox="0 0 26 12", class_="swatch", aria_hidden="true")

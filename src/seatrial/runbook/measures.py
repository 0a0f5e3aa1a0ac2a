"""Figures in sentences: durations, sizes, counts, windows; each as it is written, in the units of the plan."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from seatrial.runbook.vocabulary import AFTERNOON, DAY_GROUPS, DAYS, MORNING, SIMPLIFIED, UNITS_S

_EMPHASIS = re.compile(r"\*\*|__|`|~~")
_SIGNS = re.compile(r"[✅✓✔☑❌✗⏳⚠️🔴🟡🟢🚨]+")
_UNITS = "|".join(f"(?P<{letter}>{words})" for letter, words, _ in UNITS_S)
_UNIT_S = {letter: seconds for letter, _, seconds in UNITS_S}
_DURATION = re.compile(
    rf"(?<![\w.])(?P<low>\d+(?:\.\d+)?)(?:\s*(?:-|–|~|to|至|到)\s*(?P<high>\d+(?:\.\d+)?))?\s*(?:個)?\s*(?:{_UNITS})(?![A-Za-z])",
    re.IGNORECASE,
)
_NO_TIMES = re.compile(r"-?Xm[sxn]\s?\d+\w*|[\w:=]*-X\S+", re.IGNORECASE)  # -Xmx4096m is no 4096 minutes
_EVERY = re.compile(r"每隔?|\bevery\b|\beach\b|\b-?interval\b", re.IGNORECASE)
_SIZE = re.compile(
    r"(?P<low>\d+(?:\.\d+)?)\s*(?P<unit1>[KMGT]i?B?)?\s*(?:(?:-|–|~|to|至|到)\s*(?P<high>\d+(?:\.\d+)?))?\s*(?P<unit>[KMGT]i?B?)(?![A-Za-z])"
)
_CLOCK = re.compile(
    r"(?P<from>\d{1,2})(?::(?P<from_minute>\d\d))?\s*(?P<from_half>[ap]\.?m\.?)?\s*(?:點|時)?\s*(?:-|–|—|~|to|until|and|至|到)\s*"
    r"(?P<until>\d{1,2})(?::(?P<until_minute>\d\d))?\s*(?P<until_half>[ap]\.?m\.?)?\s*(?P<oclock>點|時)?",
    re.IGNORECASE,
)
_ABOVE = re.compile(r"(?<!unknown)>=?|≥|超過|高於|大於|above|over|exceed\w*|more than|greater than", re.IGNORECASE)
_BELOW = re.compile(r"<=?(?!unknown)|≤|低於|小於|少於|below|under|less than", re.IGNORECASE)
_COUNT = re.compile(
    r"(?<![\d.])(\d{1,3})\s*(?:個|×|x)?\s*(?:新|舊|new|old)?\s*(?:pods?|replicas?|副本)\b", re.IGNORECASE
)
_ZONE = re.compile(
    r"\b(?:Africa|America|Asia|Australia|Europe|Pacific|Atlantic|Indian)/[A-Z][A-Za-z_]+\b|\bUTC\b|\bGMT\b"
)


class Span(Struct, frozen=True):
    """A duration, or a range of them, in seconds."""

    low_s: float
    high_s: float


class Size(Struct, frozen=True):
    """A size, or a range, with its unit as it is written: `GB`, `Gi`, `Mi`."""

    low: str
    high: str
    unit: str

    @property
    def decimal(self) -> bool:
        """Whether the unit is one that people use for both 1000 and 1024."""
        return not self.unit.removesuffix("B").endswith("i")

    @property
    def plan_unit(self) -> str:
        """The unit in a plan: binary, as kubectl and the JVM count memory."""
        return self.unit[0].upper() + "i"

    @property
    def top(self) -> str:
        """The larger end, as a plan has it."""
        return f"{self.high}{self.plan_unit}"


class Window(Struct, frozen=True):
    """From and until, as times of day."""

    since: str
    until: str


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text in half-width, traditional characters, without emphasis and check marks."""
    wide = unicodedata.normalize("NFKC", text).translate(SIMPLIFIED)
    return _SIGNS.sub("", _EMPHASIS.sub("", wide)).strip()


def durations(text: str) -> tuple[Span, ...]:
    """Every duration of the text: `5 分鐘`, `3-5 min`, `1 hour`."""
    found = []
    for one in _DURATION.finditer(_NO_TIMES.sub(" ", plain(text))):
        unit = next(letter for letter in _UNIT_S if one[letter])
        low = float(one["low"])
        found.append(Span(low * _UNIT_S[unit], float(one["high"] or low) * _UNIT_S[unit]))
    return tuple(found)


def every(text: str) -> Span | None:
    """The duration behind `每` or `every`: how often."""
    match = _EVERY.search(plain(text))
    return first(durations(plain(text)[match.end() :])) if match else None


def lasting(text: str) -> Span | None:
    """The first duration that is not an interval."""
    often = every(text)
    return next((one for one in durations(text) if one != often), None)


def say(seconds: float) -> str:
    """A duration in a plan, as people say it: 90s, 10m, 24h, 3d, 1w."""
    for letter, size_s in (("w", 604800.0), ("d", 86400.0), ("h", 3600.0), ("m", 60.0)):
        if seconds >= size_s and seconds % size_s == 0 and not (letter == "d" and seconds == size_s):
            return f"{seconds / size_s:g}{letter}"
    return f"{seconds:g}s"


def sizes(text: str) -> tuple[Size, ...]:
    """Every size of the text: `3-4.5GB`, `5.5GB`, `3500Mi`."""
    found = _SIZE.finditer(plain(text))
    return tuple(Size(one["low"], one["high"] or one["low"], one["unit"]) for one in found)


def is_above(text: str) -> bool:
    """Whether the text says that something is more than a figure."""
    return bool(_ABOVE.search(plain(text)))


def is_below(text: str) -> bool:
    """Whether the text says that something is less than a figure."""
    return bool(_BELOW.search(plain(text)))


def counts(text: str) -> tuple[int, ...]:
    """Numbers of pods: `2 個 Pod`, `3 replicas`."""
    return tuple(int(one[1]) for one in _COUNT.finditer(plain(text)))


def days(text: str) -> tuple[str, ...]:
    """The days of a week that the text names; `Tue-Thu` is three of them."""
    words = plain(text)
    for group, pattern in DAY_GROUPS:
        if re.search(pattern, words, re.IGNORECASE):
            return group
    found = [(match.start(), day) for day, pattern in DAYS for match in re.finditer(pattern, words, re.IGNORECASE)]
    named = [day for _, day in sorted(found)]
    order = [day for day, _ in DAYS]
    if len(named) == 2 and re.search(r"[a-z一二三四五六]\s*(-|–|to|through|至|到)\s*[a-z週星]", words, re.IGNORECASE):
        first, last = order.index(named[0]), order.index(named[1])
        return tuple(order[first : last + 1]) if first < last else tuple(named)
    return tuple(day for day in order if day in named)


def window(text: str) -> Window | None:
    """`凌晨 2-4 點`, `02:00-04:00`, `2am to 4am`."""
    words = plain(text)
    for one in _CLOCK.finditer(words):
        halves = bool(one["from_half"] or one["until_half"])
        spoken = bool(re.search(f"{AFTERNOON}|{MORNING}", words, re.IGNORECASE))
        if not (one["from_minute"] or halves or one["oclock"] or spoken):
            continue
        since = _clock(one["from"], one["from_minute"], one["from_half"] or one["until_half"], words)
        until = _clock(one["until"], one["until_minute"], one["until_half"], words)
        if since and until and since != until:
            return Window(since, until)
    return None


def _clock(hour: str, minute: str | None, half: str | None, words: str) -> str:
    hours = int(hour)
    late = half.lower().startswith("p") if half else bool(re.search(AFTERNOON, words, re.IGNORECASE)) and not minute
    if half and hours == 12:
        hours = 0
    if late and hours < 12:
        hours += 12
    return f"{hours % 24:02}:{minute or '00'}" if hours <= 24 else ""


def timezone(text: str) -> str:
    """A time zone that the text names by its name in the tz database."""
    found = _ZONE.search(text)
    return found[0] if found else ""


def first(spans: Iterable[Span]) -> Span | None:
    """The first, where there is one."""
    return next(iter(spans), None)

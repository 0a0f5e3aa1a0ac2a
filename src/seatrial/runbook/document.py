"""Markdown by lines: each line has one kind, its words without their marks, and the headings and the label above it."""

import re
from collections.abc import Iterator
from enum import Enum
from itertools import groupby

from msgspec import Struct

LINE_LETTERS_MAX = 4_000


class Kind(Enum):
    """What a line is."""

    BLANK = "blank"
    HEADING = "heading"
    LABEL = "label"
    TICK = "checkbox"
    BULLET = "list item"
    TEXT = "text"
    ROW = "table row"
    RULER = "ruler"
    FENCE = "code fence"
    CODE = "code"
    COMMENT = "comment in code"
    FRONT = "front matter"


class Line(Struct, frozen=True):
    """One line. above: the numbers of the headings above it, outermost first; label and fence: of the ones that hold it, 0 for none.

    text: its words without Markdown's marks. value: what stands behind a label on the same line.
    """

    number: int
    kind: Kind
    raw: str
    text: str = ""
    value: str = ""
    level: int = 0
    ticked: bool | None = None
    above: tuple[int, ...] = ()
    label: int = 0
    fence: int = 0
    language: str = ""


class Document(Struct, frozen=True):
    """All lines of a runbook."""

    lines: tuple[Line, ...]

    def line(self, number: int) -> Line:
        """The line of that number; numbers begin at 1."""
        return self.lines[number - 1]

    def blocks(self) -> Iterator[tuple[Line, tuple[Line, ...]]]:
        """Each opening fence with the lines between it and its end."""
        for number, inside in groupby(self.lines, key=lambda one: one.fence):
            if number:
                yield self.line(number), tuple(one for one in inside if one.kind is not Kind.FENCE)

    def above(self, number: int) -> Line | None:
        """The nearest line above that one that is not blank."""
        return next((self.lines[at] for at in range(number - 2, -1, -1) if self.lines[at].kind is not Kind.BLANK), None)

    def below(self, number: int) -> Line | None:
        """The nearest line below that one that is not blank."""
        later = range(number, len(self.lines))
        return next((self.lines[at] for at in later if self.lines[at].kind is not Kind.BLANK), None)


SHELLS = {"", "bash", "sh", "shell", "zsh", "console", "shell-session", "terminal", "shellsession"}
"""Languages of a fence in which commands stand."""

_FENCE = re.compile(r"^\s*(?:>\s?)*(`{3,}|~{3,})\s*([\w+-]*)[^`]*$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_TICK = re.compile(r"^\s*(?:[-*+]|\d{1,4}[.)])\s+\[([ xX])\]\s*(.*)$")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,4}[.)、])\s+(.*)$")
_RULER = re.compile(r"^\s*([-*_=])(?:\s*\1){2,}\s*$")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_LABEL = re.compile(r"^\s*\*\*(.+?)\*\*\s*[:：]?\s*(.*)$")
_PLAIN_LABEL = re.compile(r"^\s*([^\s`:：][^`:：]{0,48})[:：]\s*$")
_PROMPT = re.compile(r"^\s*[$#%]\s+(?=\S)")


def read(text: str) -> Document:
    """Every line of the text, in order."""
    raw = [one.removesuffix("\r") for one in text.removeprefix("\ufeff").split("\n")]
    walk = _Walk(_front_matter(raw))
    return Document(tuple(walk.line(number, one[:LINE_LETTERS_MAX]) for number, one in enumerate(raw, 1)))


def _front_matter(raw: list[str]) -> int:
    """The number of the line that ends a front matter; 0 where there is none."""
    if not raw or raw[0].strip() != "---":
        return 0
    return next((number for number, one in enumerate(raw[1:60], 2) if one.strip() in ("---", "...")), 0)


class _Walk:
    """Where the reading is: below which headings and label, and in which fence."""

    def __init__(self, front: int) -> None:
        self._front = front
        self._above: list[tuple[int, int]] = []
        self._label = 0
        self._fence = ""
        self._opened = 0
        self._language = ""
        self._title_above = 0

    def line(self, number: int, raw: str) -> Line:
        """The next line."""
        if number <= self._front:
            kind = Kind.RULER if raw.strip() in ("---", "...") else Kind.FRONT if raw.strip() else Kind.BLANK
            return self._made(number, kind, raw, raw.strip())
        if self._fence:
            return self._in_fence(number, raw)
        fence = _FENCE.match(raw)
        if fence:
            self._fence, self._language, self._opened = fence[1], fence[2].lower(), number
            return self._made(number, Kind.FENCE, raw)
        return self._outside(number, raw)

    def _in_fence(self, number: int, raw: str) -> Line:
        closing = raw.strip()
        if len(closing) >= len(self._fence) and set(closing) == {self._fence[0]}:
            made = self._made(number, Kind.FENCE, raw)
            self._fence, self._language, self._opened = "", "", 0
            return made
        stripped = raw.strip()
        if not stripped:
            return self._made(number, Kind.BLANK, raw)
        if self._language in SHELLS and stripped.startswith("#"):
            return self._made(number, Kind.COMMENT, raw, stripped.lstrip("#").strip())
        code = _PROMPT.sub("", raw) if self._language in SHELLS else raw
        return self._made(number, Kind.CODE, raw, code.strip())

    def _outside(self, number: int, raw: str) -> Line:
        if not raw.strip():
            return self._made(number, Kind.BLANK, raw)
        heading = _HEADING.match(raw)
        if heading:
            return self._heading(number, raw, len(heading[1]), heading[2])
        quoted = re.sub(r"^\s*(?:>\s?)+", "", raw)
        if _RULER.match(raw):
            return self._made(number, Kind.RULER, raw)
        if tick := _TICK.match(quoted):
            return self._made(number, Kind.TICK, raw, tick[2], ticked=tick[1] != " ")
        if _ROW.match(quoted):
            return self._made(number, Kind.ROW, raw, quoted.strip())
        return self._words(number, raw, quoted)

    def _words(self, number: int, raw: str, quoted: str) -> Line:
        """A list item, a label or a sentence."""
        bullet = _BULLET.match(quoted)
        if bullet:
            return self._made(number, Kind.BULLET, raw, bullet[1])
        label = _LABEL.match(quoted)
        if label and (label[2] == "" or re.search(r"\*\*\s*[:：]|[:：]\s*\*\*", quoted)):
            self._label = number
            return self._made(number, Kind.LABEL, raw, label[1].rstrip(":： "), value=label[2])
        plain = _PLAIN_LABEL.match(quoted)
        if plain:
            self._label = number
            return self._made(number, Kind.LABEL, raw, plain[1])
        return self._made(number, Kind.TEXT, raw, quoted.strip())

    def _heading(self, number: int, raw: str, level: int, text: str) -> Line:
        self._above = [one for one in self._above if one[0] < level]
        self._label = 0
        made = self._made(number, Kind.HEADING, raw, text, level=level)
        self._above.append((level, number))
        return made

    def _made(
        self,
        number: int,
        kind: Kind,
        raw: str,
        text: str = "",
        *,
        value: str = "",
        level: int = 0,
        ticked: bool | None = None,
    ) -> Line:
        above = tuple(one for _level, one in self._above)
        label = self._label if self._label != number else 0
        return Line(number, kind, raw, text, value, level, ticked, above, label, self._opened, self._language)

"""Markdown by lines: kinds, headings above, fences; no text whatever makes it stumble."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.runbook.document import Kind, Line, read


def only(text: str) -> Line:
    """The one line of a text."""
    (line,) = read(text).lines
    return line


@pytest.mark.parametrize(
    ("raw", "kind", "text"),
    [
        ("## Step 1: 環境檢查（5 分鐘）", Kind.HEADING, "Step 1: 環境檢查（5 分鐘）"),
        ("- [x] Git commit", Kind.TICK, "Git commit"),
        ("  1. [ ] later", Kind.TICK, "later"),
        ("> - quoted", Kind.BULLET, "quoted"),
        ("3. third", Kind.BULLET, "third"),
        ("**理由**:", Kind.LABEL, "理由"),
        ("**Owner:** @web", Kind.LABEL, "Owner"),
        ("Expected output:", Kind.LABEL, "Expected output"),
        ("**bold** words in a sentence", Kind.TEXT, "**bold** words in a sentence"),
        ("| a | b |", Kind.ROW, "| a | b |"),
        ("---", Kind.RULER, ""),
        ("", Kind.BLANK, ""),
        ("#no heading", Kind.TEXT, "#no heading"),
    ],
)
def test_each_line_has_a_kind(raw: str, kind: Kind, text: str) -> None:
    """And its words without Markdown's marks."""
    line = only(raw)

    assert (line.kind, line.text) == (kind, text)


def test_a_tick_says_whether_it_is_ticked() -> None:
    """`[X]` is one too."""
    assert [one.ticked for one in read("- [x] a\n- [ ] b\n- [X] c").lines] == [True, False, True]


def test_a_label_keeps_what_stands_behind_it() -> None:
    """With the colon inside or outside of the emphasis."""
    assert [one.value for one in read("**Owner:** @web\n**Owner**: @web").lines] == ["@web", "@web"]


def test_lines_know_the_headings_and_the_label_above() -> None:
    """A heading of the same level ends the one before, and every label."""
    lines = read("# A\n## B\n**L**:\n- x\n## C\n- y").lines

    assert (lines[3].above, lines[3].label) == ((1, 2), 3)
    assert (lines[5].above, lines[5].label) == ((1, 5), 0)


def test_a_fence_ends_only_with_its_own_sign() -> None:
    """A shorter one, or one of the other sign, is code."""
    document = read("````bash\n# a\nls\n```\n````\nafter")

    assert [one.kind for one in document.lines] == [
        Kind.FENCE,
        Kind.COMMENT,
        Kind.CODE,
        Kind.CODE,
        Kind.FENCE,
        Kind.TEXT,
    ]
    ((opening, inside),) = document.blocks()
    assert (opening.language, len(inside)) == ("bash", 3)


def test_front_matter_is_no_text() -> None:
    """Only at the very beginning."""
    lines = read("---\ntitle: x\n---\ntext\n---").lines

    assert [one.kind for one in lines] == [Kind.RULER, Kind.FRONT, Kind.RULER, Kind.TEXT, Kind.RULER]


def test_lines_are_counted_as_editors_count_them() -> None:
    """Form feeds and Unicode's own separators end no line; a carriage return belongs to the line's end."""
    lines = read("a\x0cb\u2028c\r\n- [ ] d\r\n").lines

    assert [one.number for one in lines] == [1, 2, 3]
    assert lines[1].text == "d"


@given(st.text(alphabet="#-*`~|>[]xX .:1：\t\n\r$abc\\'\"", max_size=200))
def test_no_text_makes_it_stumble(text: str) -> None:
    """As many lines as the text has."""
    assert len(read(text).lines) == text.count("\n") + 1

"""Edits of YAML as people write it: block and flow, lists, plain and quoted, comments; and what is left alone."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seatrial.model.findings import Change, DropField, Path, SetField, SwapWord
from seatrial.sources.mending import edit, patch, swap_in_line, word_at
from seatrial.sources.sheets import read_text, sheet

HEAD = "kind: Pod\napiVersion: v1\nmetadata: {name: x}\n"


def mended(text: str, change: Change) -> str | None:
    """The text after the edit, without its head; None where it is not mechanical."""
    made = read_text(HEAD + text, "x.yaml")
    body, node = made.objects[0]
    found = edit(change, made, node, body)
    if found is None:
        return None
    whole = made.text[: found.start] + found.text + made.text[found.end :]
    yaml.safe_load(whole)
    return whole.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("spec:\n  a: 1\n", ("spec", "a"), 2, "spec:\n  a: 2\n"),
        ("spec:\n  a: 1 # why\n", ("spec", "a"), "6Gi", "spec:\n  a: 6Gi # why\n"),
        ("spec:\n  a: 1\n", ("spec", "b"), 30, "spec:\n  b: 30\n  a: 1\n"),
        ("spec: {a: 1}\n", ("spec", "b"), "yes", 'spec: {b: "yes", a: 1}\n'),
        ("spec:\n  a: 1\n", ("spec", "b", "c"), 120, "spec:\n  b: {c: 120}\n  a: 1\n"),
        (
            "spec:\n  l:\n    - name: c\n      a: 1\n",
            ("spec", "l", 0, "b"),
            5,
            "spec:\n  l:\n    - b: 5\n      name: c\n      a: 1\n",
        ),
        ("spec:\n  l:\n    - a: 1\n", ("spec", "l", 1, "b"), 5, None),
        ("spec:\n  a: [1]\n", ("spec", "a"), 5, None),
        ("spec: {}\n", ("spec", "a"), 5, None),
    ],
)
def test_a_field_is_set(before: str, path: Path, value: object, after: str | None) -> None:
    """In the style of its surroundings; a list element is never made up."""
    assert mended(before, SetField(path, value)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("spec:\n  replicas: 2\n  a: 1\n", "spec:\n  a: 1\n"),
        ("spec:\n  a: 1\n  replicas: 2  # two", "spec:\n  a: 1\n"),
        ("spec: {replicas: 2, a: 1}\n", None),
        ("spec:\n  replicas:\n    2\n  a: 1\n", None),
        ("spec:\n  a: 1\n", None),
    ],
)
def test_a_field_is_dropped_with_its_line(before: str, after: str | None) -> None:
    """Only where the line holds nothing else."""
    assert mended(before, DropField(("spec", "replicas"))) == after


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("v: -Xms1g -Xmx2g\n", "-Xmx2g", "-Xmx3g", "v: -Xms1g -Xmx3g\n"),
        ("v: -Xms1g -Xmx2g\n", "-Xms1g", "", "v: -Xmx2g\n"),
        ('v: "-Xms1g -Xmx2g"\n', "-Xmx2g", "", 'v: "-Xms1g"\n'),
        ("v: >-\n  -Xms1g\n  -Xmx2g -Xlog\n", "-Xmx2g", "-Xmx3g", "v: >-\n  -Xms1g\n  -Xmx3g -Xlog\n"),
        ("v: -Xmx20g -Xmx2g\n", "-Xmx2g", "-Xmx3g", "v: -Xmx20g -Xmx3g\n"),
        ("v: -Xmx2g\n", "-Xmx2g", "-Xlog:a,b", "v: -Xlog:a,b\n"),
        ("v: -Xmx2g\n", "-Xmx9g", "-Xmx3g", None),
    ],
)
def test_a_word_is_swapped(before: str, old: str, new: str, after: str | None) -> None:
    """A whole word, with one of its blanks when it goes; commas only where the text is quoted or a block."""
    assert mended(before, SwapWord(("v",), old, new)) == after


def test_a_comma_ends_a_plain_value_in_braces() -> None:
    """There the option would be cut in two: a person writes the quotes."""
    assert mended("o: {v: -Xmx2g}\n", SwapWord(("o", "v"), "-Xmx2g", "-Xlog:a,b")) is None
    assert mended("o: {v: '-Xmx2g'}\n", SwapWord(("o", "v"), "-Xmx2g", "-Xlog:a,b")) == "o: {v: '-Xlog:a,b'}\n"


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("v:\n  - java\n  - -Xmx2g\n", "-Xmx2g -Xms2g", 'v:\n  - java\n  - "-Xmx2g"\n  - "-Xms2g"\n'),
        ("v: [java, -Xmx2g]\n", "-Xmx2g -Xms2g", 'v: [java, "-Xmx2g", "-Xms2g"]\n'),
        ("v: [java, -Xmx2g]\n", "", None),
    ],
)
def test_an_argument_stays_one_word(before: str, new: str, after: str | None) -> None:
    """A list's element is one word of a command line: two words are two elements."""
    assert mended(before, SwapWord(("v", 1), "-Xmx2g", new)) == after


def test_a_patch_shows_its_lines_and_no_others() -> None:
    """A hunk without context, so that the neighbours in an env file stay where they are."""
    env = sheet("x.env", "TOKEN=abc\nARGS1=-Xmx2g\nOTHER=1\n")
    found = swap_in_line(env, 2, "-Xmx2g", "-Xmx2g -Xms2g")
    assert found
    assert patch(found, env) == ("@@ -2,1 +2,1 @@", "-ARGS1=-Xmx2g", "+ARGS1=-Xmx2g -Xms2g")


@pytest.mark.parametrize(
    "line", ["ARGS1=-Xmx2g -Dstore.password=x", "ARGS1=-Xmx2g hello", "ARGS1=-Xmx2g -javaagent:/a.jar=k"]
)
def test_a_patch_that_would_show_a_secret_is_not_shown(line: str) -> None:
    """Free text may hold anything."""
    env = sheet("x.env", line + "\n")
    found = swap_in_line(env, 1, "-Xmx2g", "-Xmx3g")
    assert found
    assert patch(found, env) == ()


@given(st.text(max_size=30), st.text(max_size=5))
def test_a_word_is_found_only_where_it_stands(text: str, word: str) -> None:
    """Whatever the letters."""
    found = word_at(text, word)
    assert found == -1 or text[found:].startswith(word)

"""Shell words: what a shell would make of them, as far as this reader goes, and never a run."""

import contextlib
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.runbook.shellwords import NotShellError, Redirect, read_script


def words(text: str) -> list[tuple[str, ...]]:
    """The words of each program."""
    return [one.words for one in read_script(text).simples]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kubectl get pods -n x", [("kubectl", "get", "pods", "-n", "x")]),
        ("a 'b c' \"d e\" f\\ g", [("a", "b c", "d e", "f g")]),
        ("a | b || c && d; e &", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ("get -o jsonpath='{.x}{\"\\n\"}'", [("get", "-o", 'jsonpath={.x}{"\\n"}')]),
        ("x $(date +%Y | tr a b) y", [("x", "$(date +%Y | tr a b)", "y")]),
        ("describe deploy/<name>", [("describe", "deploy/<name>")]),
        ("logs <pod-name> -f", [("logs", "<pod-name>", "-f")]),
        ("echo a#b", [("echo", "a#b")]),
    ],
)
def test_words(text: str, expected: list[tuple[str, ...]]) -> None:
    """Quotes, pipes, substitutions, places to be filled in."""
    assert words(text) == expected


def test_redirections_and_a_fallback() -> None:
    """Where the output goes is no word."""
    first, second = read_script('kubectl top pods >> /tmp/a 2>&1 || echo "not there"').simples

    assert first.redirects == (Redirect(">>", "/tmp/a"), Redirect("2>&1", ""))
    assert (second.joined, second.words) == ("||", ("echo", "not there"))


def test_assignments_and_a_comment() -> None:
    """Before the program, not behind it."""
    script = read_script('A="x/y" B=$(date) run C=1  # why')

    assert script.simples[0].assignments == (("A", "x/y"), ("B", "$(date)"))
    assert script.simples[0].words == ("run", "C=1")
    assert script.comment == "why"


@pytest.mark.parametrize("text", ["a 'b", 'a "b', "a $(b", "| a", "a |", "a >", "for i in 1 2", "if true", "[ -f x ]"])
def test_what_it_does_not_know_it_says(text: str) -> None:
    """A reason, never a guess."""
    with pytest.raises(NotShellError):
        read_script(text)


@given(st.lists(st.text(alphabet="abc -'\"\\$|;&<>#/=", min_size=1, max_size=12), min_size=1, max_size=6))
def test_quoted_words_come_back(given_words: list[str]) -> None:
    """What Python quotes for a shell is read as the same words."""
    first = ["run", *given_words]

    assert words(shlex.join(first)) == [tuple(first)]


@given(st.text(alphabet="ab '\"\\$()`|;&<>#=\n", max_size=60))
def test_no_text_makes_it_stumble(text: str) -> None:
    """It reads, or says that it can't."""
    with contextlib.suppress(NotShellError):
        assert all(isinstance(one.words, tuple) for one in read_script(text).simples)

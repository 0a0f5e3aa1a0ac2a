"""A plan as text: whatever is put in is read back, and no comment can become a field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.plan.document import parse
from seatrial.plan.writing import LeftOut, Said, Word, plan_text

printable = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


def spec_of(text: str) -> object:
    """What a reader finds under spec."""
    value = parse(text).value
    assert isinstance(value, dict)
    return value["spec"]


def test_each_field_stands_beside_its_source() -> None:
    """Parts in the order in which they first come up, fields of one part together."""
    words: list[Word] = [
        Said(("target", "context"), "forex-prod", "the kubeconfig"),
        Said(("expect", "pods", "ready"), 2, "hpa.yml"),
        LeftOut(("window",), "any time will do"),
        LeftOut(("expect", "memory"), "no limit"),
        Said(("expect", "pods", "restarts"), 0),
    ]

    assert plan_text("shop", ["Read it."], words).splitlines() == [
        "# Read it.",
        "apiVersion: seatrial.dev/v1alpha1",
        "kind: Trial",
        "metadata: {name: shop}",
        "spec:",
        "  target:",
        "    context: forex-prod                       # the kubeconfig",
        "  expect:",
        "    pods:",
        "      ready: 2                                # hpa.yml",
        "      restarts: 0",
        "    # memory: no limit",
        "  # window: any time will do",
    ]


def test_a_part_of_which_nothing_is_known_is_no_empty_mapping() -> None:
    """`memory:` with nothing below it would be a fault."""
    text = plan_text("shop", [], [LeftOut(("expect", "memory", "usual"), "not known"), Said(("soak", "for"), "1h")])

    assert "# expect.memory.usual: not known" in text
    assert spec_of(text) == {"soak": {"for": "1h"}}


def test_a_long_list_is_written_item_by_item() -> None:
    """So that a person can take one line out."""
    flags = [f"-XX:SomeLongOptionOfTheVirtualMachine{number}=1" for number in range(4)]
    text = plan_text("shop", [], [Said(("expect", "jvm", "flags"), flags, "env")])

    assert text.count("\n        - -XX:") == 4
    assert spec_of(text) == {"expect": {"jvm": {"flags": flags}}}


@pytest.mark.parametrize(
    "text",
    ["yes", "true", "12", "1e5", "0x1f", "", " a", "a ", "a: b", "a #b", "- a", "[a]", "*a", "!a", "'", '"', "~", "é"],
)
def test_text_stays_text(text: str) -> None:
    """YAML would take some of these for something else."""
    written = plan_text("shop", [], [Said(("a",), text), Said(("b",), [text, {"c": text}])])

    assert spec_of(written) == {"a": text, "b": [text, {"c": text}]}


@given(value=printable, source=printable, because=printable, opening=printable)
def test_whatever_is_put_in_is_read_back(value: str, source: str, because: str, opening: str) -> None:
    """Values survive, and nothing in a comment gets out of it."""
    words: list[Word] = [Said(("a", "b"), value, source), Said(("a", "c"), [value, "x"]), LeftOut(("a", "d"), because)]

    assert spec_of(plan_text("shop", [opening], words)) == {"a": {"b": value, "c": [value, "x"]}}


def test_a_line_break_in_a_source_begins_no_field() -> None:
    """A manifest's name is not ours to trust."""
    text = plan_text("shop", ["one\nrollback: {}"], [Said(("a",), 1, "x\n  b: 2\u2028c: 3\x1b[2J")])

    assert spec_of(text) == {"a": 1}
    assert "\x1b" not in text

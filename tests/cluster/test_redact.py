"""No text of a cluster moves a terminal, and no value of a Secret is shown."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.cluster.redact import TEXT_MAX, clean, disarmed, masked
from seatrial.model.writes import Body

# What a terminal, or the eye, obeys: controls, directions, zero widths.
OBEYED = {*map(chr, (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))), "\u061c", "\ufeff"}
OBEYED |= {chr(one) for one in (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x206A))}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain text, 中文 and é", "plain text, 中文 and é"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;c2VjcmV0\x07", ""),
        ("\x9b31mred", "red"),
        ("done\rFAKE", "doneFAKE"),
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("back\x08\x08\x08\x08evil", "backevil"),
        ("\u202eevil\u202c", "evil"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\x1bcreset", "reset"),
        ("\x1b", ""),
    ],
)
def test_only_text_is_left(said: str, shown: str) -> None:
    assert clean(said) == shown


@given(st.text(alphabet=st.one_of(st.sampled_from(sorted(OBEYED)), st.sampled_from("[]0;1m\\cÿ中 a"))))
def test_nothing_that_is_obeyed_is_left(said: str) -> None:
    assert not OBEYED & set(clean(said))
    assert clean(clean(said)) == clean(said)


def test_a_text_without_end_ends() -> None:
    assert len(clean("x" * 10 * TEXT_MAX)) == TEXT_MAX + 1


@given(st.text(alphabet=st.one_of(st.sampled_from(sorted(OBEYED)), st.sampled_from('\\u001b"/\n\t中a'))))
def test_json_is_disarmed_and_says_the_same_otherwise(said: str) -> None:
    kept = "".join(one for one in said if one not in OBEYED)
    for raw in (msgspec.json.encode([said]), escaped([said])):
        assert msgspec.json.decode(disarmed(raw)) == [kept]


def escaped(value: list[str]) -> bytes:
    """JSON with every sign beyond ASCII escaped, in capitals."""
    return json.dumps(value).encode()


def test_json_without_such_signs_is_the_very_same() -> None:
    raw = msgspec.json.encode({"a": "中文 \\u001b is text here", "n": 1})
    assert disarmed(raw) == raw


def test_a_secret_is_masked_with_the_copy_that_kubectl_keeps() -> None:
    last_applied = "kubectl.kubernetes.io/last-applied-configuration"
    secret: Body = {
        "kind": "Secret",
        "metadata": {"name": "env", "annotations": {last_applied: '{"data":{"P":"c2VjcmV0"}}', "team": "fx"}},
        "data": {"P": "c2VjcmV0"},
        "stringData": {"Q": "plain"},
    }
    shown = masked(secret)
    assert shown["data"] == {"P": "***"}
    assert shown["stringData"] == {"Q": "***"}
    assert shown["metadata"] == {"name": "env", "annotations": {last_applied: "***", "team": "fx"}}
    assert secret["data"] == {"P": "c2VjcmV0"}


def test_others_are_shown_as_they_are() -> None:
    assert masked({"kind": "ConfigMap", "data": {"a": "b"}}) == {"kind": "ConfigMap", "data": {"a": "b"}}

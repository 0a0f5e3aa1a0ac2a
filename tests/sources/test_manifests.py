"""Manifests read as Kubernetes reads them, and refused by line."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.sources.manifests import ManifestError, bodies

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def value_of(text: str) -> object:
    """One value, read."""
    return bodies(f"{HEAD}x: {text}\n", "m.yaml")[0]["x"]


# Right-hand sides: `kubectl annotate --local -o json` of kubectl 1.35.4 for the same text.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("y", "Yes", "on", "ON", "true")),
        *((word, False) for word in ("n", "NO", "off", "False")),
        *((word, None) for word in ("", "~", "null", "NULL")),
        ("010", 8),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("+0x1f", 31),
        ("1e3", 1000),
        ("1.0", 1),
        ("1.", 1),
        (".5", 0.5),
        ("08", 8),
        ("123456789012345678901234567890.5", 1.2345678901234568e29),
        *(
            (text, text)
            for text in ("12:30:45", "2024-01-01", "2024-01-01T00:00:00Z", "0x", "_1", "5e", "nan", "=", "1.2.3")
        ),
        ("'123'", "123"),
        ('"on"', "on"),
        ("!!str 123", "123"),
        ("!!str y", "y"),
        ("|\n  on", "on\n"),
        ("[a, {b: 1}]", ["a", {"b": 1}]),
    ],
)
def test_a_scalar_is_what_kubernetes_takes_it_for(text: str, value: object) -> None:
    """Not what YAML 1.2 or PyYAML would."""
    found = value_of(text)

    assert found == value
    assert type(found) is type(value)


def test_keys_are_text() -> None:
    """As JSON has them."""
    assert value_of("{yes: 1, 11: a, 1.5: b}") == {"true": 1, "11": "a", "1.5": "b"}


def test_documents_and_lists_are_taken_one_by_one() -> None:
    """Empty documents apart."""
    text = f"---\n{HEAD}---\n# nothing\n---\nkind: List\nitems:\n- {{apiVersion: v1, kind: Secret, metadata: {{name: b}}}}\n"

    assert [body["kind"] for body in bodies(text, "m.yaml")] == ["ConfigMap", "Secret"]


def test_anchors_and_merges_are_followed() -> None:
    """The own key wins over the merged one."""
    text = f"{HEAD}base: &base {{a: 1, b: 2}}\nx: {{<<: *base, b: 3}}\nz: {{<<: [{{a: 9}}, *base]}}\n"

    body = bodies(text, "m.yaml")[0]

    assert (body["x"], body["z"]) == ({"a": 1, "b": 3}, {"a": 9, "b": 2})


@pytest.mark.parametrize(
    ("text", "place", "because"),
    [
        (f"{HEAD}a: 1\nb: 2\na: 3\n", "m.yaml:6:1", "`a` is given twice; the first is in line 4"),
        (f"{HEAD}a: .inf\n", "m.yaml:4:4", ".inf is no number that Kubernetes can take"),
        (f"{HEAD}a: !!python/name:os.system x\n", "m.yaml:4:4", "is not one that Kubernetes takes"),
        (f"{HEAD}a: [1\n", "m.yaml:5:1", "did not find expected ',' or ']'"),
        (f"{HEAD}? [a]\n: 1\n", "m.yaml:4:3", "a key must be text, a number or a boolean"),
        ("just text\n", "m.yaml:1:1", "an object with apiVersion and kind is expected here"),
        ("apiVersion: v1\nkind: Secret\n", "m.yaml:1:1", "the object has no metadata.name"),
        (f"{HEAD}a: \x07\n", "m.yaml", "control characters are not allowed"),
        (f"{HEAD}a: &a [*a]\n", "m.yaml:4:4", "far larger than it looks"),
        (f"{HEAD}<<: 3\n", "m.yaml:4:5", "only a mapping can be merged"),
    ],
)
def test_what_kubernetes_would_guess_at_is_refused_by_line(text: str, place: str, because: str) -> None:
    """With the way out where there is one."""
    with pytest.raises(ManifestError) as refused:
        bodies(text, "m.yaml")

    assert because in refused.value.because
    assert refused.value.place == place


def test_a_small_file_cannot_become_a_large_one() -> None:
    """Nine levels of ten aliases."""
    levels = [f"a{level}: &a{level} [{', '.join(f'*a{level - 1}' for _ in range(10))}]" for level in range(1, 9)]
    text = HEAD + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(levels) + "\n"

    with pytest.raises(ManifestError, match="far larger than it looks"):
        bodies(text, "m.yaml")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Never anything else."""
    with contextlib.suppress(ManifestError):
        bodies(text, "m.yaml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_json_is_read_as_json(value: object) -> None:
    """YAML's own reader would stumble over its pairs of surrogates."""
    text = json.dumps({"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "x": value})

    assert bodies(text, "m.json")[0]["x"] == value


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ('{"apiVersion": "v1", "kind": "X", "metadata": {"name": "a", "name": "b"}}', "`name` is given twice"),
        (
            '{"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "x": NaN}',
            "NaN is no number that Kubernetes can take",
        ),
        ("[" * 100_000, "maximum nesting depth"),
        ('{"a": ' * 100_000, "nested deeper"),
    ],
)
def test_json_is_refused_like_yaml(text: str, because: str) -> None:
    """Without a line, where the reader has none."""
    with pytest.raises(ManifestError, match=because):
        bodies(text, "m.json")

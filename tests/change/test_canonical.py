"""JSON as Go writes it: what `kubectl` and the API server would have written for the same value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.change.canonical import go_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


# Right-hand sides: `kubectl annotate --local -o json` of kubectl 1.35.4.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-7, "1e-7"),
        (0.00001, "0.00001"),
        (1.5e300, "1.5e+300"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (9223372036854775808.0, "9223372036854776000"),
        (123456789.5, "123456789.5"),
        (-0.5, "-0.5"),
        (True, "true"),
        (None, "null"),
        ("a <b> & c\u2028\t\x01\x7f\u00e9", '"a \\u003cb\\u003e \\u0026 c\\u2028\\t\\u0001\x7f\u00e9"'),
        ({"b": 1, "a": [], "<": {}}, '{"\\u003c":{},"a":[],"b":1}'),
    ],
)
def test_a_value_is_written_as_go_writes_it(value: object, text: str) -> None:
    """Numbers, escapes, order of keys."""
    assert go_json(value) == text


@given(VALUES)
def test_what_is_written_reads_back(value: object) -> None:
    """Whatever it is; a whole float is written without a point, as Go does."""
    assert json.loads(go_json(value), parse_int=float) == value

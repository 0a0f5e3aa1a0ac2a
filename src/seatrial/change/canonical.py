"""One text for one value: JSON as Go writes it, so that our words can stand beside kubectl's."""

import json
import re
from decimal import Decimal

from seatrial.model.writes import Body

# encoding/json escapes these so that JSON may stand inside HTML and JavaScript.
_GO_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
_EXPONENT = re.compile(r"e([+-])0*(\d)")


def go_json(value: object) -> str:
    """Compact, keys sorted, `<`, `>` and `&` escaped, numbers as encoding/json writes them."""
    match value:
        case dict():
            return "{" + ",".join(f"{_string(str(key))}:{go_json(value[key])}" for key in sorted(value)) + "}"
        case list() | tuple():
            return "[" + ",".join(go_json(one) for one in value) + "]"
        case float():
            return go_float(value)
        case str():
            return _string(value)
        case _:
            return json.dumps(value)


def go_float(number: float) -> str:
    """The shortest text that reads back as the number; an exponent below 1e-6 and from 1e21 on, without leading zero."""
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        text = format(Decimal(repr(number)), "f")
        return text.removesuffix(".0")
    mantissa, _, exponent = repr(number).partition("e")
    return _EXPONENT.sub(r"e\1\2", f"{mantissa.removesuffix('.0')}e{exponent}")


def canonical(body: Body) -> bytes:
    """The bytes that a digest is taken of."""
    return go_json(body).encode()


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_GO_ESCAPES)

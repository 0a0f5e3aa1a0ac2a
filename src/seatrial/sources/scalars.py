"""Plain YAML scalars as Kubernetes reads them (YAML 1.1 as go-yaml 2 has it): `on` is true, `010` is 8, a date is text."""

import re

_WORDS: dict[str, object] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_NOT_IN_JSON = re.compile(r"[+-]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
# From here on Go writes a whole float with an exponent, and JSON decoding leaves it a float.
_WHOLE_MAX = 1e18


def plain(text: str) -> object:
    """The value of an unquoted scalar. ValueError where JSON has no word for it (`.inf`, `.nan`)."""
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_IN_JSON.fullmatch(text):
        raise ValueError(f"{text} is no number that Kubernetes can take")
    digits = text.replace("_", "") if text[:1].isdigit() or text[:1] in ("+", "-") else text
    whole = _integer(digits)
    if whole is not None:
        return whole
    return _float(float(digits)) if _FLOAT.fullmatch(digits) else text


def key(value: object) -> str:
    """A mapping's key: JSON has text only. ValueError for what sigs.k8s.io/yaml refuses."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            raise ValueError("a key must be text, a number or a boolean")


def _integer(text: str) -> int | None:
    found = _INTEGER.fullmatch(text)
    if not found:
        return None
    sign, hexadecimal, octal, binary, decimal = found.groups()
    for digits, base in ((hexadecimal, 16), (octal, 8), (binary, 2), (decimal, 10)):
        if digits is not None:
            value = int(sign + digits, base)
            return value if _INT64_MIN <= value <= _INT64_MAX else None
    return None


def _float(value: float) -> object:
    if value in (float("inf"), float("-inf")):
        raise ValueError("the number is too large")
    return int(value) if value.is_integer() and abs(value) < _WHOLE_MAX else value

"""Sizes as GC logs print them: `23M->12M(96M)`, `66M(69%)->88M(92%)`, `165.7M(5632.0M)`, in bytes."""

import re

_FACTORS = {b"": 1, b"B": 1, b"K": 1 << 10, b"M": 1 << 20, b"G": 1 << 30, b"T": 1 << 40}
_SIZE = rb"(\d{1,15}(?:[.,]\d{1,6})?)([BKMGT]?)"
_CHANGE = re.compile(_SIZE + rb"(?:\(\d{1,3}%%\)|\(%s\))? ?-> ?%s(?:\(%s\)|\(\d{1,3}%%\))" % (_SIZE, _SIZE, _SIZE))
_ONE = re.compile(_SIZE)


def byte_size(text: bytes) -> int | None:
    """One size, or None where it is none."""
    found = _ONE.fullmatch(text)
    return _bytes(found[1], found[2]) if found else None


def heap_change(text: bytes) -> tuple[int, int, int] | None:
    """Bytes before, after and capacity (-1 where a percentage stands in its place), or None."""
    found = _CHANGE.fullmatch(text)
    if found is None:
        return None
    before, unit, _, _, after, after_unit, capacity, capacity_unit = found.groups()
    return _bytes(before, unit), _bytes(after, after_unit), -1 if capacity is None else _bytes(capacity, capacity_unit)


def _bytes(digits: bytes, unit: bytes) -> int:
    return int(float(digits.replace(b",", b".")) * _FACTORS[unit])

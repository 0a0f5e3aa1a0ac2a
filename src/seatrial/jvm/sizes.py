"""JVM sizes (`3072m`, `4g`, bare bytes, hexadecimal) as bytes, and bytes as text."""

import re

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

# HotSpot's parse_integer (utilities/parseInteger.hpp): decimal or 0x hexadecimal, then at most one of these letters.
_FACTORS = {"": 1, "k": KIB, "m": MIB, "g": GIB, "t": TIB}
_SIZE = re.compile(r"(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})([kKmMgGtT]?)", re.ASCII)
_FLAG_HEAD = re.compile(r"-X(?:mx|ms|ss|mn)|-XX:[A-Za-z0-9]+=", re.ASCII)
_JVM_MAX = 2**64 - 1
_READABLE = ((TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"))


def size_bytes(text: str) -> int | None:
    """The size in bytes, or None where the JVM would not take the text for a size. `-Xmx2G` is read as `2G`."""
    head = _FLAG_HEAD.match(text)
    found = _SIZE.fullmatch(text[head.end() :] if head else text)
    if found is None:
        return None
    digits, letter = found.groups()
    value = int(digits, 16 if digits[:2] in ("0x", "0X") else 10) * _FACTORS[letter.lower()]
    return value if value <= _JVM_MAX else None


def size_text(size: int) -> str:
    """The shortest exact JVM size: 3221225472 is `3g`, 3758096384 is `3584m`."""
    for factor, letter in ((TIB, "t"), (GIB, "g"), (MIB, "m"), (KIB, "k")):
        if size and size % factor == 0:
            return f"{size // factor}{letter}"
    return str(size)


def readable_size(size: float) -> str:
    """A size as people say it: `3.5 GiB`, `512 MiB`, `0 B`; rounded, so never for comparing."""
    for factor, unit in _READABLE:
        if abs(size) >= factor:
            return f"{round(size / factor, 2):g} {unit}"
    return f"{size:g} B"


def same_size(one: str, other: str) -> bool:
    """Whether two texts are the same JVM size: 3072m, 3g, 3145728k and 3221225472 are."""
    size = size_bytes(one)
    return size is not None and size == size_bytes(other)

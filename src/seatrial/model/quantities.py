"""Kubernetes quantities, shares and durations: text to numbers and back."""

import re
from decimal import Decimal, InvalidOperation

_SUFFIXES = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
_QUANTITY = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+)(?:([eE][+-]?[0-9]{1,3})|([numkMGTPE]|[KMGTPE]i)?)")
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def quantity(value: str | float) -> Decimal:
    """A Kubernetes quantity as a number (bytes, cores): `512Mi`, `250m`, `1e3`. ValueError where it is none.

    Source: apimachinery `resource.Quantity`.
    """
    text = str(value).strip()
    matched = _QUANTITY.fullmatch(text)
    if not matched:
        raise ValueError(f"{text!r} is no quantity like 512Mi, 1.5Gi or 250m")
    number, exponent, suffix = matched.groups()
    try:
        return Decimal(number + (exponent or "")) * _SUFFIXES[suffix or ""]
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no quantity") from error


def in_bytes(value: str | float) -> int:
    """A memory quantity in whole bytes, rounded up as Kubernetes does."""
    exact = quantity(value)
    return int(exact.to_integral_value(rounding="ROUND_CEILING"))


def in_millicores(value: str | float) -> int:
    """A CPU quantity in millicores, rounded up."""
    return int((quantity(value) * 1000).to_integral_value(rounding="ROUND_CEILING"))


def duration_s(text: str) -> float:
    """Seconds of a duration like `90s`, `1h30m`, `1w`. ValueError where it is none."""
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration like 90s, 10m, 1h30m or 1w")
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def share(text: str) -> float:
    """A percentage as a share: `5%` is 0.05. ValueError where it is none."""
    matched = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)%", text.strip())
    if not matched or not 0 <= float(matched[1]) <= 100:
        raise ValueError(f"{text!r} is no percentage like 5%")
    return float(matched[1]) / 100


def say_bytes(count: float) -> str:
    """Bytes as people read them, binary units: `353Mi`, `4.5Gi`."""
    for unit, size in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if abs(count) >= size:
            value = count / size
            return f"{value:.0f}{unit}" if value >= 100 or value == int(value) else f"{value:.1f}{unit}"
    return f"{count:.0f}B"


def say_s(seconds: float) -> str:
    """Seconds as kubectl writes ages: `45s`, `5m12s`, `3h`, `6d4h`."""
    whole = max(0, round(seconds))
    for big, small, size, part in (("d", "h", 86400, 3600), ("h", "m", 3600, 60), ("m", "s", 60, 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size}{big}{rest}{small}" if rest else f"{whole // size}{big}"
    return f"{whole}s"

"""Times, durations, sizes and foreign text, as they are written in every output."""

from datetime import datetime, tzinfo

from seatrial.model.quantities import say_bytes, say_s

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400
YEAR_S = 365 * DAY_S


def age(seconds: float) -> str:
    """An age as kubectl prints it: 45s, 5m12s, 3h4m, 2d5h (apimachinery's duration.HumanDuration)."""
    total = int(seconds)
    if total < 0:
        return "<invalid>" if total < -1 else "0s"
    for below_s, unit_s, unit, part_s, part in _AGES:
        if total < below_s:
            whole, rest = divmod(total, unit_s)
            rest //= part_s or unit_s
            return f"{whole}{unit}{rest}{part}" if part_s and rest else f"{whole}{unit}"
    return f"{total // YEAR_S}y"


# below, unit, its letter, the finer unit (0: none), its letter
_AGES = (
    (2 * MINUTE_S, 1, "s", 0, ""),
    (10 * MINUTE_S, MINUTE_S, "m", 1, "s"),
    (3 * HOUR_S, MINUTE_S, "m", 0, ""),
    (8 * HOUR_S, HOUR_S, "h", MINUTE_S, "m"),
    (2 * DAY_S, HOUR_S, "h", 0, ""),
    (8 * DAY_S, DAY_S, "d", HOUR_S, "h"),
    (2 * YEAR_S, DAY_S, "d", 0, ""),
    (8 * YEAR_S, YEAR_S, "y", DAY_S, "d"),
)


def lasting(seconds: float) -> str:
    """How long something lasted: 0.4s, 12s, 3m5s, 1h4m, 2d3h."""
    if seconds > 0 and round(seconds, 1) < 1:
        return f"{round(seconds, 1):g}s"
    return say_s(seconds)


def t_plus(seconds: float) -> str:
    """A place on the timeline: T+95s as a runbook writes it, T+12m05s and T+3h04m where seconds would be hard to read."""
    total = int(abs(seconds))
    sign = "-" if seconds <= -1 else "+"
    if total < 10 * MINUTE_S:
        return f"T{sign}{total}s"
    if total < 10 * HOUR_S:
        minutes, rest = divmod(total, MINUTE_S)
        return f"T{sign}{minutes}m{rest:02}s" if minutes < 100 else f"T{sign}{minutes // 60}h{minutes % 60:02}m"
    hours = total // HOUR_S
    return f"T{sign}{hours}h" if hours < 72 else f"T{sign}{hours // 24}d{hours % 24:02}h"


def memory(size_bytes: float | None) -> str:
    """A working set as people write it: 353Mi, 3.5Gi; empty where it is not known."""
    return "" if size_bytes is None else say_bytes(size_bytes)


def clock_time(at: datetime, zone: tzinfo) -> str:
    """The time of day."""
    return at.astimezone(zone).strftime("%H:%M:%S")


def full_time(at: datetime, zone: tzinfo) -> str:
    """Date, time and offset, so that nobody has to guess the zone."""
    local = at.astimezone(zone)
    offset = local.strftime("%z")
    return local.strftime("%Y-%m-%d %H:%M:%S ") + ("UTC" if offset == "+0000" else f"{offset[:3]}:{offset[3:]}")


def short_digest(digest: str) -> str:
    """Enough of a digest to tell it from another: the algorithm's name is no part of that."""
    return digest.rpartition(":")[2][:12]


def once(text: str) -> str:
    """Clauses that say the same, said once: `as recorded; as recorded; gone` is `as recorded; gone`."""
    return "; ".join(dict.fromkeys(text.split("; ")))


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 pod, 2 pods."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def clean(text: str) -> str:
    """Foreign text with everything made visible that a terminal or a browser would obey instead of show.

    Control characters (terminal escapes), and the direction marks that reorder a line (Trojan Source, CVE-2021-42574).
    """
    return text.translate(_VISIBLE)


def one_line(text: str) -> str:
    """Cleaned text on one line."""
    return " ".join(clean(text).split())


_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (0x200B, 0x2028, 0x2029, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF)
_VISIBLE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"},
    0x0D: "",
    0x7F: "\u2421",
    **{code: f"\\x{code:02x}" for code in range(0x80, 0xA0)},
    **{code: f"\\u{code:04x}" for code in (*_BIDI, *_INVISIBLE)},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}

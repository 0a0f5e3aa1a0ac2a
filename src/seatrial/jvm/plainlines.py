"""Container log lines without what was wrapped around them: escape codes, time stamps, names of pods."""

import re

# ECMA-48: CSI sequences (colours, cursor), OSC sequences (titles, links), and the two-letter escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)?|[@-Z\\^_])")
# `kubectl logs --prefix` writes [pod/NAME/CONTAINER], `--timestamps` RFC 3339 with up to nine digits, CRI adds its stream.
_WRAPPED = re.compile(
    r"(?:\[pod/[^\]\s]+\] )?"
    r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d) (?:(?:stdout|stderr) [FP] )?)?",
    re.ASCII,
)


def plain(line: str) -> str:
    """The line as the program wrote it, without its end."""
    bare = _ESCAPES.sub("", line) if "\x1b" in line else line
    wrapped = _WRAPPED.match(bare)
    return bare[wrapped.end() if wrapped else 0 :].rstrip("\r\n\0 ")

"""The one place that text from a cluster goes through before anybody sees it: no terminal escapes, no control characters, no secrets."""

import re
from copy import deepcopy

from seatrial.model.writes import Body

TEXT_MAX = 32 * 1024
MASK = "***"
# CSI and OSC sequences go whole, so that nothing of `ESC]8;;http://…` is left; then every control, direction and zero-width sign.
# kubectl itself was open to this until CVE-2021-25743.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]P^_X]|[\x9d\x90\x9e\x9f\x98])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def clean(text: str) -> str:
    """The text with line ends and tabs, and nothing else that a terminal would obey; bounded."""
    if text.isascii() and text.isprintable() and len(text) <= TEXT_MAX:
        return text
    kept = text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
    return _CONTROLS.sub("", _ESCAPES.sub("", kept.replace("\r\n", "\n")))


# The same signs as they stand in JSON: escaped, or raw in UTF-8. `\\` goes first, so that `\\u001b` stays the text it is.
_JSON_ESCAPES = re.compile(
    rb"\\\\|\\(?:[bfr]|u00(?:0[0-8b-f]|1[0-9a-f]|7f|[89][0-9a-f])|u061c|u20(?:0[b-f]|2[89a-e]|6[0-9])|ufeff)",
    re.IGNORECASE,
)
_JSON_RAW = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xa9]|\xef\xbb\xbf")
_SUSPECT = (rb"\u", rb"\b", rb"\f", rb"\r")


def disarmed(json: bytes) -> bytes:
    """JSON whose texts hold no sign that a terminal would obey. Nearly all documents pass unread: a search is cheaper than a decode."""
    if any(one in json for one in _SUSPECT):
        json = _JSON_ESCAPES.sub(lambda found: found[0] if found[0] == rb"\\" else b"", json)
    return json if json.isascii() and b"\x7f" not in json else _JSON_RAW.sub(b"", json)


def masked(body: Body) -> Body:
    """A copy for showing: the values of a Secret, and the copy of them that kubectl keeps, are hidden."""
    shown = deepcopy(body)
    if shown.get("kind") != "Secret":
        return shown
    for part in ("data", "stringData"):
        values = shown.get(part)
        if isinstance(values, dict):
            shown[part] = dict.fromkeys(values, MASK)
    meta = shown.get("metadata")
    annotations = meta.get("annotations") if isinstance(meta, dict) else None
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        annotations[LAST_APPLIED] = MASK
    return shown

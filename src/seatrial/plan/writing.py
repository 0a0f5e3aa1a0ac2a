"""A plan file as text: every field beside a comment that says where its value comes from, and what is left out and why."""

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.plan.document import FaultyDocumentError, Value, parse

API_VERSION = "seatrial.dev/v1alpha1"
COMMENT_COLUMN = 44
WIDTH_MAX = 140
FLOW_MAX = 100

FieldPath = tuple[str, ...]
Given = str | int | Sequence["Given"] | Mapping[str, "Given"]
"""What a field may hold: text, a whole number, a list, or a mapping that is written in one line."""


class Said(Struct, frozen=True):
    """A field under `spec`, its value, and where that comes from."""

    path: FieldPath
    value: Given
    source: str = ""


class LeftOut(Struct, frozen=True):
    """A field under `spec` that is not written, and why, or how to write it by hand."""

    path: FieldPath
    because: str


Word = Said | LeftOut


def plan_text(name: str, opening: Sequence[str], words: Sequence[Word]) -> str:
    """The plan of that name: the opening as comments, then the fields in the order in which their parts first come up."""
    head = [f"# {_one_line(line)}".rstrip() for line in opening]
    fixed = [f"apiVersion: {API_VERSION}", "kind: Trial", f"metadata: {{name: {_scalar(name)}}}", "spec:"]
    return "\n".join([*head, *fixed, *_part(words, 0)]) + "\n"


def _part(words: Sequence[Word], depth: int) -> list[str]:
    """The fields below one path; those of the same part stand together."""
    lines: list[str] = []
    for key in dict.fromkeys(word.path[depth] for word in words):
        own = [word for word in words if word.path[depth] == key]
        leaves = [word for word in own if len(word.path) == depth + 1]
        deeper = [word for word in own if len(word.path) > depth + 1]
        for leaf in leaves:
            lines += _leaf(leaf, depth)
        if deeper:
            lines += _parent(key, deeper, depth)
    return lines


def _parent(key: str, words: Sequence[Word], depth: int) -> list[str]:
    """A mapping; where nothing in it is said, its comments stand without it: an empty mapping would be a fault."""
    indent = _indent(depth)
    if any(isinstance(word, Said) for word in words):
        return [f"{indent}{key}:", *_part(words, depth + 1)]
    return [f"{indent}# {'.'.join(word.path[depth:])}: {_because(word)}" for word in words]


def _leaf(word: Word, depth: int) -> list[str]:
    indent, key = _indent(depth), word.path[-1]
    if isinstance(word, LeftOut):
        return [f"{indent}# {key}: {_because(word)}"]
    if not isinstance(word.value, str | int | Mapping):
        flow = _flow(word.value)
        if len(flow) > FLOW_MAX or any(not isinstance(item, str | int) for item in word.value):
            items = [f"{indent}  - {_flow(item)}" for item in word.value]
            return [*_commented(f"{indent}{key}:", word.source, indent), *items]
    return _commented(f"{indent}{key}: {_flow(word.value)}", word.source, indent)


def _commented(line: str, source: str, indent: str) -> list[str]:
    """The comment behind the line; above it where both would be too long."""
    if not source:
        return [line]
    comment = f"# {_one_line(source)}"
    beside = f"{line:<{COMMENT_COLUMN}}  {comment}"
    return [beside] if len(beside) <= WIDTH_MAX else [f"{indent}{comment}", line]


def _flow(value: Given) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(_flow(item) for item in value) + "]"


def _scalar(text: str) -> str:
    """Plain where it is read back as the same text in every place, quoted otherwise."""
    return text if _reads_back(f"- {text}", [text]) and _reads_back(f"[{text}]", [text]) else _quoted(text)


def _quoted(text: str) -> str:
    """JSON's quotes are YAML's; what a terminal would not show is written by its number."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in shown)


def _reads_back(text: str, value: Value) -> bool:
    try:
        return "#" not in text and parse(text).value == value
    except FaultyDocumentError:
        return False


def _because(word: Word) -> str:
    return _one_line(word.because if isinstance(word, LeftOut) else word.source)


def _one_line(text: str) -> str:
    """No text from a manifest or a cluster may end a comment and begin a field."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))


def _indent(depth: int) -> str:
    return "  " * (depth + 1)

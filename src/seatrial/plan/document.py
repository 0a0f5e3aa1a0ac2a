"""YAML with positions: plain values, where each of them stands, and nothing that could surprise."""

import re
from collections.abc import Iterator

import yaml
from msgspec import Struct

TEXT_BYTES_MAX = 1024 * 1024
DEPTH_MAX = 32

Path = tuple[str | int, ...]
Value = dict[str, "Value"] | list["Value"] | str | int | float | bool | None


class Place(Struct, frozen=True):
    """A line and a column, both from 1."""

    line: int
    column: int


class Fault(Struct, frozen=True, order=True):
    """One thing that is wrong with the file, where, and what to do about it."""

    line: int
    column: int
    path: str
    message: str

    def say(self, file: str) -> str:
        """`plan.yaml:4:5: spec.rollout.timeot: unknown field …`."""
        path = f"{self.path}: " if self.path else ""
        return f"{file}:{self.line}:{self.column}: {path}{self.message}"


class FaultyDocumentError(Exception):
    """The file can't be used; `faults` names each place."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


class Document(Struct, frozen=True):
    """The values of a file and the place of each path."""

    value: Value
    places: dict[Path, Place]

    def place(self, path: Path) -> Place:
        """Where the path stands, or the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(1, 1))


_CORE = (
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"null|Null|NULL|~|"), lambda text: None),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)
"""YAML 1.2's core schema: no `yes`, no octal by a leading zero, no sexagesimal, no dates."""


def parse(text: str) -> Document:
    """Read one YAML document. FaultyDocumentError with the place of what is wrong."""
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise FaultyDocumentError((Fault(1, 1, "", "larger than 1 MiB: this is no plan; is it the right file?"),))
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise FaultyDocumentError((Fault(line, column, "", f"not YAML: {error.problem}"),)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FaultyDocumentError((Fault(1, 1, "", f"not YAML: {str(error).splitlines()[0]}"),)) from error
    if node is None:
        raise FaultyDocumentError((Fault(1, 1, "", "the file is empty"),))
    reading = _Reading(text)
    value = reading.value_of(node, ())
    if reading.faults:
        raise FaultyDocumentError(tuple(sorted(reading.faults)))
    return Document(value, reading.places)


class _Reading:
    """One walk over the nodes: values, places and faults."""

    def __init__(self, text: str) -> None:
        self.places: dict[Path, Place] = {}
        self.faults: list[Fault] = []
        self._seen: set[int] = set()

    def value_of(self, node: yaml.Node, path: Path) -> Value:
        """The plain value of a node; what is wrong with it is noted, and read as nothing."""
        self.places.setdefault(path, _place(node))
        if len(path) > DEPTH_MAX:
            self._wrong(node, path, f"nested deeper than {DEPTH_MAX}")
            return None
        if not isinstance(node, yaml.ScalarNode):
            if id(node) in self._seen:
                self._wrong(node, path, "an alias (*name): write the value out")
                return None
            self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.value_of(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Value]]:
        first: dict[str, Place] = {}
        for key, item in node.value:
            name = str(key.value)
            if name in first:
                place = first[name]
                self._wrong(key, (*path, name), f"is there twice; the first is at {place.line}:{place.column}")
                continue
            first[name] = self.places[(*path, name)] = _place(key)
            yield name, self.value_of(item, (*path, name))

    def _scalar(self, node: yaml.Node, path: Path) -> Value:
        text = str(node.value)
        if node.tag not in _TAGS:
            self._wrong(node, path, f"the tag {node.tag} is not taken: write a plain value")
            return None
        if getattr(node, "style", None):
            return text
        return next((make(text) for pattern, make in _CORE if pattern.fullmatch(text)), text)

    def _wrong(self, node: yaml.Node, path: Path, message: str) -> None:
        place = _place(node)
        self.faults.append(Fault(place.line, place.column, dotted(path), message))


_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge")}


def dotted(path: Path) -> str:
    """`spec.accept[0].by`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)

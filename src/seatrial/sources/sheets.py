"""Manifest files with the positions of everything in them, for findings that name file, line and column."""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath

import yaml
from msgspec import Struct

from seatrial.change.objects import items, mapping, text_at
from seatrial.model.findings import Path, Position
from seatrial.model.writes import Body
from seatrial.sources import files
from seatrial.sources.manifests import ManifestError, parsed


class Sheet(Struct, frozen=True, eq=False):
    """One file: its name as it is printed, its text, its objects with their nodes."""

    name: str
    text: str
    objects: tuple[tuple[Body, yaml.Node], ...] = ()
    starts: list[int] = []

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and column, from 1, of a character."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def position(self, offset: int) -> Position:
        """The place of a character."""
        return Position(self.name, *self.line_column(offset))

    def line(self, number: int) -> str:
        """A line, without its end; empty where there is none."""
        if not 0 < number <= len(self.starts):
            return ""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r\n")


def sheet(name: str, text: str, objects: Sequence[tuple[Body, yaml.Node]] = ()) -> Sheet:
    """A sheet of a text."""
    starts = [0]
    found = text.find("\n")
    while found >= 0 and found + 1 < len(text):
        starts.append(found + 1)
        found = text.find("\n", found + 1)
    return Sheet(name, text, tuple(objects), starts)


def read_text(text: str, name: str) -> Sheet:
    """A sheet of manifests. ManifestError where they can't be taken."""
    return sheet(name, text, parsed(text, name))


def read_files(path: FilePath) -> tuple[Sheet, ...]:
    """The sheets of a file, or of the manifest files of a directory in the order of their names. ManifestError, OSError."""
    if not path.is_dir():
        return (read_file(path),)
    found = sorted(one for one in path.iterdir() if one.suffix in files.SUFFIXES and one.is_file())
    if len(found) > files.FILES_MAX:
        raise ManifestError(shown(path), f"more than {files.FILES_MAX} manifest files")
    return tuple(read_file(one) for one in found)


def read_file(path: FilePath) -> Sheet:
    """The sheet of one manifest file. ManifestError, OSError."""
    if path.stat().st_size > files.BYTES_MAX:
        raise ManifestError(shown(path), f"larger than {files.BYTES_MAX // 2**20} MiB; split it")
    return read_text(plain_text(path), shown(path))


def plain_text(path: FilePath) -> str:
    """A file's text. ManifestError where it is none, OSError where it can't be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise ManifestError(shown(path), f"is not UTF-8 text (byte {error.start})") from error


def shown(path: FilePath) -> str:
    """A path as it is printed: relative to the working directory where it lies below it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def walk(node: yaml.Node, body: object, path: Path) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Key node and value node of each step of the path, as far as this text has it.

    A list's element is known by its name where it has one: the text may be a patch that holds only one of several.
    """
    for step in path:
        found = _step(node, body, step)
        if found is None:
            return
        yield found
        node = found[1]
        body = mapping(body).get(step) if isinstance(step, str) else _element(body, step)


def _step(node: yaml.Node, body: object, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(step, str) and isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(step, int) and isinstance(node, yaml.SequenceNode):
        name = text_at(_element(body, step), "name")
        chosen = next((one for one in node.value if name and _name(one) == name), None)
        if chosen is None and step < len(node.value):
            has_other_name = bool(name) and bool(_name(node.value[step]))
            chosen = None if has_other_name else node.value[step]
        return None if chosen is None else (chosen, chosen)
    return None


def _element(body: object, step: str | int) -> object:
    listed = items(body)
    return listed[step] if isinstance(step, int) and 0 <= step < len(listed) else None


def _name(node: yaml.Node) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((str(value.value) for key, value in pairs if key.value == "name"), "")

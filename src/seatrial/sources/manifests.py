"""Manifests as text: read as Kubernetes reads them, and refused by line where it would guess or explode."""

import json
from collections import Counter
from collections.abc import Iterator

import yaml

from seatrial.change.objects import items, text_at
from seatrial.model.writes import Body
from seatrial.sources import scalars

TEXT_MAX = 16 * 2**20
OBJECTS_MAX = 5000
# Values of one file, aliases counted each time: a small file can't become a large one.
VALUES_MAX = 300_000
DEPTH_MAX = 100

_PLAIN = "!plain"
_TAG = "tag:yaml.org,2002:"
_TEXT = frozenset({f"{_TAG}str", f"{_TAG}timestamp"})
_TYPED = frozenset({_PLAIN, f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null"})
_TAGS = _TEXT | _TYPED | {f"{_TAG}map", f"{_TAG}seq"}


class _Loader(yaml.CSafeLoader):
    """Marks unquoted scalars and types nothing: PyYAML's own YAML 1.1 is not that of Kubernetes."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: object) -> str:
        """The tag of a node that bears none."""
        if kind is yaml.ScalarNode and isinstance(implicit, tuple):
            return _PLAIN if implicit[0] else f"{_TAG}str"
        return f"{_TAG}map" if kind is yaml.MappingNode else f"{_TAG}seq"


class ManifestError(Exception):
    """The text can't be taken. place is `file:line:column`."""

    def __init__(self, place: str, because: str) -> None:
        super().__init__(f"{place}: {because}")
        self.place = place
        self.because = because


def bodies(text: str, name: str) -> tuple[Body, ...]:
    """All objects of a YAML or JSON text; the items of a List one by one, as kubectl takes them. ManifestError otherwise."""
    if len(text) > TEXT_MAX:
        raise ManifestError(name, f"larger than {TEXT_MAX // 2**20} MiB; split it")
    found: list[Body] = []
    for value, place in _json(text, name) or _yaml(text, name):
        found += _objects(value, place) if value is not None else ()
        if len(found) > OBJECTS_MAX:
            raise ManifestError(name, f"more than {OBJECTS_MAX} objects; split it")
    return tuple(found)


def parsed(text: str, name: str) -> tuple[tuple[Body, yaml.Node], ...]:
    """The same objects, each with its node, which knows where everything stands. ManifestError otherwise."""
    if len(text) > TEXT_MAX:
        raise ManifestError(name, f"larger than {TEXT_MAX // 2**20} MiB; split it")
    reader = _Reader(name)
    found: list[tuple[Body, yaml.Node]] = []
    for document in _documents(text, name):
        value = reader.value(document, 0)
        if value is not None:
            found += zip(_objects(value, _place(name, document)), _object_nodes(document), strict=True)
        if len(found) > OBJECTS_MAX:
            raise ManifestError(name, f"more than {OBJECTS_MAX} objects; split it")
    return tuple(found)


def _object_nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    """The nodes of the objects in a document, those of a List one by one."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    listed = next((value for key, value in pairs if key.value == "items"), None)
    if not isinstance(listed, yaml.SequenceNode):
        yield node
        return
    for one in listed.value:
        yield from _object_nodes(one)


def _json(text: str, name: str) -> list[tuple[object, str]]:
    """One JSON document, as kubectl tries it first; nothing where it is none, so that YAML may say what it is."""

    def pairs(given: list[tuple[str, object]]) -> Body:
        twice = next((key for key, count in Counter(key for key, _ in given).items() if count > 1), None)
        if twice is not None:
            raise ManifestError(name, f"`{twice}` is given twice")
        return dict(given)

    def constant(word: str) -> object:
        raise ManifestError(name, f"{word} is no number that Kubernetes can take")

    if not text.lstrip().startswith("{"):
        return []
    try:
        return [(json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_float=scalars.plain), name)]
    except json.JSONDecodeError:
        return []
    except RecursionError as error:
        raise ManifestError(name, f"nested deeper than {DEPTH_MAX} levels") from error


def _yaml(text: str, name: str) -> Iterator[tuple[object, str]]:
    reader = _Reader(name)
    for document in _documents(text, name):
        yield reader.value(document, 0), _place(name, document)


def _documents(text: str, name: str) -> Iterator[yaml.Node]:
    try:
        yield from (node for node in yaml.compose_all(text, Loader=_Loader) if node is not None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ManifestError(place, error.problem or "not YAML") from error
    except yaml.YAMLError as error:
        raise ManifestError(name, " ".join(str(error).split())) from error
    except RecursionError as error:
        raise ManifestError(name, f"nested deeper than {DEPTH_MAX} levels") from error


def _place(name: str, node: yaml.Node) -> str:
    return f"{name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def _objects(value: object, place: str) -> Iterator[Body]:
    if not isinstance(value, dict):
        raise ManifestError(place, "an object with apiVersion and kind is expected here")
    if isinstance(value.get("items"), list):
        for item in items(value["items"]):
            yield from _objects(item, place)
        return
    for path in (("apiVersion",), ("kind",), ("metadata", "name")):
        if not text_at(value, *path):
            raise ManifestError(place, f"the object has no {'.'.join(path)}")
    yield value


class _Reader:
    """Nodes to values, counting as it goes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values = 0

    def value(self, node: yaml.Node, depth: int) -> object:
        """What the node says."""
        self.values += 1
        if self.values > VALUES_MAX or depth > DEPTH_MAX:
            raise self._error(node, "aliases or nesting make this far larger than it looks; write it out")
        if node.tag not in _TAGS:
            raise self._error(node, f"the tag {node.tag} is not one that Kubernetes takes")
        match node:
            case yaml.MappingNode():
                return self._mapping(node, depth)
            case yaml.SequenceNode():
                return [self.value(one, depth + 1) for one in node.value]
            case yaml.ScalarNode():
                return self._scalar(node)
            case _:
                raise self._error(node, "neither a mapping, a list nor a value")

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Body:
        own: Body = {}
        merged: Body = {}
        places: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                merged = {**self._merged(value_node, depth), **merged}
                continue
            name = self._key(key_node)
            if name in places:
                first = places[name].start_mark.line + 1
                raise self._error(key_node, f"`{name}` is given twice; the first is in line {first}")
            places[name] = key_node
            own[name] = self.value(value_node, depth + 1)
        return {**merged, **own}

    def _merged(self, node: yaml.Node, depth: int) -> Body:
        """`<<`: one mapping, or several of which the first wins."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: Body = {}
        for source in sources:
            value = self.value(source, depth + 1)
            if not isinstance(value, dict):
                raise self._error(source, "only a mapping can be merged")
            merged = {**value, **merged}
        return merged

    def _key(self, node: yaml.Node) -> str:
        try:
            return scalars.key(self._scalar(node) if isinstance(node, yaml.ScalarNode) else None)
        except ValueError as error:
            raise self._error(node, str(error)) from error

    def _scalar(self, node: yaml.ScalarNode) -> object:
        text = str(node.value)
        if node.tag in _TEXT:
            return text
        try:
            return scalars.plain(text)
        except ValueError as error:
            raise self._error(node, str(error)) from error

    def _error(self, node: yaml.Node, because: str) -> ManifestError:
        return ManifestError(_place(self.name, node), because)


def _is_merge(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == "<<" and node.tag == _PLAIN

"""Where a finding stands in the files that people edit: rendered objects have no lines, their sources have."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import yaml
from msgspec import Struct

from seatrial.change.objects import text_at
from seatrial.model.findings import Edit, Finding, Located, Position, SwapWord
from seatrial.model.writes import Body
from seatrial.sources.mending import edit, patch, swap_in_line, word_at
from seatrial.sources.sheets import Sheet, walk

_HASH = re.compile(r"-[2456789bcdfghkmt]{10}$")  # what kustomize puts behind a generated name
_IGNORE = re.compile(r"#\s*seatrial:ignore\s+([\w,-]+)[ \t]*(.*)")


class Generated(Struct, frozen=True, eq=False):
    """What a secretGenerator or configMapGenerator reads: whole env files, single files by key, and its own entry."""

    envs: tuple[Sheet, ...] = ()
    files: dict[str, Sheet] = {}
    entry: tuple[Sheet, yaml.Node] | None = None


class Sources(Struct, frozen=True, eq=False):
    """The files behind the objects. bases: manifests as written, later ones being patches; generated: by kind and name."""

    sheets: tuple[Sheet, ...] = ()
    generated: dict[tuple[str, str], Generated] = {}


class Placing:
    """Finds places; built once for all findings."""

    def __init__(self, sources: Sources, bodies: Sequence[Body]) -> None:
        self._bodies = bodies
        self._generated = sources.generated
        self._sheets = {one.name: one for one in _all_sheets(sources)}
        self._written: dict[str, dict[str, list[tuple[Sheet, Body, yaml.Node]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for sheet in sources.sheets:
            for body, node in sheet.objects:
                self._written[text_at(body, "kind")][text_at(body, "metadata", "name")].append((sheet, body, node))

    def located(self, finding: Finding) -> Located:
        """The finding with its place and edit, as far as they can be found."""
        number = finding.spot.body
        if number is None:
            return Located(finding, None)
        body = self._bodies[number]
        for generated in self._generators(body):
            if (found := self._in_generated(finding, generated)) is not None:
                return found
        return self._in_manifests(finding, body)

    def ignored(self, located: Located) -> str | None:
        """The reason of an ignore comment in its line or the one above; empty where it gives none, None where there is no comment."""
        position = located.position
        sheet = self._sheets.get(position.file) if position else None
        if position is None or sheet is None:
            return None
        for number in (position.line, position.line - 1):
            text = sheet.line(number)
            found = _IGNORE.search(text)
            is_its_own_line = number == position.line or text.lstrip().startswith("#")
            if found and is_its_own_line and located.finding.rule in found[1].split(","):
                return found[2].strip()
        return None

    def _generators(self, body: Body) -> Iterator[Generated]:
        kind, name = text_at(body, "kind"), text_at(body, "metadata", "name")
        parts = [one for of_kind, one in self._generated if of_kind == kind and one and one in name]
        for wanted in (name, _HASH.sub("", name), max(parts, key=len, default="")):
            if (found := self._generated.get((kind, wanted))) is not None:
                yield found
                return

    def _in_generated(self, finding: Finding, generated: Generated) -> Located | None:
        path = finding.spot.path
        key = str(path[1]) if path[:1] in (("data",), ("stringData",)) and len(path) > 1 else ""
        for sheet in generated.envs:
            for line in range(1, len(sheet.starts) + 1):
                if key and sheet.line(line).lstrip().startswith(f"{key}="):
                    return _in_line(finding, sheet, line)
        if (single := generated.files.get(key)) is not None:
            lines = (
                line for line in range(1, len(single.starts) + 1) if word_at(single.line(line), finding.spot.token) >= 0
            )
            return _in_line(finding, single, next(lines, 1))
        if generated.entry is None:
            return None
        sheet, node = generated.entry
        literal = next((one for one in _scalars(node) if key and str(one.value).startswith(f"{key}=")), node)
        return Located(finding, sheet.position(literal.start_mark.index))

    def _in_manifests(self, finding: Finding, body: Body) -> Located:
        best: tuple[int, Sheet, Body, yaml.Node, list[tuple[yaml.Node, yaml.Node]]] | None = None
        for sheet, own, node in self._candidates(body):
            steps = list(walk(node, body, finding.spot.path))
            if best is None or len(steps) >= best[0]:
                best = (len(steps), sheet, own, node, steps)
        if best is None:
            return Located(finding, None)
        _, sheet, _, node, steps = best
        position = sheet.position(_offset(sheet, node, steps, finding))
        change = edit(finding.fix, sheet, node, body) if finding.fix else None
        return Located(finding, position, change, patch(change, sheet) if change else ())

    def _candidates(self, body: Body) -> list[tuple[Sheet, Body, yaml.Node]]:
        """The texts of an object: by its name, without kustomize's hash, or by a name that a prefix or suffix was put to."""
        by_name = self._written.get(text_at(body, "kind"), {})
        name, namespace = text_at(body, "metadata", "name"), text_at(body, "metadata", "namespace")
        found = by_name.get(name) or by_name.get(_HASH.sub("", name))
        if found is None:
            parts = [one for one in by_name if one and one in name]
            found = by_name[max(parts, key=len)] if parts else []
        of_namespace = [one for one in found if text_at(one[1], "metadata", "namespace") in ("", namespace)]
        return of_namespace or found


def _all_sheets(sources: Sources) -> Iterator[Sheet]:
    yield from sources.sheets
    for one in sources.generated.values():
        yield from one.envs
        yield from one.files.values()
        if one.entry:
            yield one.entry[0]


def _in_line(finding: Finding, sheet: Sheet, line: int) -> Located:
    column = max(word_at(sheet.line(line), finding.spot.token), 0)
    change: Edit | None = None
    if isinstance(finding.fix, SwapWord):
        change = swap_in_line(sheet, line, finding.fix.old, finding.fix.new)
    return Located(finding, Position(sheet.name, line, column + 1), change, patch(change, sheet) if change else ())


def _offset(sheet: Sheet, node: yaml.Node, steps: list[tuple[yaml.Node, yaml.Node]], finding: Finding) -> int:
    """The character of the token in the last step's value, else of its key, else of the object."""
    if not steps:
        return int(node.start_mark.index)
    key, value = steps[-1]
    if finding.spot.token:
        found = word_at(sheet.text[value.start_mark.index : value.end_mark.index], finding.spot.token)
        if found >= 0:
            return int(value.start_mark.index) + found
    return int(key.start_mark.index)


def _scalars(node: yaml.Node, depth: int = 0) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif depth < 8:
        for one in node.value if isinstance(node.value, list) else ():
            for part in one if isinstance(one, tuple) else (one,):
                yield from _scalars(part, depth + 1)

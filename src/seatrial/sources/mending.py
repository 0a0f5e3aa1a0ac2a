"""A change to a manifest as an edit of the file's text that leaves everything else as it is, and the lines of a patch."""

import json
import re

import yaml

from seatrial.model.findings import Change, DropField, Edit, Path, SetField, SwapWord
from seatrial.model.writes import Body
from seatrial.sources.sheets import Sheet, walk

_PLAIN = re.compile(r"[A-Za-z0-9][\w.-]*")
_TYPED = re.compile(r"[\d.]+|true|false|yes|no|on|off|null|y|n", re.IGNORECASE)
_SHOWABLE = re.compile(r"-X[a-z]{1,3}[0-9]+[kmgtKMGT]?|-X[a-z]+|-X(?:X|log|loggc):[\w:+.,=*/%-]+", re.ASCII)
_SECRET = re.compile(r"passw|passphrase|pwd|secret|token|credential|key|://[^/\s]*@", re.IGNORECASE)


def edit(change: Change, sheet: Sheet, node: yaml.Node, body: Body) -> Edit | None:
    """The edit of the sheet for an object's node; None where the text is written so that it is not mechanical."""
    match change:
        case SetField(path=path, value=value):
            return _set(sheet, node, body, path, value)
        case DropField(path=path):
            return _drop(sheet, node, body, path)
        case SwapWord(path=path, old=old, new=new):
            return _swap(sheet, node, body, path, (old, new))


def swap_in_line(sheet: Sheet, line: int, old: str, new: str) -> Edit | None:
    """A word of one line of a plain file (an env file), replaced."""
    text = sheet.line(line)
    column = word_at(text, old)
    if column < 0:
        return None
    start = sheet.starts[line - 1] + column
    return _without_gap(sheet, start, start + len(old), new)


def word_at(text: str, word: str) -> int:
    """Where a whole word begins in a text; -1 where it does not stand there."""
    found = re.search(rf"(?<![^\s\"'=\[,]){re.escape(word)}(?![^\s\"',\]])", text) if word else None
    return found.start() if found else -1


def patch(one: Edit, sheet: Sheet) -> tuple[str, ...]:
    """The edit as a hunk without context; empty where its lines might hold a secret."""
    first, last = one.line, max(one.line, one.end_line - (1 if one.end_column == 1 and one.end_line > one.line else 0))
    begin = sheet.starts[first - 1]
    end = sheet.starts[last] if last < len(sheet.starts) else len(sheet.text)
    old = sheet.text[begin:end].splitlines()
    new = (sheet.text[begin : one.start] + one.text + sheet.text[one.end : end]).splitlines()
    if any(_may_hold_secret(line) for line in (*old, *new)):
        return ()
    while old and new and old[0] == new[0]:
        old, new, first = old[1:], new[1:], first + 1
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    head = f"@@ -{_range(first, len(old))} +{_range(first, len(new))} @@"
    return (head, *(f"-{line}" for line in old), *(f"+{line}" for line in new))


def _range(first: int, count: int) -> str:
    """A hunk's range; one without lines is named after the line before it."""
    return f"{first if count else first - 1},{count}"


def _may_hold_secret(line: str) -> bool:
    """Whether a line has a word of another kind than JVM switches, beside a name that says secret."""
    words = line.replace('"', " ").replace("'", " ").split()
    options = [word for word in words if word.startswith(("-D", "-javaagent", "-agent"))]
    name, _, value = line.partition("=")
    is_env_line = bool(re.fullmatch(r"[A-Za-z_][\w.-]*", name.strip())) and bool(value)
    free = is_env_line and not all(_SHOWABLE.fullmatch(word) for word in value.split())
    return bool(options) or free or bool(_SECRET.search(line.replace("secretKeyRef", "").replace("secretRef", "")))


def _at(sheet: Sheet, start: int, end: int, text: str) -> Edit:
    line, column = sheet.line_column(start)
    end_line, end_column = sheet.line_column(end)
    return Edit(sheet.name, start, end, text, line, column, end_line, end_column)


def _set(sheet: Sheet, node: yaml.Node, body: Body, path: Path, value: object) -> Edit | None:
    steps = list(walk(node, body, path))
    if len(steps) == len(path):
        target = steps[-1][1]
        if not isinstance(target, yaml.ScalarNode):
            return None
        return _at(sheet, target.start_mark.index, target.end_mark.index, _written(value))
    holder = steps[-1][1] if steps else node
    if len(steps) < _depth_needed(path) or not isinstance(holder, yaml.MappingNode) or not holder.value:
        return None
    return _insert(sheet, holder, _nested(path[len(steps) :], value))


def _depth_needed(path: Path) -> int:
    """How far the text must have the path: every list element of it, for those can't be made up."""
    return max((number + 1 for number, step in enumerate(path) if isinstance(step, int)), default=0)


def _nested(path: Path, value: object) -> str:
    inner = _written(value)
    for step in reversed(path[1:]):
        inner = f"{{{step}: {inner}}}"
    return f"{path[0]}: {inner}"


def _written(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _TYPED.fullmatch(value):
        return value
    return json.dumps(value)


def _insert(sheet: Sheet, holder: yaml.MappingNode, text: str) -> Edit | None:
    """A new first field: a mapping begins where its first key stands, so that the new one takes its column."""
    start = holder.start_mark.index
    if holder.flow_style:
        return _at(sheet, start + 1, start + 1, f"{text}, ")
    key = holder.value[0][0]
    if key.start_mark.index != start:
        return None
    return _at(sheet, start, start, f"{text}\n{' ' * key.start_mark.column}")


def _drop(sheet: Sheet, node: yaml.Node, body: Body, path: Path) -> Edit | None:
    steps = list(walk(node, body, path))
    if len(steps) != len(path) or not isinstance(steps[-1][1], yaml.ScalarNode):
        return None
    key, value = steps[-1]
    line, _ = sheet.line_column(key.start_mark.index)
    text = sheet.line(line)
    if key.start_mark.line != value.end_mark.line or not re.fullmatch(
        rf"\s*{re.escape(str(key.value))}\s*:[^#{{}}]*(#.*)?", text
    ):
        return None
    begin = sheet.starts[line - 1]
    end = sheet.starts[line] if line < len(sheet.starts) else len(sheet.text)
    return _at(sheet, begin, end, "")


def _swap(sheet: Sheet, node: yaml.Node, body: Body, path: Path, words: tuple[str, str]) -> Edit | None:
    steps = list(walk(node, body, path))
    if len(steps) != len(path) or not isinstance(steps[-1][1], yaml.ScalarNode):
        return None
    target, (old, new) = steps[-1][1], words
    begin, end = target.start_mark.index, target.end_mark.index
    if isinstance(path[-1], int) and target.value == old:
        return _swap_element(sheet, steps, new)
    found = word_at(sheet.text[begin:end], old)
    in_flow = any(getattr(one, "flow_style", False) for one in (node, *(value for _, value in steps)))
    if found < 0 or (in_flow and not target.style and "," in new):
        return None
    return _without_gap(sheet, begin + found, begin + found + len(old), new)


def _swap_element(sheet: Sheet, steps: list[tuple[yaml.Node, yaml.Node]], new: str) -> Edit | None:
    """A list's element of its own becomes one element a word."""
    target, holder = steps[-1][1], steps[-2][1]
    words = [json.dumps(word) for word in new.split()]
    if not words or not isinstance(holder, yaml.SequenceNode):
        return None
    column = target.start_mark.column
    between = ", " if holder.flow_style else f"\n{' ' * (column - 2)}- "
    return _at(sheet, target.start_mark.index, target.end_mark.index, between.join(words))


def _without_gap(sheet: Sheet, start: int, end: int, new: str) -> Edit:
    """A word that goes takes one of its blanks along."""
    if not new and sheet.text[start - 1 : start] == " " and sheet.text[end : end + 1] in ("", " ", "\n", '"', "'"):
        start -= 1
    elif not new and sheet.text[end : end + 1] == " ":
        end += 1
    return _at(sheet, start, end, new)

"""The difference between what is there and what will be: a list of paths for machines, a unified text for people, secrets masked."""

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence

import yaml
from msgspec import Struct

from seatrial.change.lastapplied import LAST_APPLIED
from seatrial.change.masking import Redactor
from seatrial.change.objects import at, mapping, ref_of, without_at, without_server_fields
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

# By what the items of a list are told apart (x-kubernetes-list-map-keys of the API's own schema, and what else is unique in practice).
# Longer ones first: a port has a name too, but its number and protocol are what the API server merges by.
MERGE_KEYS: tuple[tuple[str, ...], ...] = (
    *(("containerPort", "protocol"), ("port", "protocol"), ("mountPath",), ("devicePath",), ("topologyKey",)),
    *(("name",), ("ip",), ("type",), ("conditionType",), ("uid",), ("key",)),
)
# A metric of an autoscaler is of a type, and of a name one level below.
_METRIC_SOURCES = ("resource", "containerResource", "pods", "object", "external")
_KEY_DEFAULTS: dict[str, object] = {"protocol": "TCP"}
CONTEXT_LINES = 3
LINES_MAX = 2000
_RECORD = ("metadata", "annotations", LAST_APPLIED)


class Change(Struct, frozen=True):
    """One field that differs, masked; None where there is none."""

    path: str
    before: str | None
    after: str | None


class Difference(Struct, frozen=True):
    """What happens to one object. word is kubectl's: created, configured, unchanged, deleted."""

    ref: ObjectRef
    word: str
    changes: tuple[Change, ...]
    text: str


def difference(live: Body | None, becomes: Body | None, redactor: Redactor) -> Difference:
    """One object before and after: server fields left out, lists matched by their keys."""
    old, new = _wanted(live), _wanted(becomes)
    shown_old, shown_new = redactor.body(old), redactor.body(new)
    changes = tuple(_changes(shown_old, shown_new, ""))
    name = ref_of(becomes or live or {})
    word = _word(live, becomes, changes)
    text = "" if word == "unchanged" else _unified(name, shown_old, shown_new, word)
    return Difference(name, word, changes, text)


def diff_text(differences: Iterable[Difference]) -> str:
    """All differences as people read them; objects that stay as they are in one line each."""
    return "".join(one.text or f"{one.ref}: unchanged\n" for one in differences)


def changed_paths(before: object, after: object) -> tuple[str, ...]:
    """The paths at which two values differ, unmasked values never shown."""
    return tuple(change.path for change in _changes(before, after, ""))


def _wanted(body: Body | None) -> Body:
    return without_server_fields(body) if body else {}


def _word(live: Body | None, becomes: Body | None, changes: tuple[Change, ...]) -> str:
    if live is None:
        return "created"
    if becomes is None:
        return "deleted"
    return "configured" if changes else "unchanged"


def _changes(before: object, after: object, path: str) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _changes(before.get(key), after.get(key), _joined(path, key))
    elif isinstance(before, list) and isinstance(after, list) and (keys := _merge_keys((*before, *after))):
        yield from _item_changes(_keyed(before, keys), _keyed(after, keys), path)
    else:
        yield Change(path, _inline(before), _inline(after))


def _item_changes(old: Body, new: Body, path: str) -> Iterator[Change]:
    for label in (*old, *(label for label in new if label not in old)):
        yield from _changes(old.get(label), new.get(label), f"{path}[{label}]")
    before, after = [label for label in old if label in new], [label for label in new if label in old]
    if before != after:  # $(NAME) in an environment reads only what stands above it
        yield Change(f"{path}[order]", ", ".join(before), ", ".join(after))


def _joined(path: str, key: str) -> str:
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _merge_keys(values: tuple[object, ...]) -> tuple[str, ...]:
    """The key fields that every item has; none where the list must be compared as a whole."""
    for keys in MERGE_KEYS:
        if values and all(_label(one, keys) for one in values):
            return keys
    return ()


def items_by_key(values: Sequence[object]) -> Body:
    """The items of a list by what tells them apart; empty where nothing does."""
    keys = _merge_keys(tuple(values))
    return _keyed(list(values), keys) if keys else {}


def _label(item: object, keys: tuple[str, ...]) -> str:
    fields = mapping(item)
    values = [(key, fields.get(key, _KEY_DEFAULTS.get(key))) for key in keys]
    if keys == ("type",):
        values += [("name", name) for source in _METRIC_SOURCES if (name := at(fields, source, "name"))]
    return ",".join(f"{key}={value}" for key, value in values) if all(value is not None for _, value in values) else ""


def _keyed(values: list[object], keys: tuple[str, ...]) -> Body:
    """The items by their label; one that comes twice (an environment may repeat a name) is numbered."""
    labelled: Body = {}
    counts: dict[str, int] = {}
    for value in values:
        label = _label(value, keys)
        counts[label] = counts.get(label, 0) + 1
        labelled[label if counts[label] == 1 else f"{label}#{counts[label]}"] = value
    return labelled


def _inline(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _unified(ref: ObjectRef, before: Body, after: Body, word: str) -> str:
    """`-` and `+` lines as `kubectl diff` prints them, kubectl's own record in one line of its own."""
    old, new = (_lines(body) for body in (before, after))
    found = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT_LINES))[2:]
    cut = len(found) - LINES_MAX
    body = found[:LINES_MAX] + ([f"… {cut} more lines"] if cut > 0 else [])
    return "\n".join([f"{ref} ({ref.namespace or 'cluster'}): {word}", *body, *_record_line(before, after)]) + "\n"


def _record_line(before: Body, after: Body) -> list[str]:
    if not before or at(before, *_RECORD) == at(after, *_RECORD):
        return []
    return ["  (kubectl's record of what was last applied follows the change)"]


def _lines(body: Body) -> list[str]:
    if not body:
        return []
    body = without_at(body, _RECORD)
    if at(body, *_RECORD[:-1]) == {}:
        body = without_at(body, _RECORD[:-1])
    dumped = yaml.dump(body, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=True, width=10_000)
    return str(dumped).splitlines()

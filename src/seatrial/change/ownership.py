"""Who owns which fields (managedFields): kubectl's ownership taken over, foreign owners named."""

import json
from collections.abc import Iterator, Sequence

from msgspec import Struct

from seatrial.change.objects import at, items, mapping, text_at
from seatrial.model.writes import Body

MANAGER = "seatrial"
KUBECTL = "kubectl-client-side-apply"

# Of a key's fields these may be left out of a manifest; the API server fills them in.
KEY_DEFAULTS: dict[str, object] = {"protocol": "TCP"}


class Owned(Struct, frozen=True, order=True):
    """A field and the manager whose value would be overwritten."""

    path: str
    manager: str


def adopted_fields(managed_fields: Sequence[object]) -> list[Body] | None:
    """managedFields with what client-side kubectl owns given to us, or None where there is nothing to take over.

    client-go/util/csaupgrade: without it, fields that a manifest no longer has stay in the cluster for ever, and `kubectl diff` is
    empty all the same. What we created by POST is ours as an Update, and is brought over in the same way.
    """
    entries = [mapping(entry) for entry in managed_fields]
    taken = [index for index, entry in enumerate(entries) if is_taken_over(entry)]
    if not taken:
        return None
    ours = next((index for index, entry in enumerate(entries) if is_ours(entry)), None)
    target = taken[0] if ours is None else ours
    version = entries[target].get("apiVersion")
    united = mapping(entries[target].get("fieldsV1"))
    for index in taken:  # fields of another version of the kind can't be translated, and are let go
        if entries[index].get("apiVersion") == version:
            united = union(united, mapping(entries[index].get("fieldsV1")))
    entries[target] = {**entries[target], "manager": MANAGER, "operation": "Apply", "fieldsV1": united}
    return [entry for index, entry in enumerate(entries) if index == target or index not in taken]


def owned_by_the_team(live: Body) -> Body | None:
    """The fields that client-side kubectl or we own; None where the object says nothing about its owners."""
    entries = entries_of(live)
    if not entries:
        return None
    united: Body = {}
    for entry in entries:
        if is_taken_over(entry) or is_ours(entry):
            united = union(united, mapping(entry.get("fieldsV1")))
    return united


def foreign_owners(live: Body, sent: Body) -> tuple[Owned, ...]:
    """Fields whose value would change although somebody else (not kubectl's client side, not we) has set them."""
    found: set[Owned] = set()
    for entry in entries_of(live):
        if is_taken_over(entry) or is_ours(entry) or entry.get("subresource") == "status":
            continue
        paths = _overwritten(mapping(entry.get("fieldsV1")), live, sent, "")
        found.update(Owned(path, text_at(entry, "manager")) for path in paths)
    return tuple(sorted(found))


def entries_of(live: Body) -> list[Body]:
    """managedFields."""
    return [mapping(entry) for entry in items(at(live, "metadata", "managedFields"))]


def is_taken_over(entry: Body) -> bool:
    """Whether the entry is client-side kubectl's, or that of our own creation."""
    who = (entry.get("manager"), entry.get("operation"), entry.get("subresource") or "")
    return who in ((KUBECTL, "Update", ""), (MANAGER, "Update", ""))


def is_ours(entry: Body) -> bool:
    """Whether the entry is that of our applies."""
    who = (entry.get("manager"), entry.get("operation"), entry.get("subresource") or "")
    return who == (MANAGER, "Apply", "")


def union(one: Body, other: Body) -> Body:
    """The fields of both."""
    merged = dict(one)
    for key, fields in other.items():
        merged[key] = union(mapping(merged.get(key)), mapping(fields))
    return merged


def children(value: object) -> list[tuple[object, object]]:
    """Fields by name, or list items by place."""
    return list(value.items()) if isinstance(value, dict) else list(enumerate(items(value)))


def element_of(fields: Body, key: object, child: object) -> str | None:
    """The path element of managedFields that names this field or list item, if it is there."""
    if isinstance(key, str):
        return f"f:{key}" if f"f:{key}" in fields else None
    for element in fields:
        if element.startswith("k:") and has_keys(child, mapping(json.loads(element[2:]))):
            return element
        if element.startswith("v:") and json.loads(element[2:]) == child:
            return element
    return None


def has_keys(item: object, keys: Body) -> bool:
    """Whether this is the list item with these keys."""
    given = mapping(item)
    return bool(given) and all(given.get(key, KEY_DEFAULTS.get(key)) == value for key, value in keys.items())


def counterpart(sent: object, key: object, child: object, element: str) -> object:
    """The same field or list item in what is sent; None where it is not sent."""
    if isinstance(key, str):
        return mapping(sent).get(key)
    keys = mapping(json.loads(element[2:])) if element.startswith("k:") else {}
    for one in items(sent):
        if one == child or (keys and has_keys(one, keys)):
            return one
    return None


def _overwritten(fields: Body, live: object, sent: object, path: str) -> Iterator[str]:
    for key, child in children(live):
        element = element_of(fields, key, child)
        if element is None:
            continue
        wanted = counterpart(sent, key, child, element)
        if wanted is None:
            continue
        inner, here = mapping(fields[element]), _named(path, element, key)
        if any(one != "." for one in inner):
            yield from _overwritten(inner, child, wanted, here)
        elif wanted != child:
            yield here


def _named(path: str, element: str, key: object) -> str:
    if element.startswith("k:"):
        keys = ",".join(f"{name}={value}" for name, value in mapping(json.loads(element[2:])).items())
        return f"{path}[{keys}]"
    return f"{path}.{key}".lstrip(".")

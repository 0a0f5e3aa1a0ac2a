"""Who owns which fields (managedFields): kubectl's ownership taken over, dropped fields foreseen, foreign owners named."""

import json
from collections.abc import Iterator, Sequence

from msgspec import Struct

from seatrial.change.lastapplied import LAST_APPLIED
from seatrial.change.objects import at, items, mapping, text_at
from seatrial.model.writes import Body

MANAGER = "seatrial"
KUBECTL = "kubectl-client-side-apply"

# Of a key's fields these may be left out of a manifest; the API server fills them in.
_KEY_DEFAULTS: dict[str, object] = {"protocol": "TCP"}

# A default that follows another field: the pull policy follows the image's tag.
_DERIVED = frozenset({"imagePullPolicy"})


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
    taken = [index for index, entry in enumerate(entries) if _is_taken_over(entry)]
    if not taken:
        return None
    ours = next((index for index, entry in enumerate(entries) if _is_ours(entry)), None)
    target = taken[0] if ours is None else ours
    version = entries[target].get("apiVersion")
    united = mapping(entries[target].get("fieldsV1"))
    for index in taken:  # fields of another version of the kind can't be translated, and are let go
        if entries[index].get("apiVersion") == version:
            united = _union(united, mapping(entries[index].get("fieldsV1")))
    entries[target] = {**entries[target], "manager": MANAGER, "operation": "Apply", "fieldsV1": united}
    return [entry for index, entry in enumerate(entries) if index == target or index not in taken]


def owned_by_the_team(live: Body) -> Body | None:
    """The fields that client-side kubectl or we own; None where the object says nothing about its owners."""
    entries = _entries(live)
    if not entries:
        return None
    united: Body = {}
    for entry in entries:
        if _is_taken_over(entry) or _is_ours(entry):
            united = _union(united, mapping(entry.get("fieldsV1")))
    return united


def without_dropped(result: Body, live: Body, sent: Body) -> Body:
    """A dry run's answer less the fields that go with kubectl's ownership: it owned them, the new manifest lacks them."""
    theirs = [mapping(entry.get("fieldsV1")) for entry in _entries(live) if _is_taken_over(entry)]
    if not theirs:
        return result
    others = [
        mapping(entry.get("fieldsV1")) for entry in _entries(live) if not (_is_taken_over(entry) or _is_ours(entry))
    ]
    owned: Body = {}
    for fields in theirs:
        owned = _union(owned, fields)
    return mapping(_less(result, owned, others, sent, _stated(live)))


def foreign_owners(live: Body, sent: Body) -> tuple[Owned, ...]:
    """Fields whose value would change although somebody else (not kubectl's client side, not we) has set them."""
    found: set[Owned] = set()
    for entry in _entries(live):
        if _is_taken_over(entry) or _is_ours(entry) or entry.get("subresource") == "status":
            continue
        paths = _overwritten(mapping(entry.get("fieldsV1")), live, sent, "")
        found.update(Owned(path, text_at(entry, "manager")) for path in paths)
    return tuple(sorted(found))


def _entries(live: Body) -> list[Body]:
    return [mapping(entry) for entry in items(at(live, "metadata", "managedFields"))]


def _is_taken_over(entry: Body) -> bool:
    who = (entry.get("manager"), entry.get("operation"), entry.get("subresource") or "")
    return who in ((KUBECTL, "Update", ""), (MANAGER, "Update", ""))


def _is_ours(entry: Body) -> bool:
    who = (entry.get("manager"), entry.get("operation"), entry.get("subresource") or "")
    return who == (MANAGER, "Apply", "")


def _stated(live: Body) -> object:
    """What kubectl was told the last time, by its own record; everything that is there where it left none."""
    try:
        told: object = json.loads(text_at(live, "metadata", "annotations", LAST_APPLIED))
    except json.JSONDecodeError:
        return live
    return told


def _union(one: Body, other: Body) -> Body:
    merged = dict(one)
    for key, fields in other.items():
        merged[key] = _union(mapping(merged.get(key)), mapping(fields))
    return merged


def _less(value: object, owned: Body, others: Sequence[Body], sent: object, stated: object) -> object:
    """The value without what is owned and was stated, is not sent, and is nobody else's (structured-merge-diff's prune).

    What kubectl owns without having stated it was a default when it made the object: it is filled in again with the same value,
    but for a default that is derived from another field.
    """
    kept: list[tuple[object, object]] = []
    for key, child in _children(value):
        element = _element(owned, key, child)
        if element is None:
            kept.append((key, child))
            continue
        fields, also = mapping(owned[element]), [mapping(one[element]) for one in others if element in one]
        wanted, said = _counterpart(sent, key, child, element), _counterpart(stated, key, child, element)
        has_inner = any(inner != "." for inner in fields)
        pruned = _less(child, fields, also, wanted, said) if has_inner else child
        is_free = wanted is None and not also and (said is not None or key in _DERIVED)
        if not (is_free and (not has_inner or not pruned or element.startswith("k:"))):
            kept.append((key, pruned))
    return {str(key): child for key, child in kept} if isinstance(value, dict) else [child for _, child in kept]


def _children(value: object) -> list[tuple[object, object]]:
    return list(value.items()) if isinstance(value, dict) else list(enumerate(items(value)))


def _element(fields: Body, key: object, child: object) -> str | None:
    """The path element of managedFields that names this field or list item, if it is there."""
    if isinstance(key, str):
        return f"f:{key}" if f"f:{key}" in fields else None
    for element in fields:
        if element.startswith("k:") and _has_keys(child, mapping(json.loads(element[2:]))):
            return element
        if element.startswith("v:") and json.loads(element[2:]) == child:
            return element
    return None


def _has_keys(item: object, keys: Body) -> bool:
    given = mapping(item)
    return bool(given) and all(given.get(key, _KEY_DEFAULTS.get(key)) == value for key, value in keys.items())


def _counterpart(sent: object, key: object, child: object, element: str) -> object:
    """The same field or list item in what is sent; None where it is not sent."""
    if isinstance(key, str):
        return mapping(sent).get(key)
    keys = mapping(json.loads(element[2:])) if element.startswith("k:") else {}
    for one in items(sent):
        if one == child or (keys and _has_keys(one, keys)):
            return one
    return None


def _overwritten(fields: Body, live: object, sent: object, path: str) -> Iterator[str]:
    for key, child in _children(live):
        element = _element(fields, key, child)
        if element is None:
            continue
        wanted = _counterpart(sent, key, child, element)
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

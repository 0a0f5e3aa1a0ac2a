"""What an object will be once kubectl's ownership is ours: a dry run can't take it over first, so it is foreseen here.

A dry run of the apply alone still has every field that kubectl owns and the manifest has dropped: it shows too much, and where one
field takes another's place (`value` and `valueFrom`, two kinds of one volume, a Service's port) the API server refuses it as invalid.
So the merge is done here by structured-merge-diff's rules, read off managedFields, and sent as a merge patch, dry run: the server
fills in the defaults, and admission has its say.
"""

import json
from collections.abc import Sequence

from seatrial.change.objects import SERVER_METADATA, mapping
from seatrial.change.ownership import (
    KEY_DEFAULTS,
    children,
    counterpart,
    element_of,
    entries_of,
    has_keys,
    is_ours,
    is_taken_over,
    union,
)
from seatrial.model.writes import Body


def foreseen_patch(live: Body, sent: Body) -> Body | None:
    """The merge patch that makes of the live object what the apply will make of it; None where a dry run of the apply says it."""
    if not any(is_taken_over(entry) for entry in entries_of(live)):
        return None
    return _patch(live, foreseen(live, sent))


def foreseen(live: Body, sent: Body) -> Body:
    """The live object less what kubectl or we own and do not send, with all that is sent; defaults are the server's business."""
    owned: Body = {}
    others: list[Body] = []
    for entry in entries_of(live):
        fields = mapping(entry.get("fieldsV1"))
        if is_taken_over(entry) or is_ours(entry):
            owned = union(owned, fields)
        else:
            others.append(fields)
    pruned = _less(live, owned, others, sent)
    return mapping(_merged(pruned, sent, [owned, *others]))


def _less(value: object, owned: Body, others: Sequence[Body], sent: object) -> object:
    """The value without what is owned, is not sent, and is nobody else's."""
    kept: list[tuple[object, object]] = []
    for key, child in children(value):
        element = element_of(owned, key, child)
        if element is None:
            kept.append((key, child))
            continue
        fields, also = mapping(owned[element]), [mapping(one[element]) for one in others if element in one]
        wanted = counterpart(sent, key, child, element)
        pruned = _less(child, fields, also, wanted) if _has_parts(fields) else child
        is_free = wanted is None and not also
        if not (is_free and (not _has_parts(fields) or not pruned or element.startswith("k:"))):
            kept.append((key, pruned))
    return {str(key): child for key, child in kept} if isinstance(value, dict) else [child for _, child in kept]


def _merged(value: object, sent: object, fields: Sequence[Body]) -> object:
    """The value with all that is sent: field by field and item by item where the owners' fields say that it has parts."""
    is_whole = bool(fields) and not any(fields)
    if isinstance(value, dict) and isinstance(sent, dict) and not is_whole:
        given = {name: _merged(value.get(name), one, _below(fields, name, one)) for name, one in sent.items()}
        return {**value, **given}
    if isinstance(value, list) and isinstance(sent, list) and (names := _keys(fields)):
        return _merged_items(value, sent, fields, names)
    return sent


def _merged_items(
    value: list[object], sent: list[object], fields: Sequence[Body], names: Sequence[str]
) -> list[object]:
    """In the order of what is sent; what only others have put there stays before it."""
    merged: list[object] = []
    rest = list(value)
    for one in sent:
        keys: Body = {name: mapping(one).get(name, KEY_DEFAULTS.get(name)) for name in names}
        same = next((there for there in rest if has_keys(there, keys)), None)
        if same is not None:
            rest.remove(same)
        merged.append(_merged(same, one, _below(fields, 0, same)) if same is not None else one)
    return [*rest, *merged]


def _below(fields: Sequence[Body], key: object, child: object) -> list[Body]:
    """What each owner has of a field or list item."""
    found = [(one, element_of(one, key, child)) for one in fields]
    return [mapping(one[element]) for one, element in found if element is not None]


def _keys(fields: Sequence[Body]) -> tuple[str, ...]:
    """By which fields the items of a list are merged; none where the list is one value, or nobody has said."""
    for one in fields:
        for element in one:
            if element.startswith("k:"):
                return tuple(mapping(json.loads(element[2:])))
    return ()


def _has_parts(fields: Body) -> bool:
    return any(name != "." for name in fields)


def _patch(before: Body, after: Body) -> Body:
    """RFC 7386: what differs, null for what goes; lists as a whole. What is the server's is none of it."""
    patch: Body = {}
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if name == "status" or old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            patch[name] = _patch(old, new)
        else:
            patch[name] = new
    if "metadata" in patch:
        patch["metadata"] = {
            name: one for name, one in mapping(patch["metadata"]).items() if name not in SERVER_METADATA
        }
    return patch

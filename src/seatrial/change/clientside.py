"""What an apply would make of an object, reckoned here alone: for those who may read it and not ask the server to try."""

from collections.abc import Sequence

from seatrial.change.difference import items_by_key
from seatrial.change.foresight import foreseen
from seatrial.change.lastapplied import stated_by_kubectl
from seatrial.change.objects import items, mapping
from seatrial.model.writes import Body


def client_side(live: Body | None, sent: Body) -> Body:
    """The object as it would be, as far as its owners and kubectl's record tell; what the server adds by itself is not known.

    Whoever creates an object owns its defaults too, so that these are not in the manifest says nothing: by kubectl's record, only
    what it stated and the manifest does not any more goes away.
    """
    if live is None:
        return sent
    becomes = foreseen(live, sent)
    told = stated_by_kubectl(live)
    return mapping(_kept(live, becomes, told)) if told is not None else becomes


def _kept(live: object, becomes: object, told: object) -> object:
    """With what is there, goes, and was never stated."""
    if isinstance(live, dict) and isinstance(becomes, dict):
        stated = mapping(told)
        left = {name: value for name, value in live.items() if name not in becomes and name not in stated}
        return left | {name: _kept(live.get(name), value, stated.get(name)) for name, value in becomes.items()}
    if isinstance(live, list) and isinstance(becomes, list):
        return _kept_items(live, becomes, items(told))
    return becomes


def _kept_items(live: Sequence[object], becomes: list[object], told: Sequence[object]) -> list[object]:
    """Item by item, where all have a key."""
    here, after, stated = (items_by_key(one) for one in (live, becomes, told))
    if not here or not after or len(after) != len(becomes):
        return becomes
    return [_kept(here.get(label), value, stated.get(label)) for label, value in after.items()]

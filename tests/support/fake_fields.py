"""Field ownership as the API server writes it down: managedFields, its fieldsV1, and what a server-side apply does with them."""

from copy import deepcopy

import msgspec
from tests.support.fake_apply import Path, bodies, leaves, merged, part, without

from seatrial.model.writes import Body

US = "seatrial"


def fields_v1(paths: set[Path]) -> Body:
    """The paths in the wire's form: `f:` for a field, `k:` for an element by its keys."""
    tree: Body = {}
    for path in paths:
        here = tree
        for step in path:
            here = part(here, _step_name(step))
    return tree


def _step_name(step: object) -> str:
    if isinstance(step, tuple):
        keys = dict(zip(step[0::2], step[1::2], strict=True))
        return "k:" + msgspec.json.encode(keys).decode()
    return f"f:{step}"


def paths_of(tree: object, at: Path = ()) -> set[Path]:
    """The paths that a fieldsV1 names."""
    assert isinstance(tree, dict), tree
    inner = {name: value for name, value in tree.items() if name != "."}
    if not inner:
        return {at} if at else set()
    return set[Path]().union(*(paths_of(value, (*at, _step_of(name))) for name, value in inner.items()))


def _step_of(name: str) -> object:
    if name.startswith("k:"):
        keys = msgspec.json.decode(name[2:], type=dict[str, object])
        return tuple(one for pair in keys.items() for one in pair)
    return name.removeprefix("f:")


def entry(manager: str, operation: str, paths: set[Path], at: str) -> Body:
    """One entry of metadata.managedFields."""
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "time": at,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_v1(paths),
    }


def entries_of(body: Body) -> list[Body]:
    """metadata.managedFields."""
    return bodies(body, "metadata", "managedFields")


def is_ours(one: Body) -> bool:
    """Whether the entry is that of Seatrial's server-side apply."""
    return one["manager"] == US and one["operation"] == "Apply"


def applied(live: Body, wanted: Body, at: str) -> Body:
    """A forced server-side apply: what we owned and no longer say goes, unless somebody else owns it too."""
    entries = entries_of(live)
    ours = set[Path]().union(*(paths_of(one["fieldsV1"]) for one in entries if is_ours(one)))
    others = [one for one in entries if not is_ours(one)]
    theirs = set[Path]().union(*(paths_of(one["fieldsV1"]) for one in others))
    said = leaves(wanted)
    result = merged(live, wanted)
    for path in sorted(ours - said - theirs, key=str):
        result = without(result, path)
    assert isinstance(result, dict)
    changed = {path for path in said if value_at(live, path) != value_at(wanted, path)}
    kept = [_less(one, changed) for one in others]
    part(result, "metadata")["managedFields"] = [one for one in kept if one["fieldsV1"]] + [
        entry(US, "Apply", said, at)
    ]
    return result


def _less(one: Body, taken: set[Path]) -> Body:
    paths = paths_of(one["fieldsV1"])
    return one if not paths & taken else one | {"fieldsV1": fields_v1(paths - taken)}


def value_at(body: object, path: Path) -> object:
    """What lies at the path; None where nothing does."""
    here = body
    for step in path:
        if isinstance(step, tuple):
            wanted = dict(zip(step[0::2], step[1::2], strict=True))
            elements = here if isinstance(here, list) else []
            here = next((one for one in elements if wanted.items() <= ({"protocol": "TCP"} | one).items()), None)
        else:
            here = here.get(step) if isinstance(here, dict) else None
    return here


def updated(live: Body | None, wanted: Body, manager: str, at: str) -> Body:
    """A plain update or a creation by a manager: it owns what it changed."""
    result = deepcopy(wanted)
    before = live or {}
    said = {path for path in leaves(wanted) if value_at(before, path) != value_at(wanted, path)}
    entries = [_less(one, said) for one in entries_of(before) if one["manager"] != manager]
    own = set[Path]().union(*(paths_of(one["fieldsV1"]) for one in entries_of(before) if one["manager"] == manager))
    part(result, "metadata")["managedFields"] = [*entries, entry(manager, "Update", own | said, at)]
    return result

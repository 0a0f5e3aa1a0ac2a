"""Values against the schema: every fault at once, each with its path and the way out."""

import difflib
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, UnsetType
from msgspec.structs import fields

from seatrial.plan.document import Path, Value
from seatrial.plan.schema import ErrorsTrigger, MemoryTrigger

Complaint = tuple[Path, str]


def complaints(value: Value, wanted: Any, path: Path = ()) -> Iterator[Complaint]:
    """What is wrong with a value that should be of the type `wanted`; nothing where it fits."""
    wanted, alternatives = _unwrapped(wanted)
    listed = _list_type(wanted)
    if isinstance(wanted, type) and issubclass(wanted, Struct):
        yield from _of_struct(value, wanted, path)
    elif listed is not None and isinstance(value, list) and value and not alternatives:
        for index, item in enumerate(value):
            yield from _of_item(item, get_args(listed)[0], (*path, index))
    else:
        yield from _of_plain(value, wanted, path)


def _unwrapped(wanted: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type without `| UnsetType`, and all its alternatives where more than one is left."""
    options = get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else (wanted,)
    kept = [option for option in options if option is not UnsetType]
    return (kept[0], ()) if len(kept) == 1 else (wanted, tuple(kept))


def _list_type(wanted: Any) -> Any:
    """`list[X]` of `list[X]` or `Annotated[list[X], …]`; None of anything else."""
    inner = get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted
    return inner if get_origin(inner) is list else None


def _of_struct(value: Value, wanted: type[Struct], path: Path) -> Iterator[Complaint]:
    if not isinstance(value, dict):
        yield path, f"should be a mapping of {_listed(_names(wanted))}, not {_said(value)}"
        return
    known = _names(wanted)
    for name in value:
        if name not in known:
            yield (*path, name), f"unknown field{_meant(name, known)}; possible here: {_listed(known)}"
    hints = get_type_hints(wanted, include_extras=True)
    for one in fields(wanted):
        if one.encode_name in value:
            yield from complaints(value[one.encode_name], hints[one.name], (*path, one.encode_name))
        elif one.required:
            yield path, f"{one.encode_name} is missing"


def _of_item(item: Value, wanted: Any, path: Path) -> Iterator[Complaint]:
    """A list's item; a trigger written as a mapping is told apart by its one key."""
    _, alternatives = _unwrapped(wanted)
    if not alternatives or not isinstance(item, dict):
        yield from complaints(item, alternatives[0] if alternatives else wanted, path)
    elif "memory" in item:
        yield from complaints(item, MemoryTrigger, path)
    elif "server-errors" in item:
        yield from complaints(item, ErrorsTrigger, path)
    else:
        yield path, 'should be {memory: above SIZE} or {server-errors: "SHARE for TIME"}'


def _of_plain(value: Value, wanted: Any, path: Path) -> Iterator[Complaint]:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        yield path, _in_words(value, wanted, str(error))


def _in_words(value: Value, wanted: Any, said: str) -> str:
    title = next(
        (meta.title for meta in getattr(wanted, "__metadata__", ()) if isinstance(meta, Meta) and meta.title), ""
    )
    if title:
        return f"{_said(value)} is not {title}"
    if get_origin(wanted) is Literal:
        options = tuple(str(option) for option in get_args(wanted))
        return f"{_said(value)} is not one of {_listed(options)}{_meant(str(value), options)}"
    return f"{_said(value)} does not fit: {said.partition(' - at ')[0].lower()}"


def _names(wanted: type[Struct]) -> tuple[str, ...]:
    return tuple(one.encode_name for one in fields(wanted))


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _said(value: Value) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    return repr(value) if len(str(value)) <= 60 else repr(str(value)[:57] + "…")

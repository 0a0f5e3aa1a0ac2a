"""Readers of manifests that may hold anything: what is not of the expected type counts as absent."""

from collections.abc import Iterator

from seatrial.model.findings import Path
from seatrial.model.quantities import in_bytes, in_millicores
from seatrial.model.writes import Body


def mapping(value: object) -> Body:
    """The value where it is a mapping, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The value where it is a list, an empty one otherwise."""
    return value if isinstance(value, list) else []


def at(value: object, *path: str | int) -> object:
    """What lies under a path of names and indices, or None."""
    for step in path:
        if isinstance(step, int):
            listed = items(value)
            value = listed[step] if 0 <= step < len(listed) else None
        else:
            value = mapping(value).get(step)
    return value


def text_at(value: object, *path: str | int) -> str:
    """The text under a path; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def count_at(value: object, *path: str | int) -> int | None:
    """The whole number under a path."""
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def bytes_at(value: object, *path: str | int) -> int | None:
    """The memory quantity under a path, in bytes; None where it is absent or can't be read."""
    found = at(value, *path)
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return None
    try:
        return in_bytes(found)
    except (ValueError, OverflowError):
        return None


def millicores_at(value: object, *path: str | int) -> int | None:
    """The CPU quantity under a path, in millicores."""
    found = at(value, *path)
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return None
    try:
        return in_millicores(found)
    except (ValueError, OverflowError):
        return None


def kind_of(body: Body) -> str:
    """The object's kind."""
    return text_at(body, "kind")


def name_of(body: Body) -> str:
    """The object's name."""
    return text_at(body, "metadata", "name")


def namespace_of(body: Body) -> str:
    """The object's namespace, empty where the manifest leaves it to kubectl."""
    return text_at(body, "metadata", "namespace")


def labels_at(value: object, *path: str | int) -> dict[str, str]:
    """A mapping of labels or annotations."""
    return {str(key): str(one) for key, one in mapping(at(value, *path)).items()}


def selects(selector: object, labels: dict[str, str]) -> bool:
    """Whether a label selector takes these labels; an absent selector takes nothing, an empty one all."""
    if not isinstance(selector, dict):
        return False
    wanted = labels_at(selector, "matchLabels")
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression_holds(one, labels) for one in items(selector.get("matchExpressions"))
    )


def _expression_holds(expression: object, labels: dict[str, str]) -> bool:
    key, values = text_at(expression, "key"), [str(one) for one in items(at(expression, "values"))]
    match text_at(expression, "operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


def texts(value: object, path: Path = (), depth: int = 0) -> Iterator[tuple[Path, str]]:
    """Every text in a value, with its path; bounded in depth, as manifests are."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict) and depth < 40:
        for key, one in value.items():
            yield from texts(one, (*path, str(key)), depth + 1)
    elif isinstance(value, list) and depth < 40:
        for number, one in enumerate(value):
            yield from texts(one, (*path, number), depth + 1)

"""kubectl's own record of what it applied, kept true: a team's next `kubectl apply` then says "unchanged"."""

import json
from collections.abc import Iterable

from seatrial.change.canonical import go_json
from seatrial.change.objects import annotations, at, mapping, with_at
from seatrial.model.writes import Body

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def last_applied_text(rendered: Body) -> str:
    """The record exactly as kubectl would write it for the rendered object, in its namespace, without any stamp of ours.

    kubectl/pkg/util/apply.go, GetModifiedConfiguration: the object without the record itself, with an empty `annotations` where there
    are none, by Go's JSON encoder, which ends with a newline.
    """
    notes = mapping(mapping(rendered.get("metadata")).get("annotations"))
    plain = {key: value for key, value in notes.items() if key != LAST_APPLIED}
    return go_json(with_at(rendered, ("metadata", "annotations"), plain)) + "\n"


def is_client_side_managed(live: Body) -> bool:
    """Whether the object was last applied by `kubectl apply` in its client-side form."""
    return LAST_APPLIED in annotations(live)


def stated_by_kubectl(body: Body, *path: str) -> object:
    """What the manifest said under a path, by kubectl's record; None where it said nothing, or there is no record."""
    try:
        told: object = json.loads(annotations(body).get(LAST_APPLIED, "null"))
    except json.JSONDecodeError:
        return None
    return at(told, *path)


def team_applies_client_side(lives: Iterable[Body]) -> bool:
    """Whether new objects should bear the record too: yes where others of the change do, and where nothing is there yet."""
    known = tuple(lives)
    return not known or any(is_client_side_managed(live) for live in known)

"""How a body is sent: under our name, strictly checked, without what the server decides."""

import msgspec

from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

FIELD_MANAGER = "seatrial"
APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PARAMS: dict[str, str | int] = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
# What the server decides; in a creation or an apply it would be refused or be a condition that nobody meant.
SERVER_FIELDS = ("managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink")


def ref_of(body: Body) -> ObjectRef:
    """Which object the body is."""
    meta = body.get("metadata")
    names = meta if isinstance(meta, dict) else {}
    return ObjectRef(
        str(body.get("apiVersion")), str(body.get("kind")), str(names.get("namespace", "")), str(names.get("name"))
    )


def without_server_fields(body: Body, **guards: str) -> Body:
    """The body as it may be sent: without what the server decides, with the guards in its metadata."""
    meta = body.get("metadata")
    kept = {
        name: value for name, value in (meta if isinstance(meta, dict) else {}).items() if name not in SERVER_FIELDS
    }
    return {name: value for name, value in body.items() if name != "status"} | {"metadata": kept | guards}


def encoded(body: Body) -> bytes:
    """JSON, which is YAML too."""
    return msgspec.json.encode(body)

"""What every view of a Kubernetes object has: identity, age, owners, conditions."""

from datetime import datetime

from msgspec import Struct

Quantity = str | int | float
"""A quantity as Kubernetes writes it: `512Mi`, `250m`, `2`."""


class View(Struct, frozen=True, rename="camel", gc=False):
    """A part of an object as the API server sends it."""


class OwnerReference(View, frozen=True):
    """Who owns the object."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Meta(View, frozen=True):
    """An object's identity and age."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    deletion_grace_period_seconds: int | None = None
    owner_references: tuple[OwnerReference, ...] | None = None


class Condition(View, frozen=True):
    """One condition of a status."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    last_transition_time: datetime | None = None
    last_update_time: datetime | None = None

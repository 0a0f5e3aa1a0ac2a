"""What may be asked of the API server's writing side, and what it may answer."""

from msgspec import Struct

from seatrial.model.observation import ObjectRef

Body = dict[str, object]
"""A whole Kubernetes object as the API server has it: never a view, so that nothing unknown is lost."""


class Precondition(Struct, frozen=True):
    """Which version of which object a write may change. Both always go together."""

    uid: str
    resource_version: str


class Written(Struct, frozen=True):
    """Accepted. `body` is the object as it is now; empty after a delete. word is kubectl's: created, configured, unchanged, deleted."""

    word: str
    body: Body
    warnings: tuple[str, ...] = ()


class Conflict(Struct, frozen=True):
    """409: the object is not the version (or not the object) that the precondition names, or fields have another owner."""

    because: str


class Rejected(Struct, frozen=True):
    """Refused for good: invalid, forbidden, denied by admission or quota. status is the HTTP status."""

    status: int
    because: str


class Unanswered(Struct, frozen=True):
    """Sent, and the answer was lost: it may or may not have happened. Look before sending again."""

    because: str


WriteAnswer = Written | Conflict | Rejected | Unanswered


class Gone(Struct, frozen=True):
    """The object is not there."""

    ref: ObjectRef

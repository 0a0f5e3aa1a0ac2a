"""What the API server says when it says no: its Status object, in one clean sentence."""

import msgspec
from msgspec import Struct, field

from seatrial.cluster.redact import clean

RAW_SHOWN_MAX = 300


class Cause(Struct, frozen=True):
    """One cause of a refusal; of an exec, the exit code."""

    reason: str = ""
    message: str = ""


class Details(Struct, frozen=True):
    """More about a refusal."""

    causes: tuple[Cause, ...] | None = None
    retry_after_seconds: int | None = field(default=None, name="retryAfterSeconds")


class Status(Struct, frozen=True):
    """metav1.Status."""

    kind: str = ""
    status: str = ""
    message: str = ""
    reason: str = ""
    code: int | None = None
    details: Details | None = None


class Failed(Struct, frozen=True):
    """A request that did not bring what was asked for. status is HTTP's; 0 where no answer came."""

    status: int
    because: str

    @property
    def forbidden(self) -> bool:
        """We may not, or are not known."""
        return self.status in (401, 403)


def status_of(raw: bytes) -> Status | None:
    """The Status object, where the body is one."""
    try:
        found = msgspec.json.decode(raw, type=Status)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None
    return found if found.kind == "Status" else None


def refusal(http_status: int, raw: bytes) -> Failed:
    """The refusal in words: the number, and what the server says."""
    found = status_of(raw)
    said = found.message if found else raw[:RAW_SHOWN_MAX].decode("utf-8", "replace")
    return Failed(http_status, clean(f"{http_status} {said}".strip()))


def is_final(said: str) -> bool:
    """Whether a 5xx is a refusal all the same: a webhook that does not answer, or fields that the schema does not know."""
    return "failed calling webhook" in said or "failed to create typed patch object" in said

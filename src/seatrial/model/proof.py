"""What the proof rules look at: facts from inside every pod, and of the service as a whole."""

from datetime import datetime

from msgspec import Struct

from seatrial.model.events import JvmSeen
from seatrial.model.kube import PodMetrics
from seatrial.model.observation import CouldNotLook, HttpAnswer, LogTail, Look


class JvmNotSeen(Struct, frozen=True):
    """A pod whose JVM could not be read, and why."""

    pod: str
    because: str


class GcLogReading(Struct, frozen=True):
    """Two readings of a pod's GC log, some time apart. size_bytes is None where the file is not there."""

    pod: str
    path: str
    first_bytes: int | None
    first_at: datetime
    second_bytes: int | None
    second_at: datetime
    parses: bool | None = None
    collections: int | None = None
    """How often the JVM has collected between the readings: none, and a quiet file is no fault."""


class GcLogNotSeen(Struct, frozen=True):
    """A pod whose GC log could not be read, and why."""

    pod: str
    because: str


class HealthAnswer(Struct, frozen=True):
    """What one pod (or the Service, by its name) answered when it was asked for its health."""

    who: str
    answer: HttpAnswer | CouldNotLook
    through_service: bool = False


class ServedCount(Struct, frozen=True):
    """How many requests one asker or one metric counted up to a time: all of them, and those that ended in 5xx."""

    at: datetime
    requests: int
    errors: int


class MemoryWindow(Struct, frozen=True):
    """A computed window for a pod's working set. fresh: from an untouched heap up; because says what it is made of."""

    low_bytes: int
    high_bytes: int
    limit_bytes: int | None
    pretouched: bool
    because: str


class Proof(Struct, frozen=True):
    """All that was gathered to prove the change in every pod. Empty tuples mean: nobody asked."""

    at: datetime
    look: Look
    applied_at: datetime | None
    jvms: tuple[JvmSeen | JvmNotSeen, ...] = ()
    gc_logs: tuple[GcLogReading | GcLogNotSeen, ...] = ()
    logs: tuple[LogTail | CouldNotLook, ...] = ()
    log_seen: frozenset[tuple[str, str]] = frozenset()
    """(pod, text) of the plan's `logs.present` that earlier rounds have read: a start-up line scrolls out of the tail."""
    health: tuple[HealthAnswer, ...] = ()
    metrics: tuple[PodMetrics, ...] | CouldNotLook | None = None
    memory_history: tuple[tuple[PodMetrics, ...], ...] = ()
    """Earlier samples, oldest first, without `metrics`."""
    window: MemoryWindow | None = None
    served: tuple[ServedCount, ...] = ()
    """Running totals, oldest first."""

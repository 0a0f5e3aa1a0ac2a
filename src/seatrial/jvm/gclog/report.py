"""What a GC log says, as values; `encoded` gives the documented JSON."""

import msgspec

API_VERSION = "seatrial.dev/v1alpha1"
KIND = "GcReport"


class _Camel(msgspec.Struct, frozen=True, rename="camel", omit_defaults=False):
    """Field names in JSON are camelCase, as everywhere in Kubernetes."""


class PauseFigures(_Camel, frozen=True):
    """Stop-the-world phases that printed a duration; percentiles by nearest rank."""

    count: int
    total_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class Pauses(PauseFigures, frozen=True):
    """All of them. `total_ms` counts each moment once: where pauses nest, the inner one's time is in the outer one's."""

    nested: int
    without_duration: int


class CountAndTime(_Camel, frozen=True):
    """How many, and how long altogether."""

    count: int
    total_ms: float


class Stalls(CountAndTime, frozen=True):
    """Threads that waited for memory while the collector ran: with ZGC this is what hurts, not the pauses."""

    max_ms: float


class HeapAfter(_Camel, frozen=True):
    """The heap in use after collections, and the largest capacity and maximum that were printed."""

    samples: int
    last_bytes: int | None
    min_bytes: int | None
    max_bytes: int | None
    capacity_max_bytes: int | None
    limit_bytes: int | None


class Rate(_Camel, frozen=True):
    """Bytes in a second over the observed time; None with the reason where the log does not show it."""

    bytes_per_second: float | None
    because: str


class LiveSet(_Camel, frozen=True):
    """What outlived a collection of everything; None with the reason where there was none."""

    bytes: int | None
    because: str


class Throughput(_Camel, frozen=True):
    """The share of the time in which the program ran; None where the log bears no times."""

    percent: float | None
    denominator_s: float | None
    because: str


class Cpu(_Camel, frozen=True):
    """Sums of the User, Sys and Real that pauses printed."""

    user_s: float
    sys_s: float
    real_s: float


class UnreadLine(_Camel, frozen=True):
    """A line that nothing could be made of, cut to a readable length."""

    line: int
    text: str


class UnreadLines(_Camel, frozen=True):
    """How many lines could not be read, and the first of them."""

    count: int
    first: tuple[UnreadLine, ...]


class GcReport(_Camel, frozen=True):
    """Everything that one log, or one set of rotated logs, says."""

    api_version: str
    kind: str
    collector: str | None
    jdk: str | None
    format: str | None
    jvms: int
    lines: int
    first_uptime_s: float | None
    last_uptime_s: float | None
    observed_s: float | None
    pauses: Pauses
    pauses_by_kind: dict[str, PauseFigures]
    pauses_by_cause: dict[str, CountAndTime]
    full_gcs: CountAndTime
    allocation_stalls: Stalls
    relocation_stalls: Stalls
    safepoints: Stalls
    evacuation_failures: int
    pinned_evacuations: int
    concurrent_cycles: int
    aborted_cycles: int
    heap: HeapAfter
    humongous_regions_max: int | None
    allocation_rate: Rate
    promotion_rate: Rate
    live_set: LiveSet
    throughput: Throughput
    cpu: Cpu | None
    unread_lines: UnreadLines

    @property
    def events(self) -> int:
        """How many things happened: pauses, finished or not, and stalls. Grows while a JVM works."""
        return self.pauses.count + self.pauses.without_duration + self.allocation_stalls.count + self.concurrent_cycles


def encoded(report: GcReport) -> bytes:
    """The report as JSON, keys in a fixed order, times rounded to the nanosecond that logs can bear."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)

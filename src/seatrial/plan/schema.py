"""The plan file as people write it; the JSON Schema for editors is printed from these classes."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

Duration = Annotated[
    str, Meta(pattern=r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$", title="a duration like 90s, 10m, 1h30m or 1w")
]
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", title='a time of day like "02:00", quoted')]
Size = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?[KMGT]i?$", title="a size with its unit, like 512Mi or 5.5Gi")]
SizeRange = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]+(\.[0-9]+)?[KMGT]i? to [0-9]+(\.[0-9]+)?[KMGT]i?$",
        title="a range of sizes like 3Gi to 4.5Gi",
    ),
]
Percent = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?%$", title="a percentage like 70%")]
ShareFor = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]+(\.[0-9]+)?% for ([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$",
        title="a share and a time, like 5% for 2m",
    ),
]
Above = Annotated[str, Meta(pattern=r"^above [0-9]+(\.[0-9]+)?[KMGT]i?$", title="a limit like above 5.5Gi")]
Workload = Annotated[
    str, Meta(pattern=r"^deployment/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", title="deployment/NAME, the only kind so far")
]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$", title="a Kubernetes name")]
Line = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f]+$", max_length=4096, title="one line of text")]
RelativePath = Annotated[str, Meta(pattern=r"^[^\x00-\x1f-][^\x00-\x1f]*$", title="a directory, relative to the plan")]
Commit = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{4,40}$", title="a commit id of 4 to 40 hex digits, quoted if all digits")
]
Count = Annotated[int, Meta(ge=0, le=10000, title="a whole number")]
Port = Annotated[int, Meta(ge=1, le=65535, title="a port number")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Subject = Literal[
    "pods", "autoscaler", "jvm", "memory", "health", "logs", "out-of-memory", "restarts", "gc-log", "events"
]


class Part(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A mapping in the plan file."""


class TargetPart(Part, frozen=True):
    """Where the change goes, and where it comes from."""

    context: Line
    namespace: Name
    workload: Workload
    kustomize: RelativePath = "."
    commit: Commit | UnsetType = UNSET


class WindowPart(Part, frozen=True):
    """When a run may start; it must be over, rollback included, before the window closes."""

    days: Annotated[list[Day], Meta(min_length=1)]
    from_: ClockTime = field(name="from")
    until: ClockTime
    timezone: Line


class BeforePart(Part, frozen=True):
    """The state before the change."""

    pods: Count | UnsetType = UNSET


class PodsPart(Part, frozen=True):
    """The pods after the change. ready is a floor: the live Deployment decides how many there should be."""

    ready: Count | UnsetType = UNSET
    restarts: Count = 0


class AutoscalerPart(Part, frozen=True):
    """The HorizontalPodAutoscaler after the change."""

    name: Name
    before: Literal["absent", "any"] = "any"
    min: Count | UnsetType = UNSET
    max: Count | UnsetType = UNSET
    cpu: Percent | UnsetType = UNSET
    memory: Percent | UnsetType = UNSET
    unknown_for: Duration = "5m"


class JvmPart(Part, frozen=True):
    """What the JVM of every pod must run with."""

    flags: list[Line] = []
    gc_log: Line | UnsetType = UNSET


class MemoryPart(Part, frozen=True):
    """The working set of a pod."""

    usual: SizeRange | UnsetType = UNSET
    warn_above: Size | UnsetType = UNSET
    fail_above: Size | UnsetType = UNSET


class HealthPart(Part, frozen=True):
    """Where health is asked of each pod and through the Service."""

    port: Port
    path: Line = "/actuator/health"
    status: Line = "UP"
    service: Name | UnsetType = UNSET


class LogsPart(Part, frozen=True):
    """What the logs must and must not have."""

    present: list[Line] = []
    absent: list[Line] = field(default_factory=lambda: ["OutOfMemoryError"])


class ExpectPart(Part, frozen=True):
    """What must be true."""

    before: BeforePart = BeforePart()
    pods: PodsPart = PodsPart()
    autoscaler: AutoscalerPart | UnsetType = UNSET
    jvm: JvmPart | UnsetType = UNSET
    memory: MemoryPart | UnsetType = UNSET
    health: HealthPart | UnsetType = UNSET
    logs: LogsPart = LogsPart()


class RolloutPart(Part, frozen=True):
    """How pods get the change. reach: template (it changes by itself), stamp (a digest of the Secret), restart (a time)."""

    reach: Literal["template", "stamp", "restart"] = "template"
    stuck_after: Duration = "2m"
    timeout: Duration = "10m"
    settle: Duration = "60s"
    proof_timeout: Duration = "10m"


class MemoryTrigger(Part, frozen=True):
    """Roll back when a pod's working set is above this in so many samples in a row."""

    memory: Above
    samples: Annotated[int, Meta(ge=1, le=100)] = 3


class ErrorsTrigger(Part, frozen=True):
    """Roll back when so many of the requests fail for so long."""

    server_errors: ShareFor = field(name="server-errors")


PlainTrigger = Literal["rollout-failed", "crash-loop", "out-of-memory"]


class RollbackPart(Part, frozen=True):
    """Where to go back to, and what makes the run go back by itself."""

    to: Literal["baseline"] = "baseline"
    on: list[PlainTrigger | dict[str, Any]] = field(
        default_factory=lambda: ["rollout-failed", "crash-loop", "out-of-memory"]
    )
    answer_within: Duration = "15m"


class SoakPart(Part, frozen=True):
    """The watch after the rollout."""

    for_: Duration = field(name="for", default="1h")
    every: Duration = "10m"


class CriterionPart(Part, frozen=True):
    """What must have been seen by a time after the apply."""

    by: Duration
    that: Annotated[list[Subject], Meta(min_length=1)]


class SpecPart(Part, frozen=True):
    """The trial."""

    target: TargetPart
    window: WindowPart | UnsetType = UNSET
    expect: ExpectPart = ExpectPart()
    rollout: RolloutPart = RolloutPart()
    rollback: RollbackPart = RollbackPart()
    soak: SoakPart = SoakPart()
    accept: list[CriterionPart] = []


class MetadataPart(Part, frozen=True):
    """The plan's name."""

    name: Name


class PlanFile(Part, frozen=True):
    """A Seatrial plan."""

    api_version: Literal["seatrial.dev/v1alpha1"]
    kind: Literal["Trial"]
    metadata: MetadataPart
    spec: SpecPart


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the plan file, for editors."""
    schema = msgspec.json.schema(PlanFile)
    triggers = {"anyOf": [{"$ref": f"#/$defs/{one}"} for one in ("MemoryTrigger", "ErrorsTrigger")]}
    extra = msgspec.json.schema_components([MemoryTrigger, ErrorsTrigger])[1]
    items = schema["$defs"]["RollbackPart"]["properties"]["on"]["items"]["anyOf"]
    items[:] = [one for one in items if one.get("type") != "object"] + [triggers]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "$defs": {**schema["$defs"], **extra},
    }

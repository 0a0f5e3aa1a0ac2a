"""The Plan: what the operator asked for, frozen, every default spelled out, sizes in bytes and times in seconds."""

from msgspec import Struct


class Target(Struct, frozen=True):
    """Where the change goes, and where it comes from. `kustomize` is an absolute directory."""

    context: str
    namespace: str
    kustomize: str
    kind: str
    name: str
    commit: str = ""


class Window(Struct, frozen=True):
    """When a run may start. Days are `mon`…`sun`; minutes count from midnight in the zone; until_min may be past midnight."""

    days: tuple[str, ...]
    from_min: int
    until_min: int
    timezone: str


class Autoscaler(Struct, frozen=True):
    """The HPA that is expected after the change. before: `absent` or `any`."""

    name: str
    before: str
    replicas_min: int | None = None
    replicas_max: int | None = None
    cpu_percent: int | None = None
    memory_percent: int | None = None
    unknown_budget_s: float = 300.0


class Memory(Struct, frozen=True):
    """The plan's own figures for a pod's working set."""

    usual_low_bytes: int | None = None
    usual_high_bytes: int | None = None
    warn_above_bytes: int | None = None
    fail_above_bytes: int | None = None


class Health(Struct, frozen=True):
    """Where health is asked, and the answer that is expected."""

    path: str
    port: int
    status: str = "UP"
    service: str = ""


class Expectations(Struct, frozen=True):
    """What must be true: before the change, and of the pods, autoscaler, JVMs, memory, health and logs after it."""

    before_pods: int | None = None
    pods_ready: int | None = None
    restarts_max: int = 0
    autoscaler: Autoscaler | None = None
    jvm_flags: tuple[str, ...] = ()
    gc_log: str = ""
    memory: Memory = Memory()
    health: Health | None = None
    log_present: tuple[str, ...] = ()
    log_absent: tuple[str, ...] = ("OutOfMemoryError",)


class Graces(Struct, frozen=True):
    """How long each kind of trouble may last before it is judged. Each default has its reason in docs/rules.md."""

    stuck_creating_s: float = 120.0
    image_refused_s: float = 20.0
    image_pull_s: float = 180.0
    image_backend_s: float = 60.0
    config_missing_s: float = 10.0
    config_made_by_controller_s: float = 60.0
    secret_cache_s: float = 60.0
    unschedulable_wait_s: float = 20.0
    unschedulable_hold_s: float = 180.0
    replica_failure_s: float = 30.0
    terminating_s: float = 30.0
    settle_s: float = 60.0
    readiness_margin_s: float = 30.0
    start_error_s: float = 20.0
    start_allowance_s: float = 120.0
    crash_recent_s: float = 600.0
    flapping_window_s: float = 120.0


class Rollout(Struct, frozen=True):
    """How pods are reached and how long the rollout may take. reach: `template` (it must change by itself), `stamp`, `restart`."""

    reach: str
    timeout_s: float
    graces: Graces = Graces()
    proof_timeout_s: float = 600.0


class Trigger(Struct, frozen=True):
    """What makes the run roll back by itself.

    name: `rollout-failed`, `crash-loop`, `out-of-memory`, `server-errors`, `memory`. above is a share (0..1) for server-errors and
    bytes for memory; it must hold for `lasting_s`, and over `samples` samples.
    """

    name: str
    above: float | None = None
    lasting_s: float = 0.0
    samples: int = 1


class Rollback(Struct, frozen=True):
    """Where to go back to (`baseline`), when by itself, and how long an unanswered question waits."""

    to: str
    on: tuple[Trigger, ...]
    answer_within_s: float = 900.0
    verify_timeout_s: float = 600.0


class Soak(Struct, frozen=True):
    """The watch after the rollout."""

    lasts_s: float
    every_s: float


class Criterion(Struct, frozen=True):
    """What must have been seen by a time after the apply. `that` names subjects: pods, autoscaler, jvm, memory, health, logs, …"""

    by_s: float
    that: tuple[str, ...]


class Plan(Struct, frozen=True):
    """One deployment, as asked for. `digest` is of the file's text; `file` is where it was read."""

    name: str
    file: str
    digest: str
    target: Target
    window: Window | None
    expect: Expectations
    rollout: Rollout
    rollback: Rollback
    soak: Soak
    accept: tuple[Criterion, ...] = ()

    def trigger(self, name: str) -> Trigger | None:
        """The trigger of that name, if the plan has it."""
        return next((one for one in self.rollback.on if one.name == name), None)

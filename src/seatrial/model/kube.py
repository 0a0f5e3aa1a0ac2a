"""Narrow views of Kubernetes objects: the fields that a rule looks at, decoded straight from the wire.

A view is for reading only: it drops what it does not know, so nothing that is written, recorded or restored passes through one.
"""

from datetime import datetime

from msgspec import field

from seatrial.model.kube_around import (
    ContainerUsage,
    EventSeries,
    EventSource,
    Hpa,
    HpaMetric,
    HpaSpec,
    HpaStatus,
    InvolvedObject,
    KubeEvent,
    MetricTarget,
    MetricValue,
    Node,
    NodeMetrics,
    NodeSpec,
    NodeStatus,
    PodMetrics,
    ResourceMetric,
    ScaleTarget,
)
from seatrial.model.kube_base import Condition, Meta, OwnerReference, Quantity, View

__all__ = [
    "Condition",
    "Container",
    "ContainerPort",
    "ContainerState",
    "ContainerStatus",
    "ContainerUsage",
    "Deployment",
    "DeploymentSpec",
    "DeploymentStatus",
    "EventSeries",
    "EventSource",
    "Hpa",
    "HpaMetric",
    "HpaSpec",
    "HpaStatus",
    "HttpGet",
    "InvolvedObject",
    "KubeEvent",
    "LabelRequirement",
    "LabelSelector",
    "Meta",
    "MetricTarget",
    "MetricValue",
    "Node",
    "NodeMetrics",
    "NodeSpec",
    "NodeStatus",
    "OwnerReference",
    "Pod",
    "PodMetrics",
    "PodSpec",
    "PodStatus",
    "PodTemplate",
    "Probe",
    "Quantity",
    "ReadinessGate",
    "ReplicaSet",
    "ReplicaSetSpec",
    "ReplicaSetStatus",
    "ResourceMetric",
    "Resources",
    "RollingUpdate",
    "Running",
    "ScaleTarget",
    "Strategy",
    "Terminated",
    "View",
    "Waiting",
]


class HttpGet(View, frozen=True):
    """The request of an HTTP probe."""

    path: str = "/"
    port: int | str = 0
    scheme: str = "HTTP"


class Probe(View, frozen=True):
    """A probe with the API server's defaults."""

    http_get: HttpGet | None = None
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 1
    failure_threshold: int = 3
    success_threshold: int = 1


class Resources(View, frozen=True):
    """What a container asks for and may use."""

    requests: dict[str, Quantity] | None = None
    limits: dict[str, Quantity] | None = None


class ContainerPort(View, frozen=True):
    """A named port of a container."""

    container_port: int = 0
    name: str = ""


class Container(View, frozen=True):
    """A container of a pod spec."""

    name: str
    image: str = ""
    resources: Resources | None = None
    ports: tuple[ContainerPort, ...] | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    startup_probe: Probe | None = None
    restart_policy: str = ""


class ReadinessGate(View, frozen=True):
    """A condition that must be true, besides the containers, before a pod is Ready."""

    condition_type: str = ""


class PodSpec(View, frozen=True):
    """What a pod is made of."""

    containers: tuple[Container, ...] | None = None
    init_containers: tuple[Container, ...] | None = None
    node_name: str = ""
    restart_policy: str = "Always"
    termination_grace_period_seconds: int = 30
    readiness_gates: tuple[ReadinessGate, ...] | None = None


class Waiting(View, frozen=True):
    """A container that does not run yet, and why."""

    reason: str = ""
    message: str = ""


class Running(View, frozen=True):
    """A container that runs."""

    started_at: datetime | None = None


class Terminated(View, frozen=True):
    """A container that ended, and how."""

    exit_code: int = 0
    signal: int | None = None
    reason: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    container_id: str = field(default="", name="containerID")


class ContainerState(View, frozen=True):
    """One of the three states; none of them while the kubelet has not looked."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(View, frozen=True):
    """What the kubelet says of one container."""

    name: str
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    image: str = ""
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()


class PodStatus(View, frozen=True):
    """What the kubelet says of a pod."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    pod_ip: str = field(default="", name="podIP")
    start_time: datetime | None = None
    conditions: tuple[Condition, ...] | None = None
    container_statuses: tuple[ContainerStatus, ...] | None = None
    init_container_statuses: tuple[ContainerStatus, ...] | None = None


class Pod(View, frozen=True):
    """A pod."""

    metadata: Meta = Meta()
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class PodTemplate(View, frozen=True):
    """The pods that a workload makes."""

    metadata: Meta = Meta()
    spec: PodSpec = PodSpec()


class LabelRequirement(View, frozen=True):
    """One expression of a selector: `tier in (web, api)`."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """As a request's labelSelector has it."""
        values = ",".join(self.values or ())
        match self.operator:
            case "In" | "NotIn":
                return f"{self.key} {self.operator.lower()} ({values})"
            case "DoesNotExist":
                return f"!{self.key}"
            case _:
                return self.key


class LabelSelector(View, frozen=True):
    """Which pods belong to a workload."""

    match_labels: dict[str, str] | None = None
    match_expressions: tuple[LabelRequirement, ...] | None = None

    def __str__(self) -> str:
        """As a request's labelSelector has it; empty where it selects nothing that could be said."""
        equals = (f"{key}={value}" for key, value in sorted((self.match_labels or {}).items()))
        return ",".join((*equals, *map(str, self.match_expressions or ())))


class RollingUpdate(View, frozen=True):
    """How many pods more, and how many fewer, during a rollout."""

    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"


class Strategy(View, frozen=True):
    """How old pods are replaced by new ones."""

    type: str = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class DeploymentSpec(View, frozen=True):
    """What a Deployment asks for."""

    replicas: int = 1
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()
    strategy: Strategy = Strategy()
    min_ready_seconds: int = 0
    progress_deadline_seconds: int = 600
    paused: bool = False


class DeploymentStatus(View, frozen=True):
    """What the Deployment controller says."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    conditions: tuple[Condition, ...] | None = None


class Deployment(View, frozen=True):
    """A Deployment."""

    metadata: Meta = Meta()
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()


class ReplicaSetSpec(View, frozen=True):
    """What a ReplicaSet asks for."""

    replicas: int = 1


class ReplicaSetStatus(View, frozen=True):
    """What the ReplicaSet controller says."""

    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    observed_generation: int = 0
    conditions: tuple[Condition, ...] | None = None


class ReplicaSet(View, frozen=True):
    """A ReplicaSet; the newest one of a Deployment has the template that the Deployment has."""

    metadata: Meta = Meta()
    spec: ReplicaSetSpec = ReplicaSetSpec()
    status: ReplicaSetStatus = ReplicaSetStatus()

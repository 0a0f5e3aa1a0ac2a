"""Narrow views of Kubernetes objects: the fields that a rule looks at, decoded straight from the wire.

A view is for reading only: it drops what it does not know, so nothing that is written, recorded or restored passes through one.
"""

from datetime import datetime

from msgspec import Struct, field

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


class ScaleTarget(View, frozen=True):
    """What an autoscaler scales."""

    kind: str = ""
    name: str = ""
    api_version: str = ""


class MetricTarget(View, frozen=True):
    """The value that an autoscaler steers to."""

    type: str = ""
    average_utilization: int | None = None
    average_value: Quantity | None = None
    value: Quantity | None = None


class MetricValue(View, frozen=True):
    """The value that an autoscaler saw."""

    average_utilization: int | None = None
    average_value: Quantity | None = None
    value: Quantity | None = None


class ResourceMetric(View, frozen=True):
    """A resource metric: its target (spec) or its current value (status)."""

    name: str = ""
    container: str = ""
    target: MetricTarget = MetricTarget()
    current: MetricValue = MetricValue()


class HpaMetric(View, frozen=True):
    """One metric of an autoscaler."""

    type: str = ""
    resource: ResourceMetric | None = None
    container_resource: ResourceMetric | None = None


class HpaSpec(View, frozen=True):
    """What an autoscaler is asked to do."""

    scale_target_ref: ScaleTarget = ScaleTarget()
    min_replicas: int = 1
    max_replicas: int = 0
    metrics: tuple[HpaMetric, ...] | None = None


class HpaStatus(View, frozen=True):
    """What an autoscaler saw and wants."""

    current_replicas: int = 0
    desired_replicas: int = 0
    last_scale_time: datetime | None = None
    current_metrics: tuple[HpaMetric | None, ...] | None = None
    conditions: tuple[Condition, ...] | None = None


class Hpa(View, frozen=True):
    """A HorizontalPodAutoscaler, autoscaling/v2."""

    metadata: Meta = Meta()
    spec: HpaSpec = HpaSpec()
    status: HpaStatus = HpaStatus()


class InvolvedObject(View, frozen=True):
    """What an event is about."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    uid: str = ""
    field_path: str = ""


class EventSeries(View, frozen=True):
    """An event that came again and again."""

    count: int = 0
    last_observed_time: datetime | None = None


class EventSource(View, frozen=True):
    """Who wrote the event."""

    component: str = ""
    host: str = ""


class KubeEvent(View, frozen=True):
    """A core/v1 Event."""

    metadata: Meta = Meta()
    involved_object: InvolvedObject = InvolvedObject()
    reason: str = ""
    message: str = ""
    type: str = ""
    count: int | None = None
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    series: EventSeries | None = None
    source: EventSource = EventSource()
    reporting_component: str = ""

    @property
    def last_seen(self) -> datetime | None:
        """The newest of its four times."""
        series = self.series.last_observed_time if self.series else None
        times = [t for t in (series, self.last_timestamp, self.event_time, self.first_timestamp) if t]
        return max(times, default=self.metadata.creation_timestamp)


class NodeSpec(View, frozen=True):
    """Whether a node takes pods."""

    unschedulable: bool = False


class NodeStatus(View, frozen=True):
    """What the kubelet says of its node."""

    conditions: tuple[Condition, ...] | None = None
    allocatable: dict[str, Quantity] | None = None


class Node(View, frozen=True):
    """A node."""

    metadata: Meta = Meta()
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class ContainerUsage(View, frozen=True):
    """What a container used: CPU over the window, the working set at the timestamp."""

    name: str = ""
    usage: dict[str, Quantity] | None = None


class PodMetrics(View, frozen=True):
    """metrics.k8s.io for one pod."""

    metadata: Meta = Meta()
    timestamp: datetime | None = None
    window: str = ""
    containers: tuple[ContainerUsage, ...] | None = None


class NodeMetrics(View, frozen=True):
    """metrics.k8s.io for one node."""

    metadata: Meta = Meta()
    timestamp: datetime | None = None
    window: str = ""
    usage: dict[str, Quantity] | None = None

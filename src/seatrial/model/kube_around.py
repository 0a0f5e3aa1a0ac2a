"""Narrow views of what stands around a workload: autoscalers, events, nodes and metrics."""

from datetime import datetime

from seatrial.model.kube_base import Condition, Meta, Quantity, View


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

"""The autoscaler of the fake cluster: blind at first, then steering every 15 s by what the scripts say that pods use."""

import math
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime

from tests.support.fake_agenda import Agenda
from tests.support.fake_apply import bodies, number, part, peek, text
from tests.support.fake_controllers import Deployments
from tests.support.fake_pods import set_condition
from tests.support.fake_store import FakeStore, ref_of

from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

PERIOD_S = 15.0
UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "m": 0.001, "": 1.0}


def amount(quantity: object) -> float:
    """A quantity's value: `400Mi`, `150m`, `2`."""
    written = str(quantity)
    unit = next(one for one in UNITS if written.endswith(one))
    return float(written.removesuffix(unit)) * UNITS[unit]


class Autoscalers:
    """The HPA controller. `sees_metrics` says whether metrics.k8s.io answers."""

    def __init__(
        self, store: FakeStore, agenda: Agenda, deployments: Deployments, say: Callable[[Body, str, str, str], None]
    ) -> None:
        self.store = store
        self.agenda = agenda
        self.deployments = deployments
        self.say = say
        self.sees_metrics = True
        self._running: set[ObjectRef] = set()
        store.changed.append(self._on_change)

    def _on_change(self, ref: ObjectRef) -> None:
        if ref.kind == "HorizontalPodAutoscaler" and ref in self.store.objects and ref not in self._running:
            self._running.add(ref)
            self.agenda.after(1.0, lambda: self._tick(ref))

    def _tick(self, ref: ObjectRef) -> None:
        hpa = self.store.get(ref)
        if hpa is None:
            self._running.discard(ref)
            return
        self.agenda.after(PERIOD_S, lambda: self._tick(ref))
        target = ObjectRef("apps/v1", "Deployment", ref.namespace, text(hpa, "spec", "scaleTargetRef", "name"))
        deployment = self.store.get(target)
        if deployment is not None:
            self._steer(hpa, deployment)
            self.store.put(hpa)

    def _steer(self, hpa: Body, deployment: Body) -> None:
        status, stamp = part(hpa, "status"), self.agenda.stamp()
        replicas, least = number(deployment, "spec", "replicas"), number(hpa, "spec", "minReplicas", otherwise=1)
        set_condition(status, stamp, {"type": "AbleToScale", "status": "True"}, "ReadyForNewScale")
        status["currentReplicas"] = number(deployment, "status", "replicas")
        status["desiredReplicas"] = max(replicas, least)
        if replicas < least:
            self._scale(hpa, deployment, least, "Current number of replicas below Spec.MinReplicas")
            return
        seen = self._seen(hpa, deployment)
        if not seen:
            message = "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned"
            set_condition(
                status, stamp, {"type": "ScalingActive", "status": "False"}, "FailedGetResourceMetric", message
            )
            self.say(hpa, "Warning", "FailedGetResourceMetric", message)
            return
        set_condition(status, stamp, {"type": "ScalingActive", "status": "True"}, "ValidMetricFound")
        status["currentMetrics"] = [_metric(name, percent) for name, (percent, _) in seen.items()]
        ratio = max(percent / wanted for percent, wanted in seen.values())
        size = min(number(hpa, "spec", "maxReplicas"), math.ceil(replicas * ratio))
        if ratio > 1.1 and size > replicas:
            self._scale(hpa, deployment, size, "cpu resource utilization (percentage of request) above target")

    def _seen(self, hpa: Body, deployment: Body) -> dict[str, tuple[int, int]]:
        """Resource → (utilisation, target) in percent; empty while there is no figure."""
        samples = self.samples(text(deployment, "metadata", "namespace"), text(deployment, "metadata", "name"))
        requests = peek(bodies(deployment, "spec", "template", "spec", "containers")[0], "resources", "requests")
        if not samples or not isinstance(requests, dict):
            return {}
        seen: dict[str, tuple[int, int]] = {}
        for metric in bodies(hpa, "spec", "metrics"):
            name, wanted = text(metric, "resource", "name"), number(metric, "resource", "target", "averageUtilization")
            if name in requests and wanted:
                used = sum(amount(usage[name]) for _, usage in samples) / len(samples)
                seen[name] = (round(100 * used / amount(requests[name])), wanted)
        return seen

    def samples(self, namespace: str, prefix: str) -> list[tuple[Body, dict[str, str]]]:
        """What metrics-server has: pods that have run for 15 s, and what they use."""
        found: list[tuple[Body, dict[str, str]]] = []
        for pod in self.store.of_kind("Pod", namespace) if self.sees_metrics else []:
            age_s = self.age_s(pod)
            statuses = bodies(pod, "status", "containerStatuses")
            if (
                text(pod, "metadata", "name").startswith(prefix)
                and age_s >= PERIOD_S
                and statuses
                and peek(statuses[0], "state", "running")
            ):
                script = self.deployments.script_of(pod)
                found.append((pod, {"cpu": script.cpu, "memory": script.memory_at(age_s)}))
        return found

    def age_s(self, pod: Body) -> float:
        """Seconds since the pod was made."""
        born = text(pod, "metadata", "creationTimestamp")
        return (self.agenda.now().replace(microsecond=0) - _time(born)).total_seconds()

    def _scale(self, hpa: Body, deployment: Body, size: int, because: str) -> None:
        resized = deepcopy(deployment)
        part(resized, "spec")["replicas"] = size
        part(hpa, "status").update(desiredReplicas=size, lastScaleTime=self.agenda.stamp())
        self.say(hpa, "Normal", "SuccessfulRescale", f"New size: {size}; reason: {because}")
        assert ref_of(resized) in self.store.objects
        self.store.put(resized)


def _metric(name: str, percent: int) -> Body:
    return {"type": "Resource", "resource": {"name": name, "current": {"averageUtilization": percent}}}


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)

"""Our autoscaler's arithmetic against the real controller: the same settings, the same first step, the same rest."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from tests.change.metrics_by_hand import AUTOSCALERS, DEPLOYMENTS, NAMESPACE, MetricsByHand, Sample

from seatrial.change.autoscaler.arithmetic import Goal, Group, NoProposal, Tolerance, proposed, together
from seatrial.change.autoscaler.course import Setting, course
from seatrial.change.autoscaler.forecast import simulate
from seatrial.change.autoscaler.pace import Pace
from seatrial.change.autoscaler.reading import parts_of, rules_of
from seatrial.change.objects import at, items, mapping, text_at
from seatrial.cluster.connect import connect
from seatrial.model.writes import Body
from seatrial.rehearsal.cluster import down, up_simulated
from seatrial.rehearsal.settings import Cluster
from seatrial.rehearsal.simulated import simulated_node
from seatrial.run.clock import SystemClock

pytestmark = pytest.mark.cluster

GI = 2**30
CLUSTER = "hpasim"
PATIENCE_S = 150.0
STILL_S = 35.0
AT_ONCE_DOWN: Body = {"scaleDown": {"stabilizationWindowSeconds": 0}}


def memory(percent: int = 75, container: str = "") -> Body:
    """A memory metric."""
    return _metric("memory", {"type": "Utilization", "averageUtilization": percent}, container)


def cpu(percent: int = 70, container: str = "") -> Body:
    """A CPU metric."""
    return _metric("cpu", {"type": "Utilization", "averageUtilization": percent}, container)


def amount(resource: str, value: str) -> Body:
    """A metric with an amount as its target."""
    return _metric(resource, {"type": "AverageValue", "averageValue": value}, "")


def _metric(resource: str, target: Body, container: str) -> Body:
    if container:
        source = {"name": resource, "container": container, "target": target}
        return {"type": "ContainerResource", "containerResource": source}
    return {"type": "Resource", "resource": {"name": resource, "target": target}}


@dataclass(frozen=True)
class Case:
    """One setting: a Deployment, its autoscaler, and what its pods use. cpu_total: shared out among the pods."""

    name: str
    metrics: tuple[Body, ...]
    replicas: int = 2
    used_bytes: int = 0
    cpu_total: int = 0
    requests: dict[str, str] = field(default_factory=lambda: {"memory": "6Gi", "cpu": "400m"})
    sidecar: dict[str, str] | None = None
    sidecar_bytes: int = 0
    least: int = 2
    most: int = 10
    behavior: Body | None = None

    @property
    def workload(self) -> Body:
        """The Deployment; its pods need no image, since nothing runs in them."""
        main = {"name": "jvm", "image": "x:1", "resources": {"requests": self.requests}}
        beside = {"name": "proxy", "image": "x:1", "resources": {"requests": self.sidecar or {}}}
        containers = [main] if self.sidecar is None else [main, beside]
        template = {"metadata": {"labels": {"app": self.name}}, "spec": {"containers": containers}}
        spec = {"replicas": self.replicas, "selector": {"matchLabels": {"app": self.name}}, "template": template}
        meta = {"name": self.name, "namespace": NAMESPACE}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}

    @property
    def autoscaler(self) -> Body:
        """The HorizontalPodAutoscaler."""
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.name}
        bounds = {"minReplicas": self.least, "maxReplicas": self.most, "metrics": list(self.metrics)}
        spec: Body = {"scaleTargetRef": target, **bounds, **({"behavior": self.behavior} if self.behavior else {})}
        meta = {"name": self.name, "namespace": NAMESPACE}
        return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}

    @property
    def setting(self) -> Setting:
        """As we foretell it: pods are ready and sampled at once, since nothing runs in them."""
        used = {"jvm": (0, self.cpu_total), "proxy": (self.sidecar_bytes, 0)}
        parts = parts_of(self.workload, "jvm", used, self.used_bytes)
        rules = rules_of(self.autoscaler)
        return Setting(rules, parts, self.replicas, ready_after_s=0.0, sampled_after_s=0.0, window_s=0.0)

    def sample(self, nth: int, pods: int) -> Sample | None:
        """What the metrics API says."""
        beside = {} if self.sidecar is None else {"proxy": (self.sidecar_bytes, 0)}
        return Sample({"jvm": (self.used_bytes, self.cpu_total // pods), **beside})


SETTLING = (
    Case("ratchet-rests", (memory(),), used_bytes=int(3.5 * GI)),
    Case("ratchet-4gi", (memory(),), 6, int(3.5 * GI), requests={"memory": "4Gi"}),
    Case("ratchet-3gi", (memory(),), 2, int(3.5 * GI), requests={"memory": "3Gi"}),
    Case("ratchet-2gi", (memory(),), 2, int(3.5 * GI), requests={"memory": "2Gi"}),
    Case("back-to-4", (memory(),), 10, int(3.5 * GI), behavior=AT_ONCE_DOWN),
    Case("back-to-8", (memory(),), 10, 4 * GI, behavior=AT_ONCE_DOWN),
    Case("never-back", (memory(),), 10, int(4.19 * GI), behavior=AT_ONCE_DOWN),
    Case("down-waits", (memory(),), 10, 1 * GI),
    Case("edge-82-of-75", (memory(),), 2, int(0.829 * 6 * GI)),
    Case("edge-83-of-75", (memory(),), 8, int(0.831 * 6 * GI)),
    Case("tolerance-77-of-70", (cpu(),), 4, cpu_total=4 * 308),
    Case("tolerance-78-of-70", (cpu(),), 4, cpu_total=4 * 312),
    Case("load-shared", (cpu(),), 2, cpu_total=2100),
    Case("load-calm", (cpu(),), 8, cpu_total=900, behavior=AT_ONCE_DOWN),
    Case("largest-wins", (cpu(), memory()), 2, int(3.5 * GI), cpu_total=1500),
    Case("memory-holds", (cpu(), memory()), 9, int(3.5 * GI), cpu_total=100, behavior=AT_ONCE_DOWN),
    Case("below-min", (memory(),), 1, 1 * GI, least=3),
    Case("above-max", (memory(),), 6, 5 * GI, most=4),
    Case("limited-to-4", (cpu(),), 1, cpu_total=9000, least=1, most=6),
    Case("sidecar-counts", (memory(),), 2, 3 * GI, sidecar={"memory": "1Gi"}, sidecar_bytes=GI // 4),
    Case("sidecar-no-request", (memory(),), 2, 6 * GI, sidecar={"cpu": "10m"}, sidecar_bytes=GI),
    Case("one-container", (memory(container="jvm"),), 4, 5 * GI, sidecar={"cpu": "10m"}, most=6),
    Case("blind-and-up", (memory(), cpu()), 2, 6 * GI, requests={"memory": "4Gi"}, most=5),
    Case("blind-and-down", (memory(), cpu()), 5, 1 * GI, requests={"memory": "4Gi"}, behavior=AT_ONCE_DOWN),
    Case("amount-of-memory", (amount("memory", "2Gi"),), 3, 3 * GI, most=6),
    Case("amount-of-cpu", (amount("cpu", "250m"),), 3, cpu_total=2000, most=9),
    Case("own-tolerance", (memory(),), 2, int(4.7 * GI), most=4, behavior={"scaleUp": {"tolerance": "0.01"}}),
    Case("up-disabled", (memory(),), 2, 6 * GI, behavior={"scaleUp": {"selectPolicy": "Disabled"}}),
    Case("one-in-ten-minutes", (memory(),), 2, 9 * GI, behavior={
        "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 600}]}
    }),
    Case("up-waits", (memory(),), 2, 9 * GI, behavior={"scaleUp": {"stabilizationWindowSeconds": 600}}),
)  # fmt: skip


@dataclass(frozen=True)
class Mixed:
    """Pods that are not alike: some without a sample, some whose CPU does not count yet. The first step is what is compared."""

    name: str
    metric: Body
    used: tuple[tuple[int, int] | None, ...]
    unready: int = 0
    most: int = 20

    @property
    def case(self) -> Case:
        """Its Deployment and autoscaler."""
        return Case(self.name, (self.metric,), len(self.used), least=1, most=self.most)

    @property
    def first_step(self) -> int:
        """As we foretell it."""
        rules = rules_of(self.case.autoscaler)
        goal, is_cpu = rules.goals[0], rules.goals[0].resource == "cpu"
        groups = [
            Group(1, 400 if is_cpu else 6000 * GI, None if one is None else self._milli(one, goal), nth < self.unready)
            for nth, one in enumerate(self.used)
        ]
        current = len(self.used)
        asked = together([proposed(groups, goal, current, Tolerance())], current)
        return current if isinstance(asked, NoProposal) else Pace(rules, current, 0.0).follows(asked, current, 15.0)

    def _milli(self, used: tuple[int, int], goal: Goal) -> int:
        return used[1] if goal.resource == "cpu" else 1000 * used[0]

    def sample(self, nth: int, pods: int) -> Sample | None:
        """What the metrics API says; pods that the autoscaler adds have no sample."""
        used = self.used[nth] if nth < len(self.used) and pods == len(self.used) else None
        return None if used is None else Sample({"jvm": used}, counts=nth >= self.unready)


HOT, WARM, COLD = (0, 900), (0, 300), (0, 40)
MIXED = (
    Mixed("missing-on-the-way-up", memory(), ((12 * GI, 0), (12 * GI, 0), None, None)),
    Mixed("missing-stops-it", memory(), ((6 * GI, 0), (6 * GI, 0), (6 * GI, 0), None, None)),
    Mixed("missing-on-the-way-down", memory(), ((GI, 0), None, None, None, None, None)),
    Mixed("unready-hot", cpu(), (HOT, HOT, HOT, HOT, HOT, HOT), unready=3),
    Mixed("unready-cold", cpu(), (COLD, COLD, HOT, HOT, HOT), unready=2),
    Mixed("unready-damps", cpu(), (HOT, WARM, WARM), unready=1),
    Mixed("all-unready", cpu(), (HOT, HOT, HOT), unready=3),
)


@dataclass
class Seen:
    """What the real controller did: every count of replicas, one after the other."""

    counts: list[int]


Told = dict[str, Seen]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """All settings at once, on a control plane whose nodes are simulated: the controller looks at each every 15 s."""
    cluster = up_simulated(CLUSTER, out=_say)
    try:
        yield asyncio.run(_watch(cluster))
    finally:
        down(CLUSTER, out=_say)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


async def _watch(local: Cluster) -> Told:
    usages: dict[str, Callable[[int, int], Sample | None]] = {one.name: one.sample for one in (*SETTLING, *MIXED)}
    cases = [*SETTLING, *(one.case for one in MIXED)]
    async with await connect(str(local.kubeconfig), None, SystemClock()) as cluster:
        hand = MetricsByHand(cluster.wire, usages)
        # Room for every pod: one that is Pending would count as unready.
        await asyncio.gather(*(hand.post("/api/v1/nodes", dict(simulated_node(f"more-{nth}"))) for nth in range(4)))
        await hand.post("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        await hand.install()
        await asyncio.gather(*(hand.post(DEPLOYMENTS, one.workload) for one in cases))
        for _ in range(120):
            if await hand.settle() == sum(one.replicas for one in cases):
                break
            await cluster.wire.clock.sleep(0.5)
        await cluster.wire.clock.sleep(2.0)
        await asyncio.gather(*(hand.post(AUTOSCALERS, one.autoscaler) for one in cases))
        return await _followed(hand, {one.name: Seen([one.replicas]) for one in cases})


async def _followed(hand: MetricsByHand, told: Told) -> Told:
    """Until every setting is where we say that it rests, and a while longer: nothing may move any more."""
    clock = hand.wire.clock
    began_s, right_since_s = clock.monotonic_s(), 0.0
    while clock.monotonic_s() - began_s < PATIENCE_S:
        await hand.settle()
        for one in await hand.list(DEPLOYMENTS):
            counts, now = told[text_at(one, "metadata", "name")].counts, at(one, "spec", "replicas")
            if isinstance(now, int) and counts[-1] != now:
                counts.append(now)
        looked = [one for one in await hand.list(AUTOSCALERS) if items(at(one, "status", "conditions"))]
        right = len(looked) == len(told) and all(told[one.name].counts[-1] == _rest(one) for one in SETTLING)
        right_since_s = (right_since_s or clock.monotonic_s()) if right else 0.0
        if right and clock.monotonic_s() - right_since_s > STILL_S:
            break
        await clock.sleep(0.5)
    return told


def _rest(case: Case) -> int:
    """Where it is after the few minutes that the test lasts: the way down without `behavior` has not begun by then."""
    steps = [step.replicas for step in course(case.setting) if step.at_s < 200]
    return steps[-1]


@pytest.mark.parametrize("case", SETTLING, ids=lambda case: case.name)
def test_the_real_controller_rests_where_we_say(told: Told, case: Case) -> None:
    assert told[case.name].counts[-1] == _rest(case), told[case.name].counts


@pytest.mark.parametrize("case", SETTLING, ids=lambda case: case.name)
def test_it_takes_the_same_first_step(told: Told, case: Case) -> None:
    foretold = [step.replicas for step in course(case.setting) if step.at_s < 200]
    assert told[case.name].counts[:2] == foretold[:2]


@pytest.mark.parametrize("case", MIXED, ids=lambda case: case.name)
def test_pods_without_a_sample_and_unready_ones_weigh_as_we_say(told: Told, case: Mixed) -> None:
    counts = told[case.name].counts
    assert (counts + counts)[1] == case.first_step, counts


def test_a_blind_autoscaler_is_foretold_as_blind(told: Told) -> None:
    case = next(one for one in SETTLING if one.name == "sidecar-no-request")
    forecast = simulate(case.setting)
    assert forecast.is_blind
    assert told[case.name].counts == [2]
    assert mapping(case.workload)["kind"] == "Deployment"

"""The preflight: what lets a run begin, what asks first, and what refuses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from seatrial.judge.environment import judge
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import (
    Condition,
    Container,
    ContainerState,
    ContainerStatus,
    Deployment,
    DeploymentSpec,
    DeploymentStatus,
    Hpa,
    HpaSpec,
    Meta,
    Node,
    NodeMetrics,
    NodeStatus,
    Pod,
    PodSpec,
    PodStatus,
    PodTemplate,
    Resources,
    RollingUpdate,
    Running,
    ScaleTarget,
    Strategy,
    Terminated,
    Waiting,
)
from seatrial.model.observation import Access, AccessAnswer, CouldNotLook, Identity, Look
from seatrial.model.plan import Autoscaler, Expectations, Plan, Rollback, Rollout, Soak, Target, Window
from seatrial.model.preflight import GitState, Kustomization, Preflight

TUESDAY_2AM = datetime(2025, 12, 23, 18, 10, tzinfo=UTC)  # 02:10 on Wednesday in Taipei
IDENTITY = Identity("forex-prod", "https://prod:6443", "ca-1", "uid-1", "v1.35.4")
ASKED = Resources(requests={"cpu": "500m", "memory": "4Gi"})


def plan(**target: str) -> Plan:
    return Plan(
        name="p",
        file="plan.yaml",
        digest="",
        target=Target("forex-prod", "forex-prod", "/k", "deployment", "exchange-service", **target),
        window=Window(("tue", "wed", "thu"), 120, 240, "Asia/Taipei"),
        expect=Expectations(
            before_pods=1, pods_ready=2, autoscaler=Autoscaler("exchange-service-hpa", "absent", 2, 10, 70, 75)
        ),
        rollout=Rollout("stamp", 600.0),
        rollback=Rollback("baseline", ()),
        soak=Soak(3600.0, 600.0),
    )


def pod(**status: object) -> Pod:
    ready = Condition("Ready", "True")
    told = {"phase": "Running", "conditions": (ready,)} | status
    return Pod(
        metadata=Meta(name="old-1", labels={"app": "x"}),
        spec=PodSpec(containers=(Container("app", resources=ASKED),), node_name="node-1"),
        status=PodStatus(**told),  # type: ignore[arg-type]  # the cases name its fields
    )


def node(name: str = "node-1", ready: str = "True", memory: str = "16Gi") -> Node:
    status = NodeStatus(conditions=(Condition("Ready", ready),), allocatable={"cpu": "8", "memory": memory})
    return Node(metadata=Meta(name=name), status=status)


def look(*pods: Pod, at: datetime = TUESDAY_2AM) -> Look:
    deployment = Deployment(
        metadata=Meta(name="exchange-service", generation=2),
        spec=DeploymentSpec(
            replicas=1,
            template=PodTemplate(spec=PodSpec(containers=(Container("app", resources=ASKED),))),
            strategy=Strategy(rolling_update=RollingUpdate(1, 0)),
        ),
        status=DeploymentStatus(observed_generation=2, replicas=1, updated_replicas=1),
    )
    return Look(at=at, deployment=deployment, pods=pods or (pod(),))


def rolling(**status: int) -> Look:
    deployment = look().deployment
    assert deployment
    told = replace(deployment.status, **status)
    return replace(look(), deployment=replace(deployment, status=told))


def facts(**other: object) -> Preflight:
    good: dict[str, object] = {
        "at": TUESDAY_2AM,
        "identity": IDENTITY,
        "look": look(),
        "nodes": (node(),),
        "node_metrics": (NodeMetrics(metadata=Meta(name="node-1"), timestamp=TUESDAY_2AM - timedelta(seconds=20)),),
        "hpas": (),
        "access": (AccessAnswer(Access("patch", "apps", "deployments"), True),),
        "git": GitState("a9dffc6" + "0" * 33),
        "kustomization": Kustomization(
            "kustomization.yml", ("deployment.yml", "hpa.yml"), ("deployment.yml", "hpa.yml")
        ),
        "pods_on_nodes": (pod(),),
    }
    return Preflight(**(good | other))  # type: ignore[arg-type]  # the cases name its fields


def missing(what: str, forbidden: bool = False) -> CouldNotLook:
    return CouldNotLook(TUESDAY_2AM, what, "no answer", forbidden=forbidden)


def said(judgements: tuple[Judgement, ...], rule: str) -> Judgement:
    found = [one for one in judgements if one.rule == rule]
    assert found, f"{rule} says nothing"
    return min(found, key=lambda one: "FHWUP".index(one.verdict.value[0]))


def test_all_is_well() -> None:
    judgements = judge(facts(), plan(commit="a9dffc6"))
    assert {one.verdict for one in judgements} == {Verdict.PASS}, judgements
    assert [one.rule for one in judgements if one.warning] == []
    assert len({one.rule for one in judgements}) == 12


killed = ContainerStatus(
    "app",
    restart_count=7,
    last_state=ContainerState(terminated=Terminated(137, reason="OOMKilled")),
    state=ContainerState(running=Running()),
)
crashing = ContainerStatus("app", restart_count=7, state=ContainerState(waiting=Waiting("CrashLoopBackOff")))
theirs = Hpa(
    metadata=Meta(name="other"),
    spec=HpaSpec(scale_target_ref=ScaleTarget("Deployment", "exchange-service"), min_replicas=1, max_replicas=3),
)


@pytest.mark.parametrize(
    ("rule", "verdict", "words", "change"),
    [
        ("context-matches", "FAIL", "kind-dev", {"identity": replace(IDENTITY, context="kind-dev")}),
        ("context-matches", "UNKNOWN", "no answer", {"identity": missing("identity")}),
        ("context-matches", "FAIL", "another cluster", {"pinned": replace(IDENTITY, kube_system_uid="uid-2")}),
        ("commit-matches", "FAIL", "checked out is b1b1b1b", {"git": GitState("b1b1b1b" * 5)}),
        ("commit-matches", "UNKNOWN", "no answer", {"git": missing("git")}),
        ("work-tree-clean", "FAIL", "1 file(s) differ", {"git": GitState("a9dffc6" + "0" * 33, ("hpa.yml",))}),
        (
            "kustomization-lists",
            "FAIL",
            "hpa.yml",
            {"kustomization": Kustomization("k", ("a.yml",), ("a.yml", "hpa.yml"))},
        ),
        (
            "access-allowed",
            "FAIL",
            "delete hpas.autoscaling",
            {"access": (AccessAnswer(Access("delete", "autoscaling", "hpas"), False),)},
        ),
        ("access-allowed", "UNKNOWN", "no answer", {"access": missing("access")}),
        ("nodes-ready", "FAIL", "0 of 1", {"nodes": (node(ready="Unknown"),)}),
        ("nodes-ready", "HOLD", "no answer", {"nodes": missing("nodes", forbidden=True)}),
        ("nodes-ready", "UNKNOWN", "no answer", {"nodes": missing("nodes")}),
        ("pods-running", "HOLD", "2 pod(s) run", {"look": look(pod(), pod())}),
        (
            "pods-running",
            "HOLD",
            "CrashLoopBackOff",
            {"look": look(pod(phase="Running", conditions=(), container_statuses=(crashing,)))},
        ),
        ("pods-running", "HOLD", "not there", {"look": Look(TUESDAY_2AM, None)}),
        ("pods-running", "UNKNOWN", "no answer", {"look": replace(look(), blind=(missing("pods"),))}),
        ("no-rollout-under-way", "HOLD", "under way already", {"look": rolling(updated_replicas=0)}),
        ("no-rollout-under-way", "HOLD", "under way already", {"look": rolling(replicas=2)}),
        ("no-rollout-under-way", "HOLD", "under way already", {"look": rolling(observed_generation=1)}),
        ("surge-room", "HOLD", "have room for 1", {"nodes": (node(memory="9Gi"),)}),
        ("metrics-fresh", "HOLD", "no answer", {"node_metrics": missing("metrics")}),
        ("metrics-fresh", "HOLD", "without a single sample", {"node_metrics": ()}),
        (
            "metrics-fresh",
            "HOLD",
            "600 s old",
            {"node_metrics": (NodeMetrics(timestamp=TUESDAY_2AM - timedelta(minutes=10)),)},
        ),
        ("autoscaler-absent", "HOLD", "min 1, max 3", {"hpas": (theirs,)}),
        ("autoscaler-absent", "UNKNOWN", "no answer", {"hpas": missing("hpas")}),
        ("window-open", "FAIL", "closes in 10m", {"at": datetime(2025, 12, 23, 19, 50, tzinfo=UTC)}),
        ("window-open", "FAIL", "closed at Fri 02:10", {"at": datetime(2025, 12, 25, 18, 10, tzinfo=UTC)}),
        ("window-open", "FAIL", "closed at Wed 04:00", {"at": datetime(2025, 12, 23, 20, 0, tzinfo=UTC)}),
    ],
)
def test_the_opposite_of_each_rule(rule: str, verdict: str, words: str, change: dict[str, object]) -> None:
    judged = said(judge(facts(**change), plan(commit="a9dffc6")), rule)
    assert judged.verdict is Verdict(verdict), judged
    assert words in judged.because


def test_an_old_pod_that_is_being_oom_killed_is_evidence() -> None:
    judged = said(judge(facts(look=look(pod(conditions=(), container_statuses=(killed,)))), plan()), "pods-running")
    assert judged.verdict is Verdict.PASS
    assert "OOM-killed" in judged.warning


def test_a_closed_window_says_when_it_opens() -> None:
    friday = datetime(2025, 12, 25, 18, 10, tzinfo=UTC)
    assert "Tue 2025-12-30 02:00" in said(judge(facts(at=friday), plan()), "window-open").next_step


NIGHT = Window(("tue",), 23 * 60, 24 * 60 + 180, "Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (datetime(2025, 12, 23, 22, 30, tzinfo=UTC), Verdict.PASS),  # 23:30 on Tuesday
        (datetime(2025, 12, 24, 0, 30, tzinfo=UTC), Verdict.PASS),  # 01:30 on Wednesday: Tuesday's window
        (datetime(2025, 12, 24, 2, 30, tzinfo=UTC), Verdict.FAIL),
        (datetime(2025, 12, 24, 22, 30, tzinfo=UTC), Verdict.FAIL),
    ],
)
def test_a_window_may_reach_past_midnight(at: datetime, verdict: Verdict) -> None:
    assert said(judge(facts(at=at), replace(plan(), window=NIGHT)), "window-open").verdict is verdict


def test_a_window_that_ends_with_the_clock_change_is_as_long_as_the_clock_on_the_wall_says() -> None:
    """In Berlin 02:00 to 03:00 does not exist on 2026-03-29: from 01:00 to 04:00 are two hours."""
    night = Window(("sun",), 60, 240, "Europe/Berlin")
    at = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert "open for 2h" in said(judge(facts(at=at), replace(plan(), window=night)), "window-open").because


def without_window(one: Plan) -> Plan:
    return replace(one, window=None)


def without_expectations(one: Plan) -> Plan:
    return replace(one, expect=Expectations())


@pytest.mark.parametrize(
    ("rule", "change"),
    [("window-open", without_window), ("autoscaler-absent", without_expectations), ("commit-matches", plan)],
)
def test_what_the_plan_does_not_ask_for_says_nothing(rule: str, change: Callable[..., Plan]) -> None:
    asked = plan() if change is plan else change(plan())
    assert rule not in [one.rule for one in judge(facts(), asked)]


def test_metrics_that_nobody_needs_are_a_warning() -> None:
    judged = said(judge(facts(node_metrics=missing("metrics")), without_expectations(plan())), "metrics-fresh")
    assert judged.verdict is Verdict.PASS
    assert judged.warning

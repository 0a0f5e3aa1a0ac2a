"""The proof in every pod: each rule seen passing, and its opposite."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from seatrial.judge.proof import judge
from seatrial.judge.triggers import rolls_back
from seatrial.model.events import FlagSeen, JvmSeen
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import (
    Condition,
    Container,
    ContainerState,
    ContainerStatus,
    ContainerUsage,
    Deployment,
    DeploymentSpec,
    InvolvedObject,
    KubeEvent,
    Meta,
    OwnerReference,
    Pod,
    PodMetrics,
    PodSpec,
    PodStatus,
    ReplicaSet,
    Running,
)
from seatrial.model.observation import CouldNotLook, HttpAnswer, LogTail, Look
from seatrial.model.plan import Expectations, Health, Memory, Plan, Rollback, Rollout, Soak, Target, Trigger
from seatrial.model.proof import (
    GcLogNotSeen,
    GcLogReading,
    HealthAnswer,
    JvmNotSeen,
    MemoryWindow,
    Proof,
    ServedCount,
)

T = datetime(2025, 12, 24, 2, 0, tzinfo=UTC)
NOW = T + timedelta(minutes=5)
GI = 2**30
GAP = CouldNotLook(NOW, "log of new-1", "no answer")

TRIGGERS = (
    Trigger("out-of-memory"),
    Trigger("memory", above=5.5 * GI, samples=3),
    Trigger("server-errors", above=0.05, lasting_s=120),
)

PLAN = Plan(
    name="p",
    file="plan.yaml",
    digest="",
    target=Target("c", "forex-prod", "/k", "deployment", "exchange-service"),
    window=None,
    expect=Expectations(
        pods_ready=2,
        jvm_flags=("-Xmx4096m",),
        gc_log="/forex/log/gc.log",
        memory=Memory(3 * GI, 4 * GI + GI // 2, 5 * GI, 5 * GI + GI // 2),
        health=Health("/actuator/health", 10320),
        log_present=("Started",),
        log_absent=("OutOfMemoryError", "PANIC"),
    ),
    rollout=Rollout("stamp", 600.0),
    rollback=Rollback("baseline", TRIGGERS),
    soak=Soak(3600.0, 600.0),
)


def pod(name: str, ready: str = "True", restarts: int = 0, created: datetime = T) -> Pod:
    running = ContainerState(running=Running(started_at=T))
    status = ContainerStatus("app", ready=True, restart_count=restarts, state=running)
    return Pod(
        metadata=Meta(
            name=name, uid=name, creation_timestamp=created, owner_references=(OwnerReference(uid="rs-new"),)
        ),
        spec=PodSpec(containers=(Container("app"),)),
        status=PodStatus(
            "Running", start_time=T, conditions=(Condition("Ready", ready),), container_statuses=(status,)
        ),
    )


def look(*pods: Pod) -> Look:
    owner = (OwnerReference("Deployment", "exchange-service", "d-1"),)
    newest = ReplicaSet(metadata=Meta(name="exchange-service-1", uid="rs-new", owner_references=owner))
    deployment = Deployment(metadata=Meta(name="exchange-service", uid="d-1"), spec=DeploymentSpec(replicas=2))
    return Look(NOW, deployment, (newest,), pods or (pod("new-1"), pod("new-2")))


def jvm(name: str, effective: str = "-Xmx4g") -> JvmSeen:
    agrees = effective == "-Xmx4g"
    flag = FlagSeen("MaxHeapSize", "-Xmx4096m", effective, "hsperfdata", agrees)
    return JvmSeen(name, "app", "17.0.15", "G1", 4 * GI, (flag,), "hsperfdata")


def reading(name: str, first: int | None = 1000, second: int | None = 2000, **more: object) -> GcLogReading:
    return GcLogReading(name, "/forex/log/gc.log", first, T, second, NOW, **more)  # type: ignore[arg-type]  # named by the cases


def usage(name: str, size: float, at: datetime = NOW) -> PodMetrics:
    return PodMetrics(Meta(name=name), at, "15s", (ContainerUsage("app", {"memory": str(int(size))}),))


def answer(status: int = 200, body: bytes = b'{"status":"UP"}', proxy: bool = False) -> HttpAnswer:
    return HttpAnswer(status, body, "application/json", 0.012, via_proxy_error=proxy)


NO_ENDPOINTS = b'{"kind":"Status","status":"Failure","message":"no endpoints available for service \\"x\\"","code":503}'
NOT_REACHED = b'{"kind":"Status","status":"Failure","message":"error trying to reach service: connection refused"}'


def proof(**other: object) -> Proof:
    names = ("new-1", "new-2")
    good: dict[str, object] = {
        "at": NOW,
        "look": look(),
        "applied_at": T,
        "jvms": tuple(map(jvm, names)),
        "gc_logs": tuple(map(reading, names)),
        "logs": tuple(LogTail(name, "app", ("Started ExchangeService in 4.2 seconds",)) for name in names),
        "health": (*(HealthAnswer(name, answer()) for name in names), HealthAnswer("exchange-service", answer(), True)),
        "metrics": tuple(usage(name, 3.5 * GI) for name in names),
        "window": MemoryWindow(40 * 2**20, 4 * GI, 6 * GI, False, "reserved, not resident"),
        "served": (ServedCount(T, 0, 0), ServedCount(NOW, 100, 0)),
    }
    return Proof(**(good | other))  # type: ignore[arg-type]  # the cases name its fields


def said(judgements: tuple[Judgement, ...], rule: str) -> Judgement:
    found = [one for one in judgements if one.rule == rule]
    assert found, f"{rule} says nothing"
    return min(found, key=lambda one: "FHWUP".index(one.verdict.value[0]))


def test_everything_is_proved() -> None:
    judgements = judge(proof(), PLAN)
    assert {one.verdict for one in judgements} == {Verdict.PASS}, judgements
    assert not [one for one in judgements if one.warning]
    assert {one.rule for one in judgements} >= {
        "jvm-flags",
        "gc-log",
        "log-present",
        "health-through-service",
        "memory-window",
    }


def log(*lines: str, **more: object) -> tuple[LogTail, ...]:
    fine = LogTail("new-2", "app", ("Started",))
    return (LogTail("new-1", "app", ("Started", *lines), **more), fine)  # type: ignore[arg-type]  # named by the cases


DOWN = b'{"status":"DOWN","components":{"db":{"status":"DOWN"},"disk":{"status":"UP"}}}'
ONE_SEEN = (HealthAnswer("new-2", answer()),)


@pytest.mark.parametrize(
    ("rule", "verdict", "words", "change"),
    [
        (
            "jvm-flags",
            "FAIL",
            "expected -Xmx4096m, the JVM runs with -Xmx99m",
            {"jvms": (jvm("new-1"), jvm("new-2", "-Xmx99m"))},
        ),
        ("jvm-flags", "FAIL", "does not have it", {"jvms": (jvm("new-1", ""), jvm("new-2"))}),
        (
            "jvm-flags",
            "UNKNOWN",
            "no ls and cat",
            {"jvms": (JvmNotSeen("new-1", "the image has no ls and cat"), jvm("new-2"))},
        ),
        ("jvm-flags", "UNKNOWN", "nobody has looked", {"jvms": (jvm("new-1"),)}),
        ("gc-log", "FAIL", "is not there", {"gc_logs": (reading("new-1", None, None), reading("new-2"))}),
        ("gc-log", "FAIL", "is empty", {"gc_logs": (reading("new-1", 0, 0), reading("new-2"))}),
        ("gc-log", "FAIL", "collected 4 times", {"gc_logs": (reading("new-1", 9, 9, collections=4), reading("new-2"))}),
        (
            "gc-log",
            "PASS",
            "nothing was collected",
            {"gc_logs": (reading("new-1", 9, 9, collections=0), reading("new-2", 9, 9))},
        ),
        (
            "gc-log",
            "UNKNOWN",
            "neither stat nor wc",
            {"gc_logs": (GcLogNotSeen("new-1", "neither stat nor wc"), reading("new-2"))},
        ),
        ("out-of-memory-error", "FAIL", "Java heap", {"logs": log("java.lang.OutOfMemoryError: Java heap space")}),
        (
            "out-of-memory-error",
            "FAIL",
            "previous",
            {"logs": log("java.lang.OutOfMemoryError: Metaspace", previous=True)},
        ),
        ("out-of-memory-error", "UNKNOWN", "no answer", {"logs": (GAP,)}),
        (
            "out-of-memory-error",
            "PASS",
            "no OutOfMemoryError",
            {"logs": log("NOTE: Picked up JDK_JAVA_OPTIONS: -XX:+HeapDumpOnOutOfMemoryError")},
        ),
        ("log-absent", "FAIL", "'PANIC' is in its log", {"logs": log("PANIC: no rates")}),
        ("log-absent", "FAIL", "'OutOfMemoryError'", {"logs": log("java.lang.OutOfMemoryError: Java heap space")}),
        ("log-present", "FAIL", "'Started' not in its log", {"logs": (LogTail("new-1", "app", ("x",)),)}),
        ("log-present", "UNKNOWN", "the log is longer", {"logs": (LogTail("new-1", "app", ("x",), truncated=True),)}),
        ("log-present", "PASS", "in its log", {"logs": log()[1:], "log_seen": frozenset({("new-1", "Started")})}),
        ("log-present", "WAIT", "yet", {"logs": (LogTail("new-1", "app", ("x",)),), "at": T + timedelta(seconds=10)}),
        ("memory-window", "PASS", "not resident", {"metrics": (usage("new-1", GI / 3), usage("new-2", GI / 3))}),
        ("memory-window", "UNKNOWN", "no sample", {"metrics": (usage("new-1", GI),)}),
        ("memory-window", "WAIT", "no sample", {"metrics": (usage("new-1", GI),), "at": T + timedelta(seconds=30)}),
        ("memory-window", "UNKNOWN", "no answer", {"metrics": GAP}),
        (
            "health-of-pods",
            "FAIL",
            "503 DOWN; not UP: db",
            {"health": (HealthAnswer("new-1", answer(503, DOWN)), *ONE_SEEN)},
        ),
        (
            "health-of-pods",
            "FAIL",
            "answers 200 DOWN",
            {"health": (HealthAnswer("new-1", answer(200, DOWN)), *ONE_SEEN)},
        ),
        ("health-of-pods", "FAIL", "404", {"health": (HealthAnswer("new-1", answer(404, b"<html>")), *ONE_SEEN)}),
        ("health-of-pods", "UNKNOWN", "no answer", {"health": (HealthAnswer("new-1", GAP), *ONE_SEEN)}),
        (
            "health-of-pods",
            "UNKNOWN",
            "was not reached",
            {"health": (HealthAnswer("new-1", answer(503, b"refused", True)), *ONE_SEEN)},
        ),
        ("health-of-pods", "UNKNOWN", "was not asked", {"health": ONE_SEEN}),
        (
            "health-through-service",
            "FAIL",
            "500",
            {"health": (HealthAnswer("exchange-service", answer(500, b"x"), True),)},
        ),
        (
            "health-through-service",
            "FAIL",
            "leads to no Ready pod",
            {"health": (HealthAnswer("exchange-service", answer(503, NO_ENDPOINTS, True), True),)},
        ),
        (
            "health-through-service",
            "UNKNOWN",
            "was not reached: error trying to reach service: connection refused",
            {"health": (HealthAnswer("exchange-service", answer(503, NOT_REACHED, True), True),)},
        ),
        ("pods-ready", "WAIT", "1 of 2", {"look": look(pod("new-1"), pod("new-2", "False"))}),
        ("pods-ready", "UNKNOWN", "no answer", {"look": replace(look(), blind=(replace(GAP, what="pods"),))}),
        ("restarts-allowed", "FAIL", "1 restart(s)", {"look": look(pod("new-1", restarts=1), pod("new-2"))}),
        ("server-errors", "FAIL", "10 of 100", {"served": (ServedCount(T, 0, 0), ServedCount(NOW, 100, 10))}),
        ("server-errors", "PASS", "5 of 100", {"served": (ServedCount(T, 0, 0), ServedCount(NOW, 100, 5))}),
        (
            "server-errors",
            "WAIT",
            "10 of 10",
            {"served": (ServedCount(NOW - timedelta(seconds=30), 0, 0), ServedCount(NOW, 10, 10))},
        ),
        ("events-quiet", "UNKNOWN", "no answer", {"look": replace(look(), blind=(replace(GAP, what="events"),))}),
    ],
)
def test_the_opposite_of_each_rule(rule: str, verdict: str, words: str, change: dict[str, object]) -> None:
    judged = said(judge(proof(**change), PLAN), rule)
    assert judged.verdict is Verdict(verdict), judged
    assert words in judged.because


def test_old_errors_are_not_in_a_lasting_share() -> None:
    """Ten errors in the first minute, none in the last two."""
    served = tuple(ServedCount(T + timedelta(seconds=s), 10 + s, 10) for s in range(60, 301, 30))
    assert said(judge(proof(served=(ServedCount(T, 0, 0), *served)), PLAN), "server-errors").verdict is Verdict.PASS


def test_a_counter_that_begins_anew_is_no_negative_share() -> None:
    served = (ServedCount(T, 900, 800), ServedCount(NOW - timedelta(seconds=130), 2, 0), ServedCount(NOW, 20, 18))
    assert said(judge(proof(served=served), PLAN), "server-errors").verdict is Verdict.FAIL


def history(*sizes: float) -> tuple[tuple[PodMetrics, ...], ...]:
    return tuple((usage("new-1", size * GI, NOW - timedelta(seconds=15 * n)),) for n, size in enumerate(sizes[::-1]))[
        ::-1
    ]


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [
        ((5.6, 5.7, 5.8), Verdict.FAIL),
        ((5.6, 5.4, 5.8), Verdict.WAIT),
        ((5.7, 5.8), Verdict.WAIT),
        ((5.9, 5.9, 5.4), None),
    ],
)
def test_memory_above_the_trigger_needs_samples_in_a_row(sizes: tuple[float, ...], verdict: Verdict | None) -> None:
    rounds = history(*sizes)
    judgements = judge(proof(memory_history=rounds[:-1], metrics=rounds[-1]), PLAN)
    assert [one.verdict for one in judgements if one.rule == "memory-above"] == ([verdict] if verdict else [])


def test_one_sample_seen_three_times_is_one_sample() -> None:
    same = (usage("new-1", 5.8 * GI),)
    judgements = judge(proof(memory_history=(same, same), metrics=same), PLAN)
    assert said(judgements, "memory-above").verdict is Verdict.WAIT


def test_memory_above_the_warning_warns() -> None:
    judged = [
        one for one in judge(proof(metrics=(usage("new-1", 5.2 * GI), usage("new-2", 3 * GI))), PLAN) if one.warning
    ]
    assert [(one.rule, one.verdict) for one in judged] == [("memory-window", Verdict.PASS)]


def test_a_heap_that_is_full_while_health_says_up_rolls_back() -> None:
    judgements = judge(proof(logs=log("java.lang.OutOfMemoryError: Java heap space")), PLAN)
    decided = rolls_back(judgements, TRIGGERS)
    assert decided is not None
    assert decided.rule == "out-of-memory-error"


def test_a_restart_asks_and_does_not_roll_back() -> None:
    judgements = judge(proof(look=look(pod("new-1", restarts=1), pod("new-2"))), PLAN)
    assert rolls_back(judgements, (*TRIGGERS, Trigger("rollout-failed"), Trigger("crash-loop"))) is None


def test_a_pod_of_before_the_apply_is_named() -> None:
    old = pod("new-1", restarts=9, created=T - timedelta(days=1))
    judgements = judge(proof(look=look(old, pod("new-2"))), PLAN)
    assert "new-1" in said(judgements, "pods-ready").warning
    assert said(judgements, "restarts-allowed").verdict is Verdict.PASS


def test_warnings_are_grouped_and_those_that_still_come_are_told() -> None:
    about = InvolvedObject("Pod", "new-1", uid="new-1")
    early = KubeEvent(Meta(name="e"), about, "Unhealthy", "Readiness probe failed", "Warning", 7, last_timestamp=T)
    late = replace(early, reason="BackOff", count=2, last_timestamp=NOW)
    judged = said(judge(proof(look=replace(look(), events=(early, late))), PLAN), "events-quiet")
    assert judged.evidence == ("BackOff x2: Readiness probe failed", "Unhealthy x7: Readiness probe failed")
    assert judged.warning == "still coming: BackOff"


def test_a_plan_without_expectations_asks_for_little() -> None:
    bare = replace(PLAN, expect=Expectations(log_absent=()), rollback=Rollback("baseline", ()))
    rules = {one.rule for one in judge(proof(window=None), bare)}
    assert rules == {"out-of-memory-error", "pods-ready", "restarts-allowed", "events-quiet"}

"""Before and after, point by point."""

from datetime import UTC, datetime

from seatrial.judge.baseline import Standing, compare, standing_of
from seatrial.model.kube import (
    Condition,
    Container,
    ContainerStatus,
    ContainerUsage,
    Deployment,
    DeploymentSpec,
    Hpa,
    HpaSpec,
    Meta,
    Pod,
    PodMetrics,
    PodSpec,
    PodStatus,
    ScaleTarget,
)
from seatrial.model.observation import Look

BEFORE = Standing(
    1, 1, "5b6c7d", {"old-1": 9}, {"old-1": 6 * 2**30}, "none", "RollingUpdate", {"secret/env": "a", "svc/x": "s"}
)
AFTER = Standing(
    2,
    2,
    "7d9f8c",
    {"new-1": 0, "new-2": 0},
    {"new-1": 353 * 2**20, "new-2": 389 * 2**20},
    "exchange-service-hpa 2-10",
    "RollingUpdate",
    {"secret/env": "b", "svc/x": "s"},
)


def test_each_point_says_what_it_was_and_what_it_is() -> None:
    assert compare(BEFORE, AFTER) == (
        ("replicas", "1", "2"),
        ("pods Ready", "1", "2"),
        ("pod template", "5b6c7d", "7d9f8c"),
        ("restarts", "9", "0"),
        ("memory", "6Gi", "353Mi to 389Mi"),
        ("autoscaler", "none", "exchange-service-hpa 2-10"),
        ("strategy", "RollingUpdate", "RollingUpdate"),
        ("secret/env", "as recorded", "changed"),
        ("svc/x", "as recorded", "as recorded"),
    )


def test_a_standing_is_read_from_a_look() -> None:
    status = PodStatus(
        "Running",
        conditions=(Condition("Ready", "True"),),
        container_statuses=(ContainerStatus("app", restart_count=3),),
    )
    pod = Pod(Meta(name="old-1"), PodSpec(containers=(Container("app"),)), status)
    hpa = Hpa(Meta(name="h"), HpaSpec(ScaleTarget("Deployment", "exchange-service"), 2, 10))
    look = Look(
        datetime(2025, 12, 24, tzinfo=UTC),
        Deployment(Meta(name="exchange-service"), DeploymentSpec(1)),
        pods=(pod,),
        hpas=(hpa,),
    )
    usage = (PodMetrics(Meta(name="old-1"), containers=(ContainerUsage("app", {"memory": "3500Mi"}),)),)
    standing = standing_of(look, usage, {"secret/env": "a"})
    assert (standing.replicas, standing.ready, standing.restarts, standing.autoscaler) == (1, 1, {"old-1": 3}, "h 2-10")
    assert standing.memory_bytes == {"old-1": 3500 * 2**20}


def test_what_was_not_measured_is_not_zero() -> None:
    unmeasured = Standing(1, 1, "x", {}, {}, "none", "RollingUpdate", {})
    assert ("memory", "not measured", "353Mi to 389Mi") in compare(unmeasured, AFTER)

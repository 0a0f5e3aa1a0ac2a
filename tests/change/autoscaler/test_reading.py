"""Rules read from an autoscaler's object, with the API server's defaults where it says nothing."""

from tests.change.manifests import autoscaler, deployment

from seatrial.change.autoscaler.arithmetic import Goal
from seatrial.change.autoscaler.pace import DOWN, Policy, Way
from seatrial.change.autoscaler.reading import parts_of, rules_of
from seatrial.change.objects import mapping
from seatrial.model.writes import Body


def with_spec(**more: object) -> Body:
    """The runbook's autoscaler with more in its spec."""
    body = autoscaler()
    return {**body, "spec": {**mapping(body["spec"]), **more}}


def resource(name: str, **target: object) -> Body:
    """A resource metric."""
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def test_metrics_of_every_kind_are_read_or_named() -> None:
    container = {"name": "memory", "container": "jvm", "target": {"averageUtilization": 80}}
    rules = rules_of(
        with_spec(
            metrics=[
                resource("cpu", averageUtilization=70),
                resource("memory", averageValue="1Gi"),
                {"type": "ContainerResource", "containerResource": container},
                {"type": "Pods", "pods": {"metric": {"name": "queue"}}},
            ]
        )
    )
    assert rules.goals == (
        Goal("cpu", percent=70),
        Goal("memory", average_milli=2**30 * 1000),
        Goal("memory", percent=80, container="jvm"),
    )
    assert rules.unforeseen == ("Pods",)
    assert (rules.least, rules.most, rules.up, rules.down) == (2, 10, None, None)


def test_without_metrics_it_is_cpu_at_80_percent() -> None:
    assert rules_of(autoscaler()).goals == (Goal("cpu", percent=80),)
    assert rules_of(with_spec(targetCPUUtilizationPercentage=60)).goals == (Goal("cpu", percent=60),)


def test_a_behavior_of_one_way_has_the_defaults_for_the_other() -> None:
    policy = {"type": "Pods", "value": 1, "periodSeconds": 60}
    up = {"stabilizationWindowSeconds": 120, "policies": [policy], "selectPolicy": "Min", "tolerance": "0.05"}
    rules = rules_of(with_spec(behavior={"scaleUp": up}))
    assert rules.up == Way(120.0, (Policy(1, 60.0, False),), "Min")
    assert rules.down == DOWN
    assert (rules.tolerance.down, rules.tolerance.up) == (0.1, 0.05)


def test_a_request_that_is_left_out_is_the_limit() -> None:
    body = deployment(2, resources={"limits": {"memory": "6Gi", "cpu": "2"}})
    (part,) = parts_of(body, "rates", {"rates": (5, 70)}, 2**30)
    assert (part.memory_request, part.cpu_request, part.memory_bytes, part.cpu_millicores) == (
        6 * 2**30,
        2000,
        2**30,
        70,
    )

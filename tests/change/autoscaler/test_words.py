"""What is said of an autoscaler before it exists."""

from msgspec.structs import replace
from tests.change.manifests import autoscaler, deployment, secret

from seatrial.change.autoscaler.prospect import Seen, prospect
from seatrial.change.autoscaler.room import Ground
from seatrial.change.autoscaler.words import sentences
from seatrial.change.objects import mapping
from seatrial.model.kube import (
    Condition,
    Container,
    ContainerUsage,
    Meta,
    Node,
    NodeStatus,
    Pod,
    PodMetrics,
    PodSpec,
    Resources,
)
from seatrial.model.writes import Body

NODE = Node(Meta(name="n"), status=NodeStatus((Condition("Ready", "True"),), {"cpu": "8", "memory": "24Gi"}))
NOW = (PodMetrics(Meta(name="p"), containers=(ContainerUsage("rates", {"memory": "353Mi", "cpu": "12m"}),)),)
BUSY = Seen(NOW)
FLAGS = secret(ARGS1="-Xms3072m -Xmx4096m -XX:+UseG1GC")


def scaler(*shares: tuple[str, int], **more: object) -> Body:
    """The runbook's, with these targets."""
    body = autoscaler()
    metrics = [
        {"type": "Resource", "resource": {"name": name, "target": {"averageUtilization": share}}}
        for name, share in shares
    ]
    return {**body, "spec": {**mapping(body["spec"]), "metrics": metrics, **more}}


def told(hpa: Body, workload: Body | None = None, seen: Seen = BUSY) -> tuple[str, ...]:
    """The sentences; the Secret with the flags is part of the change."""
    body = workload or deployment(2)
    found = prospect(body, (body, FLAGS, hpa), seen)
    assert found is not None
    return sentences(found)


def test_the_runbooks_own_autoscaler_is_shown_for_what_it_is() -> None:
    said = told(scaler(("cpu", 70), ("memory", 75)))
    assert said[0] == (
        "Autoscaler rates-hpa is a one-way ratchet: more pods don't lower the memory of each, and a JVM hardly ever gives memory "
        "back: it ends at its maximum of 10 without any load, once each pod is at 3.7Gi, with its first heap filled."
    )
    assert "Each pod at 353Mi, as seen now (cpu 1%/70%, memory 8%/75%): it rests at 2; " in said[2]
    assert said[4] == (
        "Each pod at 4.8Gi, with its heap full (cpu 0%/70%, memory 119%/75%): it goes from 2 to 10 within 1m30s; "
        "once at 10 it never comes down."
    )


def test_an_autoscaler_by_cpu_is_no_ratchet() -> None:
    said = told(scaler(("cpu", 70)))
    assert not [one for one in said if "ratchet" in one]
    assert said[-1].startswith(
        "Each pod at 6Gi, with every part full (cpu 1%/70%): it rests at 2; once at 10 it comes back"
    )


def test_cpu_of_a_start_is_foretold_and_the_way_out_named() -> None:
    limited = deployment(2, resources={"requests": {"cpu": "400m", "memory": "4Gi"}, "limits": {"cpu": "2"}})
    hot = told(scaler(("cpu", 70)), limited)[-1]
    assert "up to its limit of 2: if all do for a minute, it goes to 10 (its maximum) and rests at 2" in hot
    patient = told(scaler(("cpu", 70), behavior={"scaleUp": {"stabilizationWindowSeconds": 120}}), limited)[-1]
    assert (
        patient == "The CPU of starting JVMs (up to its limit of 2) adds no pod: the scale-up waits 2m for it to pass."
    )


def test_nodes_that_cannot_hold_the_maximum_are_told() -> None:
    other = Pod(
        Meta(name="o", namespace="x"), PodSpec((Container("c", resources=Resources({"memory": "9Gi"})),), node_name="n")
    )
    own = replace(other, metadata=Meta(name="o", namespace="forex-prod", labels={"app": "rates"}))
    said = told(scaler(("cpu", 70)), seen=Seen(NOW, Ground((NODE,), (other, own))))[-1]
    assert said == (
        "The ready nodes have room for 3 of its 10 pods: the others would stay Pending, and the autoscaler counts them as using "
        "nothing. They may use 60Gi of memory."
    )
    unread = told(scaler(("cpu", 70)), seen=Seen(NOW, Ground((NODE, NODE, NODE))))[-1]
    assert unread == (
        "The ready nodes have room for all of its 10 pods (what else runs there could not be read). They may use 60Gi of memory."
    )


def test_what_cannot_be_foretold_is_said() -> None:
    hpa = scaler()
    queue: Body = {**hpa, "spec": {**mapping(hpa["spec"]), "metrics": [{"type": "External"}]}}
    said = told(queue)
    assert said[0].startswith("Autoscaler rates-hpa has a metric of type External, which can't be foretold")
    assert said[1] == "Autoscaler rates-hpa will do nothing: it has no metric that can be foretold."
    nothing = told(scaler(("memory", 75)), deployment(2, resources={}))
    assert nothing == (
        "Autoscaler rates-hpa will do nothing: a container has no request for memory: its share can't be computed.",
    )


def test_a_workload_without_an_autoscaler_has_no_prospect() -> None:
    assert prospect(deployment(2), (FLAGS,), Seen(NOW)) is None

"""A look and the looks that follow it: five parts, each named when it can't be seen, and no request without need."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from tests.support.api_server import Reply, listed, refused, streamed, watched
from tests.support.connected import Connected, told

from seatrial.cluster.belongs import autoscaler_belongs, event_belongs
from seatrial.model.kube import Hpa, HpaSpec, InvolvedObject, KubeEvent, Meta, ScaleTarget
from seatrial.model.observation import Look, ObjectRef
from seatrial.model.writes import Body

WORKLOAD = ObjectRef("apps/v1", "Deployment", "shop", "fx")
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
REPLICA_SETS = "/apis/apps/v1/namespaces/shop/replicasets"
PODS = "/api/v1/namespaces/shop/pods"
HPAS = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
EVENTS = "/api/v1/namespaces/shop/events"
NODES = "/api/v1/nodes"
ALL = (DEPLOYMENTS, REPLICA_SETS, PODS, HPAS, EVENTS)


def deployment(generation: int = 1, app: str = "fx") -> Body:
    return {
        "metadata": {"name": "fx", "uid": "u", "generation": generation},
        "spec": {"selector": {"matchLabels": {"app": app}}},
    }


def named(name: str, **rest: object) -> Body:
    return {"metadata": {"name": name}, **rest}


def event(kind: str, name: str) -> Body:
    return {"metadata": {"name": f"{name}.1"}, "involvedObject": {"kind": kind, "name": name}, "message": "m\u001b[31m"}


def populated(both: Connected) -> None:
    """A workload with one of each."""
    both.server.on(DEPLOYMENTS, listed(deployment()))
    both.server.on(REPLICA_SETS, listed(named("fx-1")))
    both.server.on(PODS, listed(named("fx-1-b"), named("fx-1-a")))
    both.server.on(
        HPAS, listed(named("any", spec={"scaleTargetRef": {"kind": "Deployment", "name": "fx"}}), named("other"))
    )
    both.server.on(
        EVENTS,
        listed(event("Pod", "fx-abc-12345"), event("Pod", "other-abc-12345"), event("HorizontalPodAutoscaler", "any")),
    )


async def first(looks: AsyncIterator[Look]) -> Look:
    async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
        return await anext(looks)


def test_one_look_sees_the_five_parts() -> None:
    async def story(both: Connected) -> None:
        populated(both)
        for look in (await both.reads.look(WORKLOAD), await first(both.reads.follow(WORKLOAD))):
            assert look.deployment is not None
            assert [one.metadata.name for one in look.replica_sets] == ["fx-1"]
            assert [one.metadata.name for one in look.pods] == ["fx-1-a", "fx-1-b"]
            assert [one.metadata.name for one in look.hpas] == ["any"]
            assert [one.involved_object.name for one in look.events] == ["any", "fx-abc-12345"]
            assert {one.message for one in look.events} == {"m[31m"}
            assert look.blind == ()
        assert both.server.asked_for(DEPLOYMENTS)[0].query["fieldSelector"] == ["metadata.name=fx"]
        assert both.server.asked_for(PODS)[0].query["labelSelector"] == ["app=fx"]

    told(story)


@pytest.mark.parametrize(
    ("path", "what"), list(zip(ALL, ("deployment", "replicasets", "pods", "hpas", "events"), strict=True))
)
def test_a_part_that_can_not_be_seen_is_named(path: str, what: str) -> None:
    async def story(both: Connected) -> None:
        populated(both)
        both.server.on(path, refused(403, "forbidden"))
        for look in (await both.reads.look(WORKLOAD), await first(both.reads.follow(WORKLOAD))):
            gap = look.is_blind_for(what)
            assert gap is not None
            assert gap.forbidden
            # Without the workload nobody knows which pods are its own.
            expected = {"deployment", "replicasets", "pods"} if what == "deployment" else {what}
            assert {one.what for one in look.blind} == expected

    told(story)


def test_following_costs_five_lists_and_five_watches_and_no_polling() -> None:
    async def story(both: Connected) -> None:
        populated(both)
        for path in ALL:
            both.server.on(f"{path}?watch", watched(then="hang"))
        looks = both.reads.follow(WORKLOAD)
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            await anext(looks)
            with contextlib.suppress(TimeoutError):
                await both.clock.within(50, anext(looks))
        assert [len(both.server.asked_for(path)) for path in ALL] == [1] * 5
        assert [len(both.server.asked_for(path, watch=True)) for path in ALL] == [1] * 5

    told(story)


@pytest.mark.parametrize("how", ["closed", "cancelled"])
def test_who_stops_following_leaves_nothing_behind(how: str) -> None:
    async def story(both: Connected) -> None:
        populated(both)
        before = len(asyncio.all_tasks())
        looks = both.reads.follow(WORKLOAD)
        await anext(looks)
        if how == "closed":
            await looks.aclose()  # type: ignore[attr-defined] # an async generator behind the protocol
        else:
            waiting = asyncio.ensure_future(anext(looks))
            await both.clock.sleep(1)
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
        asked = len(both.server.asked)
        # The server's own tasks end with their connections.
        await both.clock.sleep(300)
        assert len(both.server.asked) == asked
        assert len(asyncio.all_tasks()) <= before + len(ALL)

    told(story)


def test_many_changes_while_nobody_asks_are_one_look() -> None:
    async def story(both: Connected) -> None:
        populated(both)
        burst = [(0.0, "MODIFIED", named("fx-1-a", status={"phase": f"P{nth}"})) for nth in range(300)]
        both.server.on(f"{PODS}?watch", watched((1.0, "BOOKMARK", {}), *burst, then="hang"))
        looks = both.reads.follow(WORKLOAD)
        seen: list[str] = []
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            await anext(looks)
            await both.clock.sleep(5)
            seen.append((await anext(looks)).pods[0].status.phase)
            with contextlib.suppress(TimeoutError):
                await both.clock.within(5, anext(looks))
                seen.append("another")
        assert seen == ["P299"]

    told(story)


def test_a_workload_that_comes_back_with_another_selector_is_followed_by_it() -> None:
    async def story(both: Connected) -> None:
        populated(both)
        both.server.on(f"{DEPLOYMENTS}?watch", watched((1.0, "MODIFIED", deployment(2, app="fx2")), then="hang"))
        looks = both.reads.follow(WORKLOAD)
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            await anext(looks)
            later = await anext(looks)
            assert later.deployment is not None
            assert later.deployment.metadata.generation == 2
        assert [one.query["labelSelector"] for one in both.server.asked_for(PODS)] == [["app=fx"], ["app=fx2"]]

    told(story)


def test_an_api_server_that_restarts_makes_blind_and_then_all_is_seen_again() -> None:
    async def story(both: Connected) -> None:
        populated(both)
        both.server.on(PODS, listed(named("fx-1-a")), *[Reply(then="vanish")] * 4, listed(named("fx-1-b")))
        both.server.on(f"{PODS}?watch", watched((3.0, "BOOKMARK", {}), then="reset"), watched(then="hang"))
        looks = both.reads.follow(WORKLOAD)
        seen: list[str] = []
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            for _ in range(3):
                look = await anext(looks)
                seen.append("blind" if look.is_blind_for("pods") else look.pods[0].metadata.name)
        assert seen == ["fx-1-a", "blind", "fx-1-b"]

    told(story)


@pytest.mark.parametrize(
    ("kind", "name", "belongs"),
    [
        ("Deployment", "fx", True),
        ("Deployment", "fx-other", False),
        ("ReplicaSet", "fx-7d9f8c6b54", True),
        ("ReplicaSet", "fx-other-7d9f8c6b54", False),
        ("Pod", "fx-7d9f8c6b54-x2x4z", True),
        ("Pod", "fx-other-7d9f8c6b54-x2x4z", False),
        ("Pod", "other-7d9f8c6b54-x2x4z", False),
        ("HorizontalPodAutoscaler", "fx-hpa", True),
        ("HorizontalPodAutoscaler", "scaler", True),
        ("HorizontalPodAutoscaler", "other", False),
        ("Service", "fx", False),
    ],
)
def test_which_events_belong(kind: str, name: str, belongs: bool) -> None:
    about = KubeEvent(involved_object=InvolvedObject(kind=kind, name=name))
    assert event_belongs(about, WORKLOAD, frozenset({"scaler"})) == belongs


@pytest.mark.parametrize(
    ("name", "kind", "target", "belongs"),
    [
        ("any", "Deployment", "fx", True),
        ("any", "StatefulSet", "fx", False),
        ("fx-hpa", "Deployment", "mistyped", True),
        ("other", "Deployment", "other", False),
    ],
)
def test_which_autoscalers_belong(name: str, kind: str, target: str, belongs: bool) -> None:
    hpa = Hpa(metadata=Meta(name=name), spec=HpaSpec(scale_target_ref=ScaleTarget(kind=kind, name=target)))
    assert autoscaler_belongs(hpa, WORKLOAD) == belongs


# ── nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def node(name: str, ready: str = "True") -> Body:
    return named(name, status={"conditions": [{"type": "Ready", "status": ready}]})


def streaming(both: Connected) -> None:
    """All of it, one request each."""
    both.server.on(f"{DEPLOYMENTS}?initial", streamed(deployment(), then="hang"))
    both.server.on(f"{REPLICA_SETS}?initial", streamed(named("fx-1"), then="hang"))
    both.server.on(f"{PODS}?initial", streamed(named("fx-1-a"), then="hang"))
    both.server.on(f"{HPAS}?initial", streamed(then="hang"))
    both.server.on(f"{EVENTS}?initial", streamed(then="hang"))


def test_where_initial_events_are_served_a_minute_costs_five_requests_and_the_nodes() -> None:
    async def story(both: Connected) -> None:
        streaming(both)
        both.server.on(NODES, listed(node("n1")))
        looks = both.reads.follow(WORKLOAD)
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            await anext(looks)
            with contextlib.suppress(TimeoutError):
                await both.clock.within(50, anext(looks))
                await both.clock.within(50, anext(looks))
        assert sorted(one.path for one in both.server.asked) == sorted([*ALL, NODES])

    told(story)


@pytest.mark.parametrize("answer", [refused(403, "nodes is forbidden"), listed(node("n1"), **{"continue": "more"})])
def test_nodes_that_can_not_be_had_blind_nobody_and_are_not_asked_for_again(answer: Reply) -> None:
    async def story(both: Connected) -> None:
        populated(both)
        both.server.on(NODES, answer)
        looks = both.reads.follow(WORKLOAD)
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            look = await anext(looks)
            with contextlib.suppress(TimeoutError):
                await both.clock.within(200, anext(looks))
        assert (look.nodes, look.blind) == ((), ())
        assert len(both.server.asked_for(NODES)) == 1
        assert (await both.reads.look(WORKLOAD)).blind == ()

    told(story)


def test_a_node_that_an_event_calls_lost_is_looked_at_at_once() -> None:
    async def story(both: Connected) -> None:
        streaming(both)
        both.server.on(NODES, listed(node("n1")), listed(node("n1", "Unknown")))
        lost = event("Pod", "fx-abc-12345") | {"reason": "NodeNotReady", "lastTimestamp": "2026-11-25T02:00:09Z"}
        both.server.on(f"{EVENTS}?initial", streamed(then="hang", later=((9.0, "ADDED", lost),)))
        looks = both.reads.follow(WORKLOAD)
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            async for look in looks:
                if [(one.status.conditions or ())[0].status for one in look.nodes] == ["Unknown"]:
                    break
        assert both.clock.monotonic_s() < 12
        assert len(both.server.asked_for(NODES)) == 2

    told(story)


@pytest.mark.parametrize(
    ("selector", "asked"),
    [
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["web", "api"]}]}, "tier in (web,api)"),
        (
            {
                "matchLabels": {"app": "fx"},
                "matchExpressions": [
                    {"key": "old", "operator": "DoesNotExist"},
                    {"key": "tier", "operator": "NotIn", "values": ["db"]},
                    {"key": "part", "operator": "Exists"},
                ],
            },
            "app=fx,!old,tier notin (db),part",
        ),
    ],
)
def test_the_whole_selector_is_asked_for(selector: Body, asked: str) -> None:
    async def story(both: Connected) -> None:
        populated(both)
        both.server.on(DEPLOYMENTS, listed({"metadata": {"name": "fx"}, "spec": {"selector": selector}}))
        await both.reads.look(WORKLOAD)
        assert both.server.asked_for(PODS)[0].query["labelSelector"] == [asked]

    told(story)

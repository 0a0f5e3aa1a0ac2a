"""What a look sees, and how a missing thing is told from a thing that can't be seen: on both clusters."""

import contextlib
from collections.abc import AsyncIterator, Callable

from tests.contract.conftest import Side, Tell
from tests.contract.things import deployment, hpa, live, precondition

from seatrial.model.observation import Access, CouldNotLook, Identity, Look


async def until(side: Side, looks: AsyncIterator[Look], is_so: Callable[[Look], bool]) -> Look:
    """The first look of which this is so."""
    async for look in looks:
        if is_so(look):
            return look
    raise AssertionError("the looks ended")


def test_what_is_not_there_is_none(tell: Tell) -> None:
    async def story(side: Side) -> None:
        assert await side.reads.get(side.ref("Secret", "nothing")) is None
        assert await side.reads.get(side.ref("Deployment", "nothing", "apps/v1")) is None

    tell(story)


def test_a_look_at_what_is_not_there_is_empty_and_not_blind(tell: Tell) -> None:
    async def story(side: Side) -> None:
        look = await side.reads.look(side.ref("Deployment", "nothing", "apps/v1"))
        assert (look.deployment, look.pods, look.replica_sets, look.events, look.blind) == (None, (), (), (), ())

    tell(story)


def test_a_look_has_the_workload_its_replica_set_and_events(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(deployment(side))
        await side.writes.create(hpa(side))
        await live(side, deployment(side))
        look = await side.reads.look(side.ref("Deployment", "thing", "apps/v1"))
        assert look.deployment is not None
        assert look.deployment.spec.replicas == 0
        assert [one.metadata.owner_references[0].uid for one in look.replica_sets if one.metadata.owner_references] == [
            look.deployment.metadata.uid
        ]
        assert [one.metadata.name for one in look.hpas] == ["thing"]
        assert look.blind == ()

    tell(story)


def test_following_gives_a_look_at_once_and_one_after_a_change(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(deployment(side))
        now = await live(side, deployment(side))
        looks = side.reads.follow(side.ref("Deployment", "thing", "apps/v1"))
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            first = await anext(looks)
            assert first.deployment is not None
            assert len(first.replica_sets) == 1
            await side.writes.apply(deployment(side, image="x:2"), precondition(now))
            later = await until(side, looks, lambda one: len(one.replica_sets) == 2)
            assert later.deployment is not None
            assert later.deployment.metadata.generation == 2

    tell(story)


def test_following_sees_the_workload_come_and_go(tell: Tell) -> None:
    async def story(side: Side) -> None:
        ref = side.ref("Deployment", "thing", "apps/v1")
        looks = side.reads.follow(ref)
        async with contextlib.aclosing(looks):  # type: ignore[type-var] # an async generator behind the protocol
            assert (await anext(looks)).deployment is None
            await side.writes.create(deployment(side))
            await until(side, looks, lambda one: bool(one.deployment and one.replica_sets))
            await side.writes.delete(ref, precondition(await live(side, deployment(side))))
            gone = await until(side, looks, lambda one: one.deployment is None and not one.replica_sets)
            assert gone.blind == ()

    tell(story)


def test_access_is_answered_wish_by_wish(tell: Tell) -> None:
    async def story(side: Side) -> None:
        wants = (
            Access("patch", "apps", "deployments", side.namespace, "thing"),
            Access("create", "", "pods", side.namespace, subresource="exec"),
        )
        answers = await side.reads.access(wants)
        assert not isinstance(answers, CouldNotLook)
        assert [(one.access, one.allowed) for one in answers] == [(one, True) for one in wants]

    tell(story)


def test_the_cluster_says_which_one_it_is(tell: Tell) -> None:
    async def story(side: Side) -> None:
        identity = await side.reads.identity()
        assert isinstance(identity, Identity)
        assert identity.kube_system_uid
        assert identity.ca_digest.startswith("sha256:")
        assert identity.version.startswith("v1.")

    tell(story)


def test_nodes_and_their_metrics_are_there(tell: Tell) -> None:
    async def story(side: Side) -> None:
        nodes = await side.reads.nodes()
        assert not isinstance(nodes, CouldNotLook)
        assert all(one.status.allocatable for one in nodes)

    tell(story)


def test_all_autoscalers_of_the_namespace_are_listed(tell: Tell) -> None:
    async def story(side: Side) -> None:
        assert await side.reads.hpas(side.namespace) == ()
        await side.writes.create(hpa(side))
        hpas = await side.reads.hpas(side.namespace)
        assert not isinstance(hpas, CouldNotLook)
        assert [one.spec.max_replicas for one in hpas] == [3]

    tell(story)


def test_a_pod_that_is_not_there_can_not_be_looked_into(tell: Tell) -> None:
    async def story(side: Side) -> None:
        reads, space = side.reads, side.namespace
        for blind in (
            await reads.log(space, "nothing", "main", 10),
            await reads.previous_log(space, "nothing", "main", 10),
            await reads.run_in(space, "nothing", "main", ["true"], 5, 100),
            await reads.ask_pod(space, "nothing", 80, "/", 5),
        ):
            assert isinstance(blind, CouldNotLook)
            assert "not found" in blind.because
            assert not blind.forbidden

    tell(story)

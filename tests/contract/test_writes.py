"""What a write may change, and what the answer says: the same on the fake cluster and on the real one."""

from tests.contract.conftest import Side, Tell
from tests.contract.things import config_map, deployment, generation, hpa, live, precondition, secret, service

from seatrial.model.observation import CouldNotLook
from seatrial.model.writes import Body, Conflict, Precondition, Rejected, Written


def word(answer: object) -> str:
    return answer.word if isinstance(answer, Written) else type(answer).__name__


def test_a_second_creation_is_a_conflict(tell: Tell) -> None:
    async def story(side: Side) -> None:
        first = await side.writes.create(secret(side))
        assert word(first) == "created"
        assert word(await side.writes.create(secret(side, value="b3RoZXI="))) == "Conflict"
        assert (await live(side, secret(side)))["data"] == secret(side)["data"]

    tell(story)


def test_what_we_created_we_may_drop_again(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(deployment(side, env={"A": "1", "B": "2"}))
        now = await live(side, deployment(side))
        await side.writes.apply(deployment(side, env={"A": "1"}), precondition(now))
        assert env_of(await live(side, deployment(side))) == {"A": "1"}

    tell(story)


def test_an_old_version_is_a_conflict_and_changes_nothing(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(secret(side))
        old = precondition(await live(side, secret(side)))
        assert word(await side.writes.apply(secret(side, value="bmV3"), old)) == "configured"
        assert word(await side.writes.apply(secret(side, value="bGF0ZQ=="), old)) == "Conflict"
        assert (await live(side, secret(side)))["data"] == {"token": "bmV3"}

    tell(story)


def test_another_uid_is_a_conflict(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(deployment(side))
        now = precondition(await live(side, deployment(side)))
        other = Precondition("00000000-0000-0000-0000-000000000000", now.resource_version)
        assert word(await side.writes.apply(deployment(side, image="other:1"), other)) == "Conflict"

    tell(story)


def test_an_apply_never_creates(tell: Tell) -> None:
    async def story(side: Side) -> None:
        gone = Precondition("00000000-0000-0000-0000-000000000000", "12345")
        assert isinstance(await side.writes.apply(secret(side), gone), Conflict)
        assert await side.reads.get(side.ref("Secret", "thing")) is None

    tell(story)


def test_the_same_again_is_unchanged(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(deployment(side))
        now = await live(side, deployment(side))
        again = await side.writes.apply(deployment(side), precondition(now))
        assert word(again) == "unchanged"
        assert generation(await live(side, deployment(side))) == generation(now) == 1

    tell(story)


def test_a_deployments_generation_counts_spec_and_annotations(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(deployment(side))
        for nth, changed in enumerate(
            [deployment(side, image="x:2"), deployment(side, image="x:2", annotations={"a": "b"})]
        ):
            now = await live(side, deployment(side))
            assert word(await side.writes.apply(changed, precondition(now))) == "configured"
            assert generation(await live(side, deployment(side))) == nth + 2

    tell(story)


def test_an_autoscaler_and_a_service_are_applied_too(tell: Tell) -> None:
    async def story(side: Side) -> None:
        for first, then in (
            (hpa(side), hpa(side, most=5)),
            (service(side), service(side, port=81)),
            (config_map(side, "1"), config_map(side, "2")),
        ):
            assert word(await side.writes.create(first)) == "created"
            assert word(await side.writes.apply(then, precondition(await live(side, first)))) == "configured"

    tell(story)


def test_a_deletion_hits_only_what_it_means(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(secret(side))
        now = precondition(await live(side, secret(side)))
        ref = side.ref("Secret", "thing")
        assert (
            word(
                await side.writes.delete(
                    ref, Precondition("00000000-0000-0000-0000-000000000000", now.resource_version)
                )
            )
            == "Conflict"
        )
        assert word(await side.writes.delete(ref, Precondition(now.uid, "1"))) == "Conflict"
        assert word(await side.writes.delete(ref, now)) == "deleted"
        assert await side.reads.get(ref) is None
        gone = await side.writes.delete(ref, now)
        assert isinstance(gone, Rejected)
        assert gone.status == 404

    tell(story)


def test_a_dry_run_writes_nothing(tell: Tell) -> None:
    async def story(side: Side) -> None:
        await side.writes.create(secret(side))
        before = await live(side, secret(side))
        would = await side.reads.would_become(secret(side, value="bmV3"))
        assert isinstance(would, dict)
        assert would["data"] == {"token": "bmV3"}
        assert await live(side, secret(side)) == before
        assert isinstance(await side.reads.would_become(config_map(side, "1")), dict)
        assert await side.reads.get(side.ref("ConfigMap", "thing")) is None

    tell(story)


def adopted(body: Body) -> list[Body]:
    """managedFields with kubectl's entry under our name."""
    meta = body["metadata"]
    assert isinstance(meta, dict)
    kept = [dict(one) for one in meta["managedFields"]]
    for one in kept:
        if one["manager"] == "kubectl-client-side-apply":
            one.update(manager="seatrial", operation="Apply")
    return kept


def test_adoption_moves_ownership_and_nothing_else(tell: Tell) -> None:
    async def story(side: Side) -> None:
        side.team_applies(deployment(side))
        now = await live(side, deployment(side))
        ref = side.ref("Deployment", "thing", "apps/v1")
        assert word(await side.writes.adopt(ref, adopted(now), precondition(now))) == "configured"
        after = await live(side, deployment(side))
        assert generation(after) == generation(now)
        assert after["spec"] == now["spec"]
        managers = [(one["manager"], one["operation"]) for one in adopted(after) if "subresource" not in one]
        assert ("seatrial", "Apply") in managers
        assert ("kubectl-client-side-apply", "Update") not in managers
        assert word(await side.writes.adopt(ref, adopted(after), precondition(now))) == "Conflict"
        other = Precondition("00000000-0000-0000-0000-000000000000", precondition(after).resource_version)
        assert word(await side.writes.adopt(ref, adopted(after), other)) == "Conflict"

    tell(story)


def test_a_field_that_is_dropped_goes_only_after_adoption(tell: Tell) -> None:
    async def story(side: Side) -> None:
        side.team_applies(deployment(side, env={"A": "1", "B": "2"}))
        now = await live(side, deployment(side))
        await side.writes.apply(deployment(side, env={"A": "1"}), precondition(now))
        assert env_of(await live(side, deployment(side))) == {"A": "1", "B": "2"}
        now = await live(side, deployment(side))
        await side.writes.adopt(side.ref("Deployment", "thing", "apps/v1"), _only_team(now), precondition(now))
        now = await live(side, deployment(side))
        assert word(await side.writes.apply(deployment(side, env={"A": "1"}), precondition(now))) == "configured"
        assert env_of(await live(side, deployment(side))) == {"A": "1"}

    tell(story)


def _only_team(body: Body) -> list[Body]:
    """Kubectl's entry under our name, instead of ours: it owns all that ours does."""
    return [one for one in adopted(body) if one not in _ours(body)]


def _ours(body: Body) -> list[Body]:
    meta = body["metadata"]
    assert isinstance(meta, dict)
    return [one for one in meta["managedFields"] if one["manager"] == "seatrial"]


def env_of(body: Body) -> dict[str, str]:
    """The first container's environment."""
    spec = body["spec"]
    assert isinstance(spec, dict)
    container = spec["template"]["spec"]["containers"][0]
    return {one["name"]: one["value"] for one in container.get("env", [])}


def test_unknown_kinds_are_refused_and_not_written(tell_real: Tell) -> None:
    async def story(side: Side) -> None:
        body: Body = {
            "apiVersion": "example.dev/v1",
            "kind": "Thing",
            "metadata": {"name": "thing", "namespace": side.namespace},
        }
        assert isinstance(await side.writes.create(body), Rejected)
        assert isinstance(await side.reads.get(side.ref("Thing", "thing", "example.dev/v1")), CouldNotLook)

    tell_real(story)


def test_what_the_schema_does_not_know_is_refused(tell_real: Tell) -> None:
    async def story(side: Side) -> None:
        body = secret(side) | {"dataa": {}}
        refused = await side.writes.create(body)
        assert isinstance(refused, Rejected)
        assert "dataa" in refused.because
        assert isinstance(await side.reads.would_become(body), Rejected)

    tell_real(story)

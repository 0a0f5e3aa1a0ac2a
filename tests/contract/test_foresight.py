"""A dry run that knows what goes with kubectl's ownership: the same on the fake cluster and on the real one."""

from tests.contract.conftest import Side, Tell
from tests.contract.things import deployment, live, precondition, service

from seatrial.change.objects import at, items, ref_of
from seatrial.change.ownership import adopted_fields
from seatrial.change.restore import differs_from_record
from seatrial.model.writes import Body, Written


async def foreseen_and_done(side: Side, before: Body, after: Body) -> tuple[Body, Body]:
    """What a dry run says of the team's object, and what it is once its ownership is moved and the change applied."""
    side.team_applies(before)
    now = await live(side, before)
    foreseen = await side.reads.would_become(after, now)
    assert isinstance(foreseen, dict), foreseen
    assert await live(side, before) == now
    fields = adopted_fields(items(at(now, "metadata", "managedFields")))
    assert fields is not None
    moved = await side.writes.adopt(ref_of(before), fields, precondition(now))
    assert isinstance(moved, Written), moved
    done = await side.writes.apply(after, precondition(moved.body))
    assert isinstance(done, Written), done
    return foreseen, done.body


def test_dropped_fields_are_foreseen_to_go(tell: Tell) -> None:
    """And a default to come back."""

    async def story(side: Side) -> None:
        before = deployment(side, env={"A": "1", "B": "2"}, command=["sleep", "9"])
        foreseen, done = await foreseen_and_done(side, before, deployment(side, env={"A": "1"}))
        assert differs_from_record(foreseen, done) == ()
        assert "'B'" not in str(foreseen["spec"])
        assert "sleep" not in str(foreseen["spec"])

    tell(story)


def test_a_port_that_moves_is_no_second_port(tell: Tell) -> None:
    """A dry run of the apply alone is refused on a real API server: two ports without names."""

    async def story(side: Side) -> None:
        foreseen, done = await foreseen_and_done(side, service(side, 80), service(side, 81))
        assert differs_from_record(foreseen, done) == ()
        assert [at(one, "port") for one in items(at(foreseen, "spec", "ports"))] == [81]

    tell(story)

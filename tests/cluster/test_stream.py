"""A resource kept fresh: what the API server and the network do to a watch, and that nothing is missed or imagined."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest
from tests.support.api_server import INITIAL_END, Reply, listed, refused, streamed, watched
from tests.support.connected import Connected, told

from seatrial.cluster.stream import SILENT_MAX_S, Stream
from seatrial.model.kube import Pod
from seatrial.model.writes import Body

PATH = "/api/v1/namespaces/shop/pods"


def pod(name: str, phase: str = "Running", version: str = "101") -> Body:
    return {"metadata": {"name": name, "resourceVersion": version}, "status": {"phase": phase}}


def stream(both: Connected, changed: Callable[[], None] = lambda: None) -> Stream[Pod]:
    return Stream(both.wire, "pods", PATH, Pod, changed)


async def kept(both: Connected, lasts_s: float) -> Stream[Pod]:
    """A stream that has been kept for that long."""
    pods = stream(both)
    with contextlib.suppress(TimeoutError):
        await both.clock.within(lasts_s, pods.keep())
    return pods


def phases(pods: Stream[Pod]) -> list[str]:
    return [f"{one.metadata.name} {one.status.phase}" for one in pods.items()]


def test_what_is_listed_and_then_changed_is_there() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a"), pod("b")))
        changes = [
            (1.0, "MODIFIED", pod("a", "Failed")),
            (0.0, "DELETED", pod("b")),
            (0.0, "ADDED", pod("c", "Pending")),
        ]
        both.server.on(f"{PATH}?watch", watched(*changes, then="hang"))
        assert phases(await kept(both, 5)) == ["a Failed", "c Pending"]
        assert both.server.asked_for(PATH, watch=True)[0].query["resourceVersion"] == ["100"]

    told(story)


def test_a_list_of_many_pages_is_whole() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a"), **{"continue": "more"}), listed(pod("b"), version="7"))
        assert phases(await kept(both, 5)) == ["a Running", "b Running"]
        assert both.server.asked_for(PATH)[1].query["continue"] == ["more"]

    told(story)


def test_a_bookmark_that_lacks_what_its_kind_demands_does_no_harm() -> None:
    async def story(both: Connected) -> None:
        bookmark = {"metadata": {"resourceVersion": "200"}, "spec": {"containers": None}, "status": 7}
        both.server.on(PATH, listed(pod("a")))
        lines = [(0.1, "BOOKMARK", bookmark), (0.1, "ADDED", pod("b"))]
        both.server.on(f"{PATH}?watch", watched(*lines, then="hang"))
        assert phases(await kept(both, 5)) == ["a Running", "b Running"]
        assert len(both.server.asked_for(PATH)) == 1

    told(story)


@pytest.mark.parametrize(
    "farewell",
    [
        refused(410, "too old resource version"),
        watched((0.1, "ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})),
        watched((0.1, "ADDED", "not an object")),
        Reply(200, pieces=((0.1, b"not json\n"),), then="close"),
        watched(then="reset"),
        Reply(then="vanish"),
        watched(),
    ],
    ids=["410", "410 as an event", "no object", "no JSON", "cut off", "no answer", "closed at once"],
)
def test_after_any_end_of_a_watch_the_list_is_read_again(farewell: Reply) -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a")), listed(pod("a", "Failed"), version="300"))
        both.server.on(f"{PATH}?watch", farewell, watched(then="hang"))
        pods = await kept(both, 10)
        assert phases(pods) == ["a Failed"]
        assert pods.blind is None
        assert both.server.asked_for(PATH, watch=True)[1].query["resourceVersion"] == ["300"]

    told(story)


def test_a_server_that_ends_every_watch_at_once_is_not_stormed() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a")))
        both.server.on(f"{PATH}?watch", refused(410, "gone"))
        await kept(both, 60)
        # A client without back-off asked 201 times in 0.2 s.
        assert len(both.server.asked_for(PATH)) < 20

    told(story)


def test_a_connection_without_a_byte_is_given_up() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a")), listed(pod("a", "Failed")))
        both.server.on(f"{PATH}?watch", watched(then="hang"))
        pods = stream(both)
        keeping = asyncio.ensure_future(pods.keep())
        await both.clock.sleep(SILENT_MAX_S - 1)
        assert phases(pods) == ["a Running"]
        await both.clock.sleep(5)
        assert phases(pods) == ["a Failed"]
        keeping.cancel()

    told(story)


def test_a_list_that_fails_makes_it_blind_until_one_succeeds() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a")), refused(403, "pods is forbidden"), listed(pod("a", "Failed")))
        both.server.on(f"{PATH}?watch", watched(then="close"), watched(then="hang"))
        seen: list[str] = []
        pods = stream(both, lambda: seen.append(pods.blind.because if pods.blind else str(phases(pods))))
        with contextlib.suppress(TimeoutError):
            await both.clock.within(20, pods.keep())
        assert seen == ["['a Running']", "403 pods is forbidden", "['a Failed']"]

    told(story)


def test_while_it_is_blind_nothing_old_is_shown() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a")), refused(403, "pods is forbidden"))
        both.server.on(f"{PATH}?watch", watched(then="close"))
        pods = await kept(both, 20)
        assert pods.items() == ()
        assert pods.blind is not None
        assert pods.blind.forbidden

    told(story)


def test_a_lost_event_misleads_for_a_minute_at_most() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a")), listed(pod("a", "Failed")))
        both.server.on(f"{PATH}?watch", watched(*[(1.0, "BOOKMARK", pod("x"))] * 61))
        assert phases(await kept(both, 75)) == ["a Failed"]
        assert both.server.asked_for(PATH, watch=True)[0].query["timeoutSeconds"][0] in map(str, range(60, 70))

    told(story)


def test_a_line_in_many_pieces_is_one_line() -> None:
    async def story(both: Connected) -> None:
        line = watched((0.0, "ADDED", pod("b"))).pieces[0][1]
        pieces = tuple((0.01, line[at : at + 7]) for at in range(0, len(line), 7))
        both.server.on(PATH, listed(pod("a")))
        both.server.on(f"{PATH}?watch", Reply(200, pieces=pieces, then="hang"))
        assert phases(await kept(both, 5)) == ["a Running", "b Running"]

    told(story)


def test_nobody_is_told_of_a_list_that_brings_nothing_new() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a")))
        both.server.on(f"{PATH}?watch", watched((3.0, "BOOKMARK", pod("x"))))
        told_times: list[int] = []
        with contextlib.suppress(TimeoutError):
            await both.clock.within(60, stream(both, lambda: told_times.append(1)).keep())
        assert len(told_times) == 1
        assert len(both.server.asked_for(PATH)) > 5

    told(story)


# ── all objects and then the changes, in one request ────────────────────────────────────────────────────────────────────────────


def test_where_the_server_serves_it_one_request_is_list_and_watch() -> None:
    async def story(both: Connected) -> None:
        changes = ((1.0, "MODIFIED", pod("a", "Failed", "102")), (0.0, "DELETED", pod("b", version="103")))
        both.server.on(f"{PATH}?initial", streamed(pod("a"), pod("b"), then="hang", later=changes))
        assert phases(await kept(both, 5)) == ["a Failed"]
        (asked,) = both.server.asked
        assert asked.query["resourceVersionMatch"] == ["NotOlderThan"]
        assert "resourceVersion" not in asked.query

    told(story)


def test_half_of_the_first_objects_is_not_shown_as_all() -> None:
    async def story(both: Connected) -> None:
        first = [(0.0, "ADDED", pod("a")), (2.0, "ADDED", pod("b")), (0.0, "BOOKMARK", INITIAL_END)]
        both.server.on(f"{PATH}?initial", watched(*first, then="hang"))
        seen: list[list[str]] = []
        pods = stream(both, lambda: seen.append(phases(pods)))
        with contextlib.suppress(TimeoutError):
            await both.clock.within(5, pods.keep())
        assert seen == [["a Running", "b Running"]]

    told(story)


def test_the_minutes_list_is_one_request_and_shows_what_was_lost() -> None:
    async def story(both: Connected) -> None:
        minute: tuple[tuple[float, str, object], ...] = tuple((1.0, "BOOKMARK", {"metadata": {}}) for _ in range(61))
        both.server.on(
            f"{PATH}?initial",
            streamed(pod("a"), pod("b"), later=minute),
            streamed(pod("a", "Failed", "300"), then="hang"),
        )
        assert phases(await kept(both, 75)) == ["a Failed"]
        assert len(both.server.asked) == 2

    told(story)


@pytest.mark.parametrize(
    ("answer", "asked_again"),
    [
        (refused(422, "sendInitialEvents is forbidden"), False),
        (refused(400, "strict decoding"), False),
        (watched((0.1, "ADDED", pod("a")), then="hang"), False),
        (refused(410, "too old"), True),
        (refused(503, "not now"), True),
        (watched((0.1, "ADDED", pod("x")), (0.1, "ERROR", {"kind": "Status", "code": 410, "message": "gone"})), True),
        (watched((0.1, "ADDED", pod("x")), then="reset"), True),
        (Reply(then="vanish"), True),
    ],
    ids=["off", "unknown", "ignored", "410", "busy", "410 as an event", "cut off", "no answer"],
)
def test_where_it_goes_wrong_list_and_watch_do_it(answer: Reply, asked_again: bool) -> None:
    async def story(both: Connected) -> None:
        both.server.on(f"{PATH}?initial", answer)
        both.server.on(PATH, listed(pod("a")))
        both.server.on(f"{PATH}?watch", watched((3.0, "ADDED", pod("b"))))
        pods = await kept(both, 14)
        assert phases(pods)[0] == "a Running"
        assert pods.blind is None
        assert (len(both.server.asked_initially(PATH)) > 1) is asked_again

    told(story)


def test_who_may_not_look_is_told_so_by_the_list() -> None:
    async def story(both: Connected) -> None:
        for path in (PATH, f"{PATH}?initial"):
            both.server.on(path, refused(403, "pods is forbidden"))
        pods = await kept(both, 60)
        assert pods.blind is not None
        assert pods.blind.forbidden
        assert len(both.server.asked) < 40

    told(story)


# ── missed, doubled, reordered ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_events_that_come_late_or_twice_change_nothing() -> None:
    async def story(both: Connected) -> None:
        now, gone = pod("a", "Failed", "120"), pod("b", version="130")
        lines = [
            (1.0, "MODIFIED", now),
            (0.0, "MODIFIED", now),
            (0.0, "MODIFIED", pod("a", "Running", "110")),
            (0.0, "DELETED", pod("a", "Running", "90")),
            (0.0, "DELETED", gone),
            (0.0, "MODIFIED", pod("b", "Running", "125")),
        ]
        both.server.on(PATH, listed(pod("a"), pod("b")))
        both.server.on(f"{PATH}?watch", watched(*lines, then="hang"))
        counted: list[int] = []
        pods = stream(both, lambda: counted.append(1))
        with contextlib.suppress(TimeoutError):
            await both.clock.within(5, pods.keep())
        assert phases(pods) == ["a Failed"]
        assert len(counted) == 3

    told(story)


def test_versions_that_are_no_numbers_count_as_they_come() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, listed(pod("a", version="z9")))
        both.server.on(f"{PATH}?watch", watched((1.0, "MODIFIED", pod("a", "Failed", "a1")), then="hang"))
        assert phases(await kept(both, 5)) == ["a Failed"]

    told(story)

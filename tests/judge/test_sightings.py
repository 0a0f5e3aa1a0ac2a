"""What earlier looks saw, folded: bounded, and the same whatever is seen twice."""

from datetime import timedelta

from msgspec.structs import replace
from tests.support.saved_states import T, Tree, quick_look_of

from seatrial.judge.reading import seats
from seatrial.judge.rollout import Sightings, remember
from seatrial.judge.rollout.sightings import FALLS_MAX, TROUBLES_MAX


def pull_fails(at: str, reason: str = "ErrImagePull") -> Tree:
    return {"at": at, "pods": {"new-1": {"is": "creating", "waiting": [reason, "x"]}}}


def test_an_image_error_and_its_back_off_are_one_trouble() -> None:
    story: list[Tree] = [
        {"at": "T+1s"},
        pull_fails("T+10s"),
        pull_fails("T+20s", "ImagePullBackOff"),
        pull_fails("T+30s"),
    ]
    sightings = Sightings()
    for case in story:
        sightings = remember(sightings, quick_look_of(case))
    (seat,) = seats(quick_look_of(story[-1]).pods[0])
    assert sightings.since(seat) == T + timedelta(seconds=10)


def test_trouble_that_the_first_look_shows_is_older_than_it() -> None:
    look = quick_look_of(pull_fails("T+10s"))
    sightings = remember(remember(Sightings(), look), replace(look, at=T + timedelta(seconds=20)))
    (seat,) = seats(look.pods[0])
    assert sightings.since(seat) is None


def test_trouble_that_has_gone_is_forgotten() -> None:
    story: list[Tree] = [{"at": "T+1s"}, pull_fails("T+10s"), {"at": "T+20s"}]
    sightings = Sightings()
    for case in story:
        sightings = remember(sightings, quick_look_of(case))
    assert not sightings.troubles


def test_memory_is_bounded() -> None:
    up, down = quick_look_of({"pods": {"new-1": {}}}), quick_look_of({"pods": {"new-1": {"unready": "T+1s"}}})
    sightings = Sightings()
    for number in range(200):
        look = down if number % 2 else up
        sightings = remember(sightings, replace(look, at=T + timedelta(seconds=number)))
    assert [len(falls) for falls in sightings.falls.values()] == [FALLS_MAX]
    assert sightings.falls["uid-new-1"][-1] == T + timedelta(seconds=199)
    pod = quick_look_of(pull_fails("T+1s")).pods[0]
    crowd = tuple(replace(pod, metadata=replace(pod.metadata, uid=str(number))) for number in range(TROUBLES_MAX + 10))
    assert len(remember(Sightings(), replace(up, pods=crowd)).troubles) == TROUBLES_MAX

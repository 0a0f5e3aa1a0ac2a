"""Autoscalers foretold: the ratchet that memory makes, load that comes and goes, and what can't be computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from seatrial.change.autoscaler.arithmetic import Goal, Group, NoProposal, Tolerance, proposed, together
from seatrial.change.autoscaler.course import Part, Setting, WarmUp, course, wanted
from seatrial.change.autoscaler.forecast import simulate
from seatrial.change.autoscaler.pace import DOWN, UP, Rules

GI = 2**30
MEMORY = Goal("memory", percent=75)
CPU = Goal("cpu", percent=70)


def setting(request_gib: float, used_gib: float, replicas: int = 2, cpu: int = 0, *goals: Goal) -> Setting:
    """The runbook's autoscaler, 2 to 10 pods, with pods of this size."""
    part = Part("jvm", int(request_gib * GI), 400, int(used_gib * GI), cpu)
    return Setting(Rules("hpa", 2, 10, goals or (MEMORY,)), (part,), replicas)


@pytest.mark.parametrize(
    ("request_gib", "used_gib", "percent", "settles_at", "comes_down_to"),
    [
        (6, 3.5, 58, 2, 4),
        (6, 4.0, 66, 2, 8),
        (6, 4.19, 69, 2, 10),
        (4, 3.5, 87, 10, 10),
        (3, 3.5, 116, 10, 10),
        (2, 3.5, 175, 10, 10),
    ],
)
def test_memory_of_a_jvm_is_a_one_way_ratchet(
    request_gib: float, used_gib: float, percent: int, settles_at: int, comes_down_to: int
) -> None:
    forecast = simulate(setting(request_gib, used_gib))
    assert forecast.percents == (percent,)
    assert (forecast.settles_at, forecast.comes_down_to) == (settles_at, comes_down_to)
    assert forecast.settles_at in forecast.fixed_points
    assert forecast.comes_down_to == max(forecast.fixed_points)


def test_the_reasons_say_why() -> None:
    assert simulate(setting(6, 3.5)).reasons == (
        "memory is at 58% of the request, the target is 75%",
        "it stays at 2",
        "once at 10 it comes back to 4 after 26m15s, no further",
    )
    assert simulate(setting(4, 3.5)).reasons[1:] == (
        "it goes from 2 to 10 within 3m30s",
        "once at 10 it never comes down",
    )


def test_load_goes_and_so_do_the_pods() -> None:
    """CPU is shared out: more pods lower it, unlike memory. Five minutes pass before the first one goes."""
    busy, calm = (simulate(setting(6, 1, 2, total, CPU)) for total in (2100, 100))
    assert (busy.settles_at, calm.settles_at, calm.comes_down_to) == (8, 2, 2)
    assert calm.comes_down_after_s == 315.0


def test_start_up_cpu_goes_to_the_maximum_and_the_ratchet_keeps_what_it_brought() -> None:
    hot = replace(setting(6, 3.5, 2, 100, CPU, MEMORY), warm_up=WarmUp(2000))
    forecast = simulate(hot)
    assert (forecast.highest, forecast.settles_at) == (10, 4)
    assert forecast.reasons[2] == "it goes to 10 and rests at 4 after 29m"


def test_a_scale_up_that_waits_outlasts_the_start() -> None:
    hot = replace(setting(6, 3.5, 2, 100, CPU, MEMORY), warm_up=WarmUp(2000))
    patient = replace(hot.rules, up=replace(UP, window_s=180.0), down=DOWN)
    assert simulate(replace(hot, rules=patient)).highest == 2


def test_a_sidecar_without_a_request_makes_it_blind() -> None:
    sidecar = Part("proxy", None, 10, GI)
    seen = setting(6, 6)
    forecast = simulate(replace(seen, parts=(*seen.parts, sidecar)))
    assert forecast.reasons == (
        "it would do nothing: a container has no request for memory: its share can't be computed",
    )
    of_one = replace(seen, parts=(*seen.parts, sidecar), rules=Rules("h", 2, 10, (replace(MEMORY, container="jvm"),)))
    assert not simulate(of_one).is_blind


def test_one_blind_metric_may_add_pods_and_never_take_any() -> None:
    blind = NoProposal("no sample")
    assert together([8, blind], 4) == 8
    assert together([2, blind], 4) == blind
    assert together([2, 3], 4) == 3
    assert isinstance(together([], 4), NoProposal)


def test_outside_of_its_bounds_it_asks_no_metric() -> None:
    assert [step.replicas for step in course(setting(6, 1, 1))][:2] == [1, 2]
    assert [step.replicas for step in course(setting(6, 6, 14))][:2] == [14, 10]
    assert [step.replicas for step in course(setting(6, 6, 0))] == [0]


def test_without_behavior_it_doubles_at_most_and_four_are_always_allowed() -> None:
    steps = [step.replicas for step in course(replace(setting(1, 9), sampled_after_s=0.0))]
    assert steps == [2, 4, 8, 10]


sizes = st.floats(0.1, 12).map(lambda size: round(size, 2))


@given(sizes, sizes, st.integers(2, 10))
def test_more_memory_never_asks_for_fewer_pods(one: float, other: float, replicas: int) -> None:
    less, more = sorted((one, other))
    low, high = (wanted(setting(6, size), replicas) for size in (less, more))
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert low <= high


@given(sizes, st.integers(2, 10), st.integers(0, 9000))
def test_a_fixed_point_is_one_and_every_course_ends_at_one(used: float, replicas: int, cpu: int) -> None:
    seen = setting(6, used, replicas, cpu, CPU, MEMORY)
    forecast = simulate(seen)
    for count in forecast.fixed_points:
        rest = course(replace(seen, replicas=count), all_warm=True)
        assert [step.replicas for step in rest] == [count]
    assert forecast.settles_at in forecast.fixed_points
    assert forecast.comes_down_to in forecast.fixed_points


groups = st.lists(
    st.builds(Group, st.integers(1, 5), st.just(1000), st.one_of(st.none(), st.integers(0, 5000)), st.booleans()),
    min_size=1,
    max_size=5,
)


@given(groups)
def test_pods_that_are_not_seen_never_turn_it_around(pods: list[Group]) -> None:
    """Pods without a sample, or not ready, may only damp: they never add to a scale-up, nor make one of a scale-down."""
    current = sum(one.pods for one in pods)
    asked = proposed(pods, Goal("cpu", percent=70), current, Tolerance())
    seen = [one for one in pods if one.used is not None and not one.unready]
    if not seen:
        assert isinstance(asked, NoProposal)
        return
    used = sum((one.used or 0) * one.pods for one in seen)
    percent = used * 100 // (1000 * sum(one.pods for one in seen))
    assert isinstance(asked, int)
    if len(seen) < len(pods) and percent > 70:
        assert asked >= current
    if all(one.used is None or not one.unready for one in pods) and percent < 70:
        assert asked <= current

"""Pauses inside pauses, from start lines and without them."""

from seatrial.jvm.gclog.nesting import Nesting

MS = 1_000_000


def test_one_after_the_other_is_not_nested() -> None:
    nesting = Nesting()
    for gc in range(3):
        nesting.began("young", gc)
        assert not nesting.ended("young", "Allocation Failure", gc, 5 * MS, gc + 1.0)
    assert (nesting.nested, nesting.nested_ns, nesting.without_duration) == (0, 0, 0)


def test_a_full_collection_inside_a_young_one_with_start_lines() -> None:
    nesting = Nesting()
    nesting.began("young", 7)
    nesting.began("full", 8)
    assert not nesting.ended("full", "Allocation Failure", 8, 8 * MS, 1.0)
    assert nesting.ended("young", "Allocation Failure", 7, 14 * MS, 1.001)
    assert (nesting.nested, nesting.nested_ns) == (1, 8 * MS)


def test_the_same_without_them() -> None:
    nesting = Nesting()
    assert not nesting.ended("full", "Allocation Failure", 8, 8 * MS, 1.0)
    assert nesting.ended("young", "Allocation Failure", 7, 14 * MS, 1.001)
    assert (nesting.nested, nesting.nested_ns) == (1, 8 * MS)


def test_without_times_the_numbers_tell() -> None:
    nesting = Nesting()
    nesting.ended("full", "Allocation Failure", 8, 8 * MS, None)
    assert nesting.ended("young", "Allocation Failure", 7, 14 * MS, None)


def test_a_remark_after_a_younger_collection_is_not_around_it() -> None:
    nesting = Nesting()
    nesting.ended("young", "G1 Evacuation Pause", 8, 1 * MS, 1.0)
    assert not nesting.ended("remark", "Remark", 7, 3 * MS, 1.0)


def test_but_it_is_around_the_one_that_was_made_for_it() -> None:
    nesting = Nesting()
    nesting.ended("young", "CMS Final Remark", 8, 1 * MS, 1.0)
    assert nesting.ended("remark", "Remark", 7, 3 * MS, 1.0)


def test_what_ended_long_before_or_took_longer_is_not_inside() -> None:
    nesting = Nesting()
    nesting.ended("full", "Ergonomics", 8, 1 * MS, 1.0)
    assert not nesting.ended("young", "Allocation Failure", 7, 3 * MS, 2.0)
    nesting.ended("full", "Ergonomics", 9, 5 * MS, 3.0)
    assert not nesting.ended("young", "Allocation Failure", 8, 3 * MS, 3.0)
    nesting.ended("young", "Ergonomics", 9, 1 * MS, 3.0)
    assert not nesting.ended("young", "Allocation Failure", 8, 3 * MS, 3.0)


def test_a_pause_whose_end_is_lost_is_counted_apart() -> None:
    nesting = Nesting()
    nesting.began("young", 1)
    nesting.began("young", 2)
    assert nesting.without_duration == 1
    nesting.ended("young", "", 2, MS, 1.0)
    assert nesting.open_now() == 0


def test_an_inner_pause_whose_end_is_lost() -> None:
    nesting = Nesting()
    nesting.began("young", 1)
    nesting.began("full", 2)
    assert not nesting.ended("young", "", 1, MS, 1.0)
    assert (nesting.without_duration, nesting.open_now()) == (1, 0)


def test_an_end_without_a_start_does_not_close_what_cannot_hold_it() -> None:
    nesting = Nesting()
    nesting.began("young", 1)
    assert not nesting.ended("cleanup", "", 9, MS, 1.0)
    assert (nesting.without_duration, nesting.open_now()) == (1, 0)


def test_an_end_without_a_start_inside_one_that_can() -> None:
    nesting = Nesting()
    nesting.began("young", 1)
    nesting.ended("full", "", 2, 2 * MS, 1.0)
    assert nesting.ended("young", "", 1, 3 * MS, 1.0)
    assert (nesting.nested, nesting.nested_ns) == (1, 2 * MS)


def test_two_inner_pauses_whose_ends_are_lost() -> None:
    nesting = Nesting()
    for kind, gc in (("young", 1), ("full", 2), ("young", 3)):
        nesting.began(kind, gc)
    assert not nesting.ended("young", "", 1, MS, 1.0)
    assert (nesting.without_duration, nesting.open_now()) == (2, 0)


def test_never_deeper_than_eight() -> None:
    nesting = Nesting()
    for gc in range(20):
        nesting.began(("young", "full")[gc % 2], gc)
    assert nesting.open_now() <= 8
    nesting.cut()
    assert nesting.without_duration == 20

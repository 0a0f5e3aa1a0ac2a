"""Locks: one at a time, and given back."""

from pathlib import Path

import pytest

from seatrial.rehearsal.locks import waiting_for, within
from seatrial.rehearsal.paths import Places


def test_a_held_lock_is_waited_for_only_so_long(tmp_path: Path) -> None:
    with waiting_for(tmp_path / "a" / "lock"), pytest.raises(TimeoutError), within(0.2, tmp_path / "a" / "lock"):
        pass


def test_a_lock_is_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with within(0.2, tmp_path / "lock"):
            pass


def test_the_lock_of_a_cluster_is_not_removed_with_it() -> None:
    """Whoever waits for a removed file waits for another one than the next who comes."""
    where = Places("dev", Path("/data/seatrial/clusters/dev"))
    assert not where.lock.is_relative_to(where.base)

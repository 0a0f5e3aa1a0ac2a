"""Locks: one at a time, and given back."""

from pathlib import Path

import pytest

from seatrial.rehearsal.locks import waiting_for, within


def test_a_held_lock_is_waited_for_only_so_long(tmp_path: Path) -> None:
    with waiting_for(tmp_path / "a" / "lock"), pytest.raises(TimeoutError), within(0.2, tmp_path / "a" / "lock"):
        pass


def test_a_lock_is_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with within(0.2, tmp_path / "lock"):
            pass

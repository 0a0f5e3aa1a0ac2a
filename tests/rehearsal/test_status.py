"""What is told of a cluster that does not run: never "well", always the way out and the last words."""

import json
from pathlib import Path

import pytest

from seatrial.rehearsal.paths import places
from seatrial.rehearsal.settings import NodeKind, Settings
from seatrial.rehearsal.status import status


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return places("dev").base


def test_no_cluster() -> None:
    told = status("never-made")
    assert not told.is_up
    assert told.lines() == [
        "Cluster 'never-made' does not exist: `seatrial cluster up --name never-made` brings it up."
    ]


def test_one_that_was_cut_off(base: Path) -> None:
    base.mkdir(parents=True)
    assert "was cut off" in status("dev").headline


def test_one_that_ended_tells_which_part_ended_before_and_its_last_words(base: Path) -> None:
    (base / "logs").mkdir(parents=True)
    where = places("dev")
    where.settings.write_text(Settings(NodeKind.REAL, ("c",), "dev-1", "/x", "/ctr", "").to_json())
    where.parts.write_text(
        json.dumps({"etcd": {"pid": 7, "since": "a"}, "kubelet": {"pid": 8, "since": "a", "ended": "b", "code": 1}})
    )
    (where.logs / "kubelet.log").write_text("one\ntwo: no such cgroup\n")
    told = status("dev")
    assert not told.is_up
    assert "has ended" in told.headline
    assert [one.name for one in told.findings] == ["kubelet"]
    assert "two: no such cgroup" in "\n".join(told.lines())

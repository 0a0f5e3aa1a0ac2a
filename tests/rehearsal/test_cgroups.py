"""Control groups: which trees there are, and that nothing of a cluster stays in them."""

from pathlib import Path

import pytest

from seatrial.rehearsal.cgroups import Hierarchy, groups_left, hierarchies, make_groups, remove_groups

V1 = """\
26 25 0:23 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu
27 25 0:24 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
35 25 0:32 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
NONE = "21 20 0:20 / /proc rw - proc proc rw\n22 20 0:21 / /tmp/cgroup rw - tmpfs tmpfs rw\n"


@pytest.mark.parametrize(
    ("mountinfo", "expected"),
    [
        (
            V1,
            [
                Hierarchy(Path("/sys/fs/cgroup/cpu"), 1),
                Hierarchy(Path("/sys/fs/cgroup/memory"), 1),
                Hierarchy(Path("/sys/fs/cgroup/unified"), 2),
            ],
        ),
        (V2, [Hierarchy(Path("/sys/fs/cgroup"), 2)]),
        (NONE, []),
    ],
)
def test_the_trees_of_a_machine(mountinfo: str, expected: list[Hierarchy]) -> None:
    assert hierarchies(mountinfo) == expected


def test_a_cpuset_group_gets_its_processors_or_nothing_could_enter_it(tmp_path: Path) -> None:
    (tmp_path / "cpuset.cpus").write_text("0-1\n")
    (tmp_path / "cpuset.mems").write_text("0\n")
    make_groups([Hierarchy(tmp_path, 1)], "mine")
    assert (tmp_path / "mine/cpuset.cpus").read_text() == "0-1\n"
    assert (tmp_path / "mine/cpuset.mems").read_text() == "0\n"


def test_version_2_hands_on_only_what_it_has_and_has_not_yet(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("memory\n")
    make_groups([Hierarchy(tmp_path, 2)], "mine")
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +cpuset +pids"


def test_a_cluster_goes_with_all_its_pods_and_leaves_its_neighbours(tmp_path: Path) -> None:
    for group in ("mine/kubepods/burstable/pod1/container", "mine/kubepods/pod2", "yours/kubepods"):
        (tmp_path / group).mkdir(parents=True)
    trees = [Hierarchy(tmp_path, 1)]
    assert remove_groups(trees, "mine") == []
    assert groups_left(trees, "mine") == []
    assert (tmp_path / "yours/kubepods").is_dir()

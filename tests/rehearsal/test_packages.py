"""What the machine has is used; what it lacks is fetched, and only that."""

from pathlib import Path

import pytest

from seatrial.rehearsal.packages import PLUGINS_OF, PROGRAMS_OF, missing_packages

ALL_PROGRAMS = [name for names in PROGRAMS_OF.values() for name in names]
ALL_PLUGINS = [name for names in PLUGINS_OF.values() for name in names]


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ([], ["containerd", "runc", "containernetworking-plugins"]),
        (ALL_PROGRAMS, ["containernetworking-plugins"]),
        ([*ALL_PROGRAMS, *ALL_PLUGINS], []),
        (["containerd", "ctr", "runc", *ALL_PLUGINS], ["containerd"]),  # half of a package is none
        (["runc", "bridge"], ["containerd", "containernetworking-plugins"]),
    ],
)
def test_missing_packages(there: list[str], missing: list[str], tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).touch()
    assert missing_packages([tmp_path], [tmp_path]) == missing


def test_plugins_are_wanted_in_one_place(tmp_path: Path) -> None:
    for number, name in enumerate(ALL_PLUGINS):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / name).touch()
    places = sorted(tmp_path.iterdir())
    assert "containernetworking-plugins" in missing_packages([], places)

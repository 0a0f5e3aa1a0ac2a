"""Where a cluster lies follows from its name and the user's directories, and two never share anything."""

from pathlib import Path

import pytest

from seatrial.rehearsal.paths import Places, cache_dir, data_dir, places, refuse_hidden
from seatrial.rehearsal.troubles import MachineLacks


def test_the_directories_are_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert places("one").kubeconfig == tmp_path / "data/seatrial/clusters/one/kubeconfig"
    assert cache_dir() == tmp_path / "cache/seatrial"


@pytest.mark.parametrize("given", ["", "relative/path"])
def test_an_unset_or_relative_directory_is_the_usual_one(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", given)
    assert data_dir() == Path.home() / ".local/share/seatrial"


@pytest.mark.parametrize("name", ["", "Upper", "-dash", "a" * 21, "a/b", "../up", "a b", "1st"])
def test_a_name_that_could_not_be_a_directory_and_a_node_is_refused(name: str) -> None:
    with pytest.raises(MachineLacks, match="can't name a cluster"):
        places(name)


def test_the_same_name_elsewhere_is_another_cluster() -> None:
    here, there = Places("one", Path("/a/one")), Places("one", Path("/b/one"))
    assert here.unique_name != there.unique_name
    assert here.mark != there.mark
    assert here.unique_name.startswith("seatrial-one-")


@pytest.mark.parametrize(("base", "hidden"), [("/run/user/0/x", True), ("/var/lib/x", True), ("/home/me/x", False)])
def test_a_cluster_can_not_lie_where_it_would_hide_itself(base: str, hidden: bool) -> None:
    if not hidden:
        refuse_hidden(Path(base))
        return
    with pytest.raises(MachineLacks, match="XDG_DATA_HOME"):
        refuse_hidden(Path(base))

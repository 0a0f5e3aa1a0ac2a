"""The repository of the manifests: its commit, what differs, what a commit touched."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from seatrial.model.preflight import GitState
from seatrial.sources.git import Commit, NoGit, commit, is_at, state

GIT = shutil.which("git") or "git"
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(repository: Path, *words: str) -> str:
    """What a person types."""
    who = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    done = subprocess.run(
        [GIT, "-C", str(repository), *words], env={**os.environ, **who}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: before and after, with a name that is not ASCII and one with blanks."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "部署.yml").write_text("before")
    (tmp_path / "other").write_text("x")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "before")
    (tmp_path / "prod" / "部署.yml").write_text("after")
    (tmp_path / "prod" / "hpa of rates.yml").write_text("new")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "OOM fix: 2 replicas", "-m", "why")
    return tmp_path


def test_a_clean_tree_is_at_its_commit(repository: Path) -> None:
    """What differs elsewhere in the repository is none of ours."""
    (repository / "other").write_text("changed")

    assert state(repository / "prod") == GitState(git(repository, "rev-parse", "HEAD"))


def test_changed_staged_new_and_deleted_files_are_named(repository: Path) -> None:
    """From the top of the repository, spelled as they are."""
    prod = repository / "prod"
    (prod / "部署.yml").write_text("changed")
    (prod / "staged.yml").write_text("x")
    git(repository, "add", "prod/staged.yml")
    (prod / "new file.yml").write_text("x")
    (prod / "hpa of rates.yml").unlink()

    found = state(prod)

    names = ("prod/hpa of rates.yml", "prod/new file.yml", "prod/staged.yml", "prod/部署.yml")
    assert isinstance(found, GitState)
    assert found.dirty == names


def test_other_directories_that_are_rendered_along_count(repository: Path) -> None:
    """The bases of a kustomization."""
    (repository / "base").mkdir()
    (repository / "base" / "x.yml").touch()

    found = state(repository / "prod", [repository / "base"])

    assert isinstance(found, GitState)
    assert found.dirty == ("base/x.yml",)


def test_a_commit_is_known_by_its_beginning(repository: Path) -> None:
    """With what it touched."""
    head = git(repository, "rev-parse", "HEAD")

    found = commit(repository, head[:7])

    assert found == Commit(head, "OOM fix: 2 replicas", ("prod/hpa of rates.yml", "prod/部署.yml"))
    assert is_at(head, head[:7].upper())
    assert not is_at(head, "0000000")
    assert not is_at(head, "")


@pytest.mark.parametrize("named", ["0000000", "HEAD", "--help", "main", "", "abc"])
def test_what_is_no_commit_id_names_no_commit(repository: Path, named: str) -> None:
    """Neither a branch nor an option."""
    assert commit(repository, named) is None


def test_the_first_commit_touched_all_its_files(repository: Path) -> None:
    """It has no parent to differ from."""
    first = git(repository, "rev-list", "--max-parents=0", "HEAD")

    found = commit(repository, first)

    assert isinstance(found, Commit)
    assert found.files == ("other", "prod/部署.yml")


def test_a_place_without_repository_is_told_in_gits_words(tmp_path: Path) -> None:
    """And so is one without a commit."""
    assert state(tmp_path) == NoGit("not a git repository (or any of the parent directories): .git")
    assert commit(tmp_path, "abcdef0") == NoGit("not a git repository (or any of the parent directories): .git")

    git(tmp_path, "init", "-q")
    assert state(tmp_path) == NoGit("the repository has no commit yet")


def test_no_git_is_a_value_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slim image has none."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert state(tmp_path) == NoGit("git can't be started: No such file or directory")


def test_a_look_runs_no_program_of_the_repository(repository: Path) -> None:
    """Its settings could name one."""
    spy = repository / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {repository}/ran\n")
    spy.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(spy))
    git(repository, "config", "diff.external", str(spy))

    assert isinstance(state(repository / "prod"), GitState)
    assert isinstance(commit(repository, git(repository, "rev-parse", "HEAD")), Commit)
    assert not (repository / "ran").exists()

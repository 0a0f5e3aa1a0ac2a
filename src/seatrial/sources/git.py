"""The repository that the manifests lie in: its commit, what differs from it, what a commit touched. Looks only, changes nothing."""

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.model.preflight import GitState
from seatrial.sources.programs import Ran, run

DIRTY_MAX = 200
_ID = re.compile(r"[0-9a-f]{4,64}", re.IGNORECASE)
# A repository's own settings may name programs: none of them is run by a look.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager")


class NoGit(Struct, frozen=True):
    """There is no repository to look at, or no git to look with; git's own words."""

    because: str


class Commit(Struct, frozen=True):
    """A commit: its whole id, the first line of its message, the files it touched (against its first parent)."""

    id: str
    subject: str
    files: tuple[str, ...]


def state(directory: Path, also: Sequence[Path] = ()) -> GitState | NoGit:
    """The commit that is checked out, and what of the directory differs from it: changed, staged and new files.

    also: other directories of the same repository that are rendered along (the bases of a kustomization).
    """
    head = _git(directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.code != 0:
        return _no_git(directory, head)
    status = _git(
        directory, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", ".", *map(str, also)
    )
    if status.code != 0:
        return NoGit(_words(status))
    changed = [_text(entry)[3:] for entry in status.out.split(b"\0") if entry]
    return GitState(_text(head.out).strip(), tuple(sorted(changed)[:DIRTY_MAX]))


def commit(directory: Path, abbreviation: str) -> Commit | NoGit | None:
    """The commit that an id or its beginning names; None where it names none, or more than one."""
    if not _ID.fullmatch(abbreviation):
        return None
    found = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{abbreviation}^{{commit}}")
    if found.code is None:
        return NoGit(_words(found))
    if found.code != 0:
        inside = state(directory)
        return inside if isinstance(inside, NoGit) else None
    whole = _text(found.out).strip()
    subject = _git(directory, "log", "-1", "--format=%s", "--no-show-signature", whole, "--")
    touched = ("diff-tree", "--root", "--no-commit-id", "--no-ext-diff", "--name-only", "--no-renames")
    files = _git(directory, *touched, "-r", "-z", "-m", "--first-parent", whole, "--")
    if subject.code != 0 or files.code != 0:
        return NoGit(_words(subject if subject.code else files))
    names = sorted({_text(name) for name in files.out.split(b"\0") if name})
    return Commit(whole, _text(subject.out).strip(), tuple(names))


def is_at(commit_id: str, abbreviation: str) -> bool:
    """Whether the id is the one that the abbreviation means."""
    return bool(_ID.fullmatch(abbreviation)) and commit_id.lower().startswith(abbreviation.lower())


def _git(directory: Path, *words: str) -> Ran:
    return run(("git", "-C", str(directory), *_SAFE, *words))


def _no_git(directory: Path, asked: Ran) -> NoGit:
    if asked.code is None or asked.words:
        return NoGit(_words(asked))
    inside = _git(directory, "rev-parse", "--is-inside-work-tree")
    return NoGit(_words(inside) if inside.code != 0 else "the repository has no commit yet")


def _words(asked: Ran) -> str:
    lines = asked.words.splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"git ended with {asked.code}"


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")

"""The words of others: files put into RUN/inbox by rename, journaled by the run's one owner, who then deletes them."""

import os
import pwd
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from seatrial.journal.runs import write_private

WORDS = ("approve", "abort", "keep", "retry", "rollback")


class Word(Struct, frozen=True):
    """What a person says to a run, who, and why."""

    word: str
    by: str
    because: str = ""


def post(inbox: Path, word: Word) -> None:
    """Put a word into a run's inbox; the owner takes it from there."""
    write_private(inbox / f"{secrets.token_hex(8)}.json", msgspec.json.encode(word))


def take(inbox: Path) -> tuple[Word, ...]:
    """The words that lie there, oldest first, each read once; what is no word of ours is set aside."""
    found = []
    try:
        names = sorted(inbox.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    except OSError:
        return ()
    for path in names[:100]:
        try:
            word = msgspec.json.decode(path.read_bytes(), type=Word)
        except (OSError, msgspec.DecodeError):
            path.replace(path.with_suffix(".unread"))
            continue
        path.unlink(missing_ok=True)
        if word.word in WORDS:
            found.append(word)
    return tuple(found)


def user_name() -> str:
    """Who types here, for the record."""
    named = os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME")
    if named:
        return named
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"

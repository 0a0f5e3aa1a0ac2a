"""The journal on disk: what was written is read again, a torn tail is cut, a broken middle is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.journal.book import Journal, JournalError, create, read, reopen
from seatrial.journal.codec import BrokenLineError, decode, encode
from seatrial.model import events as e


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return 1.5

    def boot_id(self) -> str:
        return "boot"


def written(path: Path, count: int = 3) -> Journal:
    journal = create(path, Noon())
    for number in range(count):
        journal.append(e.Milestone(f"step {number} → “quoted”"))
    return journal


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    """Same entries, in order, private to their owner."""
    path = tmp_path / "journal.jsonl"
    journal = written(path)

    assert read(path) == journal.entries()
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_byte_may_be_the_last(tmp_path: Path) -> None:
    """Cut the power after each byte: the whole lines survive, and the journal goes on."""
    path = tmp_path / "journal.jsonl"
    journal = written(path)
    raw = path.read_bytes()
    ends = [index + 1 for index, byte in enumerate(raw) if byte == 10]
    for cut in range(len(raw) + 1):
        path.write_bytes(raw[:cut])
        whole = sum(1 for end in ends if end <= cut)
        again = reopen(path, Noon())
        assert again.entries() == journal.entries()[:whole]
        again.append(e.Milestone("on"))
        assert len(read(path)) == whole + 1


def test_a_changed_line_is_named_with_its_number(tmp_path: Path) -> None:
    """A journal that somebody edited is not trusted."""
    path = tmp_path / "journal.jsonl"
    written(path)
    path.write_bytes(path.read_bytes().replace(b"step 1", b"step 7"))

    with pytest.raises(JournalError, match=r"journal\.jsonl:2: its checksum does not match"):
        read(path)


def test_a_line_that_is_missing_is_noticed(tmp_path: Path) -> None:
    """The numbers must follow each other."""
    path = tmp_path / "journal.jsonl"
    written(path)
    first, _, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + third)

    with pytest.raises(JournalError, match="entry 2 stands where 1 should"):
        read(path)


def test_no_line_no_change(tmp_path: Path) -> None:
    """Where the journal can't be written, the writer is told before it does anything."""
    path = tmp_path / "journal.jsonl"
    journal = written(path, 1)
    path.unlink()

    with pytest.raises(JournalError, match="nothing is changed either"):
        journal.append(e.ApplyStarted("d"))
    assert len(journal.entries()) == 1


def test_a_journal_is_never_begun_twice(tmp_path: Path) -> None:
    """A second run can't take the first one's file."""
    path = tmp_path / "journal.jsonl"
    written(path)

    with pytest.raises(JournalError, match="can't be created"):
        create(path, Noon())


@given(st.binary(max_size=400))
def test_garbage_is_refused_and_nothing_else(line: bytes) -> None:
    """Whatever stands there: an entry of ours, or BrokenLineError."""
    with pytest.raises(BrokenLineError):
        decode(line)


@given(st.text(max_size=200))
def test_any_text_survives(text: str) -> None:
    """Quotes, newlines, other scripts."""
    entry = e.Entry(0, Noon().now(), 0.0, "b", e.Milestone(text.encode(errors="ignore").decode()))

    assert decode(encode(entry)) == entry

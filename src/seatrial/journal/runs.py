"""Where runs live: one directory each, with the journal, the frozen plan, the sealed bodies, the inbox and the evidence."""

import fcntl
import json
import os
from datetime import datetime
from pathlib import Path

import msgspec

from seatrial.model.plan import Plan
from seatrial.model.writes import Body


class RunsError(Exception):
    """A run that can't be found, or that somebody else holds."""


def home() -> Path:
    """SEATRIAL_HOME, or seatrial in the user's data directory."""
    named = os.environ.get("SEATRIAL_HOME")
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(named) if named else Path(data) / "seatrial"


def new_run_id(workload: str, at: datetime) -> str:
    """Sorts by time, and says what it is about."""
    return f"{at:%Y%m%d-%H%M%S}-{workload}-{os.urandom(2).hex()}"


class RunDirectory:
    """The files of one run. Everything is 0600 in directories of 0700."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / "journal.jsonl"
        self.plan = path / "plan.json"
        self.sealed = path / "sealed"
        self.inbox = path / "inbox"
        self.evidence = path / "evidence"

    @property
    def run_id(self) -> str:
        """The directory's name."""
        return self.path.name

    def make(self, plan: Plan) -> None:
        """Create the directories and write the frozen plan down."""
        for directory in (self.path, self.sealed, self.inbox, self.evidence):
            directory.mkdir(mode=0o700, parents=True, exist_ok=directory is not self.path)
        write_private(self.plan, msgspec.json.format(msgspec.json.encode(plan)))

    def read_plan(self) -> Plan:
        """The plan as it was frozen at the start."""
        try:
            return msgspec.json.decode(self.plan.read_bytes(), type=Plan)
        except (OSError, msgspec.DecodeError) as error:
            raise RunsError(f"{self.plan}: can't be read: {error}") from error

    def seal(self, name: str, body: Body) -> None:
        """Keep a whole body, fsynced, until nothing is owed any more."""
        write_private(self.sealed / f"{name}.json", json.dumps(body, sort_keys=True).encode())

    def unseal(self) -> dict[str, Body]:
        """All sealed bodies by name."""
        return {path.stem: json.loads(path.read_bytes()) for path in sorted(self.sealed.glob("*.json"))}

    def key(self) -> bytes:
        """The run's own key for digests of secrets; made at the first use, sealed with the bodies."""
        path = self.sealed / "key"
        if not path.exists():
            write_private(path, os.urandom(32))
        return path.read_bytes()

    def keep(self, name: str, content: bytes) -> str:
        """Save a file of evidence; its name, with what no file name should have replaced."""
        safe = "".join(char if char.isalnum() or char in "-._" else "_" for char in name)[:200]
        write_private(self.evidence / safe, content)
        return safe

    def shred(self) -> None:
        """Delete the sealed bodies: the obligation has ended."""
        import shutil

        shutil.rmtree(self.sealed, ignore_errors=True)
        self.sealed.mkdir(mode=0o700, exist_ok=True)


class RunLock:
    """Held by the one process that owns a run's workload on this machine; the kernel lets go when the process dies."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._handle, 200, 0).decode(errors="replace").strip()
            os.close(self._handle)
            raise RunsError(f"another run holds this workload: {holder or 'it does not say which'}") from error
        self.path = path

    def sign(self, words: str) -> None:
        """Say who holds it, for the next one that asks."""
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, words.encode(), 0)

    def release(self) -> None:
        """Let go."""
        os.close(self._handle)


def all_runs(root: Path) -> tuple[RunDirectory, ...]:
    """Every run, the newest first."""
    found = sorted((root / "runs").glob("*/journal.jsonl"), reverse=True)
    return tuple(RunDirectory(path.parent) for path in found)


def find_run(root: Path, name: str) -> RunDirectory:
    """The run of that id or prefix; the newest one where the name is empty. RunsError where there is none, or several."""
    runs = all_runs(root)
    fitting = [run for run in runs if run.run_id.startswith(name)] if name else list(runs[:1])
    if not fitting:
        raise RunsError(f"no run {name or 'yet'} under {root / 'runs'}; `seatrial runs` lists them")
    if len(fitting) > 1 and not any(run.run_id == name for run in fitting):
        raise RunsError(f"{name} fits {len(fitting)} runs: {', '.join(run.run_id for run in fitting[:3])} …")
    return next((run for run in fitting if run.run_id == name), fitting[0])


def write_private(path: Path, content: bytes) -> None:
    """Write a file of 0600, whole or not at all, fsynced with its directory."""
    temporary = path.with_name(f".{path.name}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)

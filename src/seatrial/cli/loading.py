"""Plans and runs from the disk, with the errors that a person at the command line understands."""

from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.cli.trouble import WayOutError

# Commands that read a run need no YAML, and those that read a plan need no journal: neither pays for the other's imports.
if TYPE_CHECKING:
    from seatrial.journal.runs import RunDirectory
    from seatrial.model.events import Entry
    from seatrial.model.plan import Plan


def load_plan(file: str) -> "Plan":
    """The plan of a file; exit code 2 with every fault where it is wrong."""
    from seatrial.plan.document import TEXT_BYTES_MAX, FaultyDocumentError
    from seatrial.plan.reading import read_plan

    path = Path(file)
    try:
        if path.stat().st_size > TEXT_BYTES_MAX:
            raise WayOutError(f"{file}: larger than 1 MiB: this is no plan; is it the right file?", 2)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise WayOutError(f"{file}: can't be read: {error.strerror}", 2) from error
    except UnicodeDecodeError as error:
        raise WayOutError(f"{file}: not UTF-8 text, at byte {error.start}", 2) from error
    try:
        return read_plan(text, str(path.resolve()))
    except FaultyDocumentError as error:
        said = "\n".join(fault.say(file) for fault in error.faults[:50])
        raise WayOutError(f"{len(error.faults)} fault(s) in the plan; nothing was touched\n{said}", 2) from error


def zone_of(plan: "Plan") -> tzinfo:
    """The zone in which a person reads this run's times: the plan's window's, otherwise UTC."""

    from zoneinfo import ZoneInfo

    return ZoneInfo(plan.window.timezone) if plan.window else UTC


def load_run(name: str) -> "RunDirectory":
    """The run of that id or prefix, the newest where the name is empty."""
    from seatrial.journal.runs import RunsError, find_run, home

    try:
        return find_run(home(), name)
    except RunsError as error:
        raise WayOutError(str(error), 2) from error


def load_entries(run: "RunDirectory") -> "tuple[Entry, ...]":
    """A run's entries, read without continuing it."""
    from seatrial.journal.book import JournalError, read

    try:
        return read(run.journal)
    except JournalError as error:
        raise WayOutError(str(error), 2) from error


def frozen_plan(run: "RunDirectory") -> "Plan":
    """The plan as the run froze it."""
    from seatrial.journal.runs import RunsError

    try:
        return run.read_plan()
    except RunsError as error:
        raise WayOutError(str(error), 2) from error


def lock_of(plan: "Plan") -> Path:
    """One run at a time for each workload of each context on this machine."""
    from seatrial.journal.runs import home

    target = plan.target
    return home() / "locks" / f"{target.context}.{target.namespace}.{target.kind}.{target.name}".replace("/", "_")


def is_driven(plan: "Plan") -> bool:
    """Whether a process of this machine holds the workload now."""
    from seatrial.journal.runs import RunLock, RunsError

    try:
        RunLock(lock_of(plan)).release()
    except RunsError:
        return True
    return False

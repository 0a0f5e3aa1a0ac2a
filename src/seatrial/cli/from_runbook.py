"""init --from: a runbook in Markdown, read and never run, written as a plan."""

import sys
from pathlib import Path

from seatrial.cli.trouble import WayOutError
from seatrial.runbook.planning import Drawn, draw
from seatrial.runbook.telling import line_by_line, machine, plan_with_account, summary

RUNBOOK_BYTES_MAX = 1024 * 1024
TELLERS = {"plan": plan_with_account, "lines": line_by_line, "json": machine}


def drawn_from(file: str, timezone: str) -> Drawn:
    """The runbook of that file, understood as far as it goes."""
    if timezone:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(timezone)
        except (ValueError, OSError, KeyError) as error:
            raise WayOutError(f"{timezone!r} is no time zone of the tz database, like Asia/Taipei", 2) from error
    return draw(text_of(file), timezone)


def text_of(file: str) -> str:
    """The runbook's text."""
    path = Path(file)
    try:
        if path.stat().st_size > RUNBOOK_BYTES_MAX:
            raise WayOutError(f"{file}: larger than 1 MiB: is it the right file?", 2)
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise WayOutError(f"{file}: can't be read: {error.strerror}", 2) from error
    except UnicodeDecodeError as error:
        raise WayOutError(f"{file}: not UTF-8 text, at byte {error.start}", 2) from error


def told(file: str, timezone: str, output: str) -> str:
    """What `init --from` writes; the summary and the mistakes go to stderr."""
    drawn = drawn_from(file, timezone)
    for one in drawn.mistakes:
        more = f" (and {len(one.lines) - 1} more lines)" if len(one.lines) > 1 else ""
        sys.stderr.write(f"{file}:{one.lines[0]}: {one.name}{more}\n")
    sys.stderr.write(f"{file}: {summary(drawn)}\n")
    return TELLERS[output](drawn)

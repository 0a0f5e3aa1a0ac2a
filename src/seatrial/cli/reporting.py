"""report, status and runs: readers of a journal."""

import sys
from collections.abc import Callable
from datetime import tzinfo

import click

from seatrial.cli.loading import frozen_plan, load_entries, load_run, zone_of
from seatrial.cli.standing import standing
from seatrial.journal.runs import all_runs, home
from seatrial.report.story import Story, tell
from seatrial.report.table import runs_table
from seatrial.run.clock import utc_now


@click.command("report")
@click.argument("run", metavar="[RUN]", default="")
@click.option("-o", "--output", type=click.Choice(["html", "markdown", "json", "junit", "log"]), default="markdown")
@click.option("-f", "--file", type=click.Path(), help="Write it there instead of to the terminal.")
@click.option(
    "--as-runbook", metavar="RUNBOOK.md", help="Give the runbook back, its boxes ticked by what the run showed."
)
def report_command(run: str, output: str, file: str | None, as_runbook: str | None) -> int:
    """Tell RUN (the newest by default) from its journal."""
    directory = load_run(run)
    entries = load_entries(directory)
    plan = frozen_plan(directory)
    zone = zone_of(plan)
    if as_runbook:
        from seatrial.cli.from_runbook import text_of
        from seatrial.runbook.ticked import ticked

        text = ticked(text_of(as_runbook), tell(entries, plan), zone)
    elif output == "log":
        from seatrial.report.lines import all_lines

        text = "\n".join(all_lines(entries, zone)) + "\n"
    else:
        text = _teller(output, zone)(tell(entries, plan))
    if file:
        with click.open_file(file, "w", encoding="utf-8") as target:
            target.write(text)
    else:
        sys.stdout.write(text)
    return 0


@click.command("status")
@click.argument("run", metavar="[RUN]", default="")
def status_command(run: str) -> int:
    """Where RUN (the newest by default) stands, what is owed, and what it waits for."""
    sys.stdout.write(standing(run))
    return 0


@click.command("runs")
def runs_command() -> int:
    """List the runs of this machine, the newest first."""
    stories = [tell(load_entries(one), frozen_plan(one)) for one in all_runs(home())[:50]]
    sys.stdout.write(runs_table(stories, utc_now()) if stories else "no runs yet; `seatrial deploy PLAN` makes one\n")
    return 0


def _teller(output: str, zone: tzinfo) -> Callable[[Story], str]:
    match output:
        case "html":
            from seatrial.report.html import html

            return lambda story: html(story, zone)
        case "json":
            from seatrial.report.json import json

            return json
        case "junit":
            from seatrial.report.junit import junit

            return junit
        case _:
            from seatrial.report.markdown import markdown

            return lambda story: markdown(story, zone)

"""approve, abort and retry: words for a run that another process owns, or that goes on later."""

import click

from seatrial.cli.loading import frozen_plan, is_driven, load_entries, load_run
from seatrial.cli.trouble import WayOutError
from seatrial.journal.inbox import Word, post, user_name
from seatrial.lifecycle import ENDS, fold

because_option = click.option("--because", default="", help="Why, for the record.")


@click.command("approve")
@click.argument("run", metavar="[RUN]", default="")
@because_option
def approve_command(run: str, because: str) -> int:
    """Say yes to what RUN asks."""
    return _say(run, Word("approve", user_name(), because))


@click.command("abort")
@click.argument("run", metavar="[RUN]", default="")
@click.option("--keep", is_flag=True, help="Leave the cluster as it is; needs --because.")
@because_option
def abort_command(run: str, keep: bool, because: str) -> int:
    """Roll RUN back, or end it before its first change; with --keep leave everything as it is."""
    if keep and not because:
        raise click.UsageError("--keep needs --because: nothing is owed after it, so say why")
    return _say(run, Word("keep" if keep else "abort", user_name(), because))


@click.command("retry")
@click.argument("run", metavar="[RUN]", default="")
@because_option
def retry_command(run: str, because: str) -> int:
    """Try a failed rollback again."""
    return _say(run, Word("retry", user_name(), because))


def _say(name: str, word: Word) -> int:
    directory = load_run(name)
    phase = fold(load_entries(directory)).phase
    if phase in ENDS:
        raise WayOutError(f"{directory.run_id} has ended: {phase.value}; `seatrial runs` lists the others", 2)
    post(directory.inbox, word)
    if is_driven(frozen_plan(directory)):
        click.echo(f"{directory.run_id}: told")
    else:
        click.echo(f"{directory.run_id}: noted; no process drives it now, `seatrial resume {directory.run_id}` goes on")
    return 0

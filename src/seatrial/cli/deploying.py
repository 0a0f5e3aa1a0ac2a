"""deploy, resume and rollback: the commands that let the engine go."""

import asyncio
import socket

import click

from seatrial import __version__
from seatrial.cli.driving import drive, take_lock
from seatrial.cli.loading import frozen_plan, load_plan, load_run
from seatrial.cli.trouble import WayOutError
from seatrial.journal.book import Journal, JournalError, create, read, reopen
from seatrial.journal.inbox import Word, post, user_name
from seatrial.journal.runs import RunDirectory, RunsError, home, new_run_id
from seatrial.lifecycle import BEFORE_CHANGE, ENDS, GOING_BACK, fold
from seatrial.model.events import Refused, RollbackDecided, RunStarted
from seatrial.run.clock import SystemClock

WAIT_FOR_LATER_S = 300.0

kubeconfig_option = click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then ~/.kube/config.")
context_option = click.option("--context", metavar="NAME", help="Default: the current context; the plan must name it.")


@click.command("deploy")
@click.argument("plan", metavar="PLAN", type=click.Path())
@click.option("-y", "--yes", is_flag=True, help="Approve the diff beforehand, and nothing else.")
@kubeconfig_option
@context_option
def deploy_command(plan: str, yes: bool, kubeconfig: str | None, context: str | None) -> int:
    """Carry out PLAN: check, show, apply, watch, prove, soak, accept, or roll back."""
    asked = load_plan(plan)
    clock = SystemClock()
    run_id = new_run_id(asked.target.name, clock.now())
    lock = take_lock(asked, run_id)
    directory = RunDirectory(home() / "runs" / run_id)
    try:
        directory.make(asked)
        journal = create(directory.journal, clock)
        journal.append(
            RunStarted(
                run_id=run_id,
                plan=asked.name,
                plan_digest=asked.digest,
                version=__version__,
                host=socket.gethostname(),
                user=user_name(),
                workload=f"{asked.target.kind}/{asked.target.name}",
                namespace=asked.target.namespace,
            )
        )
        return asyncio.run(
            drive(asked, directory, journal, kubeconfig, context, approved=yes, patience_s=WAIT_FOR_LATER_S)
        )
    except (JournalError, OSError) as error:
        code = 5 if _is_owed(directory) else 3
        raise WayOutError(f"the run can't be written down, so nothing more is changed: {error}", code) from error
    finally:
        lock.release()


@click.command("resume")
@click.argument("run", metavar="[RUN]", default="")
@click.option("--wait", is_flag=True, help="Stay until the last criterion is due, however long.")
@kubeconfig_option
@context_option
def resume_command(run: str, wait: bool, kubeconfig: str | None, context: str | None) -> int:
    """Go on with RUN (the newest by default), from wherever it stands."""
    directory = load_run(run)
    return _carry_on(directory, None, kubeconfig, context, float("inf") if wait else WAIT_FOR_LATER_S)


@click.command("rollback")
@click.argument("run", metavar="[RUN]", default="")
@click.option("--because", default="", help="Why, for the record.")
@kubeconfig_option
@context_option
def rollback_command(run: str, because: str, kubeconfig: str | None, context: str | None) -> int:
    """Take RUN (the newest by default) back to its baseline."""
    directory = load_run(run)
    word = Word("rollback", user_name(), because)
    return _carry_on(directory, word, kubeconfig, context, WAIT_FOR_LATER_S)


def _carry_on(
    directory: RunDirectory, word: Word | None, kubeconfig: str | None, context: str | None, patience_s: float
) -> int:
    plan = frozen_plan(directory)
    try:
        lock = take_lock(plan, directory.run_id)
    except WayOutError:
        if word is None:
            raise
        post(directory.inbox, word)
        click.echo(f"the process that owns {directory.run_id} has been told; `seatrial status` shows what it does")
        return 0
    try:
        journal = reopen(directory.journal, SystemClock())
        _say(directory, journal, word)
        return asyncio.run(drive(plan, directory, journal, kubeconfig, context, approved=False, patience_s=patience_s))
    except (JournalError, RunsError) as error:
        raise WayOutError(str(error), 5) from error
    finally:
        lock.release()


def _is_owed(directory: RunDirectory) -> bool:
    """Whether the run on the disk owes a rollback; a journal that can't be read may."""
    try:
        return fold(read(directory.journal)).owed
    except JournalError:
        return directory.journal.exists()


def _say(directory: RunDirectory, journal: Journal, word: Word | None) -> None:
    """Write the person's decision down before the engine goes on; an ended run stays as it is."""
    state = fold(journal.entries())
    if state.phase in ENDS:
        hint = "; its sealed baseline is gone: go back by git, and deploy that" if word else ""
        raise WayOutError(f"{directory.run_id} has ended: {state.phase.value}{hint}", 2)
    if word is None or (state.phase in GOING_BACK and state.phase.name != "NEEDS_PERSON"):
        return
    because = word.because or f"{word.by} asked for it"
    decided = Refused(because) if state.phase in BEFORE_CHANGE else RollbackDecided("person", because, by=word.by)
    journal.append(decided)

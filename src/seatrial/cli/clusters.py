"""cluster: the local Kubernetes to practise on, up, down and its status."""

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from seatrial.cli.trouble import WayOutError
from seatrial.rehearsal.troubles import RehearsalError

T = TypeVar("T")

name_option = click.option("--name", default="seatrial", show_default=True, help="Two clusters can stand side by side.")


@click.group("cluster")
def cluster_command() -> None:
    """The local cluster: a real Kubernetes node on this machine, in namespaces of its own."""


@cluster_command.command("up")
@name_option
@click.option("--context", "contexts", multiple=True, help="More names for its context in its kubeconfig.")
@click.option("--simulated", is_flag=True, help="Simulated nodes, without containers; works without root.")
def up_command(name: str, contexts: tuple[str, ...], simulated: bool) -> int:
    """Bring it up; again and again is harmless."""
    from seatrial.rehearsal.cluster import up, up_simulated

    bring_up = up_simulated if simulated else up
    cluster = _tried(lambda: bring_up(name, out=say, contexts=contexts))
    say(f"\n  export KUBECONFIG={cluster.kubeconfig}\n  kubectl is {cluster.kubectl}")
    return 0


@cluster_command.command("down")
@name_option
def down_command(name: str) -> int:
    """End it and remove all that it made: nothing is left."""
    from seatrial.rehearsal.cluster import down

    _tried(lambda: down(name, out=say))
    return 0


@cluster_command.command("status")
@name_option
def status_command(name: str) -> int:
    """What of it runs, and why the rest does not. Exit code 1 where it is not up."""
    from seatrial.rehearsal.status import status

    found = _tried(lambda: status(name))
    say("\n".join(found.lines()))
    return 0 if found.is_up else 1


def say(line: str) -> None:
    """A line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tried(work: Callable[[], T]) -> T:
    try:
        return work()
    except RehearsalError as error:
        raise WayOutError(str(error), 1) from error

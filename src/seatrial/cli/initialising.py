"""init: write a plan from a directory of manifests, its commit, and the cluster where one answers."""

import os
import sys
from pathlib import Path

import click
from msgspec.structs import replace

from seatrial.change.gleaning import workloads, written_plan
from seatrial.change.gleaning.facts import Facts, Live
from seatrial.change.objects import placed, ref_of, text_at
from seatrial.cli.trouble import WayOutError
from seatrial.model.observation import CouldNotLook
from seatrial.model.preflight import GitState
from seatrial.model.writes import Body
from seatrial.plan.reading import read_plan
from seatrial.sources import git, kustomize
from seatrial.sources.origins import origins
from seatrial.sources.rendered import Rendered, SourceError


@click.command("init")
@click.option("-k", "--kustomize", "directory", default=".", metavar="DIR", help="The kustomization; default: here.")
@click.option("-f", "--file", metavar="FILE", help="Write the plan there instead of to the terminal.")
@click.option("--workload", metavar="deployment/NAME", default="", help="Which one, where there are several.")
@click.option("--force", is_flag=True, help="Write over FILE.")
@click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then ~/.kube/config.")
@click.option("--context", metavar="NAME", help="Default: the current context.")
@click.option(
    "--from", "runbook", metavar="RUNBOOK.md", help="Read a runbook as it is, run nothing, and write its plan."
)
@click.option(
    "--timezone", metavar="ZONE", default="", help="Of the runbook's window, like Asia/Taipei, where it names none."
)
@click.option(
    "-o", "--output", type=click.Choice(["plan", "lines", "json"]), default="plan", help="With --from: what is written."
)
def init_command(
    directory: str,
    file: str | None,
    workload: str,
    force: bool,
    kubeconfig: str | None,
    context: str | None,
    runbook: str | None,
    timezone: str,
    output: str,
) -> int:
    """Write a plan from the manifests of DIR, their commit, and the cluster where one answers. Changes nothing else.

    With --from: from a runbook in Markdown, read as it is and never run.
    """
    target = Path(file) if file else Path("plan.yaml")
    if file and target.exists() and not force:
        raise WayOutError(f"{file} is there already; --force writes over it", 2)
    if runbook:
        from seatrial.cli.from_runbook import told

        return _hand_over(told(runbook, timezone, output), target, "w" if force else "x", bool(file))
    rendered = kustomize.render(Path(directory))
    if isinstance(rendered, SourceError):
        raise WayOutError(f"{rendered}; -k names the directory of a kustomization", 2)
    facts = _facts(_chosen(rendered, workload), rendered, Path(directory), target, _live(kubeconfig, context))
    text = written_plan(_looked_up(facts, kubeconfig))
    read_plan(text, str(target.resolve()))
    return _hand_over(text, target, "w" if force else "x", bool(file))


def _hand_over(text: str, target: Path, mode: str, into_file: bool) -> int:
    if into_file:
        _write(text, target, mode)
    else:
        sys.stdout.write(text)
    return 0


def _chosen(rendered: Rendered, workload: str) -> Body:
    """The one Deployment, or the one that was named."""
    found = {text_at(body, "metadata", "name"): body for body in workloads(rendered.bodies)}
    names = ", ".join(f"deployment/{name}" for name in found)
    if workload:
        name = workload.removeprefix("deployment/")
        if name not in found:
            raise WayOutError(f"no {workload} among the manifests; there are: {names or 'no Deployments'}", 2)
        return found[name]
    if len(found) != 1:
        way = f"say which with --workload: {names}" if found else "a trial is about one"
        raise WayOutError(f"{len(found)} Deployments among the manifests; {way}", 2)
    return next(iter(found.values()))


def _live(kubeconfig: str | None, context: str | None) -> tuple[Live, str]:
    """What the kubeconfig says without asking anybody: the context, and its namespace."""
    from seatrial.cluster.kubeconfig import load
    from seatrial.cluster.troubles import ConnectError

    try:
        credentials = load(kubeconfig, context)
    except ConnectError as error:
        return Live(context or "", not_seen=str(error).rstrip(".")), "default"
    return Live(credentials.context), credentials.namespace


def _facts(chosen: Body, rendered: Rendered, root: Path, target: Path, known: tuple[Live, str]) -> Facts:
    live, namespace = known
    state = git.state(root)
    facts = Facts(
        workload=placed(chosen, namespace),
        bodies=tuple(placed(body, namespace) for body in rendered.bodies),
        directory=os.path.relpath(root.resolve(), target.resolve().parent),
        live=live,
        origins=origins(root),
        git=state if isinstance(state, GitState) else None,
        holds_the_plan=target.resolve().is_relative_to(root.resolve()),
    )
    own = text_at(chosen, "metadata", "namespace")
    written = "the manifests, as rendered" if own else "the kubeconfig's context; the manifests name none"
    return replace(facts, namespace_from=written)


def _looked_up(facts: Facts, kubeconfig: str | None) -> Facts:
    """The same, with what the cluster has; a cluster that can't be asked is no error here."""
    import asyncio

    live = facts.live if facts.live.not_seen else asyncio.run(_look(facts, kubeconfig))
    if live.not_seen:
        sys.stderr.write(f"the cluster was not looked at: {live.not_seen}\n")
    return replace(facts, live=live)


async def _look(facts: Facts, kubeconfig: str | None) -> Live:
    from seatrial.cluster.connect import connect
    from seatrial.cluster.troubles import ConnectError
    from seatrial.run.clock import SystemClock

    live = facts.live
    try:
        cluster = await connect(kubeconfig, live.context, SystemClock())
    except ConnectError as error:
        return replace(live, not_seen=str(error).rstrip("."))
    async with cluster:
        deployment = await cluster.reads.get(facts.ref)
        hpa = await cluster.reads.get(ref_of(facts.autoscaler)) if facts.autoscaler else None
    for found in (deployment, hpa):
        if isinstance(found, CouldNotLook):
            return replace(live, not_seen=found.because)
    return replace(live, deployment=deployment, autoscaler=hpa)


def _write(text: str, target: Path, mode: str) -> None:
    try:
        with target.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise WayOutError(f"{target}: can't be written: {error.strerror}", 2) from error
    sys.stderr.write(f"{target} written; read it, then: seatrial check {target}\n")

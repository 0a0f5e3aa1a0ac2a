"""diff: what a change would do to each object, and what follows, asked of the cluster and changing nothing."""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import click
from msgspec import Struct

from seatrial.change.objects import placed
from seatrial.cli import outside
from seatrial.cli.deploying import context_option, kubeconfig_option
from seatrial.cli.loading import load_plan
from seatrial.cli.trouble import WayOutError
from seatrial.cluster.connect import Cluster, connect
from seatrial.cluster.troubles import ConnectError, NoSuchContext
from seatrial.model.observation import CouldNotLook, ObjectRef
from seatrial.model.writes import Body
from seatrial.report.changes import ShownChange, after_lines, change_html, change_text, change_value
from seatrial.report.figures import clean
from seatrial.run.clock import SystemClock
from seatrial.run.foresight import Foreseen, asked_of, foresee, standing
from seatrial.sources import files, kustomize
from seatrial.sources.rendered import Rendered, SourceError

OUTPUTS = ("text", "json", "yaml", "html")


class Wanted(Struct, frozen=True):
    """What is to be compared: where it comes from, and what the plan says of the target. Empty: the kubeconfig's own."""

    about: str
    rendered: Rendered
    namespace: str = ""
    context: str = ""
    reach: str = "template"


class Compared(Struct, frozen=True):
    """Both sides, and the difference."""

    before: dict[ObjectRef, Body | None]
    foreseen: Foreseen
    shown: ShownChange


@click.command("diff")
@click.argument("plan", metavar="[PLAN]", type=click.Path(), default="")
@click.option("-k", "--kustomize", "directory", metavar="DIR", default="", help="A kustomization, in place of PLAN.")
@click.option("-f", "--filename", metavar="FILE", default="", help="A manifest, a directory of them, or - for stdin.")
@click.option("-n", "--namespace", default="", help="Where the manifests name none. Default: the context's own.")
@click.option("-o", "--output", type=click.Choice(OUTPUTS), default="text", help="For people, or for programs.")
@kubeconfig_option
@context_option
def diff_command(
    plan: str,
    directory: str,
    filename: str,
    namespace: str,
    output: str,
    kubeconfig: str | None,
    context: str | None,
) -> int:
    """Show what PLAN would change, and what follows. Ends with 0 where nothing differs, 1 where something does.

    Each object goes through a dry run of the API server. With KUBECTL_EXTERNAL_DIFF set, that program shows the difference.
    """
    wanted = _wanted(plan, directory, filename)
    if namespace and wanted.namespace not in ("", namespace):
        raise WayOutError(f"the plan is for the namespace {wanted.namespace}, not for {namespace}", 2)
    for warning in wanted.rendered.warnings:
        _say(f"warning: {warning}")
    compared = asyncio.run(_compare(wanted, namespace or wanted.namespace, kubeconfig, context))
    for note in compared.shown.notes:
        _say(f"note: {note}")
    _write(compared, output)
    return _exit_code(compared)


def _wanted(plan: str, directory: str, filename: str) -> Wanted:
    if [bool(one) for one in (plan, directory, filename)].count(True) != 1:
        raise click.UsageError("Give a PLAN, or -k DIR, or -f FILE.")
    if filename:
        text = files.read_text(sys.stdin.read(), "stdin") if filename == "-" else files.load(Path(filename))
        return Wanted(filename, _rendered(text))
    if directory:
        return Wanted(directory, _kustomized(directory))
    asked = load_plan(plan)
    target = asked.target
    return Wanted(asked.name, _kustomized(target.kustomize), target.namespace, target.context, asked.rollout.reach)


def _kustomized(directory: str) -> Rendered:
    return _rendered(kustomize.render(Path(directory), shutil.which("kubectl") or "kubectl"))


def _rendered(found: Rendered | SourceError) -> Rendered:
    if isinstance(found, SourceError):
        raise WayOutError(f"the manifests can't be rendered: {found}", 2)
    return found


async def _compare(wanted: Wanted, namespace: str, kubeconfig: str | None, context: str | None) -> Compared:
    clock = SystemClock()
    try:
        cluster = await connect(kubeconfig, context, clock)
    except ConnectError as error:
        raise WayOutError(str(error), 2 if isinstance(error, NoSuchContext) else 7) from error
    async with cluster:
        if wanted.context not in ("", cluster.context):
            raise WayOutError(f"the plan is for the context {wanted.context}, and this is {cluster.context}", 3)
        space = namespace or cluster.namespace
        bodies = [placed(body, space) for body in wanted.rendered.bodies]
        _say(f"{len(bodies)} object(s) of {wanted.about}, context {cluster.context}, namespace {space}")
        return await _asked(wanted, bodies, cluster)


async def _asked(wanted: Wanted, bodies: list[Body], cluster: Cluster) -> Compared:
    before = await standing(bodies, cluster.reads)
    if isinstance(before, CouldNotLook):
        raise WayOutError(f"{before.what} can't be read: {before.because}", 7)
    asked = asked_of(bodies, before, wanted.reach, cluster.wire.clock.now())
    seen = await foresee(asked, cluster.reads, secrets.token_bytes(32))
    if seen.lost:
        raise WayOutError(f"the API server did not say what would become of {'; '.join(seen.lost)}", 7)
    shown = ShownChange(wanted.about, seen.differences, seen.words, seen.judgements, seen.refused, tuple(_notes(seen)))
    return Compared(before, seen, shown)


def _notes(seen: Foreseen) -> list[str]:
    if not seen.unasked:
        return []
    names = ", ".join(map(str, seen.unasked))
    return [
        f"these credentials may not patch {names}: compared here instead, by who owns which field; what the API server's defaults "
        "and admission would add is not in it"
    ]


def _write(compared: Compared, output: str) -> None:
    shown = compared.shown
    argv = outside.program_of(os.environ)
    if output == "text" and argv:
        sys.stdout.flush()
        outside.compare(argv, compared.before, compared.foreseen.after, compared.foreseen.redactor)
        sys.stdout.write("".join(f"{clean(line)}\n" for line in after_lines(shown)))
        return
    writers: dict[str, Callable[[ShownChange], str]] = {
        "text": change_text,
        "json": _json,
        "yaml": _yaml,
        "html": change_html,
    }
    sys.stdout.write(writers[output](shown))


def _json(shown: ShownChange) -> str:
    import json

    return json.dumps(change_value(shown), indent=2, ensure_ascii=False) + "\n"


def _yaml(shown: ShownChange) -> str:
    import yaml

    return str(
        yaml.dump(change_value(shown), Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10_000)
    )


def _exit_code(compared: Compared) -> int:
    """3 where the API server would refuse an object: there is no such change to be made."""
    if compared.shown.refused:
        return 3
    return 1 if compared.shown.differs else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{clean(line)}\n")

"""check and schema: what can be said of a plan and its manifests without a cluster."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.cli.loading import load_plan
from seatrial.cli.trouble import WayOutError

# The rules are imported only where there are manifests to look at.
if TYPE_CHECKING:
    from seatrial.model.plan import Plan
    from seatrial.report.findings import Lint

FORMATS = ("text", "json", "sarif", "github", "gitlab", "patch")


@click.command("check")
@click.argument("plan", metavar="[PLAN]", type=click.Path(), required=False)
@click.option("-k", "--kustomize", "directory", metavar="DIR", help="Look at a kustomization, without a plan.")
@click.option("-f", "--file", "file", metavar="FILE", help="Look at a manifest, a directory of them, or - for stdin.")
@click.option(
    "--jdk", type=click.Choice(["8", "11", "17", "21", "25"]), help="The JDK of the image, if its tag does not say."
)
@click.option("-o", "--output", type=click.Choice(FORMATS), default="text", show_default=True, help="How to say it.")
def check_command(plan: str | None, directory: str | None, file: str | None, jdk: str | None, output: str) -> int:
    """Validate PLAN, and look at its manifests (or those of -k or -f) with every rule that needs no cluster.

    Exit code 0: nothing that blocks or warns; 1: findings; 2: the plan or a manifest can't be read.
    A line is left alone with `# seatrial:ignore RULE reason` on it or above it; an object with a line
    `RULE KIND/NAME reason` in a file .seatrialignore beside the manifests.
    """
    given = sum(one is not None for one in (plan, directory, file))
    if given != 1:
        said = "only one of PLAN, -k DIR and -f FILE" if given else "Missing argument 'PLAN' (or -k DIR, or -f FILE)"
        raise WayOutError(said, 2)
    asked = load_plan(plan) if plan else None
    if asked is not None and plan is not None and output == "text":
        click.echo(
            f"{plan}: valid; {asked.name} changes {asked.target.kind}/{asked.target.name} in {asked.target.namespace}"
        )
    if asked is not None and plan is not None:
        return _said(_of_plan(asked, plan, jdk), output)
    return _said(_of_file(file, jdk) if file else _of_directory(Path(directory or "."), None, "", jdk), output)


def _said(lint: "Lint | None", output: str) -> int:
    """None: there was nothing to look at; programs get an empty answer in their own form."""
    if lint is None and output == "text":
        return 0
    from seatrial.report.findings import FORMATS as WRITERS
    from seatrial.report.findings import Lint

    sys.stdout.write(WRITERS[output](lint or Lint(())))
    return lint.exit_code if lint else 0


def _of_plan(asked: "Plan", plan: str, jdk: str | None) -> "Lint | None":
    """None where the plan's directory has no kustomization (yet): then the plan alone was checked, and that is said."""
    directory = Path(asked.target.kustomize)
    if not directory.is_dir():
        raise WayOutError(f"{plan}: spec.target.kustomize: there is no directory {directory}", 2)
    if not any((directory / name).is_file() for name in ("kustomization.yaml", "kustomization.yml", "Kustomization")):
        sys.stderr.write(f"{directory} has no kustomization: the manifests were not looked at\n")
        return None
    return _of_directory(directory, asked, plan, jdk)


def _of_directory(directory: Path, asked: "Plan | None", plan: str, jdk: str | None) -> "Lint":
    from seatrial.cli.linting import lint
    from seatrial.sources.assembling import assemble, written

    if (assembled := assemble(directory)) is not None:
        return lint(assembled.bodies, assembled.sources, directory, jdk, asked, plan)
    from seatrial.sources.kustomize import render
    from seatrial.sources.rendered import SourceError

    rendered = render(directory)
    if isinstance(rendered, SourceError):
        raise WayOutError(f"{rendered}; -k names the directory of a kustomization", 2)
    for warning in rendered.warnings:
        sys.stderr.write(f"{warning}\n")
    return lint(rendered.bodies, written(directory), directory, jdk, asked, plan)


def _of_file(file: str, jdk: str | None) -> "Lint":
    from seatrial.cli.linting import lint
    from seatrial.sources.manifests import ManifestError
    from seatrial.sources.placing import Sources
    from seatrial.sources.sheets import read_files, read_text

    path = Path(file)
    try:
        sheets = (read_text(sys.stdin.read(), "stdin"),) if file == "-" else read_files(path)
    except ManifestError as error:
        raise WayOutError(str(error), 2) from error
    except OSError as error:
        raise WayOutError(f"{file}: can't be read: {error.strerror}", 2) from error
    except UnicodeDecodeError as error:
        raise WayOutError(f"{file}: not UTF-8 text, at byte {error.start}", 2) from error
    bodies = tuple(body for sheet in sheets for body, _ in sheet.objects)
    if not bodies:
        raise WayOutError(f"{file}: no object in it", 2)
    beside = path if path.is_dir() else path.parent
    return lint(bodies, Sources(sheets), beside, jdk)


@click.command("schema")
def schema_command() -> int:
    """Print the plan's JSON Schema (2020-12)."""
    import json

    from seatrial.plan.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
    return 0

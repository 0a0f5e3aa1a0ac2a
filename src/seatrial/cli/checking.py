"""check and schema: what can be said of a plan without a cluster."""

import click

from seatrial.cli.loading import load_plan


@click.command("check")
@click.argument("plan", metavar="PLAN", type=click.Path())
def check_command(plan: str) -> int:
    """Validate PLAN: every fault with its line, column and way out. Exit code 2 where there is one."""
    asked = load_plan(plan)
    click.echo(
        f"{plan}: valid; {asked.name} changes {asked.target.kind}/{asked.target.name} in {asked.target.namespace}"
    )
    return 0


@click.command("schema")
def schema_command() -> int:
    """Print the plan's JSON Schema (2020-12)."""
    import json

    from seatrial.plan.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
    return 0

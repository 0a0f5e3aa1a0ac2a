"""explain: what a rule looks at, when it says what, why, and what to do."""

import click

from seatrial.cli.trouble import WayOutError


@click.command("explain")
@click.argument("rule", metavar="[RULE]", default="")
@click.option("--list", "listed", is_flag=True, help="All rule names, one a line.")
def explain_command(rule: str, listed: bool) -> int:
    """Explain RULE, or list all rules."""
    from seatrial.judge.handbook import explained, names

    if listed or not rule:
        click.echo("\n".join(names()))
        return 0
    text = explained(rule)
    if text is None:
        raise WayOutError(f"no rule is called {rule}; `seatrial explain --list` prints all names", 2)
    click.echo(text)
    return 0

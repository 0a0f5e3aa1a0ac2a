"""Every command as a page: usage, options and defaults from the commands themselves, with an example of each."""

import click

from seatrial.cli.main import seatrial

OPENING = """\
# Commands

Printed from the code by `make docs`; `seatrial COMMAND -h` says the same. Everything also works as `kubectl seatrial …`.

Results go to stdout, progress and warnings to stderr. Off a terminal there is no drawing, and nobody is asked. Each exit code has its
heading in [exit-codes.md](exit-codes.md). `RUN` is a run's id or the beginning of one; the newest run where it is left out. Runs lie
under `SEATRIAL_HOME`, by default `~/.local/share/seatrial`. The cluster is found as kubectl finds it: `--kubeconfig`, then `KUBECONFIG`,
then `~/.kube/config`.
"""

EXAMPLES = {
    "abort": "seatrial abort --because 'the error rate rose'\nseatrial abort --keep --because 'we stay on the new version'",
    "approve": "seatrial approve",
    "check": "seatrial check plan.yaml",
    "cluster": "seatrial cluster up",
    "cluster up": "seatrial cluster up --context forex-prod",
    "cluster down": "seatrial cluster down",
    "cluster status": "seatrial cluster status",
    "deploy": "seatrial deploy plan.yaml\nseatrial deploy plan.yaml --yes --context forex-prod",
    "diff": "seatrial diff plan.yaml\nseatrial diff -k overlays/prod --context forex-prod -o json",
    "explain": "seatrial explain --list\nseatrial explain out-of-memory",
    "gc": "seatrial gc /forex/log/exchange-service\nseatrial gc after.log --before before.log",
    "init": "seatrial init -f plan.yaml\nseatrial init -k overlays/prod --workload deployment/exchange-service\n"
    "seatrial init --from runbook.md --timezone Asia/Taipei -f plan.yaml",
    "judge": "kubectl get deploy,rs,pods,hpa,events,nodes -o yaml > state.yaml\nseatrial judge -f state.yaml",
    "report": "seatrial report -o html -f report.html\nseatrial report 20261124 -o log\n"
    "seatrial report --as-runbook runbook.md -f runbook-done.md",
    "resume": "seatrial resume\nseatrial resume --wait",
    "retry": "seatrial retry --because 'the API server is back'",
    "rollback": "seatrial rollback --because 'wrong rates'",
    "runs": "seatrial runs",
    "schema": "seatrial schema > plan.schema.json",
    "status": "seatrial status",
}
"""An example of each command; a test holds them to the commands and their options."""


def commands_markdown() -> str:
    """The whole page."""
    context = root_context()
    text = [OPENING]
    for name, command in all_commands():
        text += _section(name, command, context)
    return "\n".join(text)


def root_context() -> click.Context:
    """As the command line itself makes it: click keeps the help option that the first context asked for."""
    return click.Context(seatrial, info_name="seatrial", **seatrial.context_settings)


def all_commands() -> list[tuple[str, click.Command]]:
    """Each command by its name, those below a group after it."""
    context = root_context()
    found: list[tuple[str, click.Command]] = []
    for name in seatrial.list_commands(context):
        command = seatrial.get_command(context, name)
        if command is None:
            continue
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", command.commands[inner]) for inner in sorted(command.commands)]
    return found


def _section(name: str, command: click.Command, context: click.Context) -> list[str]:
    own = click.Context(command, info_name=name, parent=context)
    usage = command.get_usage(own).removeprefix("Usage: ")
    about = " ".join((command.help or "").split())
    options = [one for one in command.params if isinstance(one, click.Option)]
    records = [record for one in options if (record := one.get_help_record(own))]
    text = [f"## seatrial {name}", "", about, "", "```console", " ".join(usage.split()), "```", ""]
    if records:
        text += ["| Option | What |", "|---|---|"]
        text += [f"| `{_cell(flags)}` | {_cell(what)} |" for flags, what in records]
        text.append("")
    return [*text, "```sh", EXAMPLES[name], "```", ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")

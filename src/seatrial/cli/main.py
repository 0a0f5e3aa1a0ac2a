"""The command line: a lazy group, so that a command imports only what it needs, and the exit code of whatever happens."""

import gc
import importlib
import sys
from collections.abc import Sequence

import click

from seatrial import __version__
from seatrial.cli.quickly import import_msgspec
from seatrial.cli.trouble import exit_code_of

COMMANDS = {
    "abort": ("answering", "Roll a run back, or end it before its first change."),
    "approve": ("answering", "Say yes to what a run asks."),
    "check": ("checking", "Look at a plan and its manifests; no cluster needed."),
    "cluster": ("clusters", "The local cluster: up, down, status."),
    "deploy": ("deploying", "Carry out a plan."),
    "diff": ("differing", "What a change would do to each object, and what follows."),
    "explain": ("explaining", "What a rule looks at, when it says what, and what to do."),
    "gc": ("gc", "What GC logs say: pauses, heap, throughput."),
    "init": ("initialising", "Write a plan from a directory of manifests and the cluster."),
    "judge": ("judging", "The same rules on a saved state, offline."),
    "report": ("reporting", "A run, told to a person or a machine."),
    "resume": ("deploying", "Go on with a run, from wherever it stands."),
    "retry": ("answering", "Try a failed rollback again."),
    "rollback": ("deploying", "Take a run back to its baseline."),
    "runs": ("reporting", "List the runs of this machine."),
    "schema": ("checking", "Print the plan's JSON Schema, for editors."),
    "status": ("reporting", "Where a run stands, what is owed, what it waits for."),
}
"""Each command: the module of cli/ that has it, and its one line of help."""


class LazyGroup(click.Group):
    """Finds commands by name and imports their module only when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        import_msgspec()
        module = importlib.import_module(f"seatrial.cli.{COMMANDS[cmd_name][0]}")
        gc.freeze()
        gc.enable()
        command = getattr(module, f"{cmd_name}_command")
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list with its one-line helps, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="seatrial", message="%(prog)s %(version)s")
def seatrial() -> None:
    """Give a Kubernetes deployment its sea trial: carried out by plan, proved in every pod, watched, rolled back, recorded."""


def run(arguments: Sequence[str]) -> int:
    """Run a command; its exit code."""
    return exit_code_of(lambda: _clicked(arguments))


def _clicked(arguments: Sequence[str]) -> int:
    """The command line by click; a wrong one is exit code 2."""
    try:
        result = seatrial.main(list(arguments), prog_name="seatrial", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(error.format_message() + "\n")
        return 2
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    return result if isinstance(result, int) else 0

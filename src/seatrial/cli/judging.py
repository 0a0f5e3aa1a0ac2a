"""judge: the same rules on a saved state, offline."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from seatrial.cli.trouble import WayOutError


@click.command("judge")
@click.option(
    "-f", "--filename", required=True, help="What kubectl get ... -o yaml|json printed; - for standard input."
)
@click.option(
    "--at", "at_text", default="", metavar="TIME", help="When the state was saved (RFC 3339); else its newest time."
)
@click.option("--workload", default="", metavar="KIND/NAME", help="Which workload, where the state holds several.")
@click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", help="For people, or for programs."
)
def judge_command(filename: str, at_text: str, workload: str, output: str) -> int:
    """Judge a saved state. Ends with 0 PASS, 20 FAIL, 21 HOLD, 22 WAIT, 23 UNKNOWN.

    kubectl get deploy,rs,pods,hpa,events,nodes -o yaml > state.yaml; seatrial judge -f state.yaml
    """
    from seatrial.judge.offline import EXIT_CODES, judge_state, state_json, state_text
    from seatrial.model.judgement import verdict_of
    from seatrial.sources.saved import SavedStateError, read_state

    try:
        look = read_state(_text(filename), _time(at_text), workload)
    except SavedStateError as error:
        raise WayOutError(f"{filename}: {error}", 2) from error
    judgements = judge_state(look)
    sys.stdout.write(state_json(judgements) if output == "json" else state_text(judgements))
    return EXIT_CODES[verdict_of(judgements)]


def _text(filename: str) -> str:
    try:
        return sys.stdin.read() if filename == "-" else Path(filename).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise WayOutError(f"{filename}: {error}", 2) from error


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise WayOutError(f"--at {text}: no time like 2025-12-24T02:00:00Z", 2) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)

"""The account of a runbook, told: at the end of the plan as comments, line by line, or for a machine."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from seatrial.change.secrecy import shown_text
from seatrial.report.figures import one_line
from seatrial.runbook.accounts import Account, How, understood_share, unknown
from seatrial.runbook.commands import Command
from seatrial.runbook.planning import Drawn
from seatrial.runbook.replacing import replacement
from seatrial.runbook.slips import Mistake

SHOWN_LETTERS_MAX = 72
RULE = "─" * 8
_CREDENTIAL = re.compile(r"((?:^|\s)(?:-u|--user|-p|--password|--token|-a)[ =]|\b(?:bearer|basic) )\S+", re.IGNORECASE)


def plan_with_account(drawn: Drawn) -> str:
    """The plan, and behind it, as comments, what stands for each command, what is wrong, and what was not understood."""
    told = [*_commands(drawn), "", *_mistakes(drawn.mistakes), "", *_unknown(drawn)]
    return drawn.plan + "\n" + "\n".join(f"# {line}".rstrip() for line in told) + "\n"


def line_by_line(drawn: Drawn) -> str:
    """Every line that is not blank: its number, how it is accounted for, what stands for it."""
    told = (f"{one.line:>5}  {one.how.value:<14}  {_said(one)}" for one in drawn.accounts)
    return "\n".join([*told, "", summary(drawn)]) + "\n"


def machine(drawn: Drawn) -> str:
    """All of it as JSON."""
    value = {
        "name": drawn.name,
        "plan": drawn.plan,
        "fields": [
            {"field": "spec." + ".".join(one.path), "value": one.value, "lines": one.lines, "note": one.note}
            for one in drawn.facts
        ],
        "commands": [_command_value(one, drawn) for one in drawn.reading.commands],
        "mistakes": list(drawn.mistakes),
        "lines": [
            {
                "line": one.line,
                "how": one.how.value,
                "says": one.says,
                "rules": one.rules,
                "fields": one.fields,
            }
            for one in drawn.accounts
        ],
        "understood": round(understood_share(drawn.accounts), 4),
        "notUnderstood": [one.line for one in unknown(drawn.accounts)],
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def summary(drawn: Drawn) -> str:
    """One sentence for a person at the terminal."""
    listed = len(list(unknown(drawn.accounts)))
    commands = [one for one in drawn.reading.commands if replacement(one, drawn.reading).understood]
    return (
        f"{len(drawn.accounts)} lines: {len(drawn.accounts) - listed} understood, {listed} listed as not understood; "
        f"{len(commands)} of {len(drawn.reading.commands)} commands have something that stands for them; "
        f"{len(drawn.mistakes)} kinds of mistakes"
    )


def shown(text: str) -> str:
    """Foreign words, short, on one line, without passwords."""
    plain = _CREDENTIAL.sub(r"\1***", one_line(shown_text(text).text))
    return plain if len(plain) <= SHOWN_LETTERS_MAX else plain[: SHOWN_LETTERS_MAX - 1] + "…"


def _command_value(command: Command, drawn: Drawn) -> dict[str, object]:
    stands = replacement(command, drawn.reading)
    return {
        "line": command.line,
        "program": command.program,
        "verb": command.verb,
        "resource": command.resource,
        "name": command.name,
        "namespace": command.namespace,
        "stage": drawn.reading.stage(command).value,
        "commented": command.commented,
        "rules": stands.rules,
        "by": stands.by,
        "notUnderstood": stands.because,
    }


def _commands(drawn: Drawn) -> Iterator[str]:
    yield f"{RULE} what stands for each command (`seatrial explain RULE` says more)"
    for command in drawn.reading.commands:
        stands = replacement(command, drawn.reading)
        if not stands.understood or command.joined == "|":
            continue
        rules = ", ".join(stands.rules)
        told = f"{rules} ({stands.by})" if rules and stands.by else rules or stands.by
        yield f"runbook:{command.line}  {_label(command)}  →  {told}"


def _label(command: Command) -> str:
    """What a command does, in its own grammar; values that it was given are not repeated."""
    if not command.program:
        return " ".join(f"{name}=…" for name, _ in command.assignments)
    named = (
        f"{command.resource}/{command.name}" if command.resource and command.name else command.resource or command.name
    )
    inner = f"-- {' '.join(command.inner[:3])}" if command.inner else ""
    return shown(" ".join(one for one in (command.program, command.verb, named, inner) if one))


def _mistakes(found: Iterable[Mistake]) -> Iterator[str]:
    told = tuple(found)
    yield f"{RULE} what the runbook gets wrong: {len(told)}"
    for one in told:
        yield f"runbook:{','.join(str(line) for line in one.lines)}  {one.name}"
        yield f"  why: {one.because}"
        yield f"  here: {one.instead}" + (f" [{', '.join(one.rules)}]" if one.rules else "")


def _unknown(drawn: Drawn) -> Iterator[str]:
    listed = list(unknown(drawn.accounts))
    share = 100 * (1 - understood_share(drawn.accounts))
    yield f"{RULE} what was not understood: {len(listed)} of {len(drawn.accounts)} lines ({share:.1f}%); `-o lines` accounts for each"
    for one in listed:
        yield f"runbook:{one.line}  {shown(drawn.reading.document.line(one.line).raw)}  ({one_line(shown_text(one.says).text)})"


def _said(one: Account) -> str:
    fields = (
        f" → {', '.join(f'spec.{field}' for field in one.fields)}" if one.fields and one.how is not How.UNKNOWN else ""
    )
    rules = f" [{', '.join(one.rules)}]" if one.rules else ""
    return one_line(shown_text(one.says).text) + fields + rules

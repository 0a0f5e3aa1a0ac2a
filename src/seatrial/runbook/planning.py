"""From a runbook to a plan: each field with the lines that say it, what is left out and why, and the account at its end."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from seatrial.plan.document import FaultyDocumentError
from seatrial.plan.reading import read_plan
from seatrial.plan.writing import FieldPath, LeftOut, Said, Word, plan_text
from seatrial.runbook import expected, facts
from seatrial.runbook.accounts import Account, accounts
from seatrial.runbook.facts import LINES_SHOWN_MAX, Fact
from seatrial.runbook.mistakes import mistakes
from seatrial.runbook.reading import Reading, read_runbook
from seatrial.runbook.slips import Mistake
from seatrial.runbook.statements import read_statement
from seatrial.runbook.vocabulary import Concept

UNKNOWN_CONTEXT = "name-of-your-context"
UNKNOWN_WORKLOAD = "deployment/name-of-your-deployment"
NAME_WORDS_MAX = 6
NAME_LETTERS_MAX = 50

ORDER: tuple[FieldPath, ...] = (
    ("target", "context"),
    ("target", "namespace"),
    ("target", "kustomize"),
    ("target", "workload"),
    ("target", "commit"),
    ("window",),
    ("window", "days"),
    ("window", "from"),
    ("window", "until"),
    ("window", "timezone"),
    ("expect", "before", "pods"),
    ("expect", "pods", "ready"),
    ("expect", "pods", "restarts"),
    ("expect", "autoscaler"),
    ("expect", "autoscaler", "name"),
    ("expect", "autoscaler", "before"),
    ("expect", "autoscaler", "min"),
    ("expect", "autoscaler", "max"),
    ("expect", "autoscaler", "cpu"),
    ("expect", "autoscaler", "memory"),
    ("expect", "autoscaler", "unknownFor"),
    ("expect", "jvm"),
    ("expect", "jvm", "flags"),
    ("expect", "jvm", "gcLog"),
    ("expect", "memory"),
    ("expect", "memory", "usual"),
    ("expect", "memory", "warnAbove"),
    ("expect", "memory", "failAbove"),
    ("expect", "health"),
    ("expect", "health", "path"),
    ("expect", "health", "port"),
    ("expect", "health", "status"),
    ("expect", "logs", "present"),
    ("expect", "logs", "absent"),
    ("rollout", "reach"),
    ("rollout", "stuckAfter"),
    ("rollout", "timeout"),
    ("rollback", "to"),
    ("rollback", "on"),
    ("soak", "for"),
    ("soak", "every"),
    ("accept",),
)
"""The fields in the order of the file."""

_NOT_SAID = {
    ("target", "kustomize"): "this file's own directory, which must be a kustomization",
    ("expect", "pods", "restarts"): "not in the runbook; 0 is Seatrial's default",
    ("target", "commit"): "not in the runbook; name the commit that is to be deployed",
    ("window",): "no hours in the runbook, or no time zone (--timezone): any time will do",
    ("expect", "before", "pods"): "not in the runbook",
    ("expect", "pods", "ready"): "not in the runbook; the live Deployment says how many there should be",
    ("expect", "autoscaler"): "not in the runbook",
    ("expect", "jvm"): "not in the runbook",
    ("expect", "memory"): "not in the runbook",
    ("expect", "health"): "no local request in the runbook names a port and a path",
    (
        "expect",
        "logs",
        "present",
    ): "a line that your service writes when it has started, like [Started]; the runbook has no text of one",
    ("rollout", "reach"): "template: the pod template changes by itself; where only a Secret does, stamp",
    ("rollout", "timeout"): "not in the runbook, which only estimates; 10m is Seatrial's default",
    ("soak", "for"): "not in the runbook; 1h is Seatrial's default",
    ("soak", "every"): "not in the runbook; 10m is Seatrial's default",
    ("accept",): "no criteria with a time in the runbook",
}


class Drawn(Struct, frozen=True):
    """What was made of a runbook."""

    name: str
    reading: Reading
    facts: tuple[Fact, ...]
    accounts: tuple[Account, ...]
    mistakes: tuple[Mistake, ...]
    words: tuple[Word, ...]

    @property
    def plan(self) -> str:
        """The plan file, without the account at its end."""
        opening = (
            "A plan written by `seatrial init --from` a runbook. Read it, change it, then: seatrial check PLAN",
            "runbook:N is the line of the runbook that says it; what it does not say is left out, or called a guess.",
        )
        return plan_text(self.name, opening, self.words)


def draw(text: str, timezone: str = "") -> Drawn:
    """The plan, the account and the mistakes of a runbook. The same text gives the same."""
    reading = read_runbook(text)
    found = gather(reading, timezone)
    name = _name(reading, found)
    dropped: list[LeftOut] = []
    for _round in range(len(ORDER)):
        words = tuple(_words(reading, found, dropped))
        faulty = _faulty(name, words)
        if not faulty:
            break
        dropped += [
            LeftOut(one.path, f"runbook:{_lines(one.lines)}: {faulty[one.path]}") for one in found if one.path in faulty
        ]
        found = [one for one in found if one.path not in faulty]
    return Drawn(
        name, reading, tuple(found), accounts(reading, found), mistakes(reading), tuple(_words(reading, found, dropped))
    )


def gather(reading: Reading, timezone: str) -> list[Fact]:
    """Every field that the runbook fixes, the first of each."""
    every = [
        *facts.target_facts(reading),
        *facts.window_facts(reading, timezone),
        *expected.pod_facts(reading),
        *expected.autoscaler_facts(reading),
        *expected.jvm_facts(reading),
        *expected.memory_facts(reading),
        *expected.health_facts(reading),
        *expected.log_facts(reading),
        *facts.rollout_facts(reading),
        *facts.rollback_facts(reading),
        *facts.soak_facts(reading),
        *facts.criteria_facts(reading),
    ]
    first = {one.path: one for one in reversed(every)}
    if ("window", "timezone") not in first:  # hours without a zone are no window
        first = {path: one for path, one in first.items() if path[0] != "window"}
    return sorted(first.values(), key=lambda one: ORDER.index(one.path))


def _faulty(name: str, words: Sequence[Word]) -> dict[FieldPath, str]:
    """Fields whose values the schema refuses, and why."""
    try:
        read_plan(plan_text(name, (), words), "/plan.yaml")
    except FaultyDocumentError as error:
        said = {tuple(re.sub(r"\[\d+\]", "", one.path).split(".")[1:]): one.message for one in error.faults}
        return {path: message for path in ORDER for place, message in said.items() if place[: len(path)] == path}
    return {}


def _name(reading: Reading, found: Sequence[Fact]) -> str:
    title = next((one.text for one in reading.document.lines if one.level == 1), "")
    words = re.findall(r"[a-z0-9]+", title.lower())[:NAME_WORDS_MAX]
    workload = next((str(one.value).partition("/")[2] for one in found if one.path == ("target", "workload")), "")
    return "-".join(words)[:NAME_LETTERS_MAX].strip("-") or workload or "runbook"


def _words(reading: Reading, found: Sequence[Fact], dropped: Sequence[LeftOut]) -> Iterator[Word]:
    by_path = {one.path: one for one in found}
    parts = {path[:length] for path in by_path for length in range(1, len(path) + 1)}
    for path in ORDER:
        yield from (one for one in dropped if one.path == path)
        if path in by_path:
            yield Said(path, by_path[path].value, _source(by_path[path]))
        elif path in _REQUIRED:
            yield Said(path, _REQUIRED[path], "TO BE FILLED IN: not in the runbook")
        elif path in _NOT_SAID and path not in parts:
            yield LeftOut(path, _NOT_SAID[path] + _where(reading, path))


_REQUIRED = {
    ("target", "context"): UNKNOWN_CONTEXT,
    ("target", "namespace"): "default",
    ("target", "workload"): UNKNOWN_WORKLOAD,
}


def _where(reading: Reading, path: FieldPath) -> str:
    """The line that speaks of a field without a value for it."""
    if path == ("window",):
        hours = next(iter(facts.window_sentences(reading)), None)
        return f"; runbook:{hours.line} names hours: give --timezone" if hours else ""
    if path == ("target", "kustomize"):
        files = [one.line for one in reading.commands if one.verb == "apply" and one.option("-f", "--filename")]
        return f"; the runbook applies files (runbook:{_lines(files)}): put them into one" if files else ""
    if path != ("expect", "logs", "present"):
        return ""
    about = (
        one.line for one in reading.sentences if {Concept.LOG, Concept.STARTED} <= read_statement(one.text).concepts
    )
    line = next(about, 0)
    return f" (runbook:{line})" if line else ""


def _source(fact: Fact) -> str:
    said = f"runbook:{_lines(fact.lines)}" if fact.lines else ""
    return "; ".join(one for one in (said, fact.note) if one)


def _lines(lines: Sequence[int]) -> str:
    shown = ",".join(str(one) for one in lines[:LINES_SHOWN_MAX])
    more = len(lines) - LINES_SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown

"""The lint's findings as text, JSON, SARIF, and annotations of GitHub and GitLab."""

import hashlib
from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from seatrial.judge.catalogue import card_of
from seatrial.model.findings import Edit, Located, Position, Severity

VERSION = "seatrial.dev/v1alpha1"
_ORDER = {Severity.BLOCK: 0, Severity.WARN: 1, Severity.INFO: 2}
_SARIF_LEVELS = {Severity.BLOCK: "error", Severity.WARN: "warning", Severity.INFO: "note"}
_GITHUB_WORDS = {Severity.BLOCK: "error", Severity.WARN: "warning", Severity.INFO: "notice"}
_GITLAB_WORDS = {Severity.BLOCK: "blocker", Severity.WARN: "major", Severity.INFO: "info"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class Lint(Struct, frozen=True):
    """All findings of one check: those that stand, those that somebody has ignored with a reason, and what was looked at."""

    found: tuple[Located, ...]
    ignored: tuple[tuple[Located, str], ...] = ()
    objects: int = 0

    @property
    def exit_code(self) -> int:
        """1 where there is anything that blocks or warns."""
        return int(any(one.finding.severity is not Severity.INFO for one in self.found))


def in_order(found: Iterable[Located]) -> tuple[Located, ...]:
    """By file and line, the gravest first where both are the same; what has no place by its object's name."""
    return tuple(sorted(found, key=_key))


def _key(one: Located) -> tuple[bool, Position, int, str, str]:
    finding = one.finding
    return (
        one.position is None,
        one.position or Position(finding.about),
        _ORDER[finding.severity],
        finding.rule,
        finding.because,
    )


def _source(rule: str) -> str:
    card = card_of(rule)
    return card.source if card else ""


def text(lint: Lint) -> str:
    """For people: one finding a line, its source and its mending below it."""
    lines: list[str] = []
    for one in lint.found:
        finding = one.finding
        place = f"{one.position}: " if one.position else ""
        lines.append(f"{place}{finding.severity.value} {finding.rule}: {finding.about}: {finding.because}")
        lines.append(f"    why: {_source(finding.rule)}")
        lines += [f"    fix: {finding.next_step}"] if finding.next_step else []
        lines += [f"    | {line}" for line in one.patch]
    counts = Counter(one.finding.severity for one in lint.found)
    told = ", ".join(f"{counts[severity]} {severity.value}" for severity in Severity if counts[severity])
    ignored = f"; {len(lint.ignored)} ignored" if lint.ignored else ""
    lines.append(f"{lint.objects} objects: {told or 'nothing found'}{ignored}")
    return "\n".join(lines) + "\n"


def json_text(lint: Lint) -> str:
    """For programs; the form is as stable as apiVersion says."""
    told = {
        "apiVersion": VERSION,
        "kind": "Findings",
        "objects": lint.objects,
        "findings": [_plain(one) for one in lint.found],
        "ignored": [{**_plain(one), "reason": reason} for one, reason in lint.ignored],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def _plain(one: Located) -> dict[str, object]:
    finding, position = one.finding, one.position
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "about": finding.about,
        "file": position.file if position else None,
        "line": position.line if position else None,
        "column": position.column if position else None,
        "message": finding.because,
        "why": _source(finding.rule),
        "nextStep": finding.next_step,
        "patch": "\n".join(one.patch),
    }


def patch_text(lint: Lint) -> str:
    """All mechanical fixes as one patch without context (`git apply --unidiff-zero`): each line is changed by one fix only."""
    by_file: dict[str, list[Located]] = {}
    for one in lint.found:
        if one.edit and one.patch:
            by_file.setdefault(one.edit.file, []).append(one)
    lines: list[str] = []
    for file, given in sorted(by_file.items()):
        shift, last = 0, -1
        lines += [f"--- a/{file}", f"+++ b/{file}"]
        for one in sorted(given, key=lambda found: (_start(found.patch), _hunk(found.patch)[1] > 0)):
            start, removed, added = _hunk(one.patch)
            if _start(one.patch) <= last:
                continue
            last = start + removed - 1
            new = start + shift if added else start + shift - 1
            old = start if removed else start - 1
            lines.append(f"@@ -{old},{removed} +{new},{added} @@")
            lines += one.patch[1:]
            shift += added - removed
    return "\n".join(lines) + ("\n" if lines else "")


def _hunk(patch: tuple[str, ...]) -> tuple[int, int, int]:
    """The first old line that is concerned, and how many lines go and come."""
    removed = sum(line.startswith("-") for line in patch[1:])
    added = sum(line.startswith("+") for line in patch[1:])
    return _start(patch), removed, added


def _start(patch: tuple[str, ...]) -> int:
    first, count = patch[0].split()[1][1:].split(",")
    return int(first) + (count == "0")


def sarif(lint: Lint) -> str:
    """SARIF 2.1.0."""
    rules = sorted({one.finding.rule for one in (*lint.found, *(one for one, _ in lint.ignored))})
    results = [_result(one, rules) for one in lint.found]
    for one, reason in lint.ignored:
        results.append({**_result(one, rules), "suppressions": [{"kind": "inSource", "justification": reason}]})
    driver = {"name": "Seatrial", "rules": [_sarif_rule(name) for name in rules]}
    told = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def _sarif_rule(name: str) -> dict[str, object]:
    card = card_of(name)
    if card is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": card.looks_at},
        "fullDescription": {"text": f"{card.says} ({card.source})"},
        "help": {"text": card.what_to_do},
    }


def _result(one: Located, rules: list[str]) -> dict[str, object]:
    finding = one.finding
    told: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.about}: {finding.because}"},
        "partialFingerprints": {"seatrial/v1": _fingerprint(one)},
    }
    if one.position:
        told["locations"] = [{"physicalLocation": _sarif_place(one.position)}]
    if one.edit and one.patch:
        told["fixes"] = [_sarif_fix(one.edit, finding.because)]
    return told


def _sarif_place(position: Position) -> dict[str, object]:
    region = {"startLine": max(position.line, 1), "startColumn": max(position.column, 1)}
    return {"artifactLocation": {"uri": position.file}, "region": region}


def _sarif_fix(edit: Edit, because: str) -> dict[str, object]:
    region = {
        "startLine": edit.line,
        "startColumn": edit.column,
        "endLine": edit.end_line,
        "endColumn": edit.end_column,
    }
    replaced = {"deletedRegion": region, "insertedContent": {"text": edit.text}}
    changes = [{"artifactLocation": {"uri": edit.file}, "replacements": [replaced]}]
    return {"description": {"text": because}, "artifactChanges": changes}


def _fingerprint(one: Located) -> str:
    """The same finding has the same print when lines move."""
    finding = one.finding
    parts = (finding.rule, finding.about, finding.because, one.position.file if one.position else "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def github(lint: Lint) -> str:
    """Workflow commands, which GitHub shows beside the changed lines."""
    return "".join(_github_line(one) for one in lint.found)


def _github_line(one: Located) -> str:
    finding, position = one.finding, one.position
    where = ""
    if position:
        where = f"file={_property(position.file)},line={max(position.line, 1)},col={max(position.column, 1)},"
    message = f"{finding.about}: {finding.because}".replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{_GITHUB_WORDS[finding.severity]} {where}title={_property(finding.rule)}::{message}\n"


def _property(value: str) -> str:
    for letter, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        value = value.replace(letter, code)
    return value


def gitlab(lint: Lint) -> str:
    """GitLab's code quality report."""
    told = [
        {
            "description": f"{one.finding.about}: {one.finding.because}",
            "check_name": one.finding.rule,
            "fingerprint": _fingerprint(one),
            "severity": _GITLAB_WORDS[one.finding.severity],
            "location": {
                "path": one.position.file if one.position else one.finding.about,
                "lines": {"begin": max(one.position.line, 1) if one.position else 1},
            },
        }
        for one in lint.found
    ]
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


FORMATS = {
    "text": text,
    "json": json_text,
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
    "patch": patch_text,
}
"""What `check -o` takes."""

"""A change that nobody has applied yet, told to people and machines: the difference, what follows from it, and what stands against it."""

from collections.abc import Iterable

import msgspec

from seatrial.change.difference import Difference, diff_text
from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.details import diff
from seatrial.report.figures import clean
from seatrial.report.html import POLICY
from seatrial.report.json import API_VERSION
from seatrial.report.markup import Markup, tag
from seatrial.report.pieces import mono, section, table, verdict_chip
from seatrial.report.style import CSS

KIND = "ChangeReport"


class ShownChange(msgspec.Struct, frozen=True):
    """All of it, secrets masked already. notes: what the comparison could not do."""

    about: str
    differences: tuple[Difference, ...]
    consequences: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether applying it would change anything."""
        return bool(self.refused) or any(one.word != "unchanged" for one in self.differences)

    @property
    def findings(self) -> tuple[Judgement, ...]:
        """What stands against it, and what is to be warned of."""
        return tuple(one for one in self.judgements if one.verdict is not Verdict.PASS or one.warning)


def change_text(change: ShownChange) -> str:
    """For a terminal: the difference, then a line for each consequence and finding."""
    return clean(diff_text(change.differences)) + "".join(f"{clean(line)}\n" for line in after_lines(change))


def after_lines(change: ShownChange) -> list[str]:
    """What follows, what the server refuses, and what the rules say."""
    return [
        *(f"  {one}" for one in change.consequences),
        *(f"REFUSED  {one}" for one in change.refused),
        *(f"{_word(one)}  {_said(one)}  [{one.rule}]" for one in change.findings),
    ]


def _word(one: Judgement) -> str:
    return "WARN" if one.verdict is Verdict.PASS else one.verdict.value


def _said(one: Judgement) -> str:
    because = one.warning if one.verdict is Verdict.PASS else one.because
    return f"{one.about}: {because}" + (f". {one.next_step}" if one.next_step else "")


def change_value(change: ShownChange) -> dict[str, object]:
    """For JSON and YAML."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "about": change.about,
        "differs": change.differs,
        "objects": [_object(one) for one in change.differences],
        "consequences": list(change.consequences),
        "refused": list(change.refused),
        "findings": [_finding(one) for one in change.findings],
        "notes": list(change.notes),
    }


def _object(one: Difference) -> dict[str, object]:
    changes = [{"path": it.path, "before": it.before, "after": it.after} for it in one.changes]
    ref = one.ref
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "namespace": ref.namespace,
        "name": ref.name,
        "result": one.word,
        "changes": changes,
    }


def _finding(one: Judgement) -> dict[str, object]:
    return {
        "rule": one.rule,
        "about": one.about,
        "verdict": one.verdict.value,
        "because": one.because,
        "warning": one.warning,
        "nextStep": one.next_step,
        "evidence": list(one.evidence),
    }


def change_html(change: ShownChange) -> str:
    """One page that asks nobody for anything."""
    said = ((verdict_chip(one.verdict), one.about, _said(one), mono(one.rule)) for one in change.findings)
    parts = (
        section("follows", "What follows", _list(change.consequences)),
        section("refused", "What the API server refuses", _list(change.refused)),
        section("findings", "What the rules say", table("Findings", ("", "About", "", "Rule"), said)),
        section("change", "The change", diff(diff_text(change.differences))),
        section("notes", "Not seen", _list(change.notes)),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"The change of {change.about}"),
        Markup(f"<style>{CSS}</style>"),
    )
    banner = tag(
        "header",
        tag("div", tag("span", "Seatrial", class_="brand"), tag("span", change.about, class_="about"), class_="banner"),
    )
    body = tag("body", banner, tag("main", *parts))
    return "<!doctype html>\n" + tag("html", head, body, lang="en").source + "\n"


def _list(lines: Iterable[str]) -> Markup | None:
    items = [tag("li", one) for one in lines]
    return tag("ul", *items) if items else None

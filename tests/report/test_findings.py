"""The findings' outputs where they are hard: no place, several fixes in one file, letters that the formats use themselves."""

import json

from seatrial.model.findings import Edit, Finding, Located, Position, Severity, Spot
from seatrial.report.findings import Lint, github, gitlab, in_order, json_text, patch_text, sarif, text


def located(rule: str, line: int, patch: tuple[str, ...] = (), file: str = "a.yaml") -> Located:
    finding = Finding(rule, Severity.WARN, "deployment/x", Spot(0), "because: 100 %\nof it")
    edit = Edit(file, 0, 0, "", line, 1, line, 1) if patch else None
    return Located(finding, Position(file, line, 3) if line else None, edit, patch)


def test_what_has_no_place_is_still_told() -> None:
    """In every form, last in order."""
    lint = Lint(in_order((located("some-rule", 0), located("other-rule", 4))))
    assert [one.finding.rule for one in lint.found] == ["other-rule", "some-rule"]
    assert "\nwarn some-rule: deployment/x: because" in text(lint)
    assert json.loads(json_text(lint))["findings"][1]["file"] is None
    assert "locations" not in json.loads(sarif(lint))["runs"][0]["results"][1]
    assert json.loads(gitlab(lint))[1]["location"] == {"path": "deployment/x", "lines": {"begin": 1}}
    assert "::warning title=some-rule::deployment/x" in github(lint)


def test_letters_that_a_workflow_command_uses_are_escaped() -> None:
    """One finding stays one line."""
    printed = github(Lint((located("some-rule", 4, file="a,b:c.yaml"),)))
    assert printed == (
        "::warning file=a%2Cb%3Ac.yaml,line=4,col=3,title=some-rule::deployment/x: because: 100 %25%0Aof it\n"
    )


def test_several_fixes_of_a_file_are_one_patch() -> None:
    """Line numbers move with what came before; of two that change the same line only the first is taken."""
    added = located("a", 2, ("@@ -1,0 +2,1 @@", "+new"))
    removed = located("b", 2, ("@@ -2,1 +1,0 @@", "-old"))
    swapped = located("c", 5, ("@@ -5,1 +5,1 @@", "-x", "+y"))
    again = located("d", 5, ("@@ -5,1 +5,1 @@", "-x", "+z"))
    grown = located("e", 7, ("@@ -7,1 +7,2 @@", "-p", "+p", "+q"))
    printed = patch_text(Lint((grown, again, swapped, removed, added)))
    assert printed.splitlines() == [
        "--- a/a.yaml",
        "+++ b/a.yaml",
        "@@ -1,0 +2,1 @@",
        "+new",
        "@@ -2,1 +2,0 @@",
        "-old",
        "@@ -5,1 +5,1 @@",
        "-x",
        "+z",
        "@@ -7,1 +7,2 @@",
        "-p",
        "+p",
        "+q",
    ]
    assert patch_text(Lint((located("a", 2),))) == ""


def test_only_notes_leave_the_exit_code_at_0() -> None:
    """What blocks or warns makes it 1."""
    note = Located(Finding("a", Severity.INFO, "x", Spot(0), "because"), None)
    assert Lint((note,)).exit_code == 0
    assert Lint((note, located("b", 1))).exit_code == 1
    assert Lint(()).exit_code == 0

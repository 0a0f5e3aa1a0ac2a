"""init --from and report --as-runbook, from the command line."""

import json
from pathlib import Path

import pytest

from seatrial.cli.main import run

ROOT = Path(__file__).parent.parent.parent
RUNBOOK = ROOT / "demo" / "runbook.zh-TW.md"


def test_a_plan_is_written_and_passes_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its account behind it, and the mistakes on stderr."""
    target = tmp_path / "plan.yaml"

    assert run(["init", "--from", str(RUNBOOK), "-f", str(target)]) == 0
    assert run(["check", str(target)]) == 0
    said = capsys.readouterr()
    assert f"{RUNBOOK}:287: git-revert-head" in said.err
    assert "listed as not understood" in said.err
    assert "exchange-service in forex-prod" in said.out


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    """Unless it is forced."""
    target = tmp_path / "plan.yaml"
    target.write_text("mine")

    assert run(["init", "--from", str(RUNBOOK), "-f", str(target)]) == 2
    assert target.read_text() == "mine"
    assert run(["init", "--from", str(RUNBOOK), "-f", str(target), "--force"]) == 0


def test_every_line_and_the_machine_form(capsys: pytest.CaptureFixture[str]) -> None:
    """-o lines has one for each; -o json says the same."""
    assert run(["init", "--from", str(RUNBOOK), "-o", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert run(["init", "--from", str(RUNBOOK), "-o", "lines"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert [one["line"] for one in value["lines"]] == [int(line.split()[0]) for line in lines[:-2]]
    assert value["understood"] >= 0.9
    assert {one["name"] for one in value["mistakes"]} >= {"git-revert-head", "unhashed-secret"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "/nowhere/x.md"], "can't be read"),
        (["--from", str(RUNBOOK), "--timezone", "Mars/Base"], "no time zone"),
        (["--from", str(RUNBOOK), "--timezone", "../etc/passwd"], "no time zone"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 2."""
    assert run(["init", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not UTF-8, or far too large."""
    (tmp_path / "a.md").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.md").write_bytes(b"a" * (1024 * 1024 + 1))

    assert run(["init", "--from", str(tmp_path / "a.md")]) == 2
    assert run(["init", "--from", str(tmp_path / "b.md")]) == 2
    assert "not UTF-8" in capsys.readouterr().err

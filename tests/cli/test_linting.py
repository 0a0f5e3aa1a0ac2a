"""check with manifests, as it is typed: places, fixes that mend, ignoring with a reason, every output, exit codes."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from seatrial.change.objects import ref_of
from seatrial.cli.linting import lint
from seatrial.cli.main import run
from seatrial.model.findings import Located
from seatrial.sources.assembling import assemble
from seatrial.sources.kustomize import render
from seatrial.sources.placing import Sources
from seatrial.sources.rendered import Rendered
from seatrial.sources.sheets import read_text

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo"
RULES = ROOT / "tests" / "judge" / "manifest"
SOUND = (RULES / "sound.yaml").read_text()
TRIPS = [one for one in yaml.safe_load((RULES / "trips.yaml").read_text()) if "with" in one and "planned" not in one]
GIT = shutil.which("git") or ""
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's manifests after its change, with its plan, as the working directory."""
    for state in ("before", "after"):
        shutil.copytree(DEMO / "manifests" / state, tmp_path, dirs_exist_ok=True)
    shutil.copy(DEMO / "plan.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def looked_at(text: str, directory: Path, jdk: str | None = None) -> tuple[Located, ...]:
    sheet = read_text(text, "all.yaml")
    return lint(tuple(body for body, _ in sheet.objects), Sources((sheet,)), directory, jdk).found


# ── places


@pytest.mark.parametrize(
    "place",
    [
        "env/forex.env:1:17: warn direct-memory",
        "env/forex.env:1:118: warn gc-log-directory",
        "deployment.yml:8:3: warn replicas-written",
        "deployment.yml:39:15: warn request-is-limit",
        "hpa.yml:21:7: block autoscaler-ratchet",
        "plan.yaml:20:14: info memory-expected",
    ],
)
def test_findings_name_file_line_and_column(place: str, team: Path, capsys: Capture) -> None:
    """Of the files that people edit: kustomize's output has no lines, and the flags come from an env file."""
    assert run(["check", "plan.yaml"]) == 1

    assert f"\n{place}: " in capsys.readouterr().out


def test_a_plan_that_expects_something_else_is_told_at_its_line(team: Path, capsys: Capture) -> None:
    """The runbook's own slip: the flags in the plan are not those in the env file."""
    plan = team / "plan.yaml"
    plan.write_text(plan.read_text().replace("-Xmx4096m", "-Xmx5g").replace("max: 10", "max: 12"))

    assert run(["check", "plan.yaml"]) == 1

    said = capsys.readouterr().out
    assert (
        "plan.yaml:18:26: block plan-flags: deployment/exchange-service: -Xmx5g is expected, the manifests say -Xmx4096m"
        in said
    )
    assert (
        "plan.yaml:16:70: block plan-autoscaler: horizontalpodautoscaler/exchange-service-hpa: max: 12 is expected"
        in said
    )


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl renders what is not simple")
def test_an_overlay_is_rendered_and_its_findings_lead_to_the_patch(team: Path, capsys: Capture) -> None:
    """A prefix, a hash and a patch: the place is the file in which the value stands."""
    overlay = team / "overlay"
    shutil.copytree(team, team / "base")
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(
        "resources: [../base]\nnamePrefix: blue-\npatches: [{path: more.yaml}]\n"
        "configMapGenerator: [{name: extra, literals: [A=b]}]\n"
    )
    (overlay / "more.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: exchange-service}\n"
        "spec:\n  revisionHistoryLimit: 0\n  template:\n    spec:\n      containers:\n"
        "        - name: exchange-service\n          resources:\n            requests: {memory: 5Gi}\n"
    )

    assert run(["check", "-k", "overlay"]) == 1

    said = capsys.readouterr().out
    assert "overlay/more.yaml:5:3: warn way-back: deployment/blue-exchange-service" in said
    assert "overlay/more.yaml:11:24: warn request-is-limit" in said
    assert "base/env/forex.env:1:17: warn direct-memory" in said


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is nothing to compare with")
def test_a_simple_kustomization_is_put_together_as_kubectl_does_it(team: Path) -> None:
    """Object by object; what is not simple is left to kubectl."""
    (team / "env" / "forex.env").write_text('\ufeff# first\n  ARGS1=-Xmx1g "a b" # no comment\n\nEMPTY=\nURL=a=b\n')
    kustomization = team / "kustomization.yml"
    kustomization.write_text(
        kustomization.read_text() + "configMapGenerator:\n  - {name: more, literals: ['A=\"x y\"', B=2]}\n"
    )

    assembled, rendered = assemble(team), render(team)

    assert assembled
    assert isinstance(rendered, Rendered)
    by_name = {ref_of(one): one for one in assembled.bodies}
    assert by_name == {ref_of(one): one for one in rendered.bodies}


@pytest.mark.parametrize(
    "addition",
    ["namePrefix: a-\n", "patches: []\n", "images: []\n", "components: [x]\n", "resources: [https://example.org/x]\n"],
)
def test_what_is_not_simple_is_not_put_together(addition: str, team: Path) -> None:
    """kustomize knows more than these lines do."""
    (team / "kustomization.yml").write_text(
        f"resources: [service.yml]\n{addition}".replace("resources: [service.yml]\nr", "r")
    )
    assert assemble(team) is None


# ── fixes


@pytest.mark.parametrize("trip", TRIPS, ids=[f"{number} {one['rule']}" for number, one in enumerate(TRIPS)])
def test_a_mechanical_fix_mends_what_was_found(trip: dict[str, object], tmp_path: Path) -> None:
    """Applied to the text, each one leaves YAML behind in which the finding is gone and nothing blocks that did not before."""
    text, changes, jdk = SOUND, trip["with"], str(trip["jdk"]) if "jdk" in trip else None
    assert isinstance(changes, dict)
    for old, new in changes.items():
        text = text.replace(old, new)
    before = looked_at(text, tmp_path, jdk)
    for one in before:
        if one.edit is None:
            continue
        mended = text[: one.edit.start] + one.edit.text + text[one.edit.end :]
        after = looked_at(mended, tmp_path, jdk)
        assert (one.finding.rule, one.finding.because) not in [(it.finding.rule, it.finding.because) for it in after]


def test_some_fix_is_mechanical(tmp_path: Path) -> None:
    """The test above would be content with none."""
    text = (
        SOUND.replace(" -XX:+ExitOnOutOfMemoryError", "")
        .replace(", timeoutSeconds: 5}", "}")
        .replace("-Xmx2g", "-Xmx1g -Xmx2g")
    )
    assert len([one for one in looked_at(text, tmp_path) if one.edit and one.patch]) == 3


@pytest.mark.skipif(not GIT, reason="git applies the patch")
def test_the_patch_can_be_applied(team: Path, capsys: Capture) -> None:
    """By git, as it is printed; the next check finds less."""
    run(["check", "plan.yaml", "-o", "json"])
    before = json.loads(capsys.readouterr().out)["findings"]
    run(["check", "plan.yaml", "-o", "patch"])
    printed = capsys.readouterr().out
    subprocess.run([GIT, "init", "-q", "."], check=True)

    subprocess.run([GIT, "apply", "--unidiff-zero"], input=printed, text=True, check=True)

    run(["check", "plan.yaml", "-o", "json"])
    after = json.loads(capsys.readouterr().out)["findings"]
    assert {"replicas-written", "request-is-limit"} <= {one["rule"] for one in before} - {one["rule"] for one in after}


def test_no_secret_is_printed_in_any_form(team: Path, capsys: Capture) -> None:
    """Neither the neighbours in the env file nor a password among the options."""
    env = team / "env" / "forex.env"
    env.write_text(
        env.read_text().replace("-Xmx4096m", "-Dstore.password=hunter2 -Dx=hunter3 -javaagent:/a.jar=hunter4 -Xmx4096m")
    )
    for output in ("text", "json", "sarif", "github", "gitlab", "patch"):
        run(["check", "plan.yaml", "-o", output])
        printed = capsys.readouterr()
        assert not re.search("hunter|feed-3c1d7e52a9", printed.out + printed.err)


# ── ignoring


def test_a_line_is_ignored_with_a_reason(team: Path, capsys: Capture) -> None:
    """On the line or above it; without a reason it stays."""
    deployment = team / "deployment.yml"
    text = deployment.read_text()
    deployment.write_text(
        text.replace("replicas: 2", "replicas: 2 # seatrial:ignore replicas-written the HPA comes tomorrow")
    )
    run(["check", "-k", "."])
    said = capsys.readouterr().out
    assert "replicas-written" not in said
    assert "1 ignored" in said

    deployment.write_text(text.replace("  replicas: 2", "  # seatrial:ignore replicas-written\n  replicas: 2"))
    run(["check", "-k", "."])
    assert "warn replicas-written: deployment/exchange-service: replicas: 2" in (again := capsys.readouterr().out)
    assert "(the ignore comment gives no reason)" in again


def test_an_object_is_ignored_in_a_file(team: Path, capsys: Capture) -> None:
    """For what has no line of its own; a line without a reason is refused."""
    ignore = team / ".seatrialignore"
    ignore.write_text(
        "# known\ndisruption-budget deployment/exchange-service one node only\nlogs-kept * taken by the run\n"
    )
    run(["check", "-k", ".", "-o", "json"])
    told = json.loads(capsys.readouterr().out)
    assert {one["rule"]: one["reason"] for one in told["ignored"]} == {
        "disruption-budget": "one node only",
        "logs-kept": "taken by the run",
    }

    ignore.write_text("disruption-budget deployment/exchange-service\n")
    assert run(["check", "-k", "."]) == 2
    assert ".seatrialignore:1: RULE KIND/NAME reason is expected" in capsys.readouterr().err


# ── outputs and exit codes


def test_nothing_found_is_0_and_notes_alone_are_0(team: Path, capsys: Capture) -> None:
    """Only what blocks or warns makes it 1."""
    (team / "sound.yaml").write_text(SOUND)
    assert run(["check", "-f", "sound.yaml"]) == 0
    assert capsys.readouterr().out == "8 objects: nothing found\n"

    (team / "sound.yaml").write_text(SOUND.replace("minReadySeconds: 30", "paused: false"))
    assert run(["check", "-f", "sound.yaml"]) == 0
    assert "8 objects: 1 info\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'PLAN' (or -k DIR, or -f FILE)"),
        (["plan.yaml", "-k", "."], "only one of PLAN, -k DIR and -f FILE"),
        (["-f", "absent.yaml"], "absent.yaml: can't be read: No such file"),
        (["-f", "broken.yaml"], "broken.yaml:2:1: did not find"),
        (["-f", "env/forex.env"], "an object with apiVersion and kind is expected here"),
        (["-k", "env"], "there is no kustomization.yaml in it"),
    ],
)
def test_what_cannot_be_read_is_2(arguments: list[str], said: str, team: Path, capsys: Capture) -> None:
    """Nothing on stdout, the way out on stderr."""
    (team / "broken.yaml").write_text("a: [")
    (team / "env" / "forex.env").write_text("A=b")

    assert run(["check", *arguments]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_json_is_for_programs(team: Path, capsys: Capture) -> None:
    """With a version, and every field always there."""
    assert run(["check", "-k", ".", "-o", "json"]) == 1

    told = json.loads(capsys.readouterr().out)
    assert (told["apiVersion"], told["kind"], told["objects"]) == ("seatrial.dev/v1alpha1", "Findings", 5)
    keys = {"rule", "severity", "about", "file", "line", "column", "message", "why", "nextStep", "patch"}
    assert all(set(one) == keys for one in told["findings"])


def test_sarif_has_rules_places_and_fixes(team: Path, capsys: Capture) -> None:
    """Version 2.1.0; lines and columns from 1; what is ignored is a suppression with its reason."""
    (team / ".seatrialignore").write_text("logs-kept * known\n")
    assert run(["check", "-k", ".", "-o", "sarif"]) == 1

    told = json.loads(capsys.readouterr().out)
    only = told["runs"][0]
    assert told["version"] == "2.1.0"
    for one in only["results"]:
        assert only["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
        region = one["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region["startColumn"] >= 1
    by_rule = {one["ruleId"]: one for one in only["results"]}
    assert by_rule["autoscaler-ratchet"]["level"] == "error"
    assert by_rule["logs-kept"]["suppressions"] == [{"kind": "inSource", "justification": "known"}]
    replacement = by_rule["request-is-limit"]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["insertedContent"] == {"text": "6Gi"}


def test_github_and_gitlab_show_it_beside_the_line(team: Path, capsys: Capture) -> None:
    """Workflow commands, percent signs escaped; and a code quality report with prints that outlive moved lines."""
    run(["check", "-k", ".", "-o", "github"])
    said = capsys.readouterr().out
    assert "::error file=hpa.yml,line=21,col=7,title=autoscaler-ratchet::horizontalpodautoscaler" in said
    assert "91 %25 of the request" in said

    run(["check", "-k", ".", "-o", "gitlab"])
    first = {one["fingerprint"]: one for one in json.loads(capsys.readouterr().out)}
    deployment = team / "deployment.yml"
    deployment.write_text("# moved\n" + deployment.read_text())
    run(["check", "-k", ".", "-o", "gitlab"])
    second = {one["fingerprint"]: one for one in json.loads(capsys.readouterr().out)}
    assert set(first) == set(second)
    assert all(
        {"description", "check_name", "fingerprint", "severity", "location"} == set(one) for one in first.values()
    )


def test_the_jdk_can_be_said(team: Path, capsys: Capture) -> None:
    """Where the image's tag does not say it, a removed flag is only a warning."""
    env = team / "env" / "forex.env"
    env.write_text(env.read_text().replace("-XX:+UseG1GC", "-XX:+UseG1GC -XX:+PrintGCDateStamps"))

    run(["check", "-k", "."])
    assert "env/forex.env:1:40: warn flag-fatal" in (said := capsys.readouterr().out)
    assert "JDK 11, 17, 21 and 25 do not start with it" in said
    run(["check", "-k", ".", "--jdk", "17"])
    assert "block flag-fatal" in (said := capsys.readouterr().out)
    assert "JDK 17 does not start with it" in said
    run(["check", "-k", ".", "--jdk", "8"])
    assert "flag-fatal" not in capsys.readouterr().out


def test_a_directory_that_is_not_there_is_no_green_tick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A typo in the plan's directory must not pass for manifests without findings."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "apiVersion: seatrial.dev/v1alpha1\nkind: Trial\nmetadata: {name: x}\nspec:\n"
        "  target: {context: c, namespace: n, workload: deployment/x, kustomize: taem}\n"
    )

    assert run(["check", str(plan)]) == 2
    assert "there is no directory" in capsys.readouterr().err

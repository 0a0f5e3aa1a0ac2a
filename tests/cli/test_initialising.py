"""`seatrial init`: a plan from a directory, its commit, and the cluster where one answers."""

import json
import shutil
from pathlib import Path

import pytest

from seatrial.cli.main import run
from seatrial.plan.reading import read_plan
from seatrial.rehearsal.scenario import Fault, Repository, Variant, make_repository

renders = pytest.mark.skipif(
    not (shutil.which("kubectl") or shutil.which("kustomize")), reason="neither kubectl nor kustomize on PATH"
)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The demo's repository, at its change, without its plan; and no kubeconfig anywhere."""
    made = make_repository(tmp_path / "exchange-service", Variant.PRODUCTION, Fault.NONE)
    made.plan.unlink()
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.chdir(made.path)
    return made


@renders
def test_the_written_plan_passes_check(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """And names what could not be known without a cluster."""
    assert run(["init", "-f", "plan.yaml"]) == 0
    said = capsys.readouterr().err
    assert run(["check", "plan.yaml", "-o", "json"]) == 1
    found = {one["rule"] for one in json.loads(capsys.readouterr().out)["findings"]}

    assert "autoscaler-ratchet" in found, "the manifests are looked at too"
    assert not [rule for rule in found if rule.startswith("plan-")], "the plan and the manifests agree"
    assert "the cluster was not looked at: No kubeconfig at" in said
    plan = read_plan(Path("plan.yaml").read_text(), str(Path("plan.yaml").resolve()))
    assert plan.target.kustomize == str(repository.path)
    assert plan.target.commit == ""
    assert plan.expect.jvm_flags[:2] == ("-Xms3072m", "-Xmx4096m")


@renders
def test_the_plan_goes_to_the_terminal_where_no_file_is_named(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written; --context is taken at its word."""
    assert run(["init", "-k", ".", "--context", "forex-prod"]) == 0

    printed = capsys.readouterr().out
    assert "    context: forex-prod" in printed
    assert "FEED_TOKEN" not in printed
    assert not (repository.path / "plan.yaml").exists()


@renders
def test_a_directory_elsewhere_is_named_relative_to_the_plan(repository: Repository, tmp_path: Path) -> None:
    """As the plan is read."""
    plans = tmp_path / "plans"
    plans.mkdir()

    assert run(["init", "-f", str(plans / "plan.yaml")]) == 0

    plan = read_plan((plans / "plan.yaml").read_text(), str(plans / "plan.yaml"))
    assert plan.target.kustomize == str(plans / "../exchange-service")
    assert plan.target.commit == repository.after_commit[:10]


def test_a_plan_is_never_written_over_unasked(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    """The file stays as it is."""
    repository.plan.write_text("mine")

    assert run(["init", "-f", "plan.yaml"]) == 2

    assert repository.plan.read_text() == "mine"
    assert "plan.yaml is there already; --force writes over it" in capsys.readouterr().err


@renders
def test_force_writes_over_it(repository: Repository) -> None:
    """Asked for is asked for."""
    repository.plan.write_text("mine")

    assert run(["init", "-f", "plan.yaml", "--force"]) == 0

    assert repository.plan.read_text().startswith("# A plan for deployment/exchange-service")


def test_a_directory_without_a_kustomization_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the way out."""
    monkeypatch.chdir(tmp_path)

    assert run(["init"]) == 2

    assert "there is no kustomization.yaml in it; -k names the directory" in capsys.readouterr().err


@renders
def test_of_several_deployments_one_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them are listed."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.chdir(tmp_path)
    pods = "spec: {template: {spec: {containers: [{name: main, image: shop}]}}}"
    texts = [
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n{pods}\n" for name in ("shop", "till")
    ]
    Path("both.yml").write_text("---\n".join(texts))
    Path("kustomization.yml").write_text("resources: [both.yml]\n")

    assert run(["init"]) == 2
    assert "--workload: deployment/shop, deployment/till" in capsys.readouterr().err
    assert run(["init", "--workload", "deployment/nobody"]) == 2
    assert "no deployment/nobody among the manifests" in capsys.readouterr().err
    assert run(["init", "--workload", "deployment/till"]) == 0
    assert "workload: deployment/till" in capsys.readouterr().out


@renders
def test_a_cluster_that_does_not_answer_is_no_error(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its context is known all the same."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: dead\n"
        "contexts: [{name: dead, context: {cluster: dead, user: me, namespace: shop}}]\n"
        "clusters: [{name: dead, cluster: {server: 'https://127.0.0.1:1'}}]\n"
        "users: [{name: me, user: {token: t}}]\n"
    )
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))

    assert run(["init"]) == 0

    printed = capsys.readouterr()
    assert "context: dead" in printed.out
    assert "the cluster was not looked at" in printed.err

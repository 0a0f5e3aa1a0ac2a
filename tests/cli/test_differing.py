"""`seatrial diff` as it is typed, with what it must not do: ask twice, show a secret, or change anything."""

import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.test_commands import RUNBOOK, closed_port, kubeconfig_of

from seatrial.cli import outside
from seatrial.cli.main import run
from seatrial.rehearsal.settings import Cluster

Capture = pytest.CaptureFixture[str]
PASSWORD = "correct-horse-battery"
MANIFEST = """
apiVersion: v1
kind: Secret
metadata: {name: rates-env}
stringData: {ARGS1: FLAGS, DB_PASSWORD: %s}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: rates}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: rates}}
  template:
    metadata: {labels: {app: rates}}
    spec:
      containers: [{name: rates, image: IMAGE, envFrom: [{secretRef: {name: rates-env}}]}]
""".replace("%s", PASSWORD).replace("IMAGE", "x:1")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory of its own, no kubeconfig, no program for differences."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    monkeypatch.delenv(outside.VARIABLE, raising=False)


def manifest(args: str = "-Xmx1g", replicas: int = 0) -> str:
    """The file with the objects."""
    Path("all.yaml").write_text(MANIFEST.replace("FLAGS", args).replace("REPLICAS", str(replicas)))
    return "all.yaml"


@pytest.mark.parametrize("given", [[], ["plan.yaml", "-k", "."], ["-f", "x", "-k", "."]])
def test_one_source_must_be_given(given: list[str], capsys: Capture) -> None:
    assert run(["diff", *given]) == 2
    assert "Give a PLAN, or -k DIR, or -f FILE." in capsys.readouterr().err


def test_what_cannot_be_read_is_named(capsys: Capture) -> None:
    assert run(["diff", "-k", "nowhere"]) == 2
    assert "nowhere: there is no kustomization.yaml in it" in capsys.readouterr().err
    Path("plan.yaml").write_text(RUNBOOK.replace("kind: Trial", "kind: Trail"))
    assert run(["diff", "plan.yaml"]) == 2


def test_a_cluster_that_does_not_answer_is_7(capsys: Capture) -> None:
    config = kubeconfig_of(f"https://127.0.0.1:{closed_port()}")
    assert run(["diff", "-f", manifest(), "--kubeconfig", config]) == 7
    assert run(["diff", "-f", manifest(), "--kubeconfig", config, "--context", "nope"]) == 2
    assert capsys.readouterr().out == ""


def test_arguments_that_kubectl_would_drop_are_dropped() -> None:
    assert outside.program_of({outside.VARIABLE: "colordiff -N -u --color=never ;rm $(x)"}) == [
        *("colordiff", "-N", "-u", "--color=never")
    ]
    assert outside.program_of({}) == []


@pytest.fixture
def space(local_cluster: Cluster) -> Iterator[list[str]]:
    """A namespace of the real cluster, with the objects as a team applied them; the arguments that lead there."""
    name = f"diff-{secrets.token_hex(4)}"
    kubectl = [str(local_cluster.kubectl), f"--kubeconfig={local_cluster.kubeconfig}"]
    subprocess.run([*kubectl, "create", "namespace", name], check=True, capture_output=True)
    subprocess.run(
        [*kubectl, "apply", f"--namespace={name}", f"--filename={manifest()}"], check=True, capture_output=True
    )
    yield ["--kubeconfig", str(local_cluster.kubeconfig), "-n", name]
    subprocess.run([*kubectl, "delete", "namespace", name, "--wait=false"], check=True, capture_output=True)


@pytest.mark.cluster
def test_the_real_server_says_what_would_become_of_it(space: list[str], capsys: Capture) -> None:
    assert run(["diff", "-f", manifest(), *space]) == 0
    assert run(["diff", "-f", manifest("-Xmx2g"), *space]) == 1
    told = capsys.readouterr()
    assert "-  ARGS1: -Xmx1g\n+  ARGS1: -Xmx2g\n" in told.out
    assert "[change-reaches-pods]" in told.out
    assert PASSWORD not in told.out + told.err


@pytest.mark.cluster
def test_programs_are_told_the_same(space: list[str], capsys: Capture) -> None:
    assert run(["diff", "-f", manifest(replicas=2), *space, "-o", "json"]) == 1
    objects = {one["kind"]: one for one in json.loads(capsys.readouterr().out)["objects"]}
    assert objects["Secret"]["result"] == "unchanged"
    assert {"path": "spec.replicas", "before": "0", "after": "2"} in objects["Deployment"]["changes"]


@pytest.mark.cluster
def test_an_object_that_would_be_refused_is_3(space: list[str], capsys: Capture) -> None:
    path = manifest()
    Path(path).write_text(Path(path).read_text().replace("app: rates", "app: others"))
    assert run(["diff", "-f", path, *space]) == 3
    assert "spec.selector can't be changed" in capsys.readouterr().out


@pytest.mark.cluster
def test_another_program_shows_it_masked(
    space: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(outside.VARIABLE, "diff -u -N")
    assert run(["diff", "-f", manifest("-Xmx2g", replicas=2), *space]) == 1
    told = capfd.readouterr().out
    assert "+  replicas: 2" in told
    assert "+  ARGS1: -Xmx2g" in told
    assert PASSWORD not in told
    monkeypatch.setenv(outside.VARIABLE, "false-and-missing")
    assert run(["diff", "-f", manifest("-Xmx2g"), *space]) == 2

"""The demo's repository: two commits as the runbook has them, and each fault where it belongs."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from seatrial.plan.reading import read_plan
from seatrial.rehearsal.scenario import (
    BACKUP,
    Edit,
    Fault,
    Repository,
    Setting,
    Variant,
    apply_edits,
    export,
    git,
    make_repository,
)
from seatrial.rehearsal.troubles import RehearsalError

ALL = [(variant, fault) for variant in Variant for fault in Fault]


def files_of(repository: Repository, commit: str) -> list[str]:
    return git(repository.path, "ls-tree", "-r", "--name-only", commit).decode().split()


def text_of(repository: Repository, commit: str, name: str) -> str:
    return git(repository.path, "show", f"{commit}:{name}").decode()


def yaml_of(repository: Repository, commit: str, name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(text_of(repository, commit, name))
    return read


def environment_of(repository: Repository, commit: str) -> dict[str, str]:
    lines = text_of(repository, commit, "env/forex.env").splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize(("variant", "fault"), ALL)
def test_every_scenario_has_a_clean_tree_and_a_plan_that_reads(variant: Variant, fault: Fault, tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", variant, fault)
    assert git(repository.path, "status", "--porcelain") == b""
    assert git(repository.path, "rev-parse", "HEAD").decode().strip() == repository.after_commit
    assert git(repository.path, "rev-parse", "HEAD~1").decode().strip() == repository.before_commit
    plan = read_plan(repository.plan.read_text(), str(repository.plan))
    assert plan.target.commit is not None
    assert repository.after_commit.startswith(plan.target.commit)
    assert f'commit: "{repository.after_commit[:10]}"' in repository.plan.read_text(), (
        "all its digits may be decimal ones"
    )


def test_the_change_is_the_runbooks(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, Variant.PRODUCTION, Fault.NONE)
    before, after = repository.before_commit, repository.after_commit
    changed = git(repository.path, "diff", "--name-only", before, after).decode().split()
    backup = [f"{BACKUP}/{name}" for name in ("deployment.yml", "env/forex.env", "kustomization.yml")]
    assert changed == [*backup, "deployment.yml", "env/forex.env", "hpa.yml", "kustomization.yml"]
    assert "hpa.yml" in yaml_of(repository, after, "kustomization.yml")["resources"]
    assert environment_of(repository, after)["ARGS1"].split() == [
        "-Xms3072m",
        "-Xmx4096m",
        "-XX:+UseG1GC",
        "-XX:+HeapDumpOnOutOfMemoryError",
        "-XX:HeapDumpPath=/forex/log/exchange-service/",
        "-Xloggc:/forex/log/exchange-service/gc.log",
    ]


@pytest.mark.parametrize("variant", Variant)
def test_the_change_alone_reaches_no_pod(variant: Variant, tmp_path: Path) -> None:
    repository = make_repository(tmp_path, variant, Fault.NONE)
    before, after = (
        yaml_of(repository, commit, "deployment.yml")["spec"]
        for commit in (repository.before_commit, repository.after_commit)
    )
    assert before["template"] == after["template"]
    assert (before["replicas"], after["replicas"]) == (1, 2)
    assert after["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_the_backup_is_what_was_replaced(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, Variant.PRODUCTION, Fault.NONE)
    for name in ("deployment.yml", "env/forex.env", "kustomization.yml"):
        kept = text_of(repository, repository.after_commit, f"{BACKUP}/{name}")
        assert kept == text_of(repository, repository.before_commit, name)


def test_commit_ids_are_the_same_whoever_makes_them(tmp_path: Path) -> None:
    first, second = (make_repository(tmp_path / name, Variant.SMALL, Fault.OOM) for name in ("a", "b"))
    assert (first.before_commit, first.after_commit) == (second.before_commit, second.after_commit)


def test_the_state_before_knows_no_fault(tmp_path: Path) -> None:
    commits = {make_repository(tmp_path / fault, Variant.SMALL, fault).before_commit for fault in Fault}
    assert len(commits) == 1


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        (Fault.OOM, "FAULT_NATIVE_LEAK_MIB_PER_S", "512"),
        (Fault.LEAK, "FAULT_HEAP_LEAK_MIB_PER_S", "8"),
        (Fault.SLOW, "FAULT_START_DELAY_S", "15"),
        (Fault.ERRORS, "FAULT_ERROR_SHARE", "0.5"),
        (Fault.HANG, "FAULT_HEALTH_HANG_AFTER_S", "0"),
    ],
)
def test_a_fault_of_the_service_is_in_its_environment(fault: Fault, name: str, value: str, tmp_path: Path) -> None:
    repository = make_repository(tmp_path, Variant.SMALL, fault)
    assert environment_of(repository, repository.after_commit)[name] == value
    assert name in (Path(__file__).parents[2] / "demo" / "README.md").read_text()


def test_the_other_faults_are_in_the_flags_and_the_manifest(tmp_path: Path) -> None:
    crash, image, key = (
        make_repository(tmp_path / fault, Variant.SMALL, fault)
        for fault in (Fault.CRASH, Fault.IMAGE, Fault.SECRET_KEY)
    )
    assert "-XX:+PrintGCDateStamps" in environment_of(crash, crash.after_commit)["ARGS1"]
    container = yaml_of(image, image.after_commit, "deployment.yml")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "exchange-service:unbuilt-1.0"
    container = yaml_of(key, key.after_commit, "deployment.yml")["spec"]["template"]["spec"]["containers"][0]
    asked = container["env"][0]["valueFrom"]["secretKeyRef"]
    assert asked["key"] not in environment_of(key, key.after_commit)


def test_a_setting_moves_it_to_another_cluster_namespace_and_image(tmp_path: Path) -> None:
    setting = Setting(context="dev", namespace="trial-7", image_tag="1.0-noshell")
    repository = make_repository(tmp_path, Variant.SMALL, Fault.NONE, setting)
    target = read_plan(repository.plan.read_text(), str(repository.plan)).target
    assert (target.context, target.namespace) == ("dev", "trial-7")
    for commit in (repository.before_commit, repository.after_commit):
        assert yaml_of(repository, commit, "kustomization.yml")["namespace"] == "trial-7"
        assert "image: exchange-service:1.0-noshell\n" in text_of(repository, commit, "deployment.yml")


def test_the_state_before_can_be_written_elsewhere(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", Variant.SMALL, Fault.NONE)
    export(repository, repository.before_commit, tmp_path / "before")
    written = sorted(str(file.relative_to(tmp_path / "before")) for file in (tmp_path / "before").rglob("*.*"))
    assert written == ["deployment.yml", "env/forex.env", "kustomization.yml", "network-policy.yml", "service.yml"]


def test_an_edit_that_finds_nothing_to_replace_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("replicas: 1\n")
    with pytest.raises(RehearsalError, match="0 times 'replicas: 3', expected once"):
        apply_edits(tmp_path, [Edit("a.yml", "replicas: 3", "replicas: 4")])


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl renders the kustomization")
@pytest.mark.parametrize(("variant", "fault"), ALL)
def test_every_scenario_renders(variant: Variant, fault: Fault, tmp_path: Path) -> None:
    repository = make_repository(tmp_path, variant, fault)
    kubectl = shutil.which("kubectl") or "kubectl"
    done = subprocess.run(
        [kubectl, "kustomize", str(repository.path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "KUBECONFIG": os.devnull},
    )
    kinds = [document["kind"] for document in yaml.safe_load_all(done.stdout)]
    assert sorted(kinds) == ["Deployment", "HorizontalPodAutoscaler", "NetworkPolicy", "Secret", "Service"]

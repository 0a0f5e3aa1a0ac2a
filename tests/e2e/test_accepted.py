"""The runbook's change goes well: accepted, and nobody who goes on with kubectl, git or grep finds anything amiss."""

import base64
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.oracles import Answer, Body, Request
from tests.e2e.stage import AUTOSCALER, SECRET, WORKLOAD, Ran, Stage
from tests.e2e.test_rolled_back import announced
from tests.e2e.theatre import looks_at

from seatrial.rehearsal.scenario import Edit, apply_edits
from seatrial.run.clock import pause

pytestmark = pytest.mark.cluster

AS_IT_IS_NOW = (
    Edit("plan.yaml", "before: {pods: 1}", "before: {pods: 2}"),
    Edit("plan.yaml", "before: absent", "before: any"),
)


@dataclass(frozen=True)
class Accepted:
    """A run that went well, what kubectl said after it, and a second run over the same."""

    ran: Ran
    again: Ran
    status: Ran
    report: Ran
    home: Path
    secret: str
    diff: Answer
    applied: list[str]
    pods: tuple[list[Body], list[Body]]
    generations: tuple[int, int]
    environments: dict[str, str]
    requests: list[Request]
    writes: list[tuple[str, str, str]]
    strangers: set[str]


def accepted(stage: Stage) -> Accepted:
    """Deploy; ask kubectl; apply as the team would; deploy once more."""
    repository = stage.repository("team")
    stage.old_version_runs(repository)
    ran = stage.deploy(repository)
    requests, writes = stage.audit.requests(ran.since), stage.audit.seatrials_writes(ran.since)
    diff = stage.team.ask("diff", "-k", str(repository.path))
    before, generation = stage.team.objects("pods"), _generation(stage)
    applied = stage.team.do("apply", "-k", str(repository.path)).splitlines()
    pause(3)
    apply_edits(repository.path, AS_IT_IS_NOW)
    return Accepted(
        ran=ran,
        again=stage.deploy(repository),
        status=stage.seatrial("status"),
        report=stage.seatrial("report", "-o", "markdown", ran.directory.name if ran.directory else ""),
        home=stage.home,
        secret=(repository.path / "env" / "forex.env").read_text().split("FEED_TOKEN=")[1].split("\n")[0],
        diff=diff,
        applied=applied,
        pods=(before, stage.team.objects("pods")),
        generations=(generation, _generation(stage)),
        environments=stage.team.environment_of_pods(WORKLOAD),
        requests=requests,
        writes=writes,
        strangers=stage.audit.strangers(ran.since),
    )


def _generation(stage: Stage) -> int:
    deployment = stage.team.one("deployment", WORKLOAD)
    return int(deployment["metadata"]["generation"]) if deployment else 0


@looks_at(accepted)
def test_it_ends_accepted(outcome: Accepted) -> None:
    assert outcome.ran.code == 0, outcome.ran.said
    assert outcome.ran.happened("CriteriaMet")
    assert "accepted" in outcome.ran.said
    assert "accepted" in outcome.report.out


@looks_at(accepted)
def test_every_pod_runs_the_new_flags(outcome: Accepted) -> None:
    assert len(outcome.environments) == 2
    for environment in outcome.environments.values():
        assert "-Xmx128m" in environment
        assert "-XX:+UseG1GC" in environment
    assert {seen["pod"] for seen in outcome.ran.happened("JvmSeen")} == set(outcome.environments)


@looks_at(accepted)
def test_the_teams_own_kubectl_finds_no_difference(outcome: Accepted) -> None:
    assert (outcome.diff.code, outcome.diff.out) == (0, "")


@looks_at(accepted)
def test_the_teams_own_apply_changes_nothing(outcome: Accepted) -> None:
    """kubectl says `configured` of a Secret whose long lines kustomize folds, whoever applied it; no version moves."""
    changed = {line.split()[0] for line in outcome.applied if not line.endswith(" unchanged")}
    assert changed <= {f"secret/{SECRET}"}
    assert outcome.generations[0] == outcome.generations[1]
    assert [_life(pod) for pod in outcome.pods[0]] == [_life(pod) for pod in outcome.pods[1]]


def _life(pod: Body) -> tuple[str, int]:
    return pod["metadata"]["uid"], sum(one["restartCount"] for one in pod["status"]["containerStatuses"])


@looks_at(accepted)
def test_a_second_run_has_nothing_to_do(outcome: Accepted) -> None:
    assert outcome.again.code == 0, outcome.again.said
    assert outcome.again.happened("NothingToChange")
    assert not outcome.again.happened("WriteIntended")
    assert "nothing to do" in outcome.status.out


@looks_at(accepted)
def test_no_secret_value_is_written_down_anywhere(outcome: Accepted) -> None:
    forms = [outcome.secret, base64.b64encode(outcome.secret.encode()).decode()]
    texts = {str(path): path.read_bytes() for path in outcome.home.rglob("*") if path.is_file()}
    texts["the terminal"] = (outcome.ran.said + outcome.again.said + outcome.status.said).encode()
    texts["the report"] = outcome.report.said.encode()
    assert len(texts) > 6
    for name, text in texts.items():
        for form in forms:
            assert form.encode() not in text, name


@looks_at(accepted)
def test_what_was_sealed_is_gone(outcome: Accepted) -> None:
    assert outcome.ran.directory is not None
    assert list((outcome.ran.directory / "sealed").iterdir()) == []


@looks_at(accepted)
def test_every_write_was_announced_and_none_was_needless(outcome: Accepted) -> None:
    assert outcome.writes == announced(outcome.ran)
    assert {(kind, name) for _, kind, name in outcome.writes} == {
        ("secrets", SECRET),
        ("deployments", WORKLOAD),
        ("horizontalpodautoscalers", AUTOSCALER),
    }
    assert outcome.strangers == set()


@looks_at(accepted)
def test_where_a_watch_serves_nothing_is_polled(outcome: Accepted) -> None:
    """A list begins each watch (one per phase that follows the rollout); looks at a timer would add one every second."""
    counted = Counter((one.verb, one.kind, one.subresource) for one in outcome.requests if one.is_seatrial)
    for kind in ("pods", "replicasets", "deployments", "events"):
        assert counted["list", kind, ""] <= 8, counted
    assert counted["watch", "pods", ""] >= 1

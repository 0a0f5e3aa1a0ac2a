"""Changes that go wrong: each is found, named, taken back and compared, and the team's own tools agree."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.oracles import Answer
from tests.e2e.stage import AUTOSCALER, QUICK, WORKLOAD, Ran, Stage
from tests.e2e.theatre import looks_at

from seatrial.rehearsal.scenario import Edit, Fault, Repository

pytestmark = pytest.mark.cluster

OLD_FLAGS = "ARGS1=-Xms64m -Xmx640m -XX:TieredStopAtLevel=1"
MISSING_VOLUME = Edit("deployment.yml", "          emptyDir: {}", "          secret: {secretName: not-there}")
# A registry that can't be reached may be back in a minute, so only the rollout's own time ends this one.
IN_TIME = Edit("plan.yaml", "timeout: 2m", "timeout: 20s")
NEVER_PULLED = Edit("deployment.yml", "imagePullPolicy: IfNotPresent", "imagePullPolicy: Never")
STUCK_SOON = Edit("plan.yaml", "stuckAfter: 30s", "stuckAfter: 8s")


@dataclass(frozen=True)
class Back:
    """A run that was rolled back, and what kubectl found before and after it."""

    ran: Ran
    before: dict[str, object]
    after: dict[str, object]
    diff: Answer
    environments: dict[str, str]
    writes: list[tuple[str, str, str]]


def tried(stage: Stage, repository: Repository, files_before: Path) -> Back:
    """Deploy what can't work; then look with kubectl."""
    before = stage.team.state()
    ran = stage.deploy(repository)
    return Back(
        ran=ran,
        before=before,
        after=stage.team.state(),
        diff=stage.team.ask("diff", "-k", str(files_before)),
        environments=stage.team.environment_of_pods(WORKLOAD),
        writes=stage.audit.seatrials_writes(ran.since),
    )


def oom(stage: Stage) -> Back:
    """The new pods need more native memory than their limit: the kernel kills them."""
    repository = stage.repository("team", Fault.OOM)
    return tried(stage, repository, stage.old_version_runs(repository))


def crash(stage: Stage) -> Back:
    """The new pods' JVM does not know one of its flags."""
    repository = stage.repository("team", Fault.CRASH)
    return tried(stage, repository, stage.old_version_runs(repository))


def leak(stage: Stage) -> Back:
    """The new pods' heap fills up after a while; health goes on saying UP."""
    soak = Edit("plan.yaml", "soak: {for: 60s, every: 10s}", "soak: {for: 150s, every: 10s}")
    after_the_proof = Edit("env/forex.env", "FAULT_HEAP_LEAK_AFTER_S=40", "FAULT_HEAP_LEAK_AFTER_S=80")
    repository = stage.repository("team", Fault.LEAK, change=[after_the_proof], plan=[soak, QUICK[1]])
    return tried(stage, repository, stage.old_version_runs(repository))


def errors(stage: Stage) -> Back:
    """Half of the answers are 503; the pods were reached by a restart annotation."""
    soon = Edit("plan.yaml", "{server-errors: 5% for 20s}", "{server-errors: 5% for 5s}")
    restart = Edit("plan.yaml", "reach: stamp", "reach: restart")
    repository = stage.repository("team", Fault.ERRORS, plan=[*QUICK, soon, restart])
    return tried(stage, repository, stage.old_version_runs(repository))


def never_starts(stage: Stage) -> dict[str, Back]:
    """An image, a key of a Secret, a volume that are not there; one after the other over the same old pod."""
    repositories = {
        "image": stage.repository("image", Fault.IMAGE, plan=[*QUICK, IN_TIME]),
        "secret-key": stage.repository("secret-key", Fault.SECRET_KEY),
        "image-never": stage.repository("image-never", Fault.IMAGE, change=[NEVER_PULLED]),
        "volume": stage.repository("volume", change=[MISSING_VOLUME], plan=[*QUICK, IN_TIME, STUCK_SOON]),
    }
    files = stage.old_version_runs(repositories["image"])
    return {name: tried(stage, repository, files) for name, repository in repositories.items()}


def is_as_before(back: Back) -> None:
    """Rolled back and verified; kubectl finds the state before, to the byte, and so do the pods."""
    assert back.ran.code == 4, back.ran.said
    assert back.ran.happened("RollbackVerified")
    assert back.after == back.before
    assert f"HorizontalPodAutoscaler/{AUTOSCALER}" not in back.after
    assert (back.diff.code, back.diff.out) == (0, "")
    assert back.ran.directory is not None
    assert list(back.ran.directory.glob("sealed/*")) == []
    assert len(back.environments) == 1
    for environment in back.environments.values():
        assert OLD_FLAGS in environment.split("\n")


def is_announced(back: Back) -> None:
    """The audit log has the writes that the journal announced, and in their order."""
    assert back.writes == announced(back.ran)


def announced(ran: Ran) -> list[tuple[str, str, str]]:
    """The journal's writes in the words of the audit log; server-side apply creates by a PATCH too."""
    verbs = {"create": "patch", "apply": "patch", "adopt": "patch", "delete": "delete"}
    plurals = {"NetworkPolicy": "networkpolicies"}
    done = {event["op"] for event in ran.happened("WriteDone")}
    return [
        (verbs[one["verb"]], plurals.get(kind, kind.lower() + "s"), one["ref"]["name"])
        for one in ran.happened("WriteIntended")
        if one["op"] in done and (kind := one["ref"]["kind"])
    ]


@looks_at(oom)
def test_killed_by_the_kernel(outcome: Back) -> None:
    is_as_before(outcome)
    is_announced(outcome)
    assert "OOM-killed it at its limit of 384Mi" in outcome.ran.said
    assert ("out-of-memory", "FAIL") in outcome.ran.judged()


@looks_at(crash)
def test_the_jvm_refuses_its_flags(outcome: Back) -> None:
    is_as_before(outcome)
    is_announced(outcome)
    assert "Unrecognized VM option 'PrintGCDateStamps'" in outcome.ran.said


@looks_at(leak)
def test_the_heap_is_exhausted_while_health_says_up(outcome: Back) -> None:
    is_as_before(outcome)
    is_announced(outcome)
    order = [one["type"] for one in outcome.ran.events]
    assert order.index("ProofGiven") < order.index("RollbackDecided"), "found before the soak"
    assert "OutOfMemoryError" in outcome.ran.said
    assert "heap" in outcome.ran.said
    assert ("health-of-pods", "FAIL") not in outcome.ran.judged()


@looks_at(errors)
def test_half_of_the_answers_are_errors(outcome: Back) -> None:
    is_as_before(outcome)
    is_announced(outcome)
    assert ("server-errors", "FAIL") in outcome.ran.judged()
    assert "5xx" in outcome.ran.said or "503" in outcome.ran.said


@looks_at(never_starts)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("image", ["exchange-service:unbuilt-1.0"]),
        ("image-never", ["exchange-service:unbuilt-1.0", "ErrImageNeverPull"]),
        ("secret-key", ["ARCHIVE_TOKEN", "exchange-service-env"]),
        ("volume", ["not-there"]),
    ],
)
def test_what_the_pods_need_is_not_there(outcome: dict[str, Back], name: str, words: list[str]) -> None:
    back = outcome[name]
    is_as_before(back)
    is_announced(back)
    for word in words:
        assert word in back.ran.said


@looks_at(oom)
def test_the_evidence_outlives_the_pods(outcome: Back) -> None:
    assert outcome.ran.directory is not None
    files = {path.name: path.read_text() for path in (outcome.ran.directory / "evidence").iterdir()}
    assert "OOMKilled" in files["pods.txt"]
    assert any("Started" in text for name, text in files.items() if name.endswith(".log"))

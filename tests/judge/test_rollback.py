"""Is it back? R01 and R02: every object as recorded, and the old pods serving."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from seatrial.judge.rollback import Returned, RollbackTerms, judge
from seatrial.model.judgement import Judgement, Verdict, verdict_of
from seatrial.model.kube import (
    Condition,
    Container,
    ContainerStatus,
    Deployment,
    DeploymentSpec,
    DeploymentStatus,
    Meta,
    OwnerReference,
    Pod,
    PodSpec,
    PodStatus,
    ReplicaSet,
)
from seatrial.model.observation import CouldNotLook, Look

NOW = datetime(2025, 12, 24, 2, 30, tzinfo=UTC)
BACK = (
    Returned("secret/env"),
    Returned("deployment.apps/exchange-service"),
    Returned("hpa/exchange-service-hpa", gone=True),
)
ONE_BEFORE = RollbackTerms(replicas_before=1, serving_before=1)
NOT_BEGUN = RollbackTerms(replicas_before=1, serving_before=1, revision_left="3")


def pod(name: str, owner: str = "rs-old", ready: str = "True", restarts: int = 0, going: bool = False) -> Pod:
    return Pod(
        metadata=Meta(
            name=name, owner_references=(OwnerReference(uid=owner),), deletion_timestamp=NOW if going else None
        ),
        spec=PodSpec(containers=(Container("app"),)),
        status=PodStatus(
            "Running",
            conditions=(Condition("Ready", ready),),
            container_statuses=(ContainerStatus("app", restart_count=restarts),),
        ),
    )


def look(*pods: Pod) -> Look:
    owner = (OwnerReference("Deployment", "exchange-service", "d-1"),)

    def replica_set(uid: str, revision: str) -> ReplicaSet:
        noted = {"deployment.kubernetes.io/revision": revision}
        return ReplicaSet(metadata=Meta(name=uid, uid=uid, owner_references=owner, annotations=noted))

    deployment = Deployment(
        metadata=Meta(
            name="exchange-service", uid="d-1", generation=5, annotations={"deployment.kubernetes.io/revision": "3"}
        ),
        spec=DeploymentSpec(replicas=1),
        status=DeploymentStatus(observed_generation=5),
    )
    return Look(NOW, deployment, (replica_set("rs-old", "3"), replica_set("rs-new", "2")), pods)


def serves(judgements: tuple[Judgement, ...]) -> Judgement:
    (only,) = [one for one in judgements if one.rule == "old-pods-serve"]
    return only


def test_it_is_back() -> None:
    judgements = judge(BACK, look(pod("old-1")), ONE_BEFORE)
    assert verdict_of(judgements) is Verdict.PASS
    assert [one.rule for one in judgements] == ["objects-restored"] * 3 + ["old-pods-serve"]
    assert not [one for one in judgements if one.warning]


@pytest.mark.parametrize(
    "pods",
    [
        (),
        (pod("old-1", ready="False"),),
        (pod("old-1"), pod("new-1", "rs-new")),
        (pod("old-1"), pod("new-1", "rs-new", going=True)),
    ],
    ids=["no pod yet", "not Ready yet", "a new pod is left", "a new pod is going"],
)
def test_the_pods_are_not_back_yet(pods: tuple[Pod, ...]) -> None:
    assert serves(judge(BACK, look(*pods), ONE_BEFORE)).verdict is Verdict.WAIT


def test_an_object_that_differs_is_named_with_its_path() -> None:
    judgements = judge((Returned("secret/env", ("data.ARGS1",)),), look(pod("old-1")), ONE_BEFORE)
    assert judgements[0].verdict is Verdict.WAIT
    assert "data.ARGS1" in judgements[0].because


def test_what_could_not_be_read_is_not_verified() -> None:
    gap = CouldNotLook(NOW, "pods", "forbidden")
    unseen = judge((Returned("secret/env", unseen=gap),), look(pod("old-1")), ONE_BEFORE)
    blind = judge(BACK, replace(look(pod("old-1")), blind=(gap,)), ONE_BEFORE)
    assert verdict_of(unseen) is Verdict.UNKNOWN
    assert serves(blind).verdict is Verdict.UNKNOWN


def test_a_stale_status_is_waited_for() -> None:
    fresh = look(pod("old-1"))
    assert fresh.deployment
    stale = replace(fresh.deployment, status=DeploymentStatus(observed_generation=4))
    assert serves(judge(BACK, replace(fresh, deployment=stale), ONE_BEFORE)).verdict is Verdict.WAIT


def test_the_old_versions_own_trouble_is_said() -> None:
    """R02: back to a version that OOM-loops is done at once, and said."""
    looping = serves(judge(BACK, look(pod("old-1", restarts=3)), ONE_BEFORE))
    down = serves(judge(BACK, look(pod("old-1", ready="False", restarts=3)), RollbackTerms(1, 0)))
    assert (looping.verdict, down.verdict) == (Verdict.PASS, Verdict.PASS)
    assert "restarts" in looping.warning
    assert "no pod served before" in down.warning


def test_pods_of_the_change_are_not_taken_for_restored_ones() -> None:
    """The controller scales first, and says that it has seen the spec; its revision is still the one to be left."""
    judged = judge(BACK, look(pod("old-1")), NOT_BEGUN)

    assert verdict_of(judge(BACK, look(pod("old-1")), ONE_BEFORE)) is Verdict.PASS
    assert verdict_of(judged) is Verdict.WAIT
    assert "has not begun" in judged[-1].because

"""What a change will do, said before it is done."""

import pytest
from tests.change.manifests import DEPLOYMENT, autoscaler, deployment, live, owner, secret, service

from seatrial.change.consequences import Surge, consequences, surge
from seatrial.change.objects import by_ref, with_at
from seatrial.change.stamp import ENVIRONMENT_DIGEST
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

STAMP = ("spec", "template", "metadata", "annotations", ENVIRONMENT_DIGEST)
ROLLING: Body = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def rolling(body: Body) -> Body:
    """With the runbook's strategy."""
    return with_at(body, ("spec", "strategy"), ROLLING)


def lives(*bodies: Body) -> dict[ObjectRef, Body]:
    """Objects in the cluster."""
    return by_ref(live(body) for body in bodies)


def test_the_runbooks_change_as_it_is_written_reaches_no_pod() -> None:
    """Its Secret has a fixed name, and replicas and strategy leave the template as it is."""
    before = lives(secret(ARGS1="-Xmx10g"), deployment(), service())
    after = lives(secret(ARGS1="-Xmx4g"), rolling(deployment(replicas=2)), service(), autoscaler())

    assert consequences(before, after) == (
        "No pod of deployment.apps/rates restarts: its pod template stays as it is.",
        "secret/rates-env changes, and pods of deployment.apps/rates that run keep what they have read of it at their start; "
        "pods that start later, for whatever reason, read the new one: two kinds of pods side by side.",
        "deployment.apps/rates goes from 1 to 2 replicas by its own `replicas: 2`: Autoscaler rates-hpa has nothing to add, "
        "so no SuccessfulRescale event need come.",
        "Each later `kubectl apply` of this manifest sets deployment.apps/rates back to 2, whatever Autoscaler rates-hpa has "
        "scaled it to; that ends when `replicas` is left out of the manifest.",
        "Autoscaler rates-hpa is created: 2 to 10 pods of deployment/rates. "
        "It knows no metrics at first (`<unknown>`): that is normal.",
        "Unchanged: service/rates.",
    )


def test_the_same_change_with_a_stamp_replaces_the_pod() -> None:
    """In which order, and what room it takes."""
    before = lives(secret(ARGS1="-Xmx10g"), deployment())
    after = lives(secret(ARGS1="-Xmx4g"), with_at(rolling(deployment(replicas=2)), STAMP, "abc"))

    assert consequences(before, after)[:2] == (
        "Every pod of deployment.apps/rates is replaced (1 old pod, 2 new pods): "
        "up to 1 new pod more at a time, no old pod goes before a new one is ready.",
        "Room for 2 pods beside the old ones is needed: 8Gi memory and 800m CPU requested, 12Gi memory at most.",
    )


def test_it_is_the_autoscaler_that_makes_the_second_pod_where_the_manifest_says_one() -> None:
    """Then the event does come."""
    said = consequences(lives(deployment()), lives(deployment(), autoscaler()))

    assert "Autoscaler rates-hpa raises deployment.apps/rates from 1 to 2 (its minimum) within 15 s: " in said[1]


def test_a_count_that_an_autoscaler_made_is_reset_by_the_manifest() -> None:
    """As every `kubectl apply` of a manifest with replicas does."""
    before, after = lives(deployment(replicas=5), autoscaler()), lives(deployment(replicas=2), autoscaler())

    assert any(
        "had scaled deployment.apps/rates to 5; this resets it to 2" in one for one in consequences(before, after)
    )


def test_a_changed_autoscaler_and_one_elsewhere_in_the_namespace() -> None:
    """Bounds before and after; too many replicas are lowered."""
    changed = consequences(lives(autoscaler(1, 3)), lives(autoscaler(2, 4)))
    elsewhere = consequences(lives(deployment(replicas=3)), lives(deployment(replicas=9)), [autoscaler(1, 4)])

    assert changed == ("Autoscaler rates-hpa of deployment/rates changes (before: 1 to 3 pods, after: 2 to 4).",)
    assert elsewhere[-2] == "Autoscaler rates-hpa lowers deployment.apps/rates from 9 to 4 (its maximum)."


def test_replicas_that_the_manifest_leaves_out_are_not_reset() -> None:
    """The autoscaler has them for itself."""
    left = live(deployment(replicas=None))
    scaled = with_at(left, ("spec", "replicas"), 3)

    assert consequences({DEPLOYMENT: scaled}, {DEPLOYMENT: scaled}, [autoscaler()]) == (
        "No pod of deployment.apps/rates restarts: its pod template stays as it is.",
        "Unchanged: deployment.apps/rates.",
    )


def test_somebody_elses_setting_is_overwritten_with_a_word() -> None:
    """Scaling by the controller is told with the replicas, and kubectl's own fields are the team's."""
    others = [
        owner("kubectl-edit", "Update", "f:spec/f:minReadySeconds"),
        owner("kube-controller-manager", "Update", "f:spec/f:replicas", subresource="scale"),
    ]
    before = live(with_at(deployment(), ("spec", "minReadySeconds"), 9), managedFields=others)
    after = live(with_at(deployment(replicas=2), ("spec", "minReadySeconds"), 3))

    said = consequences({DEPLOYMENT: before}, {DEPLOYMENT: after})

    assert said[-1] == "spec.minReadySeconds of deployment.apps/rates was set by kubectl-edit; this overwrites it."
    assert not any("kube-controller-manager" in one for one in said)


def test_recreate_is_an_outage() -> None:
    """And said as one."""
    after = with_at(deployment(image="rates:2.0"), ("spec", "strategy"), {"type": "Recreate"})

    said = consequences(lives(deployment()), lives(after))

    assert said == (
        "All 1 pod of deployment.apps/rates stop before a new one starts (Recreate): nothing serves meanwhile.",
    )


def test_a_new_workload_is_created() -> None:
    """Nothing is replaced."""
    assert consequences({}, lives(deployment(replicas=2))) == ("deployment.apps/rates is created with 2 pods.",)


@pytest.mark.parametrize(
    ("replicas", "more", "fewer", "expected"),
    [
        (1, "25%", "25%", Surge(1, 0)),
        (2, "25%", "25%", Surge(1, 0)),
        (10, "25%", "25%", Surge(3, 2)),
        (4, 0, "10%", Surge(0, 1)),
        (3, 1, 0, Surge(1, 0)),
    ],
)
def test_surge_rounds_up_and_unavailable_down(replicas: int, more: object, fewer: object, expected: Surge) -> None:
    """Both nothing would stand still: one pod goes first."""
    rolling_update = {"maxSurge": more, "maxUnavailable": fewer}

    assert surge({"replicas": replicas, "strategy": {"rollingUpdate": rolling_update}}) == expected

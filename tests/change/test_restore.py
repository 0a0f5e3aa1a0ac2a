"""The way back: in which order, with what, and whether it is back."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tests.change.manifests import (
    DEPLOYMENT,
    HPA,
    SECRET,
    SERVICE,
    autoscaler,
    deployment,
    live,
    secret,
    service,
)

from seatrial.change.lastapplied import LAST_APPLIED
from seatrial.change.objects import annotations, at, with_at
from seatrial.change.restore import REPLICAS, RESTART, differs_from_record, restored, way_back
from seatrial.change.stamp import ENVIRONMENT_DIGEST, RESTARTED_AT, restarted
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

AT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
NOTES = ("spec", "template", "metadata", "annotations")
RECORDED: dict[ObjectRef, Body | None] = {
    SECRET: live(secret(A="old")),
    SERVICE: live(service()),
    DEPLOYMENT: live(deployment()),
    HPA: None,
}
STAMPED = with_at(live(deployment(replicas=2)), (*NOTES, ENVIRONMENT_DIGEST), "abc")
AFTER = {
    SECRET: live(secret(A="new")),
    SERVICE: live(service()),
    DEPLOYMENT: STAMPED,
    HPA: live(autoscaler()),
}


def steps(recorded: Mapping[ObjectRef, Body | None], now: Mapping[ObjectRef, Body]) -> list[tuple[str, str]]:
    """The way back in short."""
    return [(step.verb, step.ref.kind) for step in way_back(recorded, now, AT)]


def test_the_autoscaler_goes_first_and_what_stayed_is_not_touched() -> None:
    """The runbook's own order lets it scale up again in between."""
    assert steps(RECORDED, AFTER) == [
        ("delete", "HorizontalPodAutoscaler"),
        ("apply", "Secret"),
        ("apply", "Deployment"),
    ]


def test_what_is_sent_is_the_record() -> None:
    """With its kubectl record, without the new stamp, and without a restart, since the template goes back."""
    body = way_back(RECORDED, AFTER, AT)[-1].body

    assert body == restored(live(deployment()))
    assert LAST_APPLIED in annotations(body or {})
    assert at(body, *NOTES) is None


def test_a_stamp_that_was_there_before_comes_back() -> None:
    """Or the old ReplicaSet would not."""
    before = with_at(live(deployment()), (*NOTES, ENVIRONMENT_DIGEST), "earlier")

    body = way_back({**RECORDED, DEPLOYMENT: before}, AFTER, AT)[-1].body

    assert at(body, *NOTES) == {ENVIRONMENT_DIGEST: "earlier"}


def test_where_only_a_secret_differs_pods_are_restarted() -> None:
    """They would keep the environment of the change."""
    now = {**AFTER, DEPLOYMENT: live(deployment(replicas=2))}

    body = way_back(RECORDED, now, AT)[-1].body

    assert at(body, *NOTES) == {RESTARTED_AT: "2026-11-24T18:00:00Z"}


def test_what_was_deleted_is_created_again() -> None:
    """An autoscaler last, once the Deployment has its replicas back."""
    recorded = {**RECORDED, HPA: live(autoscaler())}
    now = {ref: body for ref, body in AFTER.items() if ref not in (HPA, SECRET)}

    assert steps(recorded, now) == [
        ("create", "Secret"),
        ("apply", "Deployment"),
        ("create", "HorizontalPodAutoscaler"),
    ]


def test_nothing_was_written_so_nothing_is_sent() -> None:
    """A rollback right after the first announcement."""
    assert steps(RECORDED, {ref: body for ref, body in RECORDED.items() if body}) == []


def test_an_autoscaler_that_was_there_keeps_what_it_has_scaled_to() -> None:
    """Within its own recorded bounds: to go back must not take pods away from under a load."""
    recorded = {**RECORDED, HPA: live(autoscaler(least=1, most=3))}
    now = {**AFTER, DEPLOYMENT: with_at(STAMPED, ("spec", "replicas"), 5)}

    body = next(step.body for step in way_back(recorded, now, AT) if step.ref == DEPLOYMENT)

    assert at(body, "spec", "replicas") == 3


def test_back_is_back_to_the_last_field() -> None:
    """Server fields apart, and what is named as known."""
    before = live(deployment())
    counted = with_at(before, ("metadata", "annotations", "deployment.kubernetes.io/revision"), "3")
    again = {**counted, "status": {"replicas": 9}}

    assert differs_from_record(before, again) == ()
    assert differs_from_record(before, STAMPED) == (
        "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
        "spec.replicas",
        "spec.template.metadata.annotations",
    )
    assert differs_from_record(before, None) == (".",)
    assert differs_from_record(None, None) == ()


def test_a_known_difference_does_not_hide_another() -> None:
    """Only the named fields are left out, never what they lie in."""
    before = live(deployment())
    again = with_at(restarted(before, AT), ("spec", "replicas"), 2)
    gone = {**before, "spec": {"replicas": 1, "selector": at(before, "spec", "selector")}}

    assert differs_from_record(before, again, (RESTART, REPLICAS)) == ()
    assert differs_from_record(before, again, (RESTART,)) == ("spec.replicas",)
    assert "spec.template" in differs_from_record(before, gone, (RESTART, REPLICAS))

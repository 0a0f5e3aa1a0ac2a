"""What is sent: the manifest, with kubectl's record, replicas left to an autoscaler, and the plan's stamp."""

from datetime import UTC, datetime

import pytest
from tests.change.manifests import (
    DEPLOYMENT,
    HPA,
    SECRET,
    autoscaler,
    coded,
    deployment,
    live,
    owner,
    secret,
)

from seatrial.change.desired import desired, sent
from seatrial.change.lastapplied import LAST_APPLIED, last_applied_text
from seatrial.change.objects import annotations, at, without_at
from seatrial.change.stamp import ENVIRONMENT_DIGEST, RESTARTED_AT
from seatrial.model.writes import Body

NOTES = ("spec", "template", "metadata", "annotations")
AT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
CHANGE = (secret(A="new"), deployment(replicas=2), autoscaler())
BEFORE = {SECRET: live(secret(A="old")), DEPLOYMENT: live(deployment())}


@pytest.mark.parametrize(
    ("reach", "stamps"),
    [("template", set()), ("stamp", {ENVIRONMENT_DIGEST}), ("restart", {RESTARTED_AT})],
)
def test_pods_are_reached_as_the_plan_says(reach: str, stamps: set[str]) -> None:
    """The record of kubectl never bears the stamp."""
    body = sent(CHANGE[1], CHANGE, BEFORE, reach, AT)

    notes = at(body, *NOTES)
    assert set(notes if isinstance(notes, dict) else {}) == stamps
    assert annotations(body)[LAST_APPLIED] == last_applied_text(deployment(replicas=2))


def test_a_restart_is_still_due_when_the_secret_has_been_written() -> None:
    """The Secret goes first, so by then only the baseline tells that it changed."""
    now = {**BEFORE, SECRET: live(secret(A="new"))}

    assert at(sent(CHANGE[1], CHANGE, now, "restart", AT, BEFORE), *NOTES, RESTARTED_AT)
    assert at(sent(CHANGE[1], CHANGE, now, "restart", AT, now), *NOTES) is None


def test_where_the_team_applies_on_the_servers_side_no_record_is_added() -> None:
    """Neither to what is there, nor to what is new."""
    now = {ref: without_at(body, ("metadata", "annotations", LAST_APPLIED)) for ref, body in BEFORE.items()}

    assert annotations(desired(CHANGE[1], CHANGE, now)) == {}
    assert annotations(desired(CHANGE[2], CHANGE, now)) == {}
    assert LAST_APPLIED in annotations(desired(CHANGE[2], CHANGE, BEFORE))


def test_replicas_are_handed_to_an_autoscaler_without_a_fall_to_one() -> None:
    """Where the manifest leaves them out, those that are there are sent along; the record does not have them."""
    rendered = deployment(replicas=None)
    now = {DEPLOYMENT: live(deployment(replicas=4))}

    body = desired(rendered, [rendered, autoscaler()], now)

    assert at(body, "spec", "replicas") == 4
    assert '"replicas"' not in annotations(body)[LAST_APPLIED]
    assert at(desired(rendered, [rendered], now), "spec", "replicas") is None
    assert at(desired(rendered, [rendered], {**now, HPA: live(autoscaler())}), "spec", "replicas") == 4


def test_what_only_the_server_may_say_is_not_sent() -> None:
    """Of a manifest that somebody exported."""
    exported = live(deployment(), managedFields=[owner("kubectl", "Update", "f:spec")])

    body = desired(exported, [exported], {DEPLOYMENT: live(deployment())})

    assert set(body) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(body["metadata"]) == {"name", "namespace", "annotations"}  # type: ignore[call-overload] # a mapping, made above


def test_a_secrets_plain_text_is_sent_as_it_is_stored() -> None:
    """So that a key that is dropped later is ours to drop; kubectl's record has it as it was written."""
    rendered: Body = {**secret(A="1"), "stringData": {"B": "2"}}

    body = desired(rendered, [rendered], {SECRET: live(secret(A="1"))})

    assert body["data"] == {"A": coded("1"), "B": coded("2")}
    assert "stringData" not in body
    assert '"stringData":{"B":"2"}' in annotations(body)[LAST_APPLIED]

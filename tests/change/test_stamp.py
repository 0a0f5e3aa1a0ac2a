"""Stamps: pods are reached when their environment changes, not when it doesn't, and nobody learns a Secret from one."""

from datetime import datetime, timedelta, timezone

from tests.change.manifests import SECRET, coded, deployment, live, owner, secret

from seatrial.change.objects import Source, at, with_at
from seatrial.change.stamp import (
    ENVIRONMENT_DIGEST,
    PENDING,
    RESTARTED_AT,
    content,
    environment_changes,
    environment_digest,
    restarted,
    stamped,
    with_earlier_stamps,
)
from seatrial.model.writes import Body

NOTES = ("spec", "template", "metadata", "annotations")


def digest(rendered: Body, uid: str = "uid-1") -> str:
    """The digest for a Deployment that reads the Secret."""
    return environment_digest(deployment(), [rendered, deployment()], {SECRET: live(secret(A="old"), uid=uid)})


def test_the_same_bytes_give_the_same_stamp_however_they_are_written() -> None:
    """As data or stringData, base64 folded or not."""
    folded = {**secret(), "data": {"A": coded("x" * 60)[:40] + "\n" + coded("x" * 60)[40:]}}
    plain = {**secret(), "stringData": {"A": "x" * 60}}

    assert digest(secret(A="x" * 60)) == digest(folded) == digest(plain)
    assert digest(secret(A="x" * 60)) != digest(secret(A="y" * 60))


def test_the_stamp_says_nothing_without_the_secrets_uid() -> None:
    """Two Secrets with the same bytes have different stamps: nobody can try passwords against one, or compare two."""
    assert digest(secret(A="1"), uid="uid-1") != digest(secret(A="1"), uid="uid-2")


def test_only_the_keys_that_pods_read_count() -> None:
    """A Secret may hold more than one program's settings."""
    env = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "rates-env", "key": "A"}}}]
    workload = deployment(env=env, envFrom=[])
    lives = {SECRET: live(secret())}

    one = environment_digest(workload, [secret(A="1", B="1")], lives)

    assert one == environment_digest(workload, [secret(A="1", B="2")], lives)
    assert one != environment_digest(workload, [secret(A="2", B="1")], lives)


def test_a_secret_that_is_not_there_yet_can_only_be_announced() -> None:
    """It has no uid before it is created."""
    assert environment_digest(deployment(), [secret(A="1")], {}) == PENDING


def test_a_workload_that_reads_nothing_of_the_change_gets_no_stamp() -> None:
    """Its pods have no reason to restart."""
    assert stamped(deployment(envFrom=[]), [secret(A="1")], {SECRET: live(secret())}) == deployment(envFrom=[])


def test_a_restart_is_noted_as_kubectl_notes_it() -> None:
    """In UTC, to the second."""
    taipei = datetime(2026, 11, 25, 2, 0, 3, 400, tzinfo=timezone(timedelta(hours=8)))

    assert at(restarted(deployment(), taipei), *NOTES, RESTARTED_AT) == "2026-11-24T18:00:03Z"


def test_earlier_stamps_are_kept() -> None:
    """Taking one away would restart every pod; a new one wins."""
    before = with_at(live(deployment()), (*NOTES, ENVIRONMENT_DIGEST), "old")
    before = with_at(before, (*NOTES, RESTARTED_AT), "2026-01-01T00:00:00Z")
    mine = with_at(deployment(), (*NOTES, ENVIRONMENT_DIGEST), "new")

    assert at(with_earlier_stamps(mine, before), *NOTES) == {
        ENVIRONMENT_DIGEST: "new",
        RESTARTED_AT: "2026-01-01T00:00:00Z",
    }


def test_a_changed_environment_is_told_by_its_bytes() -> None:
    """Not by how the manifest writes them; a new object is a change; a key of somebody else's is none."""
    change = [secret(A="1")]
    foreign = live(secret(A="1", THEIRS="x"), managedFields=[owner("seatrial", "Apply", "f:data/f:A")])
    dropped = live(secret(A="1", B="x"), managedFields=[owner("kubectl-client-side-apply", "Update", "f:data/f:B")])

    assert environment_changes(deployment(), change, {SECRET: live(secret(A="1"))}) == ()
    assert environment_changes(deployment(), change, {SECRET: foreign}) == ()
    assert environment_changes(deployment(), change, {SECRET: dropped}) == (Source(SECRET),)
    assert environment_changes(deployment(), change, {SECRET: live(secret(A="2"))}) == (Source(SECRET),)
    assert environment_changes(deployment(), change, {}) == (Source(SECRET),)


def test_a_config_maps_data_is_text_and_its_binary_data_is_not() -> None:
    """Both are read as bytes."""
    body: Body = {"kind": "ConfigMap", "data": {"a": "1"}, "binaryData": {"b": coded("2")}}

    assert content(body) == {"a": b"1", "b": b"2"}
    assert content(body, ["b"]) == {"b": b"2"}

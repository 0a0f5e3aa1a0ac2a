"""What was approved is a digest: the same for the same objects, useless to who has not the run's key."""

from tests.change.manifests import deployment, live, secret

from seatrial.change.digest import body_digest, change_digest

KEY = b"k" * 32


def test_the_order_of_a_render_does_not_matter_and_its_bytes_do() -> None:
    """One changed byte is another change."""
    one = change_digest([secret(A="1"), deployment()], KEY)

    assert one == change_digest([deployment(), secret(A="1")], KEY)
    assert one != change_digest([deployment(), secret(A="2")], KEY)
    assert one.startswith("hmac-sha256:")


def test_another_run_has_another_digest() -> None:
    """So a journal can't be tried against guesses."""
    assert change_digest([secret(A="1")], KEY) != change_digest([secret(A="1")], b"x" * 32)


def test_a_status_write_does_not_change_an_objects_digest() -> None:
    """Server fields are left out."""
    before = live(deployment())

    assert body_digest(before, KEY) == body_digest({**before, "status": {"replicas": 7}}, KEY)
    assert body_digest(before, KEY) != body_digest(live(deployment(replicas=2)), KEY)

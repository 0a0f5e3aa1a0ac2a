"""kubectl's record: its text to the byte, and whether it is due."""

from tests.change.manifests import live, secret, service

from seatrial.change.lastapplied import LAST_APPLIED, last_applied_text, team_applies_client_side
from seatrial.change.objects import with_at, without_at


def test_the_record_is_kubectls() -> None:
    """Compact, sorted, with an empty `annotations` where there are none, a newline at the end."""
    assert last_applied_text(secret(ARGS1="-Xmx4g")) == (
        '{"apiVersion":"v1","data":{"ARGS1":"LVhteDRn"},"kind":"Secret",'
        '"metadata":{"annotations":{},"name":"rates-env","namespace":"forex-prod"}}\n'
    )


def test_the_record_holds_no_record() -> None:
    """Of an exported object, kubectl drops the old one too."""
    noted = with_at(secret(), ("metadata", "annotations"), {LAST_APPLIED: "x", "note": "<b>"})

    assert '"annotations":{"note":"\\u003cb\\u003e"}' in last_applied_text(noted)


def test_new_objects_bear_the_record_where_the_team_writes_it() -> None:
    """And where nothing is there yet; not where the team applies on the server's side."""
    server_side = without_at(live(service()), ("metadata", "annotations", LAST_APPLIED))

    assert team_applies_client_side([])
    assert team_applies_client_side([server_side, live(secret())])
    assert not team_applies_client_side([server_side])

"""An apply reckoned without the server: what was stated and is no more goes, defaults that nobody stated stay."""

from tests.change.manifests import deployment, fields, live, owner, service

from seatrial.change.clientside import client_side
from seatrial.change.difference import changed_paths
from seatrial.change.objects import at, mapping, with_at, without_server_fields
from seatrial.model.writes import Body

PORT = {"port": 80, "targetPort": 10320, "protocol": "TCP", "name": "http"}


def standing(rendered: Body, **defaults: object) -> Body:
    """As kubectl's client side left it: it owns the defaults too."""
    body = live(rendered)
    spec = mapping(body["spec"])
    every = [f"f:spec/f:{name}" for name in (*spec, *defaults)]
    entry = owner("kubectl-client-side-apply", "Update", *every)
    with_spec = {**body, "spec": {**spec, **defaults}}
    return with_at(with_spec, ("metadata", "managedFields"), [entry])


def test_what_is_not_there_becomes_what_is_sent() -> None:
    assert client_side(None, service()) == service()


def test_defaults_stay_though_the_manifest_never_had_them() -> None:
    before = standing(deployment(1), progressDeadlineSeconds=600)
    becomes = client_side(before, deployment(2))
    changed = changed_paths(without_server_fields(before), without_server_fields(becomes))
    assert changed == ("spec.replicas",)
    assert at(becomes, "spec", "progressDeadlineSeconds") == 600


def test_what_was_stated_and_is_left_out_now_goes() -> None:
    paused = with_at(deployment(1), ("spec", "minReadySeconds"), 5)
    becomes = client_side(standing(paused), deployment(1))
    assert "minReadySeconds" not in mapping(becomes["spec"])


def test_defaults_inside_of_a_list_stay_with_their_item() -> None:
    before = standing(service(), ports=[{"port": 80, "targetPort": 10320, "protocol": "TCP"}])
    becomes = client_side(before, service())
    assert at(becomes, "spec", "ports") == [{"port": 80, "targetPort": 10320, "protocol": "TCP"}]


def test_without_kubectls_record_the_owners_alone_tell() -> None:
    ours = owner("seatrial", "Apply", "f:spec/f:replicas", "f:spec/f:minReadySeconds")
    entry = {**ours, "fieldsV1": fields("f:spec/f:replicas", "f:spec/f:minReadySeconds")}
    before = with_at(with_at(deployment(1), ("spec", "minReadySeconds"), 5), ("metadata", "managedFields"), [entry])
    assert "minReadySeconds" not in mapping(client_side(before, deployment(1))["spec"])

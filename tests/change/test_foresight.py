"""What an object will be once kubectl's ownership is ours, foreseen by the API server's own rules of merging."""

from tests.change.manifests import coded, deployment, live, owner, secret, service

from seatrial.change.foresight import foreseen, foreseen_patch
from seatrial.change.objects import at, items, mapping, with_at
from seatrial.change.ownership import KUBECTL, MANAGER
from seatrial.model.writes import Body

CONTAINER = 'f:spec/f:template/f:spec/f:containers/k:{"name":"rates"}'
OLD_AND_KEPT: list[object] = [{"name": "OLD", "value": "1"}, {"name": "KEPT", "value": "2"}]


def env_fields(*names: str) -> list[str]:
    """Owned entries of the environment."""
    return [f'{CONTAINER}/f:env/k:{{"name":"{name}"}}/f:value' for name in names]


def team_object(*more: Body, **container: object) -> Body:
    """Made by kubectl with a field that the next manifest drops, and with a default that kubectl happens to own."""
    told = with_at(deployment(1, **{"env": OLD_AND_KEPT, **container}), ("spec", "minReadySeconds"), 3)
    told = with_at(told, ("spec", "progressDeadlineSeconds"), 600)
    owned = ["f:spec/f:minReadySeconds", "f:spec/f:progressDeadlineSeconds", f"{CONTAINER}/f:image"]
    return live(told, managedFields=[owner(KUBECTL, "Update", *owned, *env_fields("OLD", "KEPT")), *more])


def env_of(body: Body) -> object:
    """The environment of its container."""
    return at(items(at(body, "spec", "template", "spec", "containers"))[0], "env")


def test_what_kubectl_owned_and_the_manifest_lacks_goes() -> None:
    """Fields and list items; a default goes too, and the server fills it in again."""
    result = foreseen(team_object(), deployment(env=[{"name": "KEPT", "value": "2"}]))

    assert at(result, "spec", "minReadySeconds") is None
    assert at(result, "spec", "progressDeadlineSeconds") is None
    assert env_of(result) == [{"name": "KEPT", "value": "2"}]


def test_what_somebody_else_owns_too_stays() -> None:
    """Before what is sent."""
    injected = [{"name": "AGENT", "value": "on"}, *OLD_AND_KEPT]
    other = owner("agent", "Update", "f:spec/f:minReadySeconds", *env_fields("AGENT", "OLD"))

    result = foreseen(team_object(other, env=injected), deployment(env=[{"name": "KEPT", "value": "2"}]))

    assert at(result, "spec", "minReadySeconds") == 3
    names = [at(one, "name") for one in items(env_of(result))]
    assert names == ["AGENT", "OLD", "KEPT"]


def test_one_field_takes_anothers_place() -> None:
    """Both at once would be invalid, and a dry run of the apply alone is refused for it."""
    reference = {"secretKeyRef": {"name": "rates-env", "key": "A"}}

    result = foreseen(team_object(), deployment(env=[{"name": "KEPT", "valueFrom": reference}]))

    assert env_of(result) == [{"name": "KEPT", "valueFrom": reference}]


def test_a_port_is_the_same_port_whether_or_not_its_protocol_is_written() -> None:
    """The API server fills TCP in; another number is another port."""
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 10320, "nodePort": 30080}]
    told = {**service(), "spec": {"selector": {"app": "rates"}, "clusterIP": "10.0.0.1", "ports": ports}}
    key = 'f:spec/f:ports/k:{"port":80,"protocol":"TCP"}'
    before = live(told, managedFields=[owner(KUBECTL, "Update", f"{key}/f:port", f"{key}/f:targetPort")])

    same = foreseen(before, with_at(service(), ("spec", "selector"), {"app": "rates"}))
    moved = foreseen(before, service(81))

    assert at(same, "spec", "ports") == ports
    assert at(moved, "spec", "ports") == [{"port": 81, "targetPort": 10320}]
    assert at(moved, "spec", "clusterIP") == "10.0.0.1"


def test_a_map_that_is_one_value_is_replaced() -> None:
    """A selector is; annotations are merged."""
    before = with_at(live(service()), ("spec", "selector"), {"app": "rates", "tier": "old"})
    before = with_at(before, ("metadata", "annotations", "note"), "theirs")
    owned = owner(KUBECTL, "Update", "f:spec/f:selector", "f:metadata/f:annotations/f:x")
    before = with_at(before, ("metadata", "managedFields"), [owned])

    result = foreseen(before, with_at(service(), ("metadata", "annotations"), {"mine": "1"}))

    assert at(result, "spec", "selector") == {"app": "rates"}
    assert {"note", "mine"} <= set(mapping(at(result, "metadata", "annotations")))


def test_the_patch_says_only_what_differs() -> None:
    """Null for what goes; nothing of what is the server's."""
    owned = owner(KUBECTL, "Update", "f:data/f:A", "f:data/f:B")
    before = live(secret(A="1", B="2", THEIRS="3"), managedFields=[owned])

    assert foreseen_patch(before, secret(A="9")) == {"data": {"A": coded("9"), "B": None}}
    assert foreseen_patch(before, secret(A="1", B="2")) == {}


def test_without_kubectls_ownership_a_dry_run_of_the_apply_says_it() -> None:
    """And there is nothing to foresee."""
    assert foreseen_patch(live(secret(A="1")), secret()) is None
    assert foreseen_patch(live(secret(A="1"), managedFields=[owner(MANAGER, "Apply", "f:data/f:A")]), secret()) is None

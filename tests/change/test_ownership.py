"""Owners of fields: kubectl's taken over, what goes with that foreseen, others named."""

from tests.change.manifests import deployment, fields, live, owner

from seatrial.change.objects import at, items, with_at
from seatrial.change.ownership import KUBECTL, MANAGER, Owned, adopted_fields, foreign_owners, without_dropped
from seatrial.model.writes import Body

CONTAINER = 'f:spec/f:template/f:spec/f:containers/k:{"name":"rates"}'
OURS = owner(MANAGER, "Apply", "f:spec/f:replicas")
KUBECTLS = owner(KUBECTL, "Update", "f:spec/f:minReadySeconds", "f:metadata/f:labels/f:app")
STATUS = owner("kube-controller-manager", "Update", "f:status/f:replicas", subresource="status")


def test_kubectls_fields_become_ours() -> None:
    """The entry keeps its place and its time; a status writer is left alone."""
    adopted = adopted_fields([{**KUBECTLS, "time": "2026-11-24T18:00:00Z"}, STATUS])

    assert adopted == [{**KUBECTLS, "time": "2026-11-24T18:00:00Z", "manager": MANAGER, "operation": "Apply"}, STATUS]


def test_kubectls_fields_join_what_we_own_already() -> None:
    """As after a team's own `kubectl apply` between two runs."""
    adopted = adopted_fields([KUBECTLS, STATUS, OURS])

    united = fields("f:spec/f:replicas", "f:spec/f:minReadySeconds", "f:metadata/f:labels/f:app")
    assert adopted == [STATUS, {**OURS, "fieldsV1": united}]


def test_what_we_created_is_taken_over_too() -> None:
    """A POST makes us the owner as an Update, which a later apply would not prune."""
    created = owner(MANAGER, "Update", "f:spec/f:minReadySeconds")

    assert adopted_fields([created]) == [{**created, "operation": "Apply"}]


def test_fields_of_another_version_are_let_go() -> None:
    """They can't be translated; as client-go does."""
    assert adopted_fields([{**KUBECTLS, "apiVersion": "apps/v1beta1"}, OURS]) == [OURS]


def test_nothing_is_written_where_nothing_is_to_be_taken_over() -> None:
    """Neither for our own Apply, nor for kubectl's own server-side one."""
    assert adopted_fields([OURS, owner("kubectl", "Apply", "f:spec"), STATUS]) is None
    assert adopted_fields([]) is None


def team_object(*more: Body) -> Body:
    """Made by kubectl with a field and an env entry that the next manifest drops, and with a defaulted field."""
    told = with_at(
        deployment(env=[{"name": "OLD", "value": "1"}, {"name": "KEPT", "value": "2"}]), ("spec", "minReadySeconds"), 3
    )
    owned = owner(
        KUBECTL,
        "Update",
        *("f:spec/f:minReadySeconds", "f:spec/f:progressDeadlineSeconds", f"{CONTAINER}/f:image"),
        *(f'{CONTAINER}/f:env/k:{{"name":"{name}"}}/f:value' for name in ("OLD", "KEPT")),
    )
    return live(told, managedFields=[owned, *more])


def after_dry_run(before: Body) -> Body:
    """What a dry run of a server-side apply answers: nothing has gone, a default is there."""
    return with_at(before, ("spec", "progressDeadlineSeconds"), 600)


def test_what_the_manifest_dropped_is_foreseen_to_go() -> None:
    """Fields and list items; a default that kubectl happens to own stays, since it would come back."""
    before, sent = team_object(), deployment(env=[{"name": "KEPT", "value": "2"}])

    result = without_dropped(after_dry_run(before), before, sent)

    assert at(result, "spec", "minReadySeconds") is None
    assert at(result, "spec", "progressDeadlineSeconds") == 600
    container = items(at(result, "spec", "template", "spec", "containers"))[0]
    assert at(container, "env") == [{"name": "KEPT", "value": "2"}]
    assert at(container, "image") == "rates:1.0"


def test_what_somebody_else_owns_too_stays() -> None:
    """As the API server keeps it."""
    before = team_object(owner("somebody", "Update", "f:spec/f:minReadySeconds"))

    assert at(without_dropped(after_dry_run(before), before, deployment()), "spec", "minReadySeconds") == 3


def test_a_port_is_the_same_port_whether_or_not_its_protocol_is_written() -> None:
    """The API server fills TCP in."""
    told = deployment(ports=[{"containerPort": 80}])
    seen = deployment(ports=[{"containerPort": 80, "protocol": "TCP"}])
    owned = owner(KUBECTL, "Update", f'{CONTAINER}/f:ports/k:{{"containerPort":80,"protocol":"TCP"}}/f:containerPort')
    before = {**live(told, managedFields=[owned]), "spec": seen["spec"]}

    assert without_dropped(before, before, told) == before


def test_fields_that_others_have_set_are_named_with_their_owner() -> None:
    """Only where the value would change; neither kubectl's own nor a status is anybody else's."""
    scaled = owner("kubectl-scale", "Update", "f:spec/f:replicas")
    agent = owner("agent", "Update", f"{CONTAINER}/f:image", f"{CONTAINER}/f:resources/f:limits/f:memory")
    before = live(deployment(replicas=4), managedFields=[scaled, agent, KUBECTLS, STATUS])

    found = foreign_owners(before, deployment(replicas=2, image="rates:2.0"))

    path = "spec.template.spec.containers[name=rates].image"
    assert found == (Owned("spec.replicas", "kubectl-scale"), Owned(path, "agent"))

"""Owners of fields: kubectl's taken over, what goes with that foreseen, others named."""

from tests.change.manifests import deployment, fields, live, owner

from seatrial.change.ownership import KUBECTL, MANAGER, Owned, adopted_fields, foreign_owners

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


def test_fields_that_others_have_set_are_named_with_their_owner() -> None:
    """Only where the value would change; neither kubectl's own nor a status is anybody else's."""
    scaled = owner("kubectl-scale", "Update", "f:spec/f:replicas")
    agent = owner("agent", "Update", f"{CONTAINER}/f:image", f"{CONTAINER}/f:resources/f:limits/f:memory")
    before = live(deployment(replicas=4), managedFields=[scaled, agent, KUBECTLS, STATUS])

    found = foreign_owners(before, deployment(replicas=2, image="rates:2.0"))

    path = "spec.template.spec.containers[name=rates].image"
    assert found == (Owned("spec.replicas", "kubectl-scale"), Owned(path, "agent"))

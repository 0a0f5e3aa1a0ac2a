"""What others need goes first, what scales goes last; back, what scales goes first."""

from tests.change.manifests import DEPLOYMENT, HPA, SECRET, SERVICE, autoscaler, deployment, secret, service

from seatrial.change.ordering import in_apply_order, refs_in_rollback_order
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

EXTRA = ObjectRef("v1", "ConfigMap", "forex-prod", "extra")


def test_pods_start_after_what_they_read() -> None:
    """And a kind that nobody knows stands between workloads and autoscalers."""
    unknown: Body = {"apiVersion": "x.dev/v1", "kind": "Rate", "metadata": {"name": "r"}}
    given = (autoscaler(), unknown, deployment(), service(), secret())

    kinds = [str(body["kind"]) for body in in_apply_order(given)]

    assert kinds == ["Secret", "Service", "Deployment", "Rate", "HorizontalPodAutoscaler"]


def test_back_an_autoscaler_goes_before_the_deployment() -> None:
    """Otherwise it scales the Deployment up again and its replicas stay; other created objects go last."""
    refs = (DEPLOYMENT, EXTRA, SECRET, SERVICE, HPA)

    assert refs_in_rollback_order(refs, created=(HPA, EXTRA)) == (HPA, SECRET, SERVICE, DEPLOYMENT, EXTRA)


def test_an_autoscaler_that_must_come_back_comes_last() -> None:
    """As in an apply."""
    assert refs_in_rollback_order((HPA, DEPLOYMENT), created=(), gone=(HPA,)) == (DEPLOYMENT, HPA)

"""The change before it is applied: what reaches no pod, what fights the autoscaler, what the API server would refuse."""

import copy

import pytest

from seatrial.judge.change import Replaced, judge
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import Hpa, HpaSpec, Meta, ScaleTarget
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

DEPLOYMENT = ObjectRef("apps/v1", "Deployment", "forex-prod", "exchange-service")
SECRET = ObjectRef("v1", "Secret", "forex-prod", "exchange-service-env")
HPA = ObjectRef("autoscaling/v2", "HorizontalPodAutoscaler", "forex-prod", "exchange-service-hpa")


def deployment(replicas: int = 1, image: str = "exchange-service:1", pod: Body | None = None) -> Body:
    container = {"name": "app", "image": image, "envFrom": [{"secretRef": {"name": "exchange-service-env"}}]}
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [container]} | (pod or {})}
    selector = {"matchLabels": {"app": "x"}}
    return {"kind": "Deployment", "spec": {"replicas": replicas, "selector": selector, "template": template}}


def secret(args: str, **more: object) -> Body:
    return {"kind": "Secret", "type": "Opaque", "data": {"ARGS1": args, "OTHER": "same"}} | more


def hpa(least: int = 2) -> Body:
    target = {"kind": "Deployment", "name": "exchange-service"}
    return {
        "kind": "HorizontalPodAutoscaler",
        "spec": {"minReplicas": least, "maxReplicas": 10, "scaleTargetRef": target},
    }


LIVE_HPA = Hpa(
    metadata=Meta(name="exchange-service-hpa"),
    spec=HpaSpec(
        scale_target_ref=ScaleTarget(kind="Deployment", name="exchange-service"), min_replicas=2, max_replicas=10
    ),
)


def said(judgements: tuple[Judgement, ...], rule: str) -> Judgement:
    (only,) = [one for one in judgements if one.rule == rule]
    return only


def test_the_runbooks_own_change_reaches_no_pod() -> None:
    """Replicas, strategy and a Secret without a hash: the pod template stays, the old pod keeps its old flags."""
    after = deployment(replicas=2)
    changed = (
        Replaced(SECRET, secret("old"), secret("new")),
        Replaced(DEPLOYMENT, deployment(), after),
        Replaced(HPA, None, hpa()),
    )
    judged = said(judge(changed, "template"), "change-reaches-pods")
    assert judged.verdict is Verdict.FAIL
    assert "no pod would restart" in judged.because
    assert judged.evidence == ("Secret/exchange-service-env: ARGS1",)
    assert "reach: stamp" in judged.next_step


@pytest.mark.parametrize("reach", ["stamp", "restart"])
def test_a_way_out_chosen_beforehand_passes(reach: str) -> None:
    changed = (Replaced(SECRET, secret("old"), secret("new")), Replaced(DEPLOYMENT, deployment(), deployment()))
    assert said(judge(changed, reach), "change-reaches-pods").verdict is Verdict.PASS


def test_no_value_of_a_secret_is_told() -> None:
    changed = (Replaced(SECRET, secret("b2xk"), secret("bmV3")), Replaced(DEPLOYMENT, deployment(), deployment()))
    told = str(judge(changed, "template"))
    assert "b2xk" not in told
    assert "bmV3" not in told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            secret("b2xk"),
            {"kind": "Secret", "type": "Opaque", "stringData": {"ARGS1": "old"}, "data": {"OTHER": "same"}},
        ),
        (secret("b2xk"), secret("b2xk")),
        (None, secret("b2xk")),
    ],
    ids=["some of it as clear text", "equal", "new"],
)
def test_an_equal_or_new_secret_needs_no_restart(before: Body | None, after: Body) -> None:
    changed = (Replaced(SECRET, before, after), Replaced(DEPLOYMENT, deployment(), deployment()))
    assert said(judge(changed, "template"), "change-reaches-pods").verdict is Verdict.PASS


@pytest.mark.parametrize(
    "pod",
    [
        {"volumes": [{"name": "v", "secret": {"secretName": "other"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "other"}}]}}]},
        {
            "initContainers": [
                {"name": "i", "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "other", "key": "k"}}}]}
            ]
        },
    ],
    ids=["a volume", "a projected volume", "one key of an init container"],
)
def test_every_way_of_reading_a_secret_counts(pod: Body) -> None:
    other = ObjectRef("v1", "Secret", "forex-prod", "other")
    body = deployment(pod=pod)
    changed = (Replaced(other, secret("old"), secret("new")), Replaced(DEPLOYMENT, body, copy.deepcopy(body)))
    assert said(judge(changed, "template"), "change-reaches-pods").verdict is Verdict.FAIL


def test_a_secret_that_no_pod_reads_blocks_nothing() -> None:
    stranger = ObjectRef("v1", "Secret", "forex-prod", "stranger")
    changed = (
        Replaced(stranger, secret("old"), secret("new")),
        Replaced(DEPLOYMENT, deployment(), deployment(replicas=2)),
    )
    judged = said(judge(changed, "template"), "change-reaches-pods")
    assert judged.verdict is Verdict.PASS
    assert "replicas" in judged.warning


def test_a_new_image_replaces_all_pods() -> None:
    changed = (
        Replaced(SECRET, secret("old"), secret("new")),
        Replaced(DEPLOYMENT, deployment(), deployment(image="x:2")),
    )
    assert said(judge(changed, "template"), "change-reaches-pods").verdict is Verdict.PASS


def test_replicas_beside_a_new_autoscaler_warn() -> None:
    changed = (Replaced(DEPLOYMENT, deployment(1), deployment(2)), Replaced(HPA, None, hpa()))
    judged = said(judge(changed, "stamp"), "replicas-and-autoscaler")
    assert judged.verdict is Verdict.PASS
    assert "each apply resets" in judged.warning


def test_an_apply_that_cuts_the_autoscalers_pods_blocks() -> None:
    changed = (Replaced(DEPLOYMENT, deployment(6), deployment(2)),)
    judged = said(judge(changed, "stamp", (LIVE_HPA,)), "replicas-and-autoscaler")
    assert judged.verdict is Verdict.FAIL
    assert "from 6 to 2" in judged.because


def test_dropping_replicas_without_the_fall_is_handed_over() -> None:
    rendered = deployment()
    del rendered["spec"]["replicas"]  # type: ignore[attr-defined]  # a Body's parts are plain objects
    handed_over = (Replaced(DEPLOYMENT, deployment(4), deployment(4), rendered),)
    falls = (Replaced(DEPLOYMENT, deployment(4), deployment(1), rendered),)
    assert said(judge(handed_over, "stamp", (LIVE_HPA,)), "replicas-and-autoscaler").verdict is Verdict.PASS
    assert said(judge(falls, "stamp", (LIVE_HPA,)), "replicas-and-autoscaler").verdict is Verdict.FAIL


def test_a_scale_down_without_an_autoscaler_is_nobodys_business() -> None:
    changed = (Replaced(DEPLOYMENT, deployment(6), deployment(2)),)
    assert [one.rule for one in judge(changed, "stamp")] == ["change-reaches-pods"]


def test_a_selector_can_not_be_changed() -> None:
    after = deployment()
    after["spec"]["selector"] = {"matchLabels": {"app": "y"}}  # type: ignore[index]  # a Body's parts are plain objects
    judged = said(judge((Replaced(DEPLOYMENT, deployment(), after),), "stamp"), "immutable-fields")
    assert judged.verdict is Verdict.FAIL
    assert "spec.selector" in judged.because


def test_what_the_api_server_filled_in_is_no_change() -> None:
    service = ObjectRef("v1", "Service", "forex-prod", "exchange-service")
    before: Body = {"kind": "Service", "spec": {"clusterIP": "10.0.0.7", "ports": [{"port": 80, "protocol": "TCP"}]}}
    assert judge((Replaced(service, before, {"kind": "Service", "spec": {"ports": [{"port": 80}]}}),), "stamp") == ()


def test_an_immutable_secret_keeps_its_data() -> None:
    changed = (Replaced(SECRET, secret("old", immutable=True), secret("new")),)
    assert said(judge(changed, "stamp"), "immutable-fields").verdict is Verdict.FAIL

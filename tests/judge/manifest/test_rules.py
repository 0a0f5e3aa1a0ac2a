"""Each rule of manifests: one thing that trips it, and its twin that does not; and no manifest at all crashes one."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.judge.manifest import RULES, case_of, judge
from seatrial.model.findings import Finding, Severity
from seatrial.model.plan import Plan
from seatrial.plan.reading import read_plan
from seatrial.sources.manifests import bodies

HERE = Path(__file__).parent
SOUND = (HERE / "sound.yaml").read_text()
PLAN = (HERE / "sound-plan.yaml").read_text()
TRIPS = yaml.safe_load((HERE / "trips.yaml").read_text())


def changed(text: str, changes: dict[str, str]) -> str:
    """The text with the changes; each must find its place."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in the text any more"
        text = text.replace(old, new)
    return text


def plan_of(text: str) -> Plan:
    return read_plan(text, "/plan.yaml")


def found(text: str, plan: Plan | None = None, jdk: int | None = None) -> tuple[Finding, ...]:
    return judge(case_of(bodies(text, "manifests"), plan, jdk))


@pytest.mark.parametrize("plan", [None, plan_of(PLAN)], ids=["manifests", "with its plan"])
def test_a_sound_service_is_left_alone(plan: Plan | None) -> None:
    """Nothing to say is the answer that makes the others worth reading."""
    assert found(SOUND, plan) == ()


@pytest.mark.parametrize("trip", TRIPS, ids=[f"{number} {one['rule']}" for number, one in enumerate(TRIPS)])
def test_what_trips_a_rule(trip: dict[str, object]) -> None:
    """And its twin, which is nearly the same, does not."""
    rule, severity, jdk = str(trip["rule"]), Severity(trip["severity"]), trip.get("jdk")
    assert jdk is None or isinstance(jdk, int)
    plans, with_, without = trip.get("plan"), trip.get("with", {}), trip.get("without", {})
    assert isinstance(with_, dict)
    assert isinstance(without, dict)
    plan = plan_of(changed(PLAN, plans if isinstance(plans, dict) else {})) if plans or trip.get("planned") else None
    sound_plan = plan_of(PLAN) if plan else None

    answers = [one for one in found(changed(SOUND, with_), plan, jdk) if one.rule == rule]
    twins = [one for one in found(changed(SOUND, without), sound_plan, jdk) if one.rule == rule]

    assert severity in [one.severity for one in answers]
    assert twins == []


def test_every_rule_is_tripped() -> None:
    """A rule that nothing trips catches nothing."""
    tripped = {one["rule"].replace("-", "_") for one in TRIPS}
    assert {rule.__name__ for rule in RULES} == tripped


KEY_NAMES = """
kind metadata name namespace labels annotations spec template containers initContainers env envFrom
value valueFrom secretRef secretKeyRef key resources limits requests memory cpu replicas strategy
rollingUpdate maxSurge maxUnavailable selector matchLabels matchExpressions operator values volumes
volumeMounts mountPath emptyDir sizeLimit medium command args livenessProbe readinessProbe
startupProbe httpGet exec lifecycle preStop sleep seconds metrics resource containerResource target
averageUtilization minReplicas maxReplicas scaleTargetRef behavior data stringData image ports
containerPort hard
"""
KEYS = st.sampled_from(KEY_NAMES.split())
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["-Xmx2g -Xms3g", "3Gi", "100%", "java", "sh", "-c", "$(A)", "$A", "Deployment", "x", "-XX:+UseG1GC", "1e400Gi"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=30,
)
KINDS = ["Deployment", "StatefulSet", "Pod", "CronJob", "HorizontalPodAutoscaler", "Secret", "ConfigMap", "Service"]
KINDS += ["PodDisruptionBudget", "PersistentVolumeClaim", "ResourceQuota", "VerticalPodAutoscaler", "DaemonSet"]


def _body(kind: str, spec: object, template: object, container: object) -> dict[str, object]:
    pod = {"metadata": {"labels": spec}, "spec": {"containers": [container, spec], "volumes": template}}
    own = spec if isinstance(spec, dict) else {}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": "x", "annotations": template},
        "spec": {"template": pod, **own, "scaleTargetRef": {"kind": "Deployment", "name": "x"}},
        "data": template,
    }


BODIES = st.builds(_body, st.sampled_from(KINDS), VALUES, VALUES, VALUES)


@settings(max_examples=40, deadline=None)
@given(st.lists(BODIES, max_size=5))
def test_no_manifest_crashes_a_rule(given_bodies: list[dict[str, object]]) -> None:
    """Whatever is of another type than it should be counts as absent."""
    for plan in (None, plan_of(PLAN)):
        judge(case_of(tuple(given_bodies), plan))


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_broken_part_of_a_real_manifest_crashes_no_rule(data: st.DataObject) -> None:
    """The sound service with any one of its values replaced."""
    objects = list(bodies(SOUND, "manifests"))
    value: object = objects
    for _ in range(12):
        if isinstance(value, dict) and value:
            key = data.draw(st.sampled_from(sorted(value)))
            if not isinstance(value[key], dict | list) or data.draw(st.integers(0, 5)) == 0:
                value[key] = data.draw(VALUES)
                break
            value = value[key]
        elif isinstance(value, list) and value:
            value = value[data.draw(st.integers(0, len(value) - 1))]
        else:
            break
    judge(case_of(tuple(objects), plan_of(PLAN)))

"""Saved states, as kubectl prints them and as people paste them."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.sources.saved import TIMELESS, SavedStateError, read_state

POD = """
apiVersion: v1
kind: Pod
metadata:
  {name: a-1, namespace: n, creationTimestamp: 2025-12-24T02:00:00Z, deletionTimestamp: null, labels: {app: a, version: 1.0, beta: true}}
spec: {containers: [{name: app, image: x}], nodeName: null}
status: {phase: Running, startTime: "2025-12-24T02:00:05Z"}
"""

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: n, uid: d-NAME, generation: 1}
spec: {replicas: 1, selector: {matchLabels: {app: NAME}}, template: {spec: {containers: [{name: app}]}}}
status: {observedGeneration: 1}
"""


def test_documents_and_lists_and_json_are_the_same_state() -> None:
    documents = read_state(POD + "---\n" + DEPLOYMENT.replace("NAME", "a"))
    listed = read_state(
        '{"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a-1","creationTimestamp":"2025-12-24T02:00:05Z"}}]}'
    )
    assert documents.deployment
    assert documents.deployment.metadata.name == "a"
    assert [pod.metadata.name for pod in documents.pods] == [pod.metadata.name for pod in listed.pods] == ["a-1"]


def test_nulls_are_absent_and_labels_are_text() -> None:
    (pod,) = read_state(POD).pods
    assert pod.spec.node_name == ""
    assert pod.metadata.deletion_timestamp is None
    assert pod.metadata.labels == {"app": "a", "version": "1.0", "beta": "true"}


def test_the_time_is_the_newest_in_the_file_unless_it_is_given() -> None:
    assert read_state(POD).at == datetime(2025, 12, 24, 2, 0, 5, tzinfo=UTC)
    given = datetime(2026, 1, 1, tzinfo=UTC)
    assert read_state(POD, at=given).at == given


def test_a_state_without_any_time_is_timeless() -> None:
    assert read_state("kind: Pod\nmetadata: {name: x}").at == TIMELESS


def test_times_in_an_old_autoscalers_annotation_count() -> None:
    text = """
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata:
  name: h
  annotations:
    autoscaling.alpha.kubernetes.io/conditions: '[{"type":"AbleToScale","status":"True","lastTransitionTime":"2020-11-23T19:38:38Z"}]'
"""
    assert read_state(text).at == datetime(2020, 11, 23, 19, 38, 38, tzinfo=UTC)


def test_a_deletion_lies_ahead_and_is_no_newest_time() -> None:
    going = POD.replace("deletionTimestamp: null", "deletionTimestamp: 2025-12-24T03:00:00Z")
    assert read_state(going).at == datetime(2025, 12, 24, 2, 0, 5, tzinfo=UTC)


def test_a_typed_list_names_the_kind_of_its_items() -> None:
    text = "kind: PodList\nitems: [{metadata: {name: a-1, creationTimestamp: 2025-12-24T02:00:05Z}}]"
    assert [pod.metadata.name for pod in read_state(text).pods] == ["a-1"]


def test_pods_of_other_workloads_and_namespaces_are_left_out() -> None:
    other = POD.replace("app: a,", "app: b,").replace("a-1", "b-1")
    elsewhere = POD.replace("namespace: n", "namespace: m").replace("a-1", "a-2")
    look = read_state("---".join([POD, other, elsewhere, DEPLOYMENT.replace("NAME", "a")]))
    assert [pod.metadata.name for pod in look.pods] == ["a-1"]


def test_of_several_workloads_one_must_be_named() -> None:
    both = "---".join([DEPLOYMENT.replace("NAME", "a"), DEPLOYMENT.replace("NAME", "b"), POD])
    with pytest.raises(SavedStateError, match="deployment/a, deployment/b"):
        read_state(both)
    chosen = read_state(both, workload="deployment/b").deployment
    assert chosen
    assert chosen.metadata.name == "b"


@pytest.mark.parametrize(
    ("text", "workload", "words"),
    [
        ("just words", "", "document 1 is no Kubernetes object"),
        ("a: [", "", "neither YAML nor JSON"),
        (POD.replace("2025-12-24T02:00:00Z", "yesterday"), "", "Pod a-1"),
        (POD, "deployment/z", "is not in the saved state"),
        (POD, "statefulset/z", "only deployments"),
    ],
)
def test_what_can_not_be_read_says_where(text: str, workload: str, words: str) -> None:
    with pytest.raises(SavedStateError, match=words):
        read_state(text, workload=workload)


def test_a_small_text_that_means_a_huge_tree_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(SavedStateError, match="more than"):
        read_state("kind: Pod\n" + "\n".join(lines))


def test_events_of_the_newer_api_are_the_same_events() -> None:
    event = """
kind: Event
apiVersion: events.k8s.io/v1
metadata: {name: e, creationTimestamp: "2025-12-24T02:00:00Z"}
regarding: {kind: Pod, name: a-1, uid: u}
reason: BackOff
note: Back-off restarting
type: Warning
eventTime: "2025-12-24T02:01:00.123456789Z"
series: {count: 4, lastObservedTime: "2025-12-24T02:03:00.000000Z"}
"""
    (found,) = read_state(event).events
    assert (found.involved_object.name, found.message) == ("a-1", "Back-off restarting")
    assert found.last_seen == datetime(2025, 12, 24, 2, 3, tzinfo=UTC)


def test_an_hpa_of_v2beta1_has_its_targets_beside_the_name() -> None:
    text = """
apiVersion: autoscaling/v2beta1
kind: HorizontalPodAutoscaler
metadata: {name: h, creationTimestamp: "2025-12-24T02:00:00Z"}
spec: {maxReplicas: 3, metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 70}}]}
status: {currentMetrics: [{type: Resource, resource: {name: cpu, currentAverageUtilization: 12, currentAverageValue: 120m}}, null]}
"""
    (hpa,) = read_state(text).hpas
    assert hpa.spec.metrics
    assert hpa.spec.metrics[0].resource
    assert hpa.spec.metrics[0].resource.target.average_utilization == 70
    assert hpa.status.current_metrics
    assert hpa.status.current_metrics[0]
    assert hpa.status.current_metrics[0].resource
    assert hpa.status.current_metrics[0].resource.current.average_utilization == 12


@given(st.text(max_size=200))
def test_any_text_is_a_state_or_a_plain_error(text: str) -> None:
    """Nothing but SavedStateError comes out of it."""
    with contextlib.suppress(SavedStateError):
        read_state(text)

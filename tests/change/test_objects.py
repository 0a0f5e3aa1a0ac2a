"""Bodies read: whose they are, what their pods read, what the server added."""

from tests.change.manifests import DEPLOYMENT, HPA, NAMESPACE, SECRET, autoscaler, deployment, live, secret

from seatrial.change.objects import (
    Source,
    autoscaled,
    placed,
    reads,
    ref_of,
    template_path,
    without_at,
    without_server_fields,
)
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body


def config_map(name: str) -> ObjectRef:
    """A ConfigMap's name."""
    return ObjectRef("v1", "ConfigMap", NAMESPACE, name)


def test_an_object_is_known_by_four_words() -> None:
    """Kind and group, namespace and name."""
    assert ref_of(deployment()) == DEPLOYMENT
    assert ref_of(autoscaler()) == HPA


def test_a_manifest_without_namespace_is_placed_as_kubectl_would() -> None:
    """Cluster-scoped kinds have none, and one that is given stays."""
    bare: Body = {"kind": "Secret", "metadata": {"name": "a"}}

    assert placed(bare, "blue") == {"kind": "Secret", "metadata": {"name": "a", "namespace": "blue"}}
    assert placed(secret(), "blue") == secret()
    assert placed({"kind": "Namespace", "metadata": {"name": "a"}}, "blue")["metadata"] == {"name": "a"}


def test_every_way_in_which_pods_read_a_secret_is_seen() -> None:
    """env by key, envFrom whole, volumes and projected volumes; init containers too; whole wins over keys."""
    workload = deployment(env=[{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "x"}}}])
    pod = workload["spec"]["template"]["spec"]  # type: ignore[index] # a literal a few lines above
    pod["initContainers"] = [
        {"name": "init", "env": [{"name": "Y", "valueFrom": {"configMapKeyRef": {"name": "one", "key": "y"}}}]}
    ]
    pod["volumes"] = [
        {"name": "a", "secret": {"secretName": "tls", "items": [{"key": "crt", "path": "crt"}]}},
        {"name": "b", "projected": {"sources": [{"configMap": {"name": "two"}}, {"secret": {"name": "rates-env"}}]}},
        {"name": "c", "emptyDir": {}},
    ]

    assert reads(workload) == (
        Source(config_map("one"), ("x", "y")),
        Source(config_map("two")),
        Source(SECRET),
        Source(ObjectRef("v1", "Secret", NAMESPACE, "tls"), ("crt",)),
    )


def test_what_makes_no_pods_has_no_template() -> None:
    """A CronJob has it deeper."""
    assert template_path(secret()) == ()
    assert template_path({"kind": "CronJob"}) == ("spec", "jobTemplate", "spec", "template")


def test_an_autoscaler_is_found_by_its_target() -> None:
    """Whatever it is called."""
    assert autoscaled(DEPLOYMENT, [secret(), autoscaler()]) == autoscaler()
    assert autoscaled(ObjectRef("apps/v1", "Deployment", NAMESPACE, "other"), [autoscaler()]) is None


def test_what_the_server_added_is_left_out() -> None:
    """Status, versions, and the revision that a controller counts."""
    seen = live(deployment())
    seen["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "4"}  # type: ignore[index] # made so above

    assert without_server_fields(seen) == deployment()


def test_taking_a_field_away_that_is_not_there_changes_nothing() -> None:
    """At any depth."""
    assert without_at({"a": {"b": 1}}, ("a", "c")) == {"a": {"b": 1}}
    assert without_at({"a": {"b": 1}}, ("x", "y")) == {"a": {"b": 1}}
    assert without_at({"a": {"b": 1}}, ("a", "b")) == {"a": {}}

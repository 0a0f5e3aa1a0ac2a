"""A team that goes on with `kubectl apply -k`, before and after us, notices nothing: tried on a real API server.

The order of things is that of the runbook: the team applies *before* by hand, we apply *after*, the team applies *after* itself, we go
back, the team applies *before* itself.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.change.api_server import ApiServer, api_server
from tests.support.busybox import busybox_archive

from seatrial.change.consequences import consequences
from seatrial.change.desired import sent
from seatrial.change.difference import Difference, difference
from seatrial.change.lastapplied import LAST_APPLIED
from seatrial.change.masking import redactor
from seatrial.change.objects import annotations, at, items, mapping, placed, ref_of, text_at, without_server_fields
from seatrial.change.ordering import in_apply_order
from seatrial.change.restore import differs_from_record, way_back
from seatrial.change.stamp import ENVIRONMENT_DIGEST
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body
from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.settings import Cluster
from seatrial.sources.kustomize import render
from seatrial.sources.rendered import Rendered

pytestmark = pytest.mark.cluster

IMAGE = "docker.io/library/busybox:test"
KEY = b"k" * 32
AT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)

KUSTOMIZATION = """
namespace: NAMESPACE
resources: [RESOURCES]
secretGenerator:
  - {name: rates-env, envs: [env/rates.env]}
generatorOptions: {disableNameSuffixHash: true}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: rates, annotations: {note: "a <b> & c"}}
spec: {selector: {app: rates}, ports: [{port: PORT, targetPort: 10320}]}
"""
DEPLOYMENT_BEFORE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: rates, labels: {app: rates}}
spec:
  replicas: 1
  minReadySeconds: 3
  revisionHistoryLimit: 4
  selector: {matchLabels: {app: rates}}
  template:
    metadata: {labels: {app: rates}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: rates
          image: docker.io/library/busybox:test
          imagePullPolicy: IfNotPresent
          command: [sleep, "100000"]
          env: [{name: OLD_SWITCH, value: "yes"}, {name: KEPT, value: "1"}, {name: FLAGS, value: -Xmx24m}]
          envFrom: [{secretRef: {name: rates-env}}]
          resources: {limits: {memory: 32Mi}}
          volumeMounts: [{name: log, mountPath: /forex/log}]
          readinessProbe: {exec: {command: [sleep, "0"]}, periodSeconds: 2}
      volumes: [{name: log, emptyDir: {}}]
"""
DEPLOYMENT_AFTER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: rates, labels: {app: rates}}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: rates}}
  template:
    metadata: {labels: {app: rates}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: rates
          image: docker.io/library/busybox:test
          imagePullPolicy: IfNotPresent
          command: [sleep, "100000"]
          env:
            - {name: KEPT, value: "1"}
            - {name: FLAGS, valueFrom: {secretKeyRef: {name: rates-env, key: ARGS1}}}
          envFrom: [{secretRef: {name: rates-env}}]
          resources: {limits: {memory: 48Mi}}
          volumeMounts: [{name: log, mountPath: /forex/log}]
      volumes: [{name: log, hostPath: {path: /tmp}}]
"""
HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: rates-hpa}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: rates}
  minReplicas: 2
  maxReplicas: 4
  metrics: [{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 75}}}]
"""


def directory(root: Path, namespace: str, files: dict[str, str], arguments: str) -> Path:
    """A kustomization as a team keeps it."""
    (root / "env").mkdir(parents=True)
    (root / "env" / "rates.env").write_text(f"ARGS1={arguments}\nFEED_TOKEN=feed-3c1d7e52a9\n")
    for name, text in files.items():
        (root / name).write_text(text)
    text = KUSTOMIZATION.replace("NAMESPACE", namespace).replace("RESOURCES", ", ".join(files))
    (root / "kustomization.yml").write_text(text)
    return root


class Trial:
    """The two commits, and what we do with them."""

    def __init__(self, server: ApiServer, root: Path) -> None:
        self.server = server
        same, moved = SERVICE.replace("PORT", "80"), SERVICE.replace("PORT", "80").replace("rates", "moved", 1)
        old = {"service.yml": same, "moved.yml": moved, "deployment.yml": DEPLOYMENT_BEFORE}
        new = {**old, "moved.yml": moved.replace("80", "81"), "deployment.yml": DEPLOYMENT_AFTER, "hpa.yml": HPA}
        self.before = directory(root / "before", server.namespace, old, "-Xms16m -Xmx24m")
        self.after = directory(root / "after", server.namespace, new, "-Xms16m -Xmx32m")
        self.change = self.rendered(self.after)
        self.refs = [ref_of(body) for body in self.change]

    def rendered(self, where: Path) -> tuple[Body, ...]:
        """The manifests as we read them."""
        found = render(where, str(self.server.kubectl))
        assert isinstance(found, Rendered), str(found)
        return in_apply_order(placed(body, self.server.namespace) for body in found.bodies)

    def foreseen(self) -> dict[ObjectRef, Body]:
        """What every object will be, by dry runs."""
        live = self.server.lives(self.refs)
        asked = [sent(body, self.change, live, "stamp", AT) for body in self.change]
        return {ref_of(body): self.server.would_become(body, live.get(ref_of(body))) for body in asked}

    def differences(self) -> list[Difference]:
        """The diff as it is shown."""
        live, after = self.server.lives(self.refs), self.foreseen()
        hide = redactor([*self.change, *live.values()], KEY)
        return [difference(live.get(ref), body, hide) for ref, body in after.items()]

    def apply(self) -> None:
        """Send everything."""
        live = self.server.lives(self.refs)
        for body in self.change:
            live[ref_of(body)] = self.server.put(sent(body, self.change, live, "stamp", AT))

    def go_back(self, recorded: dict[ObjectRef, Body | None]) -> list[str]:
        """Send the way back."""
        steps = way_back(recorded, self.server.lives(self.refs), AT)
        for step in steps:
            if step.body is None:
                self.server.remove(step.ref)
            else:
                self.server.put(step.body)
        return [f"{step.verb} {step.ref.kind}" for step in steps]

    def deployment(self) -> Body:
        """The Deployment as it is."""
        return mapping(self.server.get(ObjectRef("apps/v1", "Deployment", self.server.namespace, "rates")))

    def generations(self) -> dict[str, object]:
        """What counts changes of a spec."""
        live = self.server.lives(self.refs)
        return {str(ref): at(body, "metadata", "generation") for ref, body in live.items()}


@pytest.fixture(scope="module")
def trial(local_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """The state before, made by the team."""
    import_image(local_cluster.name, busybox_archive(tmp_path_factory.mktemp("image"), IMAGE))
    namespace = f"unharmed-{os.getpid()}"
    with api_server(local_cluster.kubectl, local_cluster.kubeconfig, namespace) as server:
        trial = Trial(server, tmp_path_factory.mktemp("unharmed"))
        server.team_does("apply", "-k", str(trial.before))
        server.team_does("rollout", "status", "deployment/rates", "--timeout=60s")
        yield trial


@pytest.fixture(scope="module")
def recorded(trial: Trial) -> dict[ObjectRef, Body | None]:
    """The baseline."""
    return {ref: trial.server.get(ref) for ref in trial.refs}


@pytest.fixture(scope="module")
def shown(trial: Trial, recorded: dict[ObjectRef, Body | None]) -> tuple[list[Difference], dict[ObjectRef, Body]]:
    """The diff and what it foresees, before anything is written."""
    assert len(recorded) == len(trial.refs)
    return trial.differences(), trial.foreseen()


@pytest.fixture(scope="module")
def applied(trial: Trial, shown: tuple[list[Difference], dict[ObjectRef, Body]]) -> Trial:
    """After our apply."""
    assert shown
    trial.apply()
    trial.server.team_does("rollout", "status", "deployment/rates", "--timeout=60s")
    return trial


@pytest.fixture(scope="module")
def gone_back(applied: Trial, recorded: dict[ObjectRef, Body | None]) -> tuple[Trial, list[str]]:
    """After our rollback."""
    return applied, applied.go_back(recorded)


def test_our_record_is_kubectls_to_the_byte(trial: Trial) -> None:
    """What kubectl wrote for *before* is what we would have written."""
    from seatrial.change.lastapplied import last_applied_text

    for body in trial.rendered(trial.before):
        live = trial.server.get(ref_of(body))
        assert live is not None
        assert annotations(live)[LAST_APPLIED] == last_applied_text(body)


def test_the_diff_says_what_each_object_will_be(
    shown: tuple[list[Difference], dict[ObjectRef, Body]], trial: Trial, recorded: dict[ObjectRef, Body | None]
) -> None:
    """One word for each object; dropped fields are seen to go; no secret is shown."""
    differences, foreseen = shown
    words = {str(one.ref): one.word for one in differences}
    paths = {change.path for one in differences if one.ref.kind == "Deployment" for change in one.changes}
    text = "".join(one.text for one in differences)
    said = consequences({ref: body for ref, body in recorded.items() if body}, foreseen)

    assert words == {
        "secret/rates-env": "configured",
        "service/moved": "configured",
        "service/rates": "unchanged",
        "deployment.apps/rates": "configured",
        "horizontalpodautoscaler.autoscaling/rates-hpa": "created",
    }
    container = "spec.template.spec.containers[name=rates]"
    assert {
        "spec.minReadySeconds",
        f"{container}.env[name=OLD_SWITCH]",
        f"{container}.resources.limits.memory",
    } <= paths
    assert "+  ARGS1: -Xms16m -Xmx32m" in text
    assert "feed-3c1d7e52a9" not in text + "".join(said)
    assert any("Every pod of deployment.apps/rates is replaced (1 old pod, 2 new pods)" in one for one in said)


def test_what_was_foreseen_is_what_came(applied: Trial, shown: tuple[list[Difference], dict[ObjectRef, Body]]) -> None:
    """The dry run's answer is the object after the apply: fields that took another's place, a port that moved, defaults again."""
    for ref, foreseen in shown[1].items():
        assert differs_from_record(foreseen, applied.server.get(ref)) == (), ref


def test_fields_that_the_manifest_dropped_are_gone(applied: Trial) -> None:
    """Without taking kubectl's ownership over they would stay for ever, unseen by `kubectl diff`."""
    live = applied.deployment()
    managers = {text_at(entry, "manager") for entry in items(at(live, "metadata", "managedFields"))}

    assert at(live, "spec", "minReadySeconds") is None
    assert at(live, "spec", "revisionHistoryLimit") == 10
    assert "OLD_SWITCH" not in str(without_server_fields(live)["spec"])
    assert "kubectl-client-side-apply" not in managers


def test_pods_were_reached(applied: Trial) -> None:
    """The stamp is in the template, and the old ReplicaSet has no pods."""
    stamp = at(applied.deployment(), "spec", "template", "metadata", "annotations", ENVIRONMENT_DIGEST)
    replicas = sorted(int(str(at(one, "spec", "replicas"))) for one in applied.server.replica_sets())

    assert isinstance(stamp, str)
    assert len(stamp) == 32
    assert replicas == [0, 2]


def test_a_second_run_changes_nothing(applied: Trial) -> None:
    """Same bytes, same stamp."""
    assert {one.word for one in applied.differences()} == {"unchanged"}


def test_the_teams_own_apply_says_unchanged(applied: Trial) -> None:
    """`kubectl diff -k` is empty, `kubectl apply -k` changes no generation and restarts nothing."""
    before = applied.generations()
    shown = applied.server.team("diff", "-k", str(applied.after))
    said = applied.server.team_does("apply", "-k", str(applied.after))

    assert (shown.returncode, shown.stdout) == (0, "")
    assert {line.rpartition(" ")[2] for line in said.splitlines()} == {"unchanged"}
    assert applied.generations() == before


def test_the_way_back_ends_at_the_record(
    gone_back: tuple[Trial, list[str]], recorded: dict[ObjectRef, Body | None]
) -> None:
    """The autoscaler goes first, what did not differ is not touched, and the old ReplicaSet serves again."""
    trial, steps = gone_back
    trial.server.team_does("rollout", "status", "deployment/rates", "--timeout=60s")

    assert steps == ["delete HorizontalPodAutoscaler", "apply Secret", "apply Service", "apply Deployment"]
    for ref, record in recorded.items():
        assert differs_from_record(record, trial.server.get(ref)) == (), ref
    assert [at(one, "spec", "replicas") for one in trial.server.replica_sets() if at(one, "spec", "replicas")] == [1]
    assert len(trial.server.replica_sets()) == 2


def test_the_team_goes_on_from_before(gone_back: tuple[Trial, list[str]]) -> None:
    """As if nothing had been."""
    trial, _ = gone_back
    before = trial.generations()
    shown = trial.server.team("diff", "-k", str(trial.before))
    said = trial.server.team_does("apply", "-k", str(trial.before))

    assert (shown.returncode, shown.stdout) == (0, "")
    assert {line.rpartition(" ")[2] for line in said.splitlines()} == {"unchanged"}
    assert trial.generations() == before

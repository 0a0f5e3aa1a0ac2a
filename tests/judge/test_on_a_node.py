"""Faults made on a real node: the kubelet's own words go in, and the verdict comes out. All are played side by side."""

import json
import secrets
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest
import yaml
from msgspec.structs import replace
from tests.support.busybox import busybox_archive
from tests.support.saved_states import Tree, merged

from seatrial.judge import rollout
from seatrial.judge.rollout import RolloutTerms, Sightings, logs_wanted, remember
from seatrial.model.judgement import Judgement, Verdict, deciding, verdict_of
from seatrial.model.observation import LogTail, Look
from seatrial.model.plan import Graces
from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.settings import Cluster, NodeKind
from seatrial.run.clock import pause, ticks, utc_now
from seatrial.sources.saved import look_from

pytestmark = pytest.mark.cluster

FAULTS = cast(list[Tree], yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text()))
NAMES = [str(fault["name"]) for fault in FAULTS]
IMAGE = "docker.io/library/judged:test"
PLAYS_S = 240.0
GRACES = Graces(stuck_creating_s=90, image_pull_s=60, unschedulable_hold_s=15, start_allowance_s=30)

Acts = dict[str, list[tuple[Judgement, ...]]]
"""Of each fault: what was judged, look by look."""


def deployment(fault: Tree) -> Tree:
    """A healthy Deployment of one pod, changed by the fault."""
    name = str(fault["name"])
    app: Tree = {"name": "app", "command": ["sh", "-c", "httpd -f -p 8080"]}
    app["readinessProbe"] = {"exec": {"command": ["sh", "-c", "exit 0"]}, "periodSeconds": 1}
    pod = cast(Tree, merged({"terminationGracePeriodSeconds": 1}, fault.get("pod", {})))
    pod["containers"] = [cast(Tree, merged(app, fault.get("app", {})))]
    for container in (*cast(list[Tree], pod["containers"]), *cast(list[Tree], pod.get("initContainers", []))):
        container.setdefault("image", IMAGE)
        container.setdefault("imagePullPolicy", "IfNotPresent")
        container.setdefault("terminationMessagePolicy", "FallbackToLogsOnError")
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template} | cast(
        Tree, fault.get("deployment", {})
    )
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": spec,
    }


class Kubectl:
    """kubectl, on the local cluster, in a namespace of its own."""

    def __init__(self, cluster: Cluster) -> None:
        self.namespace = f"judged-{secrets.token_hex(3)}"
        self._base = [str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}", "-n", self.namespace]

    def __call__(self, arguments: Sequence[str], given: str = "") -> str:
        """What it printed; empty where it failed."""
        done = subprocess.run(
            [*self._base, *arguments], input=given, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout if done.returncode == 0 else ""


@pytest.fixture(scope="module")
def acts(local_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acts]:
    """All faults, made at once and judged every two seconds until each has had its verdict."""
    if local_cluster.kind is not NodeKind.REAL:
        pytest.skip("this machine may not run containers: no kubelet tells of them")
    import_image(local_cluster.name, busybox_archive(tmp_path_factory.mktemp("image"), IMAGE))
    kubectl = Kubectl(local_cluster)
    kubectl(["create", "namespace", kubectl.namespace])
    kubectl(["apply", "-f", "-"], yaml.safe_dump_all([deployment(fault) for fault in FAULTS]))
    yield _play(kubectl)
    kubectl(["delete", "namespace", kubectl.namespace, "--wait=false"])


def _play(kubectl: Kubectl) -> Acts:
    seen: dict[str, Sightings] = defaultdict(Sightings)
    played: Acts = defaultdict(list)
    ends = ticks() + PLAYS_S
    while ticks() < ends and not all(_is_over(fault, played[str(fault["name"])]) for fault in FAULTS):
        items = json.loads(kubectl(["get", "deploy,rs,pods,events", "-o", "json"]) or '{"items":[]}')["items"]
        for name in NAMES:
            look = look_from(
                (one for one in items if one["kind"] != "Deployment" or one["metadata"]["name"] == name), utc_now()
            )
            if look.deployment is None:
                continue
            seen[name] = remember(seen[name], look)
            terms = RolloutTerms(look.deployment.metadata.creation_timestamp, 600.0, GRACES)
            judged = rollout.judge(replace(look, logs=_logs(kubectl, look, terms)), terms, seen[name])
            played[name].append(judged)
        pause(2.0)
    return played


def _logs(kubectl: Kubectl, look: Look, terms: RolloutTerms) -> tuple[LogTail, ...]:
    read = []
    for want in logs_wanted(look, terms):
        told = kubectl(
            ["logs", want.pod, "-c", want.container, "--tail=20", *(["--previous"] if want.previous else [])]
        )
        read.append(LogTail(want.pod, want.container, tuple(told.splitlines()), want.previous))
    return tuple(read)


def _is_over(fault: Tree, looks: list[tuple[Judgement, ...]]) -> bool:
    expected = Verdict(str(fault["expect"]).partition(" ")[0])
    return any(verdict_of(judged) is expected for judged in looks)


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_the_node_says_it_and_the_judge_understands(fault: Tree, acts: Acts) -> None:
    verdict, _, rule = str(fault["expect"]).partition(" by ")
    looks = acts[str(fault["name"])]
    assert looks, "it was never there"
    failed = next((judged for judged in looks if verdict_of(judged) in (Verdict.FAIL, Verdict.HOLD)), None)
    last = failed or looks[-1]
    told = "\n".join(f"{one.verdict.value} {one.rule} {one.about}: {one.because} {one.evidence}" for one in last)
    decides = deciding(last)
    assert decides
    assert verdict_of(last) is Verdict(verdict), told
    assert not rule or decides.rule == rule, told
    assert str(fault.get("says", "")) in told, told
    if "warns" in fault:
        assert fault["warns"] in [one.rule for one in last if one.warning], told

"""A saved state as a whole: the verdict, for people and for programs, and the exit code."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from seatrial.cli.judging import judge_command

HEALTHY_HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h, creationTimestamp: "2025-12-24T02:00:00Z"}
spec:
  maxReplicas: 3
  scaleTargetRef: {kind: Deployment, name: a}
  metrics: [{type: Resource, resource: {name: cpu, target: {averageUtilization: 70}}}]
status:
  conditions: [{type: AbleToScale, status: "True"}, {type: ScalingActive, status: "True", reason: ValidMetricFound}]
  currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 12}}}]
"""

POD = """
apiVersion: v1
kind: Pod
metadata: {name: a-1, creationTimestamp: "2025-12-24T02:00:00Z", labels: {pod-template-hash: h1}}
spec: {containers: [{name: app, image: x, readinessProbe: {}}]}
status:
  phase: Running
  conditions: [{type: Ready, status: "True", lastTransitionTime: "2025-12-24T02:00:30Z"}]
  containerStatuses:
    - {name: app, ready: true, restartCount: RESTARTS, state: {running: {startedAt: "2025-12-24T02:00:10Z"}}, lastState: LAST}
"""


@pytest.mark.parametrize(
    ("state", "verdict", "code"),
    [
        (HEALTHY_HPA, "PASS", 0),
        (POD.replace("RESTARTS", "0").replace("LAST", "{}"), "UNKNOWN", 23),
        (POD.replace("RESTARTS", "1").replace("LAST", "{terminated: {exitCode: 137, reason: OOMKilled}}"), "FAIL", 20),
        ("kind: Node\nmetadata: {name: n, creationTimestamp: '2025-12-24T02:00:00Z'}", "UNKNOWN", 23),
    ],
    ids=["a healthy autoscaler alone", "a healthy pod alone", "a doomed pod alone", "nothing to judge"],
)
def test_a_state_of_one_object(state: str, verdict: str, code: int, tmp_path: Path) -> None:
    file = tmp_path / "state.yaml"
    file.write_text(state)
    told = CliRunner().invoke(judge_command, ["-f", str(file), "-o", "json"], standalone_mode=False)
    assert told.return_value == code, told.output
    parsed = json.loads(told.output)
    assert parsed["verdict"] == verdict
    assert {"rule", "about", "verdict", "because"} <= parsed["judgements"][0].keys()


def test_people_read_the_verdict_first() -> None:
    state = POD.replace("RESTARTS", "1").replace("LAST", "{terminated: {exitCode: 137, reason: OOMKilled}}")
    told = CliRunner().invoke(judge_command, ["-f", "-"], input=state, standalone_mode=False)
    assert told.output.startswith("FAIL: pod/a-1 container app: the kernel OOM-killed it")


@pytest.mark.parametrize("arguments", [["-f", "/nowhere"], ["-f", "-", "--at", "yesterday"]])
def test_what_can_not_be_read_ends_with_2(arguments: list[str]) -> None:
    told = CliRunner().invoke(judge_command, arguments, input="x", standalone_mode=False)
    assert getattr(told.exception, "code", None) == 2

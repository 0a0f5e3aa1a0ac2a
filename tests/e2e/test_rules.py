"""Every row of the runbook, seen on a real cluster: giving its PASS and its opposite, in the scenes of the other files."""

import pytest
from tests.e2e.stage import events_of, judged_in
from tests.e2e.test_accepted import accepted
from tests.e2e.test_interrupted import half_right, interrupted_twice, no_shell, superseded
from tests.e2e.test_refused import no_node, refused
from tests.e2e.test_rolled_back import crash, errors, leak, never_starts, oom
from tests.e2e.theatre import Theatre, looks_at

ACTS = (
    accepted,
    crash,
    errors,
    half_right,
    interrupted_twice,
    leak,
    never_starts,
    no_node,
    no_shell,
    oom,
    refused,
    superseded,
)
pytestmark = [pytest.mark.cluster, *(looks_at(act) for act in ACTS)]

SEEN = {
    # 1.1-1.7: where, what, by whom, when, and onto what
    "context-matches": "PASS FAIL",
    "commit-matches": "PASS FAIL",
    "work-tree-clean": "PASS FAIL",
    "kustomization-lists": "PASS FAIL",
    "access-allowed": "PASS FAIL",
    "window-open": "PASS FAIL",
    "nodes-ready": "PASS FAIL",
    "surge-room": "PASS HOLD",
    "pods-running": "PASS HOLD",
    "no-rollout-under-way": "PASS HOLD",
    "metrics-fresh": "PASS HOLD",
    "autoscaler-absent": "PASS HOLD",
    # 2: the change
    "change-reaches-pods": "PASS FAIL",
    # 3: the rollout
    "container-creating": "WAIT HOLD",
    "image-pull": "WAIT FAIL",
    "container-config": "FAIL",
    "first-exit": "FAIL",
    "out-of-memory": "PASS FAIL",
    "readiness": "WAIT",
    "replicas-updated": "PASS WAIT",
    "pods-available": "PASS WAIT",
    "old-replicas-gone": "PASS WAIT",
    "rollout-time": "FAIL",
    # 2.3, 4: the proof
    "autoscaler-present": "PASS",
    "autoscaler-spec": "PASS FAIL",
    "autoscaler-metrics": "PASS WAIT FAIL",
    "pods-ready": "PASS",
    "restarts-allowed": "PASS",
    "jvm-flags": "PASS FAIL UNKNOWN",
    "gc-log": "PASS FAIL UNKNOWN",
    "log-present": "PASS WAIT",
    "log-absent": "PASS FAIL",
    "out-of-memory-error": "PASS FAIL",
    "memory-window": "PASS",
    "memory-above": "FAIL",
    "health-of-pods": "PASS FAIL",
    "health-through-service": "PASS FAIL",
    "server-errors": "PASS FAIL",
    "events-quiet": "PASS",
    # 7: the way back
    "objects-restored": "PASS",
    "old-pods-serve": "PASS WAIT",
}


@pytest.fixture(scope="module")
def judged(theatre: Theatre) -> set[tuple[str, str]]:
    """Every rule and verdict of every journal of every scene."""
    runs = [run for stage in theatre.stages() for run in stage.runs()]
    return {pair for run in runs for pair in judged_in(events_of(run))}


@pytest.mark.parametrize("rule", SEEN)
def test_a_rule_says_yes_and_no(judged: set[tuple[str, str]], rule: str) -> None:
    assert {verdict for name, verdict in judged if name == rule} >= set(SEEN[rule].split())

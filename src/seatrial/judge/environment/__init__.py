"""The preflight: is this the right cluster, commit and hour, is there room, and may we. Before any write."""

from collections.abc import Callable, Iterator

from seatrial.judge.catalogue import with_steps
from seatrial.judge.environment.cluster import (
    autoscaler_absent,
    metrics_fresh,
    no_rollout_under_way,
    nodes_ready,
    pods_running,
    surge_room,
)
from seatrial.judge.environment.ground import (
    access_allowed,
    commit_matches,
    context_matches,
    kustomization_lists,
    window_open,
    work_tree_clean,
)
from seatrial.model.judgement import Judgement
from seatrial.model.plan import Plan
from seatrial.model.preflight import Preflight

__all__ = ["judge", "window_open"]

RULES: tuple[Callable[[Preflight, Plan], Iterator[Judgement]], ...] = (
    context_matches,
    commit_matches,
    work_tree_clean,
    kustomization_lists,
    window_open,
    access_allowed,
    nodes_ready,
    pods_running,
    no_rollout_under_way,
    surge_room,
    metrics_fresh,
    autoscaler_absent,
)


def judge(facts: Preflight, plan: Plan) -> tuple[Judgement, ...]:
    """What every rule of the preflight says; a rule that the plan does not ask for says nothing."""
    return with_steps(judgement for one in RULES for judgement in one(facts, plan))

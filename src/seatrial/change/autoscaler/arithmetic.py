"""How many pods the autoscaler's controller proposes for one metric, and for all of them: its arithmetic, number for number.

Read off Kubernetes 1.35, pkg/controller/podautoscaler/replica_calculator.go (GetResourceReplicas, calcPlainMetricReplicas,
groupPods) and metrics/utilization.go, and compared with the running controller by tests/change/test_autoscaler_real.py.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

TOLERANCE = 0.1
"""kube-controller-manager's --horizontal-pod-autoscaler-tolerance, where the autoscaler has none of its own."""


class Goal(Struct, frozen=True):
    """One resource metric: what each pod (or one container of it) should use. Exactly one of percent and average_milli is set.

    percent: of the request, as a whole number. average_milli: thousandths of a core or of a byte, as the controller counts.
    """

    resource: str
    percent: int | None = None
    average_milli: int | None = None
    container: str = ""


class Tolerance(Struct, frozen=True):
    """How far from the goal nothing is done, each way."""

    down: float = TOLERANCE
    up: float = TOLERANCE

    def holds(self, ratio: float) -> bool:
        """Whether usage is near enough to the goal."""
        return (1.0 - self.down) <= ratio <= (1.0 + self.up)


class Group(Struct, frozen=True):
    """So many pods alike, for one metric, amounts in thousandths of a core or of a byte.

    request None: a container has none. used None: no sample.
    unready: Pending; for CPU also not ready yet, or ready for less than one window of the sample.
    """

    pods: int
    request: int | None
    used: int | None
    unready: bool = False


class NoProposal(Struct, frozen=True):
    """The metric is `<unknown>`, and why."""

    because: str


class _Sum(Struct, frozen=True):
    """Usage and requests of the pods that count."""

    pods: int = 0
    used: int = 0
    requested: int = 0

    def plus(self, group: Group, used_each: int) -> "_Sum":
        """With a group that is taken to use this much."""
        requested = self.requested + (group.request or 0) * group.pods
        return _Sum(self.pods + group.pods, self.used + used_each * group.pods, requested)

    def ratio(self, goal: Goal) -> float:
        """Usage to goal; the percentage is cut off to a whole number first, as the controller does."""
        if goal.percent is not None:
            return (self.used * 100 // self.requested) / goal.percent
        return (self.used // self.pods) / (goal.average_milli or 1)


def used_percent(groups: Sequence[Group]) -> int | None:
    """The percentage that `kubectl get hpa` shows; None where it shows `<unknown>`."""
    counted = _counted(groups)
    return counted.used * 100 // counted.requested if counted.requested else None


def proposed(groups: Sequence[Group], goal: Goal, current: int, tolerance: Tolerance) -> int | NoProposal:
    """How many pods this metric asks for."""
    counted = _counted(groups)
    if not counted.pods:
        return NoProposal("no pod has a sample yet that counts")
    if goal.percent is not None and any(group.request is None for group in groups):
        return NoProposal(f"a container has no request for {goal.resource}: its share can't be computed")
    if goal.percent is not None and not counted.requested:
        return NoProposal(f"the request for {goal.resource} is 0")
    ratio = counted.ratio(goal)
    unready = [group for group in groups if group.unready]
    missing = [group for group in groups if not group.unready and group.used is None]
    if not missing and not (unready and ratio > 1.0):
        return current if tolerance.holds(ratio) else math.ceil(ratio * counted.pods)
    return _damped(counted, ratio, goal, (missing, unready), current, tolerance)


def _damped(
    counted: _Sum,
    ratio: float,
    goal: Goal,
    unseen: tuple[Sequence[Group], Sequence[Group]],
    current: int,
    tolerance: Tolerance,
) -> int:
    """Pods without a sample use nothing on the way up and their whole request on the way down; unready ones nothing on the way up."""
    missing, unready = unseen
    for group in missing:
        if ratio < 1.0:
            counted = counted.plus(group, _fallback(group, goal))
        elif ratio > 1.0:
            counted = counted.plus(group, 0)
    for group in unready if ratio > 1.0 else ():
        counted = counted.plus(group, 0)
    again = counted.ratio(goal)
    turns = (ratio < 1.0 < again) or (again < 1.0 < ratio)
    if tolerance.holds(again) or turns:
        return current
    wanted = math.ceil(again * counted.pods)
    goes_the_other_way = (again < 1.0 and wanted > current) or (again > 1.0 and wanted < current)
    return current if goes_the_other_way else wanted


def _fallback(group: Group, goal: Goal) -> int:
    if goal.percent is None:
        return goal.average_milli or 0
    return (group.request or 0) * max(100, goal.percent) // 100


def _counted(groups: Sequence[Group]) -> _Sum:
    counted = _Sum()
    for group in groups:
        if group.used is not None and not group.unready:
            counted = counted.plus(group, group.used)
    return counted


def together(proposals: Sequence[int | NoProposal], current: int) -> int | NoProposal:
    """The largest of the proposals. Where one metric is `<unknown>` the others may add pods and never take any away.

    horizontal.go, computeReplicasForMetrics.
    """
    known = [one for one in proposals if isinstance(one, int)]
    unknown = [one for one in proposals if isinstance(one, NoProposal)]
    if not known:
        return unknown[0] if unknown else NoProposal("it has no metric that can be foretold")
    largest = max(known)
    return unknown[0] if unknown and largest < current else largest

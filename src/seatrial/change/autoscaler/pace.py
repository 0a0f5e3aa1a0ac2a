"""How fast the autoscaler follows a proposal: stabilisation windows, scaling policies, and its two bounds.

Kubernetes 1.35, pkg/controller/podautoscaler/horizontal.go: stabilizeRecommendation and convertDesiredReplicasWithRules where the
autoscaler has no `behavior`, stabilizeRecommendationWithBehaviors and convertDesiredReplicasWithBehaviorRate where it has one.
"""

import math

from msgspec import Struct

from seatrial.change.autoscaler.arithmetic import Goal, Tolerance

DOWN_WINDOW_S = 300.0
"""kube-controller-manager's --horizontal-pod-autoscaler-downscale-stabilization."""

SYNC_S = 15.0


class Policy(Struct, frozen=True):
    """At most so many pods, or such a share of them, in a period."""

    value: int
    period_s: float
    is_percent: bool


class Way(Struct, frozen=True):
    """One direction of `behavior`. select: Max, Min or Disabled."""

    window_s: float
    policies: tuple[Policy, ...]
    select: str = "Max"


UP = Way(0.0, (Policy(4, 15.0, False), Policy(100, 15.0, True)))
DOWN = Way(DOWN_WINDOW_S, (Policy(100, 15.0, True),))


class Rules(Struct, frozen=True):
    """What an autoscaler is asked to do. up and down are None where it has no `behavior`; unforeseen: metrics of other kinds."""

    name: str
    least: int
    most: int
    goals: tuple[Goal, ...]
    up: Way | None = None
    down: Way | None = None
    tolerance: Tolerance = Tolerance()
    unforeseen: tuple[str, ...] = ()

    def bounded(self, replicas: int) -> int:
        """Within its minimum and maximum."""
        return min(self.most, max(self.least, replicas))

    @property
    def memory_s(self) -> float:
        """How long a past recommendation or scaling still has a say."""
        ways = [way for way in (self.up, self.down) if way] or [UP, DOWN]
        return max(*(way.window_s for way in ways), *(one.period_s for way in ways for one in way.policies))


class _Past(Struct, frozen=True):
    """A recommendation, or by how much was scaled, and when."""

    at_s: float
    pods: int


class Pace:
    """What the controller remembers of one autoscaler. It begins with the replicas that it finds."""

    def __init__(self, rules: Rules, found: int, at_s: float) -> None:
        self._rules = rules
        self._recommended = [_Past(at_s, found)]
        self._ups: list[_Past] = []
        self._downs: list[_Past] = []

    def follows(self, wanted: int, current: int, at_s: float) -> int:
        """How many pods there will be after this look; remembered."""
        rules = self._rules
        oldest_s = at_s - rules.memory_s
        self._recommended = [one for one in self._recommended if one.at_s >= oldest_s]
        steady = self._steadied(wanted, current, at_s)
        self._recommended.append(_Past(at_s, wanted))
        scaled = self._limited(steady, current, at_s)
        if scaled != current:
            (self._ups if scaled > current else self._downs).append(_Past(at_s, abs(scaled - current)))
        return scaled

    def _steadied(self, wanted: int, current: int, at_s: float) -> int:
        up, down = self._rules.up, self._rules.down
        if up is None or down is None:
            recent = (one.pods for one in self._recommended if one.at_s >= at_s - DOWN_WINDOW_S)
            return max(wanted, *recent)
        lowest = min([wanted, *(one.pods for one in self._recommended if one.at_s > at_s - up.window_s)])
        highest = max([wanted, *(one.pods for one in self._recommended if one.at_s > at_s - down.window_s)])
        return min(max(current, lowest), highest)

    def _limited(self, wanted: int, current: int, at_s: float) -> int:
        rules = self._rules
        if rules.up is None or rules.down is None:
            # At most doubled, four at least: scaleUpLimitFactor and scaleUpLimitMinimum.
            return max(rules.least, min(wanted, rules.most, max(2 * current, 4)))
        if wanted > current:
            return min(wanted, rules.most, max(current, self._highest(rules.up, current, at_s)))
        if wanted < current:
            return max(wanted, rules.least, min(current, self._lowest(rules.down, current, at_s)))
        return wanted

    def _highest(self, way: Way, current: int, at_s: float) -> int:
        if way.select == "Disabled":
            return current
        limits = [
            math.ceil(began * (1 + policy.value / 100)) if policy.is_percent else began + policy.value
            for policy, began in self._began(way, current, at_s)
        ]
        return min(limits) if way.select == "Min" else max(limits)

    def _lowest(self, way: Way, current: int, at_s: float) -> int:
        if way.select == "Disabled":
            return current
        limits = [
            int(began * (1 - policy.value / 100)) if policy.is_percent else began - policy.value
            for policy, began in self._began(way, current, at_s)
        ]
        return max(limits) if way.select == "Min" else min(limits)

    def _began(self, way: Way, current: int, at_s: float) -> list[tuple[Policy, int]]:
        """Each policy, with the pods that there were when its period began."""
        return [
            (
                policy,
                current - _within(self._ups, at_s, policy.period_s) + _within(self._downs, at_s, policy.period_s),
            )
            for policy in way.policies
        ]


def _within(events: list[_Past], at_s: float, period_s: float) -> int:
    return sum(one.pods for one in events if one.at_s > at_s - period_s)

"""The course that an autoscaler takes, look by look, from what its pods use; and the counts of pods at which it would rest."""

from msgspec import Struct

from seatrial.change.autoscaler.arithmetic import Goal, Group, NoProposal, proposed, together, used_percent
from seatrial.change.autoscaler.pace import SYNC_S, Pace, Rules

CPU = "cpu"
LOOKS_MAX = 6000
"""More than a day of looks: coming down from hundreds of pods, five minutes a step, takes hours."""


class Part(Struct, frozen=True):
    """One container of each pod, amounts in bytes and millicores. A request of None is missing.

    memory_bytes: what each has, however many there are. cpu_millicores: the work of all of them together, shared out evenly.
    """

    name: str
    memory_request: int | None
    cpu_request: int | None
    memory_bytes: int
    cpu_millicores: int = 0


class WarmUp(Struct, frozen=True):
    """A program that starts burns CPU: before it is ready nobody counts that, afterwards the autoscaler does."""

    cpu_millicores: int
    lasts_s: float = 60.0


class Setting(Struct, frozen=True):
    """An autoscaler and the pods that it will find. parts: the JVM's container first; the warm-up is its.

    sampled_after_s: when metrics-server has two samples of a new pod. window_s: over which a CPU sample is taken.
    """

    rules: Rules
    parts: tuple[Part, ...]
    replicas: int
    warm_up: WarmUp | None = None
    ready_after_s: float = 30.0
    sampled_after_s: float = 30.0
    window_s: float = 15.0


class Step(Struct, frozen=True):
    """From this time on there are so many pods."""

    at_s: float
    replicas: int


class _Cohort(Struct, frozen=True):
    """Pods that began together."""

    pods: int
    began_s: float


def wanted(setting: Setting, replicas: int) -> int | NoProposal:
    """What it would ask for with this many pods, all warm and sampled; not bounded."""
    return _asked(setting, [_Cohort(replicas, -1e9)], 0.0)


def percent_of(setting: Setting, goal: Goal, replicas: int) -> int | None:
    """The share of the request that it would show with this many pods, all warm."""
    return used_percent(_groups(setting, goal, [_Cohort(replicas, -1e9)], 0.0))


def fixed_points(setting: Setting) -> tuple[int, ...]:
    """Every count at which it would leave things as they are."""
    rules = setting.rules
    counts = range(rules.least, rules.most + 1)
    return tuple(count for count in counts if _rests(rules, wanted(setting, count), count))


def _rests(rules: Rules, asked: int | NoProposal, count: int) -> bool:
    return isinstance(asked, NoProposal) or rules.bounded(asked) == count


def course(setting: Setting, *, all_warm: bool = False) -> tuple[Step, ...]:
    """The steps from the first look until nothing moves any more. all_warm: the pods have been there for long."""
    rules, replicas = setting.rules, setting.replicas
    cohorts = [_Cohort(replicas, -1e9 if all_warm else 0.0)]
    steps = [Step(0.0, replicas)]
    pace = Pace(rules, replicas, 0.0)
    for look in range(LOOKS_MAX):
        at_s = look * SYNC_S
        if at_s - steps[-1].at_s > _still_s(setting):
            break
        scaled = _next(setting, pace, cohorts, replicas, at_s)
        if scaled != replicas:
            cohorts = _changed(cohorts, scaled - replicas, at_s)
            replicas = scaled
            steps.append(Step(at_s, replicas))
    return tuple(steps)


def _still_s(setting: Setting) -> float:
    """Without a step for this long there will be none: everything is warm, and the past has no say any more."""
    warm_s = setting.warm_up.lasts_s if setting.warm_up else 0.0
    young_s = max(setting.ready_after_s + setting.window_s + warm_s, setting.sampled_after_s)
    return setting.rules.memory_s + young_s + 2 * SYNC_S


def _next(setting: Setting, pace: Pace, cohorts: list[_Cohort], replicas: int, at_s: float) -> int:
    """horizontal.go, reconcileAutoscaler: outside of its bounds it looks at no metric."""
    rules = setting.rules
    if replicas == 0:
        return 0
    if not rules.least <= replicas <= rules.most:
        return rules.bounded(replicas)
    asked = _asked(setting, cohorts, at_s)
    return replicas if isinstance(asked, NoProposal) else pace.follows(asked, replicas, at_s)


def _changed(cohorts: list[_Cohort], more: int, at_s: float) -> list[_Cohort]:
    """More pods begin now; of fewer, the youngest go first."""
    if more > 0:
        return [*cohorts, _Cohort(more, at_s)]
    kept, left = [], sum(one.pods for one in cohorts) + more
    for one in cohorts:
        pods = min(one.pods, left)
        left -= pods
        kept += [_Cohort(pods, one.began_s)] if pods else []
    return kept


def _asked(setting: Setting, cohorts: list[_Cohort], at_s: float) -> int | NoProposal:
    rules, replicas = setting.rules, sum(one.pods for one in cohorts)
    proposals: list[int | NoProposal] = [
        proposed(_groups(setting, goal, cohorts, at_s), goal, replicas, rules.tolerance) for goal in rules.goals
    ]
    return together(proposals, replicas)


def _groups(setting: Setting, goal: Goal, cohorts: list[_Cohort], at_s: float) -> list[Group]:
    parts = [part for part in setting.parts if goal.container in ("", part.name)]
    requests = [part.cpu_request if goal.resource == CPU else part.memory_request for part in parts]
    request = None if not parts or None in requests else _milli(goal, sum(one or 0 for one in requests))
    pods = sum(one.pods for one in cohorts)
    return [
        Group(
            one.pods,
            request,
            _used(setting, goal, parts, pods, at_s - one.began_s),
            goal.resource == CPU and at_s - one.began_s < setting.ready_after_s + setting.window_s,
        )
        for one in cohorts
    ]


def _used(setting: Setting, goal: Goal, parts: list[Part], pods: int, age_s: float) -> int | None:
    """What one pod of this age uses, in thousandths; None while there is no sample of it."""
    if age_s < setting.sampled_after_s:
        return None
    if goal.resource != CPU:
        return _milli(goal, sum(part.memory_bytes for part in parts))
    return sum(part.cpu_millicores for part in parts) // pods + _burnt(setting, parts, age_s)


def _burnt(setting: Setting, parts: list[Part], age_s: float) -> int:
    """What a young JVM burns beside its work."""
    warm_up = setting.warm_up
    if warm_up is None or setting.parts[0] not in parts:
        return 0
    return warm_up.cpu_millicores if age_s < setting.ready_after_s + warm_up.lasts_s + setting.window_s else 0


def _milli(goal: Goal, amount: int) -> int:
    """Millicores, or bytes, as the controller counts: Quantity.MilliValue."""
    return amount if goal.resource == CPU else 1000 * amount

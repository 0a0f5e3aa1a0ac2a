"""What can be counted in a story: phases and their durations, pods, and the series of the charts."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from seatrial.lifecycle import ENDS, Phase
from seatrial.model import events as e
from seatrial.model.events import Entry, PodSeen
from seatrial.model.plan import Plan
from seatrial.report.parts import Counts, Estimate, PodStory, Point, Series, Stage, Threshold, Tone
from seatrial.report.told import Told, events_of

_WITH_CHANGE = (Phase.APPLYING, Phase.WATCHING, Phase.PROVING, Phase.SOAKING, Phase.ACCEPTING)

POINTS_MAX = 1440
"""Points of one series in a story: a week of minutes stays below a megabyte of JSON, and no chart is wider."""

# The runbook's own estimate ("5 / 1 / 3-5 / 10 minutes"); waiting for a person's yes is nobody's estimate, so it is left out.
_ESTIMATES: tuple[tuple[str, float, float, tuple[Phase, ...]], ...] = (
    ("preparation", 300, 300, (Phase.PREFLIGHT, Phase.BASELINE, Phase.CHANGE)),
    ("apply", 60, 60, (Phase.READY, Phase.APPLYING)),
    ("rollout", 180, 300, (Phase.WATCHING,)),
    ("verification", 600, 600, (Phase.PROVING,)),
)


def stages(told: Sequence[Told]) -> tuple[Stage, ...]:
    """Every phase in the order in which it was entered. The newest one lasts until the newest entry."""
    if not told:
        return ()
    entered = [(told[0].entry.at, told[0].phase)]
    entered += [(one.entry.at, one.state.phase) for one in told if one.state.phase is not one.phase]
    applied_at, last_at = told[-1].state.applied_at, told[-1].entry.at
    return tuple(
        Stage(
            phase,
            began,
            ended=left,
            lasted_s=((left or last_at) - began).total_seconds(),
            offset_s=(began - applied_at).total_seconds() if applied_at else None,
        )
        for (began, phase), left in zip(entered, [at for at, _phase in entered[1:]] + [None], strict=True)
        if phase not in ENDS
    )


def estimates(gone_through: Sequence[Stage]) -> tuple[Estimate, ...]:
    """The runbook's four estimates, with what was measured."""
    return tuple(
        Estimate(name, low_s, high_s, _measured(phases, gone_through)) for name, low_s, high_s, phases in _ESTIMATES
    )


def _measured(phases: Sequence[Phase], gone_through: Iterable[Stage]) -> float | None:
    spent = [stage.lasted_s for stage in gone_through if stage.phase in phases]
    return sum(spent) if spent else None


def counts(entries: Sequence[Entry]) -> Counts | None:
    """The newest sample's counts."""
    newest = next((entry for entry in reversed(entries) if isinstance(entry.event, e.Sampled)), None)
    if newest is None or not isinstance(newest.event, e.Sampled):
        return None
    seen = newest.event
    return Counts(newest.at, seen.replicas, seen.updated, seen.ready, seen.hpa_replicas, seen.hpa_targets)


def pods(told: Sequence[Told]) -> tuple[PodStory, ...]:
    """Every pod that was seen: those still there first, new ones before old ones."""
    newest = next((one.event for one in reversed(told) if isinstance(one.event, e.Sampled)), None)
    there = {pod.name for pod in (newest.pods if newest else ())}
    first: dict[str, datetime] = {}
    last: dict[str, tuple[datetime, PodSeen]] = {}
    used: dict[str, int] = {}
    peak: dict[str, int] = {}
    for at, pod in _pods_seen(told):
        first.setdefault(pod.name, at)
        last[pod.name] = (at, pod)
        if pod.memory_bytes is not None:
            used[pod.name] = pod.memory_bytes
            peak[pod.name] = max(pod.memory_bytes, peak.get(pod.name, 0))
    new = newcomers(told)
    stories = (
        PodStory(pod, name in new, first[name], at, name not in there, used.get(name), peak.get(name))
        for name, (at, pod) in last.items()
    )
    return tuple(sorted(stories, key=lambda one: (one.gone, not one.new, one.first_at, one.last.name)))


def newcomers(told: Sequence[Told]) -> frozenset[str]:
    """The pods that the change brought.

    A sample knows only the newest ReplicaSet: before the change, and after a rollback, that is the old one. What counts is
    what the watch between the two said last; right after the apply it may still have taken the old one for the newest.
    """
    seen = (
        pod for one in told if one.phase in _WITH_CHANGE and isinstance(one.event, e.Sampled) for pod in one.event.pods
    )
    newest = {pod.name: pod.new for pod in seen}
    return frozenset(name for name, new in newest.items() if new)


def memory_series(told: Sequence[Told]) -> tuple[Series, ...]:
    """The working set of each pod; of a long watch the peaks."""
    return _by_pod(((at, pod.name, pod.memory_bytes) for at, pod in _pods_seen(told)), newcomers(told), thinned)


def restart_series(told: Sequence[Told]) -> tuple[Series, ...]:
    """The restarts of each pod."""
    return _by_pod(((at, pod.name, pod.restarts) for at, pod in _pods_seen(told)), newcomers(told), changes)


def replica_series(entries: Iterable[Entry]) -> tuple[Series, ...]:
    """All pods, those of the newest ReplicaSet, and the ready ones; and how many the autoscaler wants."""
    samples = events_of(e.Sampled, entries)
    lines: tuple[tuple[str, list[int | None]], ...] = (
        ("all", [one.replicas for _entry, one in samples]),
        ("updated", [one.updated for _entry, one in samples]),
        ("ready", [one.ready for _entry, one in samples]),
        ("HPA wants", [one.hpa_replicas for _entry, one in samples]),
    )
    series = (
        Series(
            name, changes([Point(entry.at, n) for (entry, _), n in zip(samples, seen, strict=True) if n is not None])
        )
        for name, seen in lines
    )
    return tuple(one for one in series if one.points)


def thinned(points: Sequence[Point], most: int = POINTS_MAX) -> tuple[Point, ...]:
    """At most so many points; of each bucket the highest stays, so that no peak is lost, and the first and last always."""
    if len(points) <= most:
        return tuple(points)
    size = math.ceil((len(points) - 2) / (most - 2))
    inner = points[1:-1]
    peaks = (max(inner[i : i + size], key=lambda p: p.value) for i in range(0, len(inner), size))
    return (points[0], *peaks, points[-1])


def changes(points: Sequence[Point]) -> tuple[Point, ...]:
    """Where a count changes, and its two ends: what lies between says nothing new."""
    kept = [point for before, point in pairwise(points) if before.value != point.value]
    last = [] if len(points) < 2 or (kept and kept[-1] == points[-1]) else [points[-1]]
    return (*points[:1], *kept, *last)


def memory_marks(plan: Plan | None) -> tuple[Threshold, ...]:
    """The plan's own figures for a pod's memory."""
    expected = plan.expect.memory if plan else None
    if expected is None:
        return ()
    marks = (
        ("usual, from", expected.usual_low_bytes, Tone.CALM),
        ("usual, up to", expected.usual_high_bytes, Tone.CALM),
        ("warn above", expected.warn_above_bytes, Tone.WARY),
        ("fail above", expected.fail_above_bytes, Tone.BAD),
    )
    return tuple(Threshold(label, size, tone) for label, size, tone in marks if size is not None)


def _pods_seen(told: Iterable[Told]) -> Iterator[tuple[datetime, PodSeen]]:
    return ((one.entry.at, pod) for one in told if isinstance(one.event, e.Sampled) for pod in one.event.pods)


def _by_pod(
    values: Iterable[tuple[datetime, str, float | None]],
    new: frozenset[str],
    shorten: Callable[[Sequence[Point]], tuple[Point, ...]],
) -> tuple[Series, ...]:
    points: dict[str, list[Point]] = {}
    for at, name, value in values:
        if value is not None:
            points.setdefault(name, []).append(Point(at, value))
    return tuple(Series(name, shorten(seen), name in new) for name, seen in points.items())

"""Watch: follow the rollout until every new pod serves, or until a rule proves that it never will."""

import asyncio
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from seatrial.change.objects import annotations, at, reads, ref_of
from seatrial.judge.reading import REVISION, revision
from seatrial.judge.rollout import (
    LogWanted,
    MemoryPeak,
    OomKills,
    RolloutTerms,
    Sightings,
    judge,
    logs_wanted,
    remember,
)
from seatrial.lifecycle import Phase, State, fold
from seatrial.model.events import (
    Judged,
    Milestone,
    RevisionSeen,
    RolloutHealthy,
    Superseded,
    WentOn,
)
from seatrial.model.judgement import Judgement, Verdict, verdict_of
from seatrial.model.kube import PodMetrics
from seatrial.model.observation import LogTail, Look, ObjectRef
from seatrial.model.plan import Plan
from seatrial.model.quantities import in_bytes
from seatrial.run import asking
from seatrial.run.following import Following
from seatrial.run.sampling import milestone, sample_of, selector_of
from seatrial.run.steps.baseline import applied, recorded, rendered_bodies
from seatrial.run.tools import Outcome, Tools, workload_of

LOG_LINES = 60
TICK_S = 5.0
"""A look that has not changed is judged again when the first waiting time in it is over, and at least this often."""

SOON_S = 0.02
METRICS_EVERY_S = 15.0
"""metrics-server's usual resolution."""
USAGE_WITHIN_S = 2.0
LOGS_WITHIN_S = 2.0
"""A log that does not come at once is left to the next look: it names the cause, it does not decide."""


class Seen(Struct):
    """What a step remembers from look to look; lost in a crash, and rebuilt from the next looks."""

    sightings: Sightings = Sightings()
    told: frozenset[tuple[str, str, str]] = frozenset()
    milestone: str = ""
    sampled: str = ""
    measured_at: datetime | None = None
    metrics: tuple[PodMetrics, ...] = ()
    number: int = -1
    again_at: datetime | None = None
    logs: dict[tuple[str, str, int], LogTail] = {}
    environment: frozenset[ObjectRef] | None = None
    peaks: dict[tuple[str, str], int] = {}
    oom_kills: tuple[OomKills, ...] = ()
    revision_left: str | None = None

    def measure(self, metrics: tuple[PodMetrics, ...]) -> None:
        """Keep the highest working set of each container: what a kill leaves no other trace of (D28)."""
        for pod in metrics:
            for one in pod.containers or ():
                key = (pod.metadata.name, one.name)
                self.peaks[key] = max(self.peaks.get(key, 0), in_bytes((one.usage or {}).get("memory", 0)))


async def watch(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Judge each look until the rollout is healthy, doomed, or taken out of our hands."""
    seen = Seen()
    async with Following(tools.reads, workload_of(plan), tools.attention) as following:
        while True:
            following.check()
            state = fold(tools.journal.entries())
            if (look := following.latest) and _is_due(tools, seen, following):
                outcome = await _take_look(plan, state, tools, seen, look)
                if outcome:
                    return outcome
            state = fold(tools.journal.entries())
            outcome = asking.interrupted(state, tools) or asking.spoken(tools)
            outcome = outcome or asking.unanswered(plan, state, tools, following.latest)
            if outcome:
                return outcome
            due_s = (seen.again_at - tools.clock.now()).total_seconds() if seen.again_at else TICK_S
            await tools.attention.wait(max(SOON_S, min(due_s, asking.left_s(plan, state, tools))))


def _is_due(tools: Tools, seen: Seen, following: Following) -> bool:
    """Whether there is something new to judge: a look, or a time that has run out."""
    fresh = following.number != seen.number
    seen.number = following.number
    return fresh or seen.again_at is None or tools.clock.now() >= seen.again_at


async def _take_look(plan: Plan, state: State, tools: Tools, seen: Seen, look: Look) -> Outcome | None:
    look = replace(look, at=max(look.at, tools.clock.now()))
    judgements = await judge_rollout(plan, state, tools, seen, look)
    soonest_s = min((one.waits_s for one in judgements if one.waits_s and one.waits_s > 0), default=TICK_S)
    seen.again_at = tools.clock.now() + timedelta(seconds=min(soonest_s, TICK_S))
    outcome = _outcome(plan, state, tools, look, judgements)
    # After the decision, so that no metrics API can delay it.
    await keep_milestone(plan, tools, seen, look)
    return outcome


def _outcome(plan: Plan, state: State, tools: Tools, look: Look, judgements: tuple[Judgement, ...]) -> Outcome | None:
    foreign = superseded(state, tools, look, judgements)
    if foreign:
        return foreign
    counted = asking.unwaived(judgements, state)
    back = asking.rolled_back_by_rule(plan, counted)
    if back:
        return back
    verdict = verdict_of(counted)
    if verdict is Verdict.PASS:
        return RolloutHealthy("; ".join(one.because for one in counted if one.verdict is Verdict.PASS)[:400])
    if verdict in (Verdict.FAIL, Verdict.HOLD) or _is_over(plan, state, tools):
        asking.question(plan, tools, counted)
    elif state.asked:
        asking.question(plan, tools, ())
    elif state.waived and verdict_of(judgements) is Verdict.FAIL:
        return WentOn("a person took the failing rules upon himself", "a person")
    return None


async def judge_rollout(plan: Plan, state: State, tools: Tools, seen: Seen, look: Look) -> tuple[Judgement, ...]:
    """All rollout rules on one look, with the logs that they want; what is new is journaled, and shown."""
    terms = terms_of(plan, state, tools, seen)
    seen.sightings = remember(seen.sightings, look)
    logs = await _logs(plan, tools, seen, look, terms)
    judgements = judge(replace(look, logs=logs), terms, seen.sightings)
    tools.show(judgements)
    tell(tools, "rollout", seen, judgements)
    return judgements


async def keep_milestone(plan: Plan, tools: Tools, seen: Seen, look: Look) -> None:
    """The timeline's next line, where the pods' states have become others."""
    line = milestone(look)
    if line != seen.milestone:
        seen.milestone = line
        tools.journal.append(Milestone(line))
        tools.journal.append(sample_of(look, await _usage(plan, tools, seen, look)))


async def _usage(plan: Plan, tools: Tools, seen: Seen, look: Look) -> tuple[PodMetrics, ...]:
    """The pods' usage, asked for no more often than metrics-server samples it; metrics have no watch."""
    now = tools.clock.now()
    if seen.measured_at is None or (now - seen.measured_at).total_seconds() >= METRICS_EVERY_S:
        seen.measured_at = now
        asked = tools.reads.pod_metrics(plan.target.namespace, selector_of(look))
        try:
            found = await tools.clock.within(USAGE_WITHIN_S, asked)
        except TimeoutError:
            found = ()
        seen.metrics = found if isinstance(found, tuple) else ()
        seen.measure(seen.metrics)
    return seen.metrics


def tell(tools: Tools, family: str, seen: Seen, judgements: tuple[Judgement, ...]) -> None:
    """Journal a look's judgements where a verdict changed; a remaining time that runs down is no change."""
    now = frozenset((one.rule, one.about, one.verdict.value) for one in judgements)
    kept = frozenset(one for one in seen.told if one[0].startswith("family:") and one[0] != f"family:{family}")
    mark = frozenset((f"family:{family}", f"{rule} {about}", verdict) for rule, about, verdict in now)
    if mark | kept != seen.told:
        seen.told = mark | kept
        tools.journal.append(Judged(family, judgements))


def terms_of(plan: Plan, state: State, tools: Tools, seen: Seen) -> RolloutTerms:
    """What the rollout's rules are told besides the look."""
    written_at = None
    if state.applied_at and _environment_changed(plan, state, tools, seen):
        written_at = state.applied_at
    return RolloutTerms(
        applied_at=state.applied_at,
        timeout_s=plan.rollout.timeout_s + _since_the_rollout_s(state, tools),
        graces=plan.rollout.graces,
        environment_written_at=written_at,
        baseline_serving=state.serving_before,
        ready_floor=plan.expect.pods_ready,
        memory_peaks=tuple(MemoryPeak(pod, container, size) for (pod, container), size in seen.peaks.items()),
        oom_kills=seen.oom_kills,
        revision_left=_revision_left(plan, tools, seen),
    )


def _revision_left(plan: Plan, tools: Tools, seen: Seen) -> str:
    """The Deployment's revision before the apply; empty where the apply left its pod template as it was."""
    if seen.revision_left is None:
        ref = workload_of(plan)
        before, now = recorded(tools, ref), applied(tools, ref)
        changed = before and now and at(before, "spec", "template") != at(now, "spec", "template")
        seen.revision_left = annotations(before).get(REVISION, "") if before and changed else ""
    return seen.revision_left


def _since_the_rollout_s(state: State, tools: Tools) -> float:
    """After the rollout its time no longer runs: what an autoscaler adds an hour later has its own budgets."""
    if state.phase is Phase.WATCHING or state.applied_at is None:
        return 0.0
    return (tools.clock.now() - state.applied_at).total_seconds()


def superseded(state: State, tools: Tools, look: Look, judgements: tuple[Judgement, ...]) -> Superseded | None:
    """Somebody else's rollout, told by the Deployment's uid and revision; ours is noted when it is first observed."""
    live = look.deployment
    if live is None:
        gone = not look.is_blind_for("deployment")
        return Superseded("the Deployment was deleted by somebody else") if gone and state.revision else None
    if live.status.observed_generation < live.metadata.generation or not revision(live.metadata):
        return None
    now = RevisionSeen(str(revision(live.metadata)), live.metadata.uid)
    if state.revision is None:
        if not any(one.rule == "spec-observed" and one.verdict is Verdict.WAIT for one in judgements):
            tools.journal.append(now)
        return None
    if now.uid != state.revision.uid:
        return Superseded("the Deployment was deleted and made anew by somebody else")
    if now.revision != state.revision.revision:
        return Superseded(f"somebody rolled out revision {now.revision} over ours, {state.revision.revision}")
    return None


def _is_over(plan: Plan, state: State, tools: Tools) -> bool:
    since = state.since.get(state.phase)
    return since is not None and (tools.clock.now() - since).total_seconds() > plan.rollout.timeout_s


def _environment_changed(plan: Plan, state: State, tools: Tools, seen: Seen) -> bool:
    """Whether a Secret or ConfigMap that the pods read keeps its name and was written by this run."""
    if seen.environment is None:
        body = next((one for one in rendered_bodies(tools) if ref_of(one) == workload_of(plan)), None)
        seen.environment = frozenset(source.ref for source in reads(body)) if body else frozenset()
    done = (write for write in state.writes.values() if write.done and write.done.word == "configured")
    return any(write.intended.ref in seen.environment for write in done)


async def _logs(plan: Plan, tools: Tools, seen: Seen, look: Look, terms: RolloutTerms) -> tuple[LogTail, ...]:
    """The logs of containers that ended, each life's log read once, all at once."""
    wants = {_life(look, one): one for one in logs_wanted(look, terms)}
    missing = [(life, want) for life, want in wants.items() if life not in seen.logs]
    tails = await asyncio.gather(*(_tail(plan, tools, want) for _, want in missing))
    found = {life: tail for (life, _), tail in zip(missing, tails, strict=True) if tail}
    # What no container wants any more is forgotten.
    seen.logs = {life: log for life, log in (seen.logs | found).items() if life in wants}
    return tuple(seen.logs.values())


async def _tail(plan: Plan, tools: Tools, want: LogWanted) -> LogTail | None:
    read = tools.reads.previous_log if want.previous else tools.reads.log
    asked = read(plan.target.namespace, want.pod, want.container, LOG_LINES)
    try:
        tail = await tools.clock.within(LOGS_WITHIN_S, asked)
    except TimeoutError:
        return None
    return tail if isinstance(tail, LogTail) else None


def _life(look: Look, want: LogWanted) -> tuple[str, str, int]:
    """A container, and how often it was started: its log changes with that and with nothing else."""
    pod = next(one for one in look.pods if one.metadata.name == want.pod)
    statuses = (*(pod.status.init_container_statuses or ()), *(pod.status.container_statuses or ()))
    count = next((one.restart_count for one in statuses if one.name == want.container), 0)
    return want.pod, want.container, 2 * count + want.previous

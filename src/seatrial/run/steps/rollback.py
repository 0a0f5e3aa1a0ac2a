"""Roll back to the recorded baseline, keep the evidence beside it, and compare before it is called verified."""

import asyncio

from seatrial.change.objects import at, ref_of
from seatrial.change.restore import differs_from_record, way_back
from seatrial.change.stamp import RESTARTED_AT, restarted
from seatrial.judge.baseline import compare, standing_of
from seatrial.judge.reading import fleet, seats
from seatrial.judge.rollback import Returned, RollbackTerms, judge
from seatrial.lifecycle import Phase, State
from seatrial.model.events import (
    Compared,
    EvidenceTaken,
    Judged,
    Kept,
    Milestone,
    RollbackApplied,
    RollbackDecided,
    RollbackFailed,
    RollbackVerified,
    Superseded,
)
from seatrial.model.judgement import Judgement, Verdict, deciding, verdict_of
from seatrial.model.observation import CouldNotLook, Look, ObjectRef
from seatrial.model.plan import Plan
from seatrial.model.writes import Body
from seatrial.run import asking
from seatrial.run.evidence import take_evidence
from seatrial.run.following import Following
from seatrial.run.sampling import milestone, sample_of, selector_of
from seatrial.run.steps.baseline import applied, name_of, recorded, rendered_bodies, standing_before
from seatrial.run.tools import Leave, Outcome, Tools, workload_of
from seatrial.run.writing import Build, Stopped, put, remove, same_hands

VERIFY_ROUND_S = 2.0
REVISION_LEFT = "revision-left"
OURS = (("spec", "template", "metadata", "annotations", RESTARTED_AT),)
"""The restart annotation that a rollback needs where only a Secret differs: it is ours, and may stay."""


async def roll_back(plan: Plan, state: State, tools: Tools) -> Outcome:
    """The autoscaler that we made goes first, then each object as it was; evidence is taken beside it and delays nothing."""
    evidence = asyncio.create_task(take_evidence(plan, tools))
    try:
        return await _write_back(plan, state, tools)
    finally:
        await _finish_evidence(tools, evidence)


async def _write_back(plan: Plan, state: State, tools: Tools) -> Outcome:
    refs = [ref_of(body) for body in rendered_bodies(tools)]
    records = {ref: recorded(tools, ref) for ref in refs}
    lives = await _lives(tools, refs)
    if isinstance(lives, str):
        return RollbackFailed(lives)
    if _somebody_elses(plan, state, tools, lives):
        return Superseded(
            f"{workload_of(plan)}: somebody else changed it since; the rollback leaves everything to them"
        )
    when = state.since[Phase.ROLLING_BACK]
    armed = await _old_pods_run_the_new_environment(plan, state, tools)
    failed = []
    for step in way_back(records, lives, when):
        again = armed and step.ref == workload_of(plan) and step.body is not None
        body = restarted(step.body, when) if again and step.body else step.body
        if body and step.ref == workload_of(plan) and step.ref in lives:
            _note_revision_left(tools, state, lives[step.ref], body)
        stopped = await _step_back(tools, step.ref, body, records[step.ref])
        if stopped and stopped.foreign and step.ref == workload_of(plan):
            return Superseded(f"{step.ref}: {stopped.because}; the rollback leaves it to them")
        if stopped:
            failed.append(f"{step.ref}: {stopped.because}")
    return RollbackFailed("; ".join(failed)) if failed else RollbackApplied()


async def _lives(tools: Tools, refs: list[ObjectRef]) -> dict[ObjectRef, Body] | str:
    """The objects as they are now, or why they can't be seen."""
    found = await asyncio.gather(*(tools.reads.get(ref) for ref in refs))
    for ref, live in zip(refs, found, strict=True):
        if isinstance(live, CouldNotLook):
            return f"{ref}: could not be looked at: {live.because}"
    return {ref: live for ref, live in zip(refs, found, strict=True) if isinstance(live, dict)}


async def _step_back(tools: Tools, ref: ObjectRef, body: Body | None, record: Body | None) -> Stopped | None:
    """One object back to its record, or away where there was none."""
    if body is None:
        return await remove(tools, ref, applied(tools, ref))
    done = await put(tools, ref, _as_it_is(body), applied(tools, ref) or record)
    if isinstance(done, Stopped):
        return done
    tools.store.seal(f"applied-{name_of(ref)}", done)
    return None


async def verify(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Compare every object with its record and wait until the old pods serve; then say so, with the comparison."""
    began = state.since[Phase.VERIFYING]
    told, line = frozenset[tuple[str, str]](), ""
    async with Following(tools.reads, workload_of(plan), tools.attention) as following:
        while True:
            following.check()
            if look := following.latest:
                judgements = await _judge_back(tools, state, look)
                tools.show(judgements)
                now = frozenset((one.rule + one.about, one.verdict.value) for one in judgements)
                if now != told:
                    told = now
                    tools.journal.append(Judged("rollback", judgements))
                if milestone(look) != line:
                    line = milestone(look)
                    tools.journal.append(Milestone(line))
                    tools.journal.append(sample_of(look, ()))
                if verdict_of(judgements) is Verdict.PASS:
                    await _compare(plan, tools, look)
                    return RollbackVerified(_verified(judgements))
                if (tools.clock.now() - began).total_seconds() > plan.rollback.verify_timeout_s:
                    return RollbackFailed(
                        f"not back after {plan.rollback.verify_timeout_s:.0f} s: {_gravest(judgements)}"
                    )
            if left := asking.interrupted(state, tools):
                return left
            await tools.attention.wait(VERIFY_ROUND_S)


async def needs_person(plan: Plan, state: State, tools: Tools) -> Outcome:
    """A rollback that failed is tried again only when a person says so."""
    for word in tools.attention.words():
        if word.word == "keep":
            return Kept(word.because, by=word.by)
        if word.word in ("retry", "rollback", "abort"):
            return RollbackDecided("person", word.because or "tried again", by=word.by)
    return Leave("held")


async def _judge_back(tools: Tools, state: State, look: Look) -> tuple[Judgement, ...]:
    refs = [ref_of(body) for body in rendered_bodies(tools)]
    lives = await asyncio.gather(*(tools.reads.get(ref) for ref in refs))
    returned = tuple(_returned(tools, ref, live) for ref, live in zip(refs, lives, strict=True))
    left = str(tools.store.unseal().get(REVISION_LEFT, {}).get("revision", ""))
    return judge(returned, look, RollbackTerms(state.replicas_before, state.serving_before, left))


def _note_revision_left(tools: Tools, state: State, live: Body, back: Body) -> None:
    """Which revision the Deployment has to leave: the change's, where it was observed and going back changes the pod template."""
    if state.revision and at(live, "spec", "template") != at(back, "spec", "template"):
        tools.store.seal(REVISION_LEFT, {"revision": state.revision.revision})


def _returned(tools: Tools, ref: ObjectRef, live: Body | CouldNotLook | None) -> Returned:
    """One object against its record."""
    record = recorded(tools, ref)
    match live:
        case CouldNotLook():
            return Returned(str(ref), unseen=live)
        case None:
            return Returned(str(ref), () if record is None else ("it is not there",), gone=record is None)
        case _ if record is None:
            return Returned(str(ref), ("it is still there",))
        case _:
            return Returned(str(ref), differs_from_record(record, live, apart=OURS))


async def _compare(plan: Plan, tools: Tools, look: Look) -> None:
    metrics = await tools.reads.pod_metrics(plan.target.namespace, selector_of(look))
    found = metrics if isinstance(metrics, tuple) else ()
    after = standing_of(look, found, {})
    tools.journal.append(Compared(compare(standing_before(tools), after)))


async def _finish_evidence(tools: Tools, evidence: asyncio.Task[EvidenceTaken]) -> None:
    """Ten seconds at most, counted from when the writes are done."""
    try:
        tools.journal.append(await tools.clock.within(tools.evidence_s, evidence))
    except TimeoutError:
        late = CouldNotLook(tools.clock.now(), "evidence", f"not all of it came within {tools.evidence_s:.0f} s")
        tools.journal.append(EvidenceTaken((), (late,)))


def _somebody_elses(plan: Plan, state: State, tools: Tools, lives: dict[ObjectRef, Body]) -> bool:
    """Whether the workload is no longer what we made of it. An unanswered write of ours is looked at when it is sent again."""
    ref = workload_of(plan)
    ours, live = applied(tools, ref), lives.get(ref)
    unanswered = any(one.intended.ref == ref and not one.done and not one.failed for one in state.writes.values())
    return ours is not None and live is not None and not unanswered and not same_hands(ours, live)


async def _old_pods_run_the_new_environment(plan: Plan, state: State, tools: Tools) -> bool:
    """Whether a pod of an old ReplicaSet started a container after the apply: it has read the new Secret, and going back to its
    template would leave it running with it (D26). Then the pods are restarted too."""
    look = await tools.reads.look(workload_of(plan))
    since = state.applied_at
    if since is None or look.is_blind_for("pods"):
        return True
    found = fleet(look)
    starts = [
        seat.running_since or max((end.started_at for end in seat.endings if end.started_at), default=None)
        for pod in found.old
        for seat in seats(pod)
    ]
    return any(start is not None and start >= since.replace(microsecond=0) for start in starts)


def _as_it_is(body: Body) -> Build:
    return lambda live: body


def _verified(judgements: tuple[Judgement, ...]) -> str:
    objects = sum(one.rule == "objects-restored" for one in judgements)
    others = "; ".join(one.because for one in judgements if one.rule != "objects-restored")
    return f"all {objects} objects are as they were recorded; {others}"


def _gravest(judgements: tuple[Judgement, ...]) -> str:
    one = deciding(judgements)
    return f"{one.about}: {one.because}" if one else "nothing could be judged"

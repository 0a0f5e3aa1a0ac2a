"""Prove: look into every pod until each expectation of the plan is seen, or one is seen to be wrong."""

from datetime import datetime, timedelta

from seatrial.judge import autoscaling
from seatrial.judge import proof as proof_rules
from seatrial.judge.autoscaling import AutoscalerTerms
from seatrial.judge.baseline import compare, standing_of
from seatrial.judge.criteria import judged_for
from seatrial.lifecycle import Phase, State, fold
from seatrial.model.events import Compared, CriterionMet, JvmSeen, ProofGiven, Warned
from seatrial.model.judgement import Judgement, Verdict, verdict_of
from seatrial.model.observation import Look
from seatrial.model.plan import Criterion, Plan
from seatrial.model.quantities import say_s
from seatrial.model.writes import Body
from seatrial.run import asking
from seatrial.run.following import Following
from seatrial.run.gathering import Gathered, gather, helper_kills
from seatrial.run.sampling import sample_of
from seatrial.run.steps.baseline import rendered_bodies, standing_before
from seatrial.run.steps.watch import Seen, judge_rollout, keep_milestone, superseded, tell
from seatrial.run.tools import Outcome, Tools, workload_of

ROUND_S = 5.0
"""Between two rounds of looking into the pods: metrics are sampled every 15 s, health answers at once."""

ABSENCES = frozenset({"out-of-memory", "restarts", "events"})
"""Subjects that say "none in the time observed": they are ticked when due, not when first true."""


async def prove(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Gather and judge every few seconds; between two rounds the watch goes on, and a crash is seen at once."""
    seen, kept = Seen(), Gathered()
    next_round: datetime | None = None
    async with Following(tools.reads, workload_of(plan), tools.attention) as following:
        while True:
            following.check()
            state = fold(tools.journal.entries())
            look = following.latest
            outcome = asking.interrupted(state, tools) or asking.spoken(tools)
            outcome = outcome or asking.unanswered(plan, state, tools, look)
            if look and not outcome:
                outcome = await glance(plan, state, tools, seen, following)
            due = next_round is None or tools.clock.now() >= next_round
            if look and due and not outcome:
                judgements = await full_look(plan, state, tools, seen, kept, look)
                outcome = _decide(plan, tools, kept, look, judgements)
                next_round = _after(tools.clock.now(), ROUND_S)
            if outcome:
                return outcome
            await tools.attention.wait(1.0)


async def glance(plan: Plan, state: State, tools: Tools, seen: Seen, following: Following) -> Outcome | None:
    """The rollout's rules on a look that has not been judged yet; a rollback or somebody else's rollout ends the step."""
    look = following.latest
    if look is None or seen.number == following.number:
        return None
    seen.number = following.number
    judgements = await judge_rollout(plan, state, tools, seen, look)
    foreign = superseded(state, tools, look, judgements)
    outcome = foreign or asking.rolled_back_by_rule(plan, asking.unwaived(judgements, state))
    await keep_milestone(plan, tools, seen, look)
    return outcome


async def full_look(
    plan: Plan, state: State, tools: Tools, seen: Seen, kept: Gathered, look: Look
) -> tuple[Judgement, ...]:
    """Every rule of rollout, autoscaler and proof on one moment; journaled where something changed."""
    found = await gather(plan, tools, kept, look, state.applied_at)
    for jvm in found.jvms:
        if isinstance(jvm, JvmSeen) and f"jvm:{jvm.pod}" not in seen.sampled:
            seen.sampled += f" jvm:{jvm.pod}"
            tools.journal.append(jvm)
    metrics = found.metrics if isinstance(found.metrics, tuple) else ()
    seen.measure(metrics)
    seen.oom_kills = await helper_kills(plan, tools, look)
    tools.journal.append(sample_of(look, metrics))
    rollout = await judge_rollout(plan, state, tools, seen, look)
    proved = proof_rules.judge(found, plan)
    scaled = autoscaling.judge(look, autoscaler_terms(plan, state, tools))
    judgements = (*rollout, *proved, *scaled)
    tell(tools, "proof", seen, (*proved, *scaled))
    tools.show(judgements)
    _warn(state, tools, judgements)
    return asking.unwaived(judgements, state)


def autoscaler_terms(plan: Plan, state: State, tools: Tools) -> AutoscalerTerms:
    """What the autoscaler's rules are told besides the look."""
    workload = next((one for one in rendered_bodies(tools) if one.get("kind") == "Deployment"), {})
    return AutoscalerTerms(
        expected=plan.expect.autoscaler,
        applied_at=state.applied_at,
        declared_replicas=_replicas(workload),
        replicas_before=state.replicas_before,
    )


def tick_criteria(plan: Plan, tools: Tools, judgements: tuple[Judgement, ...], now: datetime) -> None:
    """Tick what this look shows to hold; a "none in the time observed" only when its time has come."""
    state = fold(tools.journal.entries())
    for criterion in plan.accept:
        due = state.applied_at is not None and (now - state.applied_at).total_seconds() >= criterion.by_s
        for subject in criterion.that:
            if (criterion.by_s, subject) in state.met or (subject in ABSENCES and not due):
                continue
            because = _shown(subject, judgements, state)
            if because:
                late = _late(criterion, subject, state, now)
                if late:
                    tools.journal.append(Warned("acceptance", f"{subject}: {late}"))
                tools.journal.append(CriterionMet(criterion.by_s, subject, f"{because}{late and ' (' + late + ')'}"))


LATE_S = 60.0
"""An absence is ticked by the first look after its time; a look later than this is late."""


def _late(criterion: Criterion, subject: str, state: State, now: datetime) -> str:
    """How much later than its time a criterion was first seen to hold; empty where it was in time."""
    grace_s = LATE_S if subject in ABSENCES else 0.0
    after_s = (now - state.applied_at).total_seconds() - criterion.by_s - grace_s if state.applied_at else 0.0
    return f"seen {say_s(after_s + grace_s)} after its time, {say_s(criterion.by_s)}" if after_s > 0 else ""


def _shown(subject: str, judgements: tuple[Judgement, ...], state: State) -> str:
    """The evidence for a subject, empty where it is not shown. An absence is shown by looks that could have seen it."""
    about = judged_for(subject, judgements)
    if about and verdict_of(about) is not Verdict.PASS:
        return ""
    if about:
        return about[0].because
    could_see = any(one.verdict is Verdict.PASS for one in judgements)
    blind = any(one.verdict is Verdict.UNKNOWN for one in judgements)
    if subject not in ABSENCES or blind or not could_see:
        return ""
    gaps = f", {say_s(state.blind_s)} of it unseen" if state.blind_s else ""
    return f"none in {state.looks} samples since the change{gaps}"


def _decide(plan: Plan, tools: Tools, kept: Gathered, look: Look, judgements: tuple[Judgement, ...]) -> Outcome | None:
    back = asking.rolled_back_by_rule(plan, judgements)
    if back:
        return back
    verdict = verdict_of(judgements)
    state = fold(tools.journal.entries())
    if verdict is Verdict.PASS:
        tick_criteria(plan, tools, judgements, tools.clock.now())
        after = standing_of(look, kept.metrics[-1] if kept.metrics else (), {})
        tools.journal.append(Compared(compare(standing_before(tools), after)))
        return ProofGiven()
    since = state.since.get(Phase.PROVING)
    over = since is not None and (tools.clock.now() - since).total_seconds() > plan.rollout.proof_timeout_s
    if verdict in (Verdict.FAIL, Verdict.HOLD) or over:
        asking.question(plan, tools, judgements)
    elif state.asked:
        asking.question(plan, tools, ())
    return None


def _warn(state: State, tools: Tools, judgements: tuple[Judgement, ...]) -> None:
    """Each warning is told once."""
    for one in judgements:
        if one.warning and (one.rule, one.about) not in {(rule, text.split(": ")[0]) for rule, text in state.warned}:
            tools.journal.append(Warned(one.rule, f"{one.about}: {one.warning}"))


def _replicas(workload: Body) -> int | None:
    spec = workload.get("spec")
    replicas = spec.get("replicas") if isinstance(spec, dict) else None
    return replicas if isinstance(replicas, int) else None


def _after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)

"""What comes next in a run, and what a person can do."""

from seatrial.lifecycle import Phase
from seatrial.model.plan import Plan
from seatrial.report.figures import lasting
from seatrial.report.parts import Question, Story

_NEXT: dict[Phase, str] = {
    Phase.PREFLIGHT: "if nothing stands in the way: record the state before, then show the change",
    Phase.BASELINE: "work out the change and show it",
    Phase.CHANGE: "show the change and ask for a yes",
    Phase.APPROVAL: "once approved: apply exactly what was shown",
    Phase.READY: "apply exactly what was approved",
    Phase.APPLYING: "watch the rollout, pod by pod",
    Phase.WATCHING: "once all new pods serve: prove the result in every pod; a failed rule of the plan rolls back",
    Phase.PROVING: "once proven: keep watch; a failed rule of the plan rolls back",
    Phase.SOAKING: "look again until the soak ends; a failed rule of the plan rolls back",
    Phase.ACCEPTING: "tick the acceptance criteria by evidence",
    Phase.ROLLING_BACK: "send the recorded state, then compare the cluster with the record",
    Phase.VERIFYING: "wait until the cluster is as it was recorded",
    Phase.ACCEPTED: "nothing is owed",
    Phase.UNCHANGED: "nothing is owed",
    Phase.INTERRUPTED: "start again when it suits; nothing was touched",
    Phase.ROLLED_BACK: "the sources are ahead of the cluster now: revert the commit, or the next apply brings the change back",
    Phase.KEPT: "nothing is owed; the cluster stays as it is",
    Phase.SUPERSEDED: "nothing is owed; the newer rollout is somebody else's",
}


def next_step(story: Story, plan: Plan | None = None) -> str:
    """What happens next, or what a person can do, in one sentence. The plan adds how long a soak lasts."""
    run = story.subject.run_id or "RUN"
    if story.open_question:
        return how_to_answer(story.open_question, run)
    match story.phase:
        case Phase.REFUSED:
            steps = [one.next_step for one in story.rests_on if one.next_step]
            return steps[0] if steps else "nothing was touched; put it right and start again"
        case Phase.NEEDS_PERSON:
            return f"look now; `seatrial rollback {run}` tries again, `seatrial abort {run} --keep` takes it as it is"
        case Phase.SOAKING if plan:
            soak = plan.soak
            return f"look every {lasting(soak.every_s)}, for {lasting(soak.lasts_s)} in all; a failed rule of the plan rolls back"
        case Phase.ACCEPTING:
            return _next_criterion(story)
        case _:
            return _NEXT.get(story.phase, "")


def how_to_answer(asked: Question, run_id: str) -> str:
    """How a person answers, and what happens if nobody does."""
    fallback = f"; unanswered after {lasting(asked.answer_within_s)}: {asked.fallback}" if asked.fallback else ""
    return f"answer with `seatrial approve {run_id}` or `seatrial abort {run_id}`{fallback}"


def how_to_go_on(story: Story) -> str:
    """What to type when this process is gone and the run is not settled; empty where nothing is open."""
    if story.ended or not story.subject.run_id:
        return ""
    return (
        f"go on with `seatrial resume {story.subject.run_id}`, or go back with `seatrial abort {story.subject.run_id}`"
    )


def _next_criterion(story: Story) -> str:
    still = [one for one in story.criteria if one.met_at is None]
    if not still:
        return _NEXT[Phase.ACCEPTING]
    first = min(still, key=lambda one: one.by_s)
    return f"the next criterion, {first.subject}, is due {lasting(first.by_s)} after the apply"

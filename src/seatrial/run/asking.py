"""A question to a person: asked once, answered by a word from anywhere, lifted when it heals, and never left without an end."""

from seatrial.judge.triggers import rolls_back
from seatrial.lifecycle import State, fold
from seatrial.model.events import Answered, Asked, Detached, Kept, Lifted, RollbackDecided, Transition, WentOn
from seatrial.model.judgement import Judgement, Verdict, deciding
from seatrial.model.observation import Look
from seatrial.model.plan import Plan
from seatrial.run.tools import Leave, Outcome, Tools

NOBODY = "nobody answered"


def unwaived(judgements: tuple[Judgement, ...], state: State) -> tuple[Judgement, ...]:
    """What still counts: judgements that a person has not taken upon himself."""
    return tuple(one for one in judgements if one.verdict is Verdict.PASS or (one.rule, one.about) not in state.waived)


def rolled_back_by_rule(plan: Plan, judgements: tuple[Judgement, ...]) -> RollbackDecided | None:
    """The rollback that the plan asks for, if one of its triggers was met."""
    trigger = rolls_back(judgements, plan.rollback.on)
    if trigger is None:
        return None
    return RollbackDecided(trigger.rule, f"{trigger.about}: {trigger.because}", by="the plan")


def interrupted(state: State, tools: Tools) -> Leave | None:
    """Leave in order when a signal came after the first change, and say what is owed."""
    if not tools.attention.signal:
        return None
    owed = "a rollback, until the run is accepted or rolled back" if state.owed else "nothing"
    tools.journal.append(Detached(owed, tools.attention.signal))
    return Leave("detached")


def spoken(tools: Tools) -> Transition | None:
    """What a person's word from the inbox decides, journaled; None where nothing was said that ends the step."""
    for word in tools.attention.words():
        because = word.because or f"{word.by} said {word.word}, without a reason"
        tools.journal.append(Answered(word.word, word.by, word.because))
        match word.word:
            case "abort" | "rollback":
                return RollbackDecided("person", because, by=word.by)
            case "keep":
                return Kept(because, by=word.by)
            case _:
                continue
    return None


def question(plan: Plan, tools: Tools, judgements: tuple[Judgement, ...]) -> None:
    """Ask about what decides; lift the question when nothing is left to ask. Idempotent: the same question is asked once."""
    state = fold(tools.journal.entries())
    grave = deciding(judgements)
    if grave is None or grave.verdict not in (Verdict.FAIL, Verdict.HOLD, Verdict.UNKNOWN):
        if state.asked:
            tools.journal.append(Lifted("it healed by itself"))
        return
    about = tuple(one for one in judgements if one.verdict is grave.verdict)
    if state.asked and _names(state.asked.judgements) == _names(about):
        return
    tools.journal.append(
        Asked(
            f"{grave.about}: {grave.because}",
            about,
            plan.rollback.answer_within_s,
            "kept while as many pods serve as before, otherwise rolled back",
        )
    )


def unanswered(plan: Plan, state: State, tools: Tools, look: Look | None) -> Outcome | None:
    """What happens when the time to answer is over: keep while the pods that serve are no fewer than before, else go back."""
    if state.asked is None or state.asked_at is None:
        return None
    waited_s = (tools.clock.now() - state.asked_at).total_seconds()
    if waited_s < plan.rollback.answer_within_s:
        return None
    serving = serving_pods(look)
    if serving is not None and serving >= state.serving_before:
        return WentOn(
            f"{NOBODY} within the time, and {serving} pods serve, before it were {state.serving_before}", NOBODY
        )
    return RollbackDecided("unanswered", f"{NOBODY}, and fewer pods serve than before: {state.asked.question}", NOBODY)


def left_s(plan: Plan, state: State, tools: Tools) -> float:
    """How long the open question still waits; infinite where none is open."""
    if state.asked_at is None:
        return float("inf")
    return plan.rollback.answer_within_s - (tools.clock.now() - state.asked_at).total_seconds()


def serving_pods(look: Look | None) -> int | None:
    """Ready pods that are not on their way out; None where that can't be seen."""
    if look is None or look.is_blind_for("pods"):
        return None
    ready = 0
    for pod in look.pods:
        conditions = pod.status.conditions or ()
        is_ready = any(one.type == "Ready" and one.status == "True" for one in conditions)
        ready += is_ready and pod.metadata.deletion_timestamp is None
    return ready


def _names(judgements: tuple[Judgement, ...]) -> frozenset[tuple[str, str]]:
    return frozenset((one.rule, one.about) for one in judgements)

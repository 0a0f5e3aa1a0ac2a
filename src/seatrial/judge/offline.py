"""A saved state, judged: the same rules as live, by what the state alone can tell."""

import msgspec

from seatrial.judge import autoscaling, rollout
from seatrial.judge.autoscaling import AutoscalerTerms
from seatrial.judge.rollout import RolloutTerms, Sightings, remember
from seatrial.model.judgement import Judgement, Verdict, deciding, verdict_of
from seatrial.model.observation import Look
from seatrial.model.quantities import say_s

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 20, Verdict.HOLD: 21, Verdict.WAIT: 22, Verdict.UNKNOWN: 23}
"""`seatrial judge` ends with these; none of them means anything else anywhere."""


def judge_state(look: Look, terms: RolloutTerms = RolloutTerms()) -> tuple[Judgement, ...]:  # noqa: B008 - frozen
    """What the rules say of a state. An autoscaler without a workload is judged alone; nothing at all is UNKNOWN."""
    scaled = autoscaling.judge(look, AutoscalerTerms(applied_at=terms.applied_at))
    if look.deployment is None and not look.pods and scaled:
        return scaled
    return (*rollout.judge(look, terms, remember(Sightings(), look)), *scaled)


def state_json(judgements: tuple[Judgement, ...]) -> str:
    """The verdict and what it rests on, for programs."""
    told = {"verdict": verdict_of(judgements).value, "judgements": judgements}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def state_text(judgements: tuple[Judgement, ...]) -> str:
    """The verdict in one line, then what every rule says, for people; the gravest first."""
    decides = deciding(judgements)
    if decides is None:
        return "UNKNOWN: nothing in the state can be judged\n"
    order = (Verdict.FAIL, Verdict.HOLD, Verdict.WAIT, Verdict.UNKNOWN, Verdict.PASS)
    lines = [f"{verdict_of(judgements).value}: {decides.about}: {decides.because} [{decides.rule}]", ""]
    for one in sorted(judgements, key=lambda one: order.index(one.verdict)):
        lines.append(f"{one.verdict.value:<8}{one.rule:<24}{one.about}: {one.because}")
        lines += [f"{'':<8}  {line}" for line in one.evidence]
        lines += [f"{'':<8}  warning: {one.warning}"] if one.warning else []
        lines += [f"{'':<8}  waits {say_s(one.waits_s)} more"] if one.waits_s else []
        lines += [f"{'':<8}  next: {one.next_step}"] if one.next_step else []
    return "\n".join(lines) + "\n"

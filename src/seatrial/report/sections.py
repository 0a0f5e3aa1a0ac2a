"""The first half of a report's page: the verdict and its grounds, the course of the run, who decided what."""

from collections.abc import Sequence
from datetime import tzinfo

from msgspec.structs import replace

from seatrial.lifecycle import GOING_BACK, Phase
from seatrial.report.figures import count, full_time, lasting, short_digest, t_plus
from seatrial.report.markup import Child, Markup, tag
from seatrial.report.outlook import next_step
from seatrial.report.parts import Estimate, Moment, Question, Stage, Story, Tone
from seatrial.report.pieces import NOTHING, at, chip, joined, judgement_item, mono, muted, section, table
from seatrial.report.sentences import phase_label

_ICONS: dict[Tone, str] = {
    Tone.GOOD: "M7 12.5l3.4 3.4L17.5 8.6",
    Tone.WARY: "M12 6.5v7M12 17v.4",
    Tone.BAD: "M8 8l8 8M16 8l-8 8",
    Tone.CALM: "M8 12h.1M12 12h.1M16 12h.1",
}
_RETURN = "M8 8.5H14a3.6 3.6 0 1 1 0 7.2H9M10.5 5.8L7.6 8.5l2.9 2.7"


def verdict(story: Story) -> Markup:
    """The verdict first, then what it rests on."""
    headline, _colon, detail = story.verdict.partition(": ")
    step = next_step(story)
    grounds = (
        tag("ul", *(judgement_item(one) for one in story.rests_on), class_="judgements") if story.rests_on else None
    )
    return tag(
        "section",
        tag(
            "div",
            _icon(story),
            tag(
                "div",
                tag("h1", _upper(headline), id="verdict-title"),
                tag("p", _upper(detail), class_="detail") if detail else None,
                tag("p", tag("b", "Next: "), step, class_="next") if step else None,
            ),
            class_="headline",
        ),
        tag("h2", "What it rests on") if grounds else None,
        grounds,
        id="verdict",
        class_=f"verdict {story.tone.value}",
        aria_labelledby="verdict-title",
    )


def _upper(words: str) -> str:
    """A sentence's first letter as a capital, unless the sentence begins with a name."""
    first = words.split(" ", 1)[0]
    return words[:1].upper() + words[1:] if first.rstrip(",").isalpha() else words


def _icon(story: Story) -> Markup:
    back = story.phase is Phase.ROLLED_BACK or story.phase in GOING_BACK - {Phase.NEEDS_PERSON}
    path = tag("path", d=_RETURN if back else _ICONS[story.tone])
    return tag("svg", tag("circle", cx=12, cy=12, r=11), path, viewBox="0 0 24 24", class_="icon", aria_hidden="true")


def facts(story: Story, zone: tzinfo) -> Markup:
    """Who, what, where, when."""
    subject, cluster = story.subject, story.cluster
    pairs: list[tuple[str, Child]] = [
        ("Workload", mono(subject.workload)),
        ("Namespace", mono(subject.namespace)),
        (
            "Cluster",
            joined((mono(cluster.context), muted(f"{cluster.server} · {cluster.version}"))) if cluster else None,
        ),
        ("Plan", joined((mono(subject.plan), muted(short_digest(subject.plan_digest))))),
        ("Run", mono(subject.run_id)),
        ("Started", full_time(story.started_at, zone) if story.started_at else None),
        ("First change", full_time(story.applied_at, zone) if story.applied_at else "none"),
        ("Ended" if story.ended else "Newest entry", full_time(story.last_at, zone) if story.last_at else None),
        ("Lasted", lasting(story.lasted_s)),
        ("Started by", f"{subject.user} on {subject.host}"),
        ("Seatrial", subject.version),
    ]
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs if value), class_="facts")


def course(story: Story, zone: tzinfo) -> Markup:
    """Every phase and how long it took, beside the runbook's estimate, and the timeline."""
    steps = tag("ol", *(_step(stage, story) for stage in _merged(story.stages)), class_="steps")
    lines = tag("ol", *(_moment(one, zone) for one in story.timeline), class_="timeline")
    return section(
        "course",
        "The course of the run",
        steps if story.stages else NOTHING,
        _estimates(story),
        tag("h3", "Timeline"),
        lines if story.timeline else NOTHING,
    )


def _merged(stages: Sequence[Stage]) -> list[Stage]:
    """Phases that bear one name are one step."""
    steps: list[Stage] = []
    for stage in stages:
        if steps and phase_label(steps[-1].phase) == phase_label(stage.phase):
            lasted_s = steps[-1].lasted_s + stage.lasted_s
            steps[-1] = replace(stage, began=steps[-1].began, lasted_s=lasted_s)
        else:
            steps.append(stage)
    return steps


def _step(stage: Stage, story: Story) -> Markup:
    turned = story.phase in GOING_BACK or story.phase in (Phase.ROLLED_BACK, Phase.REFUSED)
    last = next((one.phase for one in reversed(story.stages) if one.phase not in GOING_BACK), None)
    state = "failed" if turned and stage.phase is last else "done" if stage.ended else "now"
    words = {"failed": "ended here", "done": "done", "now": "still going"}[state]
    name = tag("b", phase_label(stage.phase))
    return tag("li", name, muted(lasting(stage.lasted_s)), tag("span", f", {words}", class_="unseen"), class_=state)


def _estimates(story: Story) -> Markup:
    known = [one for one in story.estimates if one.measured_s is not None]
    if not known:
        return NOTHING
    widest = max(max(one.high_s, one.measured_s or 0) for one in known)
    rows = [(one.name, _measured(one), _estimated(one), _bars(one, widest)) for one in known]
    return table(
        "Measured beside the runbook's estimate", ("Part", "Measured", "Estimate", "Side by side"), rows, "bars"
    )


def _measured(one: Estimate) -> Child:
    over = one.measured_s is not None and one.measured_s > one.high_s
    said = tag("b", lasting(one.measured_s or 0))
    return joined((said, chip("longer than estimated", Tone.WARY))) if over else said


def _estimated(one: Estimate) -> str:
    return lasting(one.high_s) if one.low_s == one.high_s else f"{lasting(one.low_s)} to {lasting(one.high_s)}"


def _bars(one: Estimate, widest: float) -> Markup:
    share = (one.measured_s or 0) / widest * 100
    return tag(
        "div",
        tag("div", class_="estimate", style=f"width:{one.high_s / widest * 100:.1f}%"),
        tag("div", class_="measured", style=f"width:max(3px,{share:.1f}%)"),
        class_="bar",
        aria_hidden="true",
    )


def _moment(one: Moment, zone: tzinfo) -> Markup:
    offset = t_plus(one.offset_s) if one.offset_s is not None else ""
    when = tag("span", mono(offset) if offset else None, at(one.at, zone), class_="when")
    words = tag("span", one.text, class_="what")
    return tag("li", when, words, class_=f"{one.tone.value} is-{one.kind}")


def decisions(story: Story, zone: tzinfo) -> Markup:
    """What was asked, who answered, and who did what."""
    asked = [_question(one, story, zone) for one in story.questions]
    words = table(
        "Who did what",
        ("When", "Who", "What", "Why"),
        [(at(one.at, zone), one.by, one.word, one.because) for one in story.words],
    )
    return section("decisions", "Decisions", tag("ul", *asked, class_="questions") if asked else NOTHING, words)


def _question(one: Question, story: Story, zone: tzinfo) -> Markup:
    open_now = one is story.open_question or (not one.word and not story.ended)
    answer: Child = "no answer is in the journal"
    if one.word and one.answered_at:
        by = f" ({one.by})" if one.by else ""
        after = lasting((one.answered_at - one.at).total_seconds())
        why = f": {one.because}" if one.because else ""
        answer = joined((tag("b", one.word), f"{by} after {after}{why}"), "")
    elif open_now:
        answer = joined((chip("open", Tone.WARY), f"until {full_time(one.due, zone)}; then: {one.fallback}"))
    items = (
        tag("ul", *(judgement_item(judged) for judged in one.judgements), class_="judgements")
        if one.judgements
        else None
    )
    return tag("li", tag("p", at(one.at, zone), " ", tag("b", one.question)), tag("p", answer), items)


def warnings(story: Story, zone: tzinfo) -> Markup:
    """Warnings, and the times in which nothing was seen."""
    told = table(
        "Warnings, told once",
        ("When", "Rule", "Warning"),
        [(at(one.at, zone), mono(one.rule), one.text) for one in story.warnings],
    )
    blind = table(
        "Times in which nothing was seen",
        ("Until", "Lasted", "Why"),
        [(at(one.ended, zone), lasting(one.lasted_s), one.because) for one in story.gaps],
    )
    return section("warnings", "Warnings and gaps", told, blind)


def criteria(story: Story, zone: tzinfo) -> Markup:
    """Every acceptance criterion with its evidence, or by when it is due."""
    rows: list[tuple[Child, ...]] = []
    if story.ended and not any(one.met_at for one in story.criteria):
        return NOTHING  # a run that went back or was refused never came to them
    for one in story.criteria:
        due = f"{lasting(one.by_s)} after the first change"
        if one.met_at:
            offset = t_plus((one.met_at - story.applied_at).total_seconds()) if story.applied_at else ""
            rows.append((chip("met", Tone.GOOD), one.subject, due, joined((mono(offset), one.because))))
        elif one.due and not story.ended:
            rows.append((chip("still to come", Tone.CALM), one.subject, due, f"due {full_time(one.due, zone)}"))
        else:
            rows.append((chip("not seen", Tone.WARY), one.subject, due, "the run ended before"))
    met = sum(1 for one in story.criteria if one.met_at)
    lead = f"{met} of {count(len(story.criteria), 'criterion', 'criteria')} met." if story.criteria else ""
    return section(
        "criteria",
        "Acceptance",
        table("Acceptance criteria", ("State", "Criterion", "By", "Evidence"), rows),
        lead=lead,
    )

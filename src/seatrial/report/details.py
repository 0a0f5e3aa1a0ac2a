"""The second half of a report's page: pods, charts, JVMs, the change, before and after, every judgement, what was not checked."""

from collections.abc import Sequence
from datetime import tzinfo

from seatrial.lifecycle import Phase
from seatrial.model.events import JvmSeen
from seatrial.model.judgement import PRECEDENCE, Verdict
from seatrial.report.charts import Chart, Mark, figure, window
from seatrial.report.figures import count, memory, short_digest
from seatrial.report.markup import Child, Markup, tag, together
from seatrial.report.parts import PodStory, Ruling, Series, Story, Tone, WriteStory
from seatrial.report.pieces import NOTHING, at, chip, joined, mono, more, muted, section, table, verdict_chip
from seatrial.report.sentences import judged_because, phase_label

SPLIT_FROM = 4.0
"""A watch that lasted so many times the rollout gets a chart of its own: the rollout would be a hair's breadth in it."""
MEMORY_TICK_BYTES = 16.0 * (1 << 20)

_MARKS: dict[Phase, tuple[str, Tone]] = {
    Phase.APPLYING: ("apply", Tone.CALM),
    Phase.PROVING: ("rolled out", Tone.GOOD),
    Phase.SOAKING: ("proved", Tone.GOOD),
    Phase.ROLLING_BACK: ("going back", Tone.BAD),
}


def pods(story: Story, zone: tzinfo) -> Markup:
    """The pods as they were last seen, and what they used."""
    rows = [_pod(one, zone) for one in story.pods]
    headers = ("Pod", "", "State", "Ready", "Restarts", "Memory", "Peak", "Node", "Seen")
    return section("pods", "Pods", _counts(story), table("Pods over the whole run", headers, rows), *_charts(story))


def _counts(story: Story) -> Markup:
    seen = story.counts
    if seen is None:
        return NOTHING
    hpa = f"; the autoscaler wants {seen.hpa_replicas} ({seen.hpa_targets})" if seen.hpa_replicas is not None else ""
    return tag("p", f"Last seen: {seen.ready} of {count(seen.replicas, 'pod')} ready, {seen.updated} up to date{hpa}.")


def _pod(one: PodStory, zone: tzinfo) -> tuple[Child, ...]:
    seen = one.last
    state = "gone" if one.gone else seen.state
    calm = one.gone or (seen.state == "Running" and seen.ready) or not one.new
    return (
        mono(seen.name),
        chip("new", Tone.CALM) if one.new else muted("old"),
        chip(state, Tone.CALM if calm else Tone.WARY),
        "" if one.gone else "yes" if seen.ready else "no",
        chip(str(seen.restarts), Tone.BAD) if seen.restarts and one.new else str(seen.restarts),
        "" if one.gone else memory(one.memory_bytes),
        memory(one.memory_peak_bytes),
        seen.node,
        joined((at(one.first_at, zone), at(one.last_at, zone)), " – "),
    )


def _charts(story: Story) -> list[Markup]:
    zero = story.applied_at or story.started_at
    if zero is None:
        return []
    charts: list[Markup] = []
    for name, title, series in _windows(story, "memory", "Memory of each pod", story.memory):
        marks, thresholds = _marks(story), story.memory_marks
        chart = Chart(name, title, series, zero, memory, MEMORY_TICK_BYTES, thresholds, marks, story.gaps)
        charts.append(figure(chart))
    for name, title, series in _windows(story, "replicas", "Pods: all, up to date, ready", story.replicas):
        charts.append(figure(Chart(name, title, series, zero, _whole, 1.0, (), _marks(story), story.gaps, steps=True)))
    if any(one.points[-1].value > (0 if one.new else one.points[0].value) for one in story.restarts):
        restarts = Chart(
            "restarts", "Restarts of each pod", story.restarts, zero, _whole, 1.0, (), _marks(story), steps=True
        )
        charts.append(figure(restarts))
    return [tag("div", *charts, class_="charts")]


def _whole(value: float) -> str:
    return f"{value:g}"


def _windows(
    story: Story, name: str, title: str, series: Sequence[Series]
) -> list[tuple[str, str, tuple[Series, ...]]]:
    """One chart, or two where the watch after the rollout dwarfs it."""
    watched = next((stage for stage in story.stages if stage.phase is Phase.SOAKING), None)
    if watched is None or story.applied_at is None or story.last_at is None:
        return [(name, title, tuple(series))]
    rollout_s = (watched.began - story.applied_at).total_seconds()
    if (story.last_at - watched.began).total_seconds() < SPLIT_FROM * rollout_s:
        return [(name, title, tuple(series))]
    begins = min((point.at for one in series for point in one.points), default=story.applied_at)
    first = window(series, begins, watched.began)
    rest = window(series, watched.began, story.last_at)
    return [(f"{name}-rollout", f"{title}: the rollout", first), (f"{name}-soak", f"{title}: the watch after it", rest)]


def _marks(story: Story) -> tuple[Mark, ...]:
    return tuple(Mark(stage.began, *_MARKS[stage.phase]) for stage in story.stages if stage.phase in _MARKS)


def jvms(story: Story) -> Markup:
    """The flags of every JVM: specified, effective, and where the value comes from."""
    return section("jvm", "JVM flags in effect", *(_jvm(one) for one in story.jvms), lead="Read from inside each pod.")


def _jvm(seen: JvmSeen) -> Markup:
    rows = [
        (
            mono(flag.name),
            mono(flag.specified),
            mono(flag.effective),
            flag.source,
            chip("as specified", Tone.GOOD) if flag.agrees else chip("differs", Tone.BAD),
        )
        for flag in seen.flags
    ]
    heap = f", heap up to {memory(seen.heap_max_bytes)}" if seen.heap_max_bytes is not None else ""
    caption = f"{seen.pod}, container {seen.container}: JVM {seen.version}, {seen.collector}{heap} (from {seen.source})"
    return table(caption, ("Flag", "Specified", "Effective", "Source", ""), rows)


def change(story: Story, zone: tzinfo) -> Markup:
    """The change as it was shown, its consequences, and what became of every write."""
    told = tag("ul", *(tag("li", one) for one in story.consequences)) if story.consequences else NOTHING
    digest = (
        tag("p", "Approved is what has the digest ", mono(short_digest(story.digest)), ".") if story.digest else NOTHING
    )
    stamps = (
        tag("p", "Added by Seatrial, to reach the pods: ", mono(", ".join(story.stamps)), ".")
        if story.stamps
        else NOTHING
    )
    rows = [(at(one.at, zone), one.verb, mono(one.ref), _outcome(one), one.because) for one in story.writes]
    writes = table("Writes, in the order in which they were sent", ("When", "Verb", "Object", "Outcome", ""), rows)
    return section("change", "The change", told, diff(story.diff), digest, stamps, writes)


def _outcome(one: WriteStory) -> Markup:
    return chip(one.outcome, {True: Tone.GOOD, False: Tone.BAD, None: Tone.WARY}[one.ok])


def diff(text: str) -> Markup:
    """A unified difference, each line by what it does."""
    if not text:
        return NOTHING
    names = {"+": "add", "-": "del", "@": "hunk", " ": "same"}
    lines = [tag("span", f"{line}\n", class_=names.get(line[:1], "object")) for line in text.splitlines()]
    return tag("pre", *lines, class_="diff", tabindex="0", aria_label="The change, line by line")


def comparison(story: Story) -> Markup:
    """Before and after, point by point; what changed comes first."""
    points = sorted(story.comparison, key=lambda one: not one.changed)
    rows = [
        (one.point, mono(one.before), mono(one.after), chip("changed", Tone.CALM) if one.changed else muted("same"))
        for one in points
    ]
    return section(
        "comparison",
        "Before and after",
        table("Point by point; what changed comes first", ("Point", "Before", "After", ""), rows),
    )


def judgements(story: Story, zone: tzinfo) -> Markup:
    """Every rule's newest word in each phase."""
    phases = dict.fromkeys(one.phase for one in story.rulings)
    return section(
        "judgements", "Every judgement", *(_phase_judgements(phase, story.rulings, zone) for phase in phases)
    )


def _phase_judgements(phase: Phase, rulings: Sequence[Ruling], zone: tzinfo) -> Markup:
    here = sorted(
        (one for one in rulings if one.phase is phase), key=lambda one: PRECEDENCE.index(one.judgement.verdict)
    )
    rows = [
        (
            verdict_chip(one.judgement.verdict),
            mono(one.judgement.rule),
            together((judged_because(one.judgement), _evidence(one))),
            at(one.at, zone),
        )
        for one in here
    ]
    said = [one.judgement.verdict for one in here]
    tally = ", ".join(f"{said.count(verdict)} {verdict.value}" for verdict in PRECEDENCE if verdict in said)
    graver = any(verdict in (Verdict.FAIL, Verdict.HOLD) for verdict in said)
    body = table(f"Judgements in the phase {phase_label(phase)}", ("Verdict", "Rule", "Why", "When"), rows)
    return more(joined((tag("b", phase_label(phase)), muted(tally))), body, opened="" if graver else None)


def _evidence(one: Ruling) -> Markup | None:
    lines = one.judgement.evidence
    return tag("pre", "\n".join(lines), class_="evidence", tabindex="0") if lines else None


def unseen(story: Story) -> Markup:
    """What was not checked: it does not count as good."""
    rows = [(mono(one.what), one.because) for one in story.unseen]
    lead = "None of this counts as good."
    return section("unseen", "What was not checked", table("Not checked", ("What", "Why"), rows), lead=lead)


def evidence(story: Story) -> Markup:
    """Files that lie beside the journal."""
    files = tag("ul", *(tag("li", mono(name)) for name in story.evidence)) if story.evidence else NOTHING
    lead = "These files lie beside the run's journal."
    return section("evidence", "Evidence", files, lead=lead)

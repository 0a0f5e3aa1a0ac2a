"""A run's report as Markdown that reads in a pull request: nobody is mentioned and nothing is linked by a cluster's words."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo

from seatrial.lifecycle import GOING_BACK, Phase
from seatrial.model.judgement import PRECEDENCE, Judgement
from seatrial.report.figures import clean, full_time, lasting, memory, one_line, short_digest, t_plus
from seatrial.report.outlook import next_step
from seatrial.report.parts import Story, Tone
from seatrial.report.sentences import judged_because, phase_label

_SIGNS: dict[Tone, str] = {Tone.GOOD: "✅", Tone.WARY: "🟡", Tone.BAD: "❌", Tone.CALM: "🔵"}
# What Markdown takes for itself inside a line. What only counts at a line's start never comes there: every line has a head of ours.
_SPECIAL = re.compile(r"([\\`*_{}\[\]!|~$])")
# Behind these a zero-width space keeps GitHub from making a mention, a reference or a link.
_LINKING = re.compile(r"(?i)([@#]|:(?=//)|\bwww(?=\.))")
_ZERO_WIDTH = "\u200b"


def markdown(story: Story, zone: tzinfo = UTC) -> str:
    """The whole report. Times are in `zone`, with their offset."""
    blocks = [
        _title(story),
        _grounds(story),
        _facts(story, zone),
        _course(story),
        _criteria(story),
        _pods(story),
        _jvms(story),
        _comparison(story),
        _change(story),
        _decisions(story, zone),
        _warnings(story),
        _unseen(story),
        _judgements(story),
        _evidence(story),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def words(text: str) -> str:
    """The choke point: foreign words on one line, with every sign escaped that Markdown, HTML or GitHub would obey."""
    safe = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINKING.sub(rf"\1{_ZERO_WIDTH}", _SPECIAL.sub(r"\\\1", safe))


def code(text: str) -> str:
    """Foreign words as code: longer fences than any in them."""
    plain = one_line(text).replace("|", "\\|")
    if not plain:
        return ""
    fence = "`" * (_longest_run(plain) + 1)
    pad = " " if plain[0] == "`" or plain[-1] == "`" else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """Foreign lines as a code block."""
    lines = clean(text).rstrip("\n")
    fence = "`" * max(3, _longest_run(lines) + 1)
    return f"{fence}{language}\n{lines}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(headers)} |", f"|{'---|' * len(headers)}", *body])


def _section(title: str, *parts: str) -> str:
    told = [part for part in parts if part]
    return "\n\n".join([f"## {title}", *told]) if told else ""


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>" if body else ""


def _title(story: Story) -> str:
    headline, _colon, detail = story.verdict.partition(": ")
    back = story.phase is Phase.ROLLED_BACK or story.phase in GOING_BACK - {Phase.NEEDS_PERSON}
    sign = "↩️" if back else _SIGNS[story.tone]
    lines = [f"# {sign} {words(headline[:1].upper() + headline[1:])}"]
    if detail:
        lines.append(f"**{words(detail)}**")
    step = next_step(story)
    return "\n\n".join([*lines, f"Next: {words(step)}"] if step else lines)


def _grounds(story: Story) -> str:
    return _section("What it rests on", "\n".join(_judgement(one) for one in story.rests_on))


def _judgement(one: Judgement) -> str:
    lines = [f"- **{one.verdict.value}** {words(judged_because(one))} ({code(one.rule)})"]
    lines += [f"  - {code(line)}" for line in one.evidence]
    lines += [f"  - way out: {words(one.next_step)}"] if one.next_step else []
    return "\n".join(lines)


def _facts(story: Story, zone: tzinfo) -> str:
    subject, cluster = story.subject, story.cluster
    rows = [
        ("Workload", f"{code(subject.workload)} in {code(subject.namespace)}"),
        ("Cluster", f"{code(cluster.context)} at {code(cluster.server)}, {words(cluster.version)}" if cluster else ""),
        ("Plan", f"{code(subject.plan)} ({code(short_digest(subject.plan_digest))})"),
        ("Run", f"{code(subject.run_id)}, started by {words(subject.user)} on {words(subject.host)}"),
        ("Started", words(full_time(story.started_at, zone)) if story.started_at else ""),
        ("First change", words(full_time(story.applied_at, zone)) if story.applied_at else "none"),
        ("Lasted", lasting(story.lasted_s)),
    ]
    return _table(("", ""), [row for row in rows if row[1]])


def _course(story: Story) -> str:
    measured = [
        (
            one.name,
            lasting(one.measured_s),
            lasting(one.low_s) if one.low_s == one.high_s else f"{lasting(one.low_s)} to {lasting(one.high_s)}",
        )
        for one in story.estimates
        if one.measured_s is not None
    ]
    rows = [
        ("" if one.offset_s is None else words(t_plus(one.offset_s)), phase_label(one.phase), words(one.text))
        for one in story.timeline
    ]
    return _section(
        "The course of the run",
        _table(("Part", "Measured", "The runbook's estimate"), measured),
        _table(("T", "Phase", "What happened"), rows),
    )


def _criteria(story: Story) -> str:
    rows = [
        (
            "met" if one.met_at else "still to come" if not story.ended else "not seen",
            words(one.subject),
            lasting(one.by_s),
            words(one.because),
        )
        for one in story.criteria
    ]
    return _section("Acceptance", _table(("State", "Criterion", "By T+", "Evidence"), rows))


def _pods(story: Story) -> str:
    rows = [
        (
            code(one.last.name),
            "new" if one.new else "old",
            "gone" if one.gone else words(one.last.state),
            "" if one.gone else "yes" if one.last.ready else "no",
            str(one.last.restarts),
            "" if one.gone else memory(one.memory_bytes),
            memory(one.memory_peak_bytes),
            words(one.last.node),
        )
        for one in story.pods
    ]
    return _section("Pods", _table(("Pod", "", "State", "Ready", "Restarts", "Memory", "Peak", "Node"), rows))


def _jvms(story: Story) -> str:
    rows = [
        (
            code(seen.pod),
            code(flag.name),
            code(flag.specified),
            code(flag.effective),
            words(flag.source),
            "yes" if flag.agrees else "**no**",
        )
        for seen in story.jvms
        for flag in seen.flags
    ]
    return _section("JVM flags in effect", _table(("Pod", "Flag", "Specified", "Effective", "Source", "Agrees"), rows))


def _comparison(story: Story) -> str:
    rows = [
        (words(one.point), code(one.before), code(one.after), "changed" if one.changed else "same")
        for one in sorted(story.comparison, key=lambda one: not one.changed)
    ]
    return _section("Before and after", _table(("Point", "Before", "After", ""), rows))


def _change(story: Story) -> str:
    told = "\n".join(f"- {words(one)}" for one in story.consequences)
    diff = _folded("The change, line by line", block(story.diff, "diff")) if story.diff else ""
    rows = [(words(one.verb), code(one.ref), words(one.outcome), words(one.because)) for one in story.writes]
    return _section("The change", told, diff, _table(("Verb", "Object", "Outcome", ""), rows))


def _decisions(story: Story, zone: tzinfo) -> str:
    asked = [
        f"- {words(full_time(one.at, zone))}: {words(one.question)} — **{words(one.word) or 'open'}**"
        f"{f' ({words(one.by)})' if one.by else ''}{f': {words(one.because)}' if one.because else ''}"
        for one in story.questions
    ]
    said = [
        f"- {words(full_time(one.at, zone))}: {words(one.by)} {words(one.word)}{f': {words(one.because)}' if one.because else ''}"
        for one in story.words
    ]
    return _section("Decisions", "\n".join(asked), "\n".join(said))


def _warnings(story: Story) -> str:
    told = [f"- {words(one.text)} ({code(one.rule)})" for one in story.warnings]
    gaps = [f"- nothing was seen for {lasting(one.lasted_s)}: {words(one.because)}" for one in story.gaps]
    return _section("Warnings and gaps", "\n".join(told + gaps))


def _unseen(story: Story) -> str:
    rows = "\n".join(f"- {code(one.what)}: {words(one.because)}" for one in story.unseen)
    return _section("What was not checked", rows and "None of this counts as good.", rows)


def _judgements(story: Story) -> str:
    ordered = sorted(story.rulings, key=lambda one: PRECEDENCE.index(one.judgement.verdict))
    rows = [
        (
            one.judgement.verdict.value,
            code(one.judgement.rule),
            phase_label(one.phase),
            words(judged_because(one.judgement)),
        )
        for one in ordered
    ]
    body = _table(("Verdict", "Rule", "Phase", "Why"), rows)
    return _section("Every judgement", _folded(f"{len(rows)} judgements, the gravest first", body))


def _evidence(story: Story) -> str:
    return _section("Evidence, beside the run's journal", "\n".join(f"- {code(name)}" for name in story.evidence))

"""The living view as a picture: a story and a moment in, lines for a terminal of a given size out."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from seatrial.lifecycle import GOING_BACK, Phase
from seatrial.model.judgement import PRECEDENCE, Judgement, Verdict
from seatrial.model.plan import Plan
from seatrial.report.figures import age, lasting, memory, one_line, t_plus
from seatrial.report.outlook import next_step
from seatrial.report.parts import Moment, PodStory, Stage, Story, Tone
from seatrial.report.sentences import VERDICT_TONES, judged_because, phase_label

WIDE = 96
PODS_MAX = 10
PODS_GONE_MAX = 2
WAITING_MAX = 3
KEPT_MAX = 40
GROUND_INDENT = 10
SPARK_POINTS = 10
SPARK_FLAT = 0.8
"""What stays above this share of its maximum is drawn as nearly flat: noise is no slope."""

STYLES: dict[Tone, str] = {Tone.GOOD: "green", Tone.WARY: "yellow", Tone.BAD: "bold red", Tone.CALM: ""}

_FORWARD = (
    Phase.PREFLIGHT,
    Phase.BASELINE,
    Phase.CHANGE,
    Phase.APPROVAL,
    Phase.APPLYING,
    Phase.WATCHING,
    Phase.PROVING,
    Phase.SOAKING,
    Phase.ACCEPTING,
)
_BACK = (Phase.ROLLING_BACK, Phase.VERIFYING)


class Signs(Struct, frozen=True):
    """The signs of a picture; a terminal without Unicode gets plain ones."""

    done: str
    now: str
    later: str
    failed: str
    link: str
    full: str
    empty: str
    spark: str


UNICODE = Signs("✓", "●", "○", "✗", " ─ ", "━", "╌", "▁▂▃▄▅▆▇█")
ASCII = Signs("+", "*", ".", "x", " - ", "=", ".", "_.-=^")


class Scene(Struct, frozen=True):
    """All that a picture shows. waiting are the judgements of the newest look, as they were at fed_at."""

    story: Story
    now: datetime
    waiting: tuple[Judgement, ...] = ()
    fed_at: datetime | None = None
    plan: Plan | None = None


def picture(scene: Scene, console: Console) -> Text:
    """The living view, no higher and no wider than the terminal."""
    width, height = console.size
    signs = ASCII if console.options.ascii_only else UNICODE
    head = [*_header(scene, width), *_phases(scene, width, signs), Text()]
    pods = _pods(scene.story, width, signs)
    foot = [*_decides(scene, width, console, signs), *_next(scene, width, console)]
    room = max(0, height - 1 - len(head) - len(pods) - len(foot) - 1)
    moments = _timeline(scene.story.timeline, width, room)
    return Text("\n").join([*head, *pods, *moments, Text(), *foot][: height - 1])


def closing(scene: Scene, console: Console) -> Text:
    """The picture that stays: where the phases led, and the pods as they were last seen."""
    width, signs = console.size.width, ASCII if console.options.ascii_only else UNICODE
    story = scene.story
    since_change = [one for one in story.timeline if one.offset_s is not None]
    moments = _timeline(since_change, width, KEPT_MAX)
    head = [*_header(scene, width), *_phases(scene, width, signs), Text()]
    return Text("\n").join([*head, *_pods(story, width, signs), *moments, *([Text()] if moments else [])])


def hanging(line: str, style: str, console: Console) -> Text:
    """A line of the last words; what does not fit goes on under its text, not under its verdict."""
    indent = GROUND_INDENT if line.startswith("  ") else 0
    first, *rest = Text(line[indent:], style=style).wrap(console, max(20, console.size.width - indent))
    return Text("\n").join([Text.assemble(line[:indent], first), *(Text.assemble(" " * indent, one) for one in rest)])


def styled_diff(lines: Iterable[str]) -> Text:
    """A diff in colours."""
    styles = {"+": "green", "-": "red"}
    return Text("\n").join(Text(line, style=styles.get(line[:1], "dim")) for line in lines)


def _header(scene: Scene, width: int) -> list[Text]:
    story = scene.story
    subject = story.subject
    began = story.applied_at or story.started_at
    ran_s = (scene.now - began).total_seconds() if began else 0.0
    elapsed = t_plus(ran_s) if story.applied_at else lasting(ran_s)
    left = Text.assemble(
        (one_line(subject.plan), "bold"),
        "  ",
        one_line(subject.workload),
        (f" in {one_line(subject.namespace)}", "dim"),
    )
    return [_edges(left, Text(elapsed, style="bold cyan"), width)]


def _edges(left: Text, right: Text, width: int) -> Text:
    room = max(8, width - right.cell_len - 1)
    left.truncate(room, overflow="ellipsis", pad=True)
    return Text.assemble(left, " ", right)


def _phases(scene: Scene, width: int, signs: Signs) -> list[Text]:
    path = _path(scene.story)
    line = Text()
    for number, phase in enumerate(path):
        line.append(signs.link if number else "", style="dim")
        line.append_text(_phase(phase, scene, signs))
    if line.cell_len <= width:
        return [line]
    ticks = Text("").join(_tick(phase, scene.story, signs) for phase in path)
    return [Text.assemble(ticks, "  ", _phase(scene.story.phase, scene, signs))]


def _path(story: Story) -> Sequence[Phase]:
    """The phases to show: all that lie ahead, or those gone through and the way back."""
    passed = {stage.phase for stage in story.stages}
    if story.phase in GOING_BACK or passed & set(_BACK):
        return (*(phase for phase in _FORWARD if phase in passed), *_BACK)
    return _FORWARD if not story.ended else tuple(phase for phase in _FORWARD if phase in passed)


def _stage(phase: Phase, story: Story) -> Stage | None:
    aliases = (phase, Phase.READY) if phase is Phase.APPLYING else (phase,)
    return next((stage for stage in reversed(story.stages) if stage.phase in aliases), None)


def _tick(phase: Phase, story: Story, signs: Signs) -> Text:
    stage = _stage(phase, story)
    if stage is None:
        return Text(signs.later, style="dim")
    if stage.ended is None:
        return Text(signs.now, style="bold cyan")
    turned = story.stages[-1].phase in GOING_BACK or story.phase in (Phase.ROLLED_BACK, Phase.REFUSED)
    last = next((one.phase for one in reversed(story.stages) if one.phase not in GOING_BACK), None)
    return Text(signs.failed, style="red") if turned and last is phase else Text(signs.done, style="green")


def _phase(phase: Phase, scene: Scene, signs: Signs) -> Text:
    stage = _stage(phase, scene.story)
    name = phase_label(phase)
    if phase is scene.story.phase and scene.story.ended:
        return Text(name, style=f"bold {STYLES[scene.story.tone]}".strip())
    if stage is None:
        return Text.assemble(_tick(phase, scene.story, signs), (f" {name}", "dim"))
    if stage.ended is not None:
        return Text.assemble(_tick(phase, scene.story, signs), f" {name}")
    spent = lasting(max(0.0, (scene.now - stage.began).total_seconds()))
    return Text.assemble(_tick(phase, scene.story, signs), (f" {name}", "bold"), (f" {spent}", "cyan"))


def _pods(story: Story, width: int, signs: Signs) -> list[Text]:
    there = [pod for pod in story.pods if not pod.gone]
    shown = (there + [pod for pod in story.pods if pod.gone][-PODS_GONE_MAX:])[:PODS_MAX]
    if not shown:
        return []
    rows = [_pod_cells(pod, story, signs) for pod in shown]
    header = ("POD", "", "READY", "STATUS", "RESTARTS", "MEMORY", "", "NODE")
    columns = range(len(header)) if width >= WIDE else (0, 1, 2, 3, 4, 5)
    widths = [max(cell_len(header[i]), *(row[i].cell_len for row in rows)) for i in range(len(header))]
    lines = [_row([Text(header[i], style="dim") for i in columns], [widths[i] for i in columns], width)]
    lines += [_row([row[i] for i in columns], [widths[i] for i in columns], width) for row in rows]
    more = len(there) - len(shown)
    if more > 0:
        lines.append(Text(f"… and {more} more", style="dim"))
    return [*lines, _counts(story, width), Text()]


def _row(cells: Sequence[Text], widths: Sequence[int], width: int) -> Text:
    for cell, size in zip(cells, widths, strict=True):
        cell.truncate(size, pad=True)
    row = Text("  ").join(cells)
    row.truncate(width, overflow="ellipsis")
    return row


def _pod_cells(pod: PodStory, story: Story, signs: Signs) -> list[Text]:
    seen = pod.last
    dim = "dim" if pod.gone or not pod.new else ""
    state = "gone" if pod.gone else seen.state
    return [
        Text(short_name(seen.name, story.subject.workload), style=dim),
        Text("new" if pod.new else "old", style="cyan" if pod.new and not pod.gone else "dim"),
        Text(
            "" if pod.gone else (f"{signs.done} yes" if seen.ready else "no"), style="green" if seen.ready else "yellow"
        ),
        Text(one_line(state), style=dim or _state_style(state, ready=seen.ready)),
        Text(str(seen.restarts), style="red" if pod.new and seen.restarts else dim),
        Text(memory(pod.memory_peak_bytes if pod.gone else pod.memory_bytes), style=dim),
        Text(_spark(seen.name, story, signs), style="cyan"),
        Text(one_line(seen.node), style=dim),
    ]


def _state_style(state: str, *, ready: bool) -> str:
    if state in ("Running", "Completed"):
        return "green" if ready else "yellow"
    calm = state in ("Pending", "ContainerCreating", "PodInitializing", "Terminating") or state.startswith("Init:")
    return "yellow" if calm else "bold red"


def short_name(pod: str, workload: str) -> str:
    """A pod's name without its workload's, which the header has."""
    return one_line(pod.removeprefix(f"{workload.rpartition('/')[2]}-"))


def _spark(pod: str, story: Story, signs: Signs) -> str:
    values = [point.value for one in story.memory if one.name == pod for point in one.points][-SPARK_POINTS:]
    if len(values) < 2:
        return ""
    low, high = min(*values, max(values) * SPARK_FLAT), max(values)
    steps = len(signs.spark) - 1
    return "".join(signs.spark[round((value - low) / (high - low) * steps) if high > low else 0] for value in values)


def _counts(story: Story, width: int) -> Text:
    seen = story.counts
    if seen is None:
        return Text()
    hpa = "" if seen.hpa_replicas is None else f"   HPA wants {seen.hpa_replicas}"
    targets = f" ({one_line(seen.hpa_targets)})" if hpa and seen.hpa_targets else ""
    line = Text(f"{seen.ready} of {seen.replicas} ready, {seen.updated} up to date{hpa}{targets}", style="dim")
    line.truncate(width, overflow="ellipsis")
    return line


def _timeline(moments: Sequence[Moment], width: int, room: int) -> list[Text]:
    lines = []
    for moment in moments[-room:] if room else ():
        when = "" if moment.offset_s is None else t_plus(moment.offset_s)
        line = Text.assemble((set_cell_size(when, 9), "dim"), (one_line(moment.text), STYLES[moment.tone]))
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return lines


def _decides(scene: Scene, width: int, console: Console, signs: Signs) -> list[Text]:
    asked = scene.story.open_question
    if asked:
        left = max(0.0, (asked.due - scene.now).total_seconds())
        line = Text.assemble(
            ("ASKED    ", "bold yellow"), (one_line(asked.question), "bold"), (f"  {age(left)} left", "cyan")
        )
        return _wrapped(line, width, console)
    still = scene.waiting or scene.story.waiting_for
    waiting = sorted(
        (one for one in still if one.verdict is not Verdict.PASS), key=lambda one: PRECEDENCE.index(one.verdict)
    )
    passed_s = (scene.now - scene.fed_at).total_seconds() if scene.fed_at else 0.0
    return [line for one in waiting[:WAITING_MAX] for line in _waits(one, passed_s, width, console, signs)]


def _waits(one: Judgement, passed_s: float, width: int, console: Console, signs: Signs) -> list[Text]:
    line = Text.assemble(
        (f"{one.verdict.value:<9}", STYLES[VERDICT_TONES[one.verdict]] or "bold cyan"),
        one_line(judged_because(one)),
        (f"  [{one_line(one.rule)}]", "dim"),
    )
    if one.waits_s:
        left = max(0.0, one.waits_s - passed_s)
        bar = _bar(left / one.waits_s, signs)
        line.append_text(Text.assemble("  ", (f"{age(left)} left ", "cyan"), (bar, "cyan")))
    return _wrapped(line, width, console)


def _bar(share: float, signs: Signs) -> str:
    full = round(min(1.0, max(0.0, share)) * 10)
    return signs.full * full + signs.empty * (10 - full)


def _next(scene: Scene, width: int, console: Console) -> list[Text]:
    text = next_step(scene.story, scene.plan)
    line = Text.assemble(("next     ", "dim"), (one_line(text), ""))
    return [*_soak_left(scene), *(_wrapped(line, width, console) if text else [])]


def _soak_left(scene: Scene) -> list[Text]:
    stage = _stage(Phase.SOAKING, scene.story)
    if scene.plan is None or scene.story.phase is not Phase.SOAKING or stage is None:
        return []
    spent = (scene.now - stage.began).total_seconds()
    share = spent / scene.plan.soak.lasts_s if scene.plan.soak.lasts_s else 1.0
    left = max(0.0, scene.plan.soak.lasts_s - spent)
    return [Text.assemble(("soak     ", "dim"), (_bar(share, UNICODE), "green"), f" {age(left)} left")]


def _wrapped(line: Text, width: int, console: Console) -> list[Text]:
    """At most three lines, the following ones under the first one's text."""
    lines = line.wrap(console, max(20, width - 9))
    first, *rest = [*lines][:3]
    for one in lines:
        one.rstrip()
    return [first, *(Text.assemble(" " * 9, one) for one in rest)]

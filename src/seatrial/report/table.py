"""Tables and status as kubectl writes them: capital headers, ages, columns that line up."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from seatrial.report.figures import age, full_time, lasting, memory, one_line, t_plus
from seatrial.report.outlook import how_to_go_on, next_step
from seatrial.report.parts import PodStory, Story
from seatrial.report.sentences import judged_text, phase_label

__all__ = ["age", "runs_table", "status_text", "table"]

GAP = 3
VERDICT_MAX = 72


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, three blanks between them, none at the end of a line."""
    lines = [[one_line(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(cells_wide(row[column]) for row in lines) for column in range(len(headers))]
    return "".join(_line(row, widths) for row in lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - cells_wide(cell) + GAP) for cell, width in zip(row, widths, strict=True))
    return "".join(padded).rstrip() + "\n"


def cells_wide(text: str) -> int:
    """How many columns of a terminal the text takes: East Asian wide signs take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def runs_table(stories: Iterable[Story], now: datetime) -> str:
    """All runs, the newest first; empty where there is none."""
    newest = sorted(stories, key=lambda one: (one.started_at is not None, one.started_at), reverse=True)
    rows = [_run_row(one, now) for one in newest]
    return table(("NAME", "PLAN", "NAMESPACE", "WORKLOAD", "PHASE", "OWED", "AGE", "VERDICT"), rows) if rows else ""


def _run_row(story: Story, now: datetime) -> tuple[str, ...]:
    subject = story.subject
    began = age((now - story.started_at).total_seconds()) if story.started_at else ""
    verdict = one_line(story.verdict)
    short = verdict if len(verdict) <= VERDICT_MAX else verdict[: VERDICT_MAX - 1] + "…"
    owed = "rollback" if story.owed else "nothing"
    return (
        subject.run_id,
        subject.plan,
        subject.namespace,
        subject.workload,
        phase_label(story.phase),
        owed,
        began,
        short,
    )


def status_text(story: Story, now: datetime, zone: tzinfo = UTC) -> str:
    """One run: where it is and since when, what is owed, what it waits for, what comes next, and its pods."""
    facts = [(name, one_line(value)) for name, value in _facts(story, now, zone) if value]
    width = max(len(name) for name, _value in facts) + 2
    lines = [f"{name + ':':<{width}}{value}\n" for name, value in facts]
    lines += [
        f"{'Waits for:':<{width}}{words}\n" if n == 0 else f"{'':<{width}}{words}\n" for n, words in _waits(story)
    ]
    there = [pod for pod in story.pods if not pod.gone]
    pods = table(("POD", "READY", "STATUS", "RESTARTS", "MEMORY", "NODE"), map(_pod_row, there)) if there else ""
    return "".join(lines) + ("\n" + pods if pods else "")


def _facts(story: Story, now: datetime, zone: tzinfo) -> list[tuple[str, str]]:
    subject, stage = story.subject, story.stages[-1] if story.stages else None
    since = story.last_at if story.ended else stage.began if stage else None
    when = f" for {age((now - since).total_seconds())} (since {full_time(since, zone)})" if since else ""
    asked = story.open_question
    left = max(0.0, (asked.due - now).total_seconds()) if asked else 0.0
    return [
        ("Run", subject.run_id),
        ("Plan", subject.plan),
        ("Workload", f"{subject.workload} in namespace {subject.namespace}"),
        ("Cluster", f"{story.cluster.context} at {story.cluster.server}" if story.cluster else ""),
        ("Phase", f"{story.phase.value}{when}"),
        ("First change", _ago(story, now)),
        ("Verdict", story.verdict),
        ("Owed", "a rollback, until the run is settled" if story.owed else "nothing"),
        ("Asked", f"{asked.question} ({age(left)} left)" if asked else ""),
        ("Next", next_step(story)),
        ("If it stopped", how_to_go_on(story)),
    ]


def _ago(story: Story, now: datetime) -> str:
    if story.applied_at is None:
        return "none yet" if not story.ended else "none"
    return f"{lasting((now - story.applied_at).total_seconds())} ago (now {t_plus((now - story.applied_at).total_seconds())})"


def _waits(story: Story) -> Iterable[tuple[int, str]]:
    shown = story.waiting_for if not story.ended else ()
    return enumerate(f"{one.verdict.value} {one_line(judged_text(one))} [{one_line(one.rule)}]" for one in shown)


def _pod_row(pod: PodStory) -> tuple[str, ...]:
    seen = pod.last
    ready = "yes" if seen.ready else "no"
    return seen.name, ready, seen.state, str(seen.restarts), memory(pod.memory_bytes), seen.node

"""What a person sees while a run goes on: wide and narrow, without Unicode, off a terminal, hostile."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from tests.support.journals import NEW_1, PLAN, STORIES, healthy, held, hostile, oom_rollback

from seatrial.cli.living import LivingView, PlainView, view_for
from seatrial.cli.picture import Scene, picture
from seatrial.model import events as e
from seatrial.model.events import Entry
from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.story import tell

TAIPEI = ZoneInfo("Asia/Taipei")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Watch:
    """A clock that a test turns by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def drawn(
    entries: list[Entry], width: int = 120, height: int = 40, after_s: float = 0, feed: tuple[Judgement, ...] = ()
) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, markup=False, highlight=False)
    now = entries[-1].at + timedelta(seconds=after_s)
    return picture(Scene(tell(entries, PLAN), now, feed, entries[-1].at, PLAN), console).plain


def up_to(entries: list[Entry], kind: type[object]) -> list[Entry]:
    last = max(index for index, entry in enumerate(entries) if isinstance(entry.event, kind))
    return entries[: last + 1]


def test_the_rollout_is_seen_whole_on_a_wide_terminal() -> None:
    seen = drawn(up_to(healthy(), e.Warned), after_s=7)
    assert "exchange-service-oom-fix" in seen
    assert "T+19s" in seen
    assert "✓ apply" in seen
    assert "● rollout 18s" in seen
    assert "○ soak" in seen
    assert re.search(r"7b9c6d5f4-8kx2p\s+new\s+✓ yes\s+Running\s+0\s+353Mi\s+node-a", seen)
    assert "1 old + 1 new pod Ready; the second one starts" in seen
    assert "HPA wants 2 (<unknown>/70%, <unknown>/75%)" in seen


def test_the_rule_that_decides_counts_down_between_looks() -> None:
    entries = up_to(healthy(), e.Warned)
    waits = Judgement("replicas-available", "", Verdict.WAIT, "1 of 2 new pods ready", waits_s=45.0)
    fine = Judgement("stuck-creating", "", Verdict.PASS, "no pod is stuck")
    seen = drawn(entries, after_s=15, feed=(fine, waits))
    assert "WAIT     1 of 2 new pods ready  [replicas-available]  30s left ━━━━━━━╌╌╌" in seen
    assert "no pod is stuck" not in seen


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize(("width", "height"), [(60, 24), (80, 24), (132, 50), (40, 12)])
def test_the_picture_never_outgrows_the_terminal(story: str, width: int, height: int) -> None:
    entries = STORIES[story]()
    for end in [*range(1, len(entries), 7), len(entries)]:
        lines = drawn(entries[:end], width, height).split("\n")
        assert len(lines) < height
        assert max(map(len, lines)) <= width


def test_a_narrow_terminal_keeps_ticks_and_the_phase_it_is_in() -> None:
    seen = drawn(up_to(healthy(), e.Warned), width=60, after_s=7)
    assert "✓✓✓✓✓●○○○  ● rollout 18s" in seen
    assert "NODE" not in seen


def test_a_question_says_how_to_answer_and_how_long_it_waits() -> None:
    seen = drawn(held(), after_s=60)
    assert "ASKED" in seen
    assert "14m left" in seen
    assert "seatrial approve 20261124-180258-x7k2" in seen


def test_the_way_back_is_drawn_as_one() -> None:
    seen = drawn(oom_rollback())
    assert "✗ rollout ─ ✓ rollback ─ ✓ verify" in seen
    assert "soak" not in seen.splitlines()[1]


def test_a_terminal_without_unicode_gets_plain_signs() -> None:
    class Latin(Terminal):
        encoding = "ascii"

    console = Console(file=Latin(), width=120, height=40, markup=False)
    entries = up_to(healthy(), e.Warned)
    seen = picture(Scene(tell(entries), entries[-1].at), console).plain
    assert "+ apply - * rollout 11s - . proof" in seen


@pytest.mark.parametrize("make", [LivingView, PlainView])
def test_nothing_that_a_cluster_writes_moves_the_cursor(make: Callable[..., LivingView]) -> None:
    stream = Terminal()
    entries = hostile("\x1b[31mred\x1b]0;title\x07\u202etxt.exe\x9b2J [bold]no[/bold] :boom:")
    view = make(stream, Watch(entries[-1].at))
    for entry in entries:
        view.entry(entry)
    view.end("report.html")
    seen = stream.getvalue()
    assert "\x1b[31mred" not in seen
    assert "\x1b]0" not in seen
    assert "\x07" not in seen
    assert "\u202e" not in seen
    assert "\x9b" not in seen
    assert "[bold]no[/bold] :boom:" in seen


def test_the_living_view_ends_with_the_verdict_its_grounds_and_the_report() -> None:
    stream = Terminal()
    entries = oom_rollback()
    watch = Watch(entries[0].at)
    view = LivingView(stream, watch, PLAN)
    for entry in entries:
        watch.at = entry.at
        view.entry(entry)
        view.tick()
    view.end("/runs/x/report.html")
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue()).splitlines()[-12:]
    text = " ".join(" ".join(last).split())
    assert f"rolled back, verified: OOM-killed by the kernel on pod {NEW_1}" in text
    assert "[oom-killed]" in text
    assert "report: /runs/x/report.html" in text


def test_it_draws_four_times_a_second_at_most() -> None:
    stream = Terminal()
    entries = up_to(healthy(), e.Warned)
    view = LivingView(stream, Watch(entries[-1].at), PLAN)
    view.past(entries)
    view.tick()
    size = len(stream.getvalue())
    for _ in range(50):
        view.waiting((Judgement("replicas-available", "", Verdict.WAIT, "1 of 2", waits_s=45.0),))
    assert len(stream.getvalue()) == size


def test_it_steps_aside_for_a_prompt() -> None:
    stream = Terminal()
    entries = up_to(healthy(), e.Asked)
    view = LivingView(stream, Watch(entries[-1].at), PLAN)
    for entry in entries:
        view.entry(entry)
    view.suspend()
    size = len(stream.getvalue())
    view.tick()
    assert len(stream.getvalue()) == size
    view.resume()
    assert len(stream.getvalue()) > size


def test_the_diff_stays_above_the_picture() -> None:
    stream = Terminal()
    entries = up_to(healthy(), e.DiffShown)
    view = LivingView(stream, Watch(entries[-1].at), PLAN)
    for entry in entries:
        view.entry(entry)
    assert "+     replicas: 2" in stream.getvalue()
    assert "the HPA starts at 2" in stream.getvalue()


def test_off_a_terminal_a_run_is_a_log() -> None:
    stream = io.StringIO()
    entries = healthy()
    view = view_for(stream, Watch(entries[-1].at), PLAN, TAIPEI)
    for entry in entries:
        view.entry(entry)
        view.tick()
    view.end("/runs/x/report.html")
    seen = stream.getvalue()
    assert (
        "02:03:22 T+12s    rollout   WAIT    1 of 2 new pods ready; readiness may take 45s more  [replicas-available]"
        in seen
    )
    assert "\x1b" not in seen
    assert seen.rstrip().endswith("report: /runs/x/report.html")
    assert "accepted: every pod does what the plan says" in seen


def test_who_takes_a_run_over_does_not_hear_it_again() -> None:
    stream = io.StringIO()
    entries = held()
    view = PlainView(stream, Watch(entries[-1].at), PLAN)
    view.past(entries)
    assert stream.getvalue() == ""
    view.end("", "detached")
    assert "a rollback is owed until the run is settled" in stream.getvalue()
    assert "seatrial resume 20261124-180258-x7k2" in stream.getvalue()

"""What a person sees of a run: one living picture on a terminal, plain lines elsewhere, and the same last words."""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from typing import Protocol, TextIO

from seatrial.model import events as e
from seatrial.model.events import Entry
from seatrial.model.judgement import Judgement
from seatrial.model.plan import Plan
from seatrial.report.chronicle import TRANSITIONS
from seatrial.report.figures import clean
from seatrial.report.last_words import last_words
from seatrial.report.lines import STANDING, diff_lines, plain_lines, stand
from seatrial.report.story import Story, tell

FRAMES_PER_S_MAX = 4


class View(Protocol):
    """Where a run is shown while it goes on."""

    def past(self, entries: Iterable[Entry]) -> None:
        """The journal so far, of a run that is taken over; it is not told again."""
        ...

    def entry(self, entry: Entry) -> None:
        """Something was journaled."""
        ...

    def waiting(self, judgements: tuple[Judgement, ...]) -> None:
        """What the newest look says: the rules that decide next, and how long they still wait."""
        ...

    def tick(self) -> None:
        """A second went by."""
        ...

    def suspend(self) -> None:
        """Step aside: somebody else writes to the terminal."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...

    def end(self, report_path: str = "", parting: str = "") -> None:
        """The last words. parting is lifecycle.exit_code's: how the process ended where the run has not."""
        ...


def view_for(stream: TextIO, now: Callable[[], datetime], plan: Plan | None = None, zone: tzinfo = UTC) -> View:
    """The living view on a terminal that can move its cursor, plain lines elsewhere."""
    if stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb") and "CI" not in os.environ:
        return LivingView(stream, now, plan, zone)
    return PlainView(stream, now, plan, zone)


class PlainView:
    """One line for each thing that happened."""

    def __init__(
        self, stream: TextIO, now: Callable[[], datetime], plan: Plan | None = None, zone: tzinfo = UTC
    ) -> None:
        """Write to `stream`, with times of day in `zone`."""
        self._stream, self._plan, self._zone = stream, plan, zone
        self._entries: list[Entry] = []
        self._standing = STANDING

    def past(self, entries: Iterable[Entry]) -> None:
        """Remember, and say nothing."""
        for entry in entries:
            self._entries.append(entry)
            self._standing = stand(self._standing, entry)

    def entry(self, entry: Entry) -> None:
        """Say it."""
        for line in plain_lines(entry, self._standing, self._zone):
            self._stream.write(line + "\n")
        self._stream.flush()
        self.past((entry,))

    def waiting(self, judgements: tuple[Judgement, ...]) -> None:
        """A log is no place for what changes every second."""

    def tick(self) -> None:
        """Nothing moves."""

    def suspend(self) -> None:
        """Nothing is in the way."""

    def resume(self) -> None:
        """Nothing was in the way."""

    def end(self, report_path: str = "", parting: str = "") -> None:
        """The last words."""
        words = last_words(tell(self._entries, self._plan), report_path, parting)
        self._stream.write("\n" + "\n".join(words) + "\n")
        self._stream.flush()


class LivingView:
    """One picture that is drawn anew with each entry and each second, at most four times a second."""

    def __init__(
        self, stream: TextIO, now: Callable[[], datetime], plan: Plan | None = None, zone: tzinfo = UTC
    ) -> None:
        """Draw on `stream`, a terminal."""
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live_type = Live
        self._live: Live | None = None
        self._now, self._plan, self._zone = now, plan, zone
        self._entries: list[Entry] = []
        self._story: Story | None = None
        self._waiting: tuple[Judgement, ...] = ()
        self._fed_at: datetime | None = None
        self._drawn_at: datetime | None = None
        self._width = self._console.size.width
        self._aside = False

    def past(self, entries: Iterable[Entry]) -> None:
        """Remember; the picture has it all."""
        self._entries.extend(entries)
        self._story = None

    def entry(self, entry: Entry) -> None:
        """Draw it; a diff goes above the picture, where it stays."""
        self.past((entry,))
        if isinstance(entry.event, TRANSITIONS):
            self._waiting, self._fed_at = (), None
        if isinstance(entry.event, e.DiffShown):
            self._show_change(entry.event)
        self._draw_unless_just_drawn()

    def waiting(self, judgements: tuple[Judgement, ...]) -> None:
        """Draw what decides next."""
        self._waiting, self._fed_at = judgements, self._now()
        self._draw_unless_just_drawn()

    def tick(self) -> None:
        """Draw the new second."""
        self._draw()

    def suspend(self) -> None:
        """Take the picture off the terminal."""
        self._aside = True
        self._stop()

    def resume(self) -> None:
        """Draw again."""
        self._aside = False
        self._draw()

    def end(self, report_path: str = "", parting: str = "") -> None:
        """The last picture stays, the verdict under it."""
        from seatrial.cli.picture import STYLES, Scene, closing, hanging

        self._aside = True
        self._stop()
        story = self._told()
        first, *rest = last_words(story, report_path, parting)
        scene = Scene(story, story.last_at or self._now())
        self._console.print(closing(scene, self._console), soft_wrap=True)
        self._console.print(hanging(first, f"bold {STYLES[story.tone]}".strip(), self._console))
        for line in rest:
            self._console.print(hanging(line, "", self._console))

    def _told(self) -> Story:
        if self._story is None:
            self._story = tell(self._entries, self._plan)
        return self._story

    def _show_change(self, shown: e.DiffShown) -> None:
        from rich.text import Text

        from seatrial.cli.picture import styled_diff

        self._console.print(styled_diff(diff_lines(shown.text)))
        for consequence in shown.consequences:
            self._console.print(Text(f"  {clean(consequence)}"))
        self._console.print()

    def _draw_unless_just_drawn(self) -> None:
        now = self._now()
        if self._drawn_at is None or (now - self._drawn_at).total_seconds() >= 1 / FRAMES_PER_S_MAX:
            self._draw()

    def _draw(self) -> None:
        from seatrial.cli.picture import Scene, picture

        if self._aside or not self._entries:
            return
        self._make_room()
        self._drawn_at = self._now()
        scene = Scene(self._told(), self._drawn_at, self._waiting, self._fed_at, self._plan)
        if self._live is None:
            self._live = self._live_type(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="crop",
            )
            self._live.start()
            self._console.show_cursor(True)  # a process that is killed must not leave a terminal without one
        self._live.update(picture(scene, self._console), refresh=True)

    def _make_room(self) -> None:
        """A terminal that became narrower has broken the old picture's lines: wipe them and begin anew."""
        width = self._console.size.width
        if width < self._width and self._live is not None:
            self._stop()
            self._console.clear()
        self._width = width

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

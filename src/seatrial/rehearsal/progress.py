"""Says what is being done, how far it is and how long it still takes, from how long it took before."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from seatrial.run.clock import ticks

Out = Callable[[str], None]
REPORT_EVERY_S = 10.0


class Durations:
    """How long each step took the last time, kept in one small file; a lost or torn file only costs the estimates."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def expected_s(self, step: str, otherwise: float) -> float:
        """The last measured duration, or a guess where there is none."""
        return self._read().get(step, otherwise)

    def record(self, step: str, took_s: float) -> None:
        """Remember for the next time."""
        with self._lock:
            known = self._read() | {step: round(took_s, 1)}
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_name(f"{self._file.name}.{os.getpid()}")
            fresh.write_text(json.dumps(known, indent=1, sort_keys=True))
            fresh.replace(self._file)

    def _read(self) -> dict[str, float]:
        try:
            known = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {str(step): float(took) for step, took in known.items() if isinstance(took, int | float)}


class Step:
    """One step under way; `at` reports how far it is, no more often than every ten seconds."""

    def __init__(self, title: str, expected_s: float, out: Out) -> None:
        self.title = title
        self._expected_s = expected_s
        self._out = out
        self._began = self._said = ticks()

    def begin(self) -> None:
        """Say what begins and how long it usually takes."""
        self._out(f"  {self.title} … (about {spell(self._expected_s)})")

    def at(self, how_far: str, share: float | None = None) -> None:
        """Say how far it is, if it is time to."""
        if ticks() - self._said < REPORT_EVERY_S:
            return
        self._said = ticks()
        left = remaining_s(self.passed_s(), self._expected_s, share)
        still = f"about {spell(left)} more" if left >= 1 else "longer than usual"
        self._out(f"  {self.title}: {how_far}, {spell(self.passed_s())} so far, {still}")

    def done(self) -> float:
        """Say that it is done; returns how long it took."""
        took = self.passed_s()
        self._out(f"  {self.title}: done in {spell(took)}")
        return took

    def passed_s(self) -> float:
        """Seconds since the step began."""
        return ticks() - self._began


class Progress:
    """The steps of one `up`, told through one callable."""

    def __init__(self, out: Out, durations: Durations) -> None:
        self.out = out
        self._durations = durations

    @contextmanager
    def step(self, key: str, title: str, guess_s: float) -> Iterator[Step]:
        """Tell of one step; only a step that succeeded teaches how long it takes."""
        step = Step(title, self._durations.expected_s(key, guess_s), self.out)
        step.begin()
        yield step
        self._durations.record(key, step.done())


def remaining_s(passed_s: float, expected_s: float, share: float | None) -> float:
    """What is still to come: by earlier runs, and by the share that is done once that says something."""
    by_habit = expected_s - passed_s
    if share is None or share < 0.1:
        return max(0.0, by_habit)
    return max(0.0, passed_s / share - passed_s)


def spell(seconds: float) -> str:
    """A duration as a person says it."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"

"""Plays scenes side by side, as many as the machine bears, so that one waits for its JVMs while another one works."""

import os
import secrets
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.e2e.stage import Stage

from seatrial.rehearsal.settings import Cluster
from seatrial.run.clock import ticks

AT_ONCE = int(os.environ.get("SEATRIAL_SCENES_AT_ONCE", "3"))
LONGEST_FIRST = ("leak", "interrupted_twice", "accepted", "half_right", "never_starts", "refused")
"""What takes long begins first, so that nothing is waited for alone at the end."""

LAST = "no_node"
"""It is in the way of all the others."""

Act = Callable[[Stage], object]


def looks_at(act: Act) -> pytest.MarkDecorator:
    """The mark of a test that looks at what a scene brought."""
    return pytest.mark.scene.with_args(act)


class Theatre:
    """Every scene that some test asks for, each played once, in a namespace of its own that goes when it is over."""

    def __init__(self, cluster: Cluster, place: Path, acts: Iterable[Act], say: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._place = place
        self._say = say
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        self._stages: list[Stage] = []
        self._playing: dict[str, Future[object]] = {}
        for act in sorted(acts, key=_place_in_line):
            self._playing[act.__name__] = self._pool.submit(self._play, act)

    def outcome(self, act: Act) -> object:
        """What the scene brought; its error, where it broke off."""
        return self._playing[act.__name__].result()

    def _wait_for_the_others(self) -> None:
        for name, playing in self._playing.items():
            if name != LAST:
                playing.exception()

    def stages(self) -> list[Stage]:
        """The stages of all scenes, when all of them have ended."""
        for playing in self._playing.values():
            playing.exception()
        return list(self._stages)

    def close(self) -> None:
        """End what has not begun, and wait for the rest."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _play(self, act: Act) -> object:
        name = act.__name__.replace("_", "-")
        began = ticks()
        place = self._place / name
        place.mkdir()
        stage = Stage(self._cluster, f"e2e-{name}-{secrets.token_hex(2)}", place)
        self._stages.append(stage)
        try:
            if act.__name__ == LAST:
                self._wait_for_the_others()
            return act(stage)
        except BaseException:
            (place / "broken.txt").write_text(traceback.format_exc())
            raise
        finally:
            stage.close()
            self._say(f"scene {name}: {ticks() - began:.0f} s, in {place}")


def _place_in_line(act: Act) -> int:
    name = act.__name__
    if name == LAST:
        return len(LONGEST_FIRST) + 1
    return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)

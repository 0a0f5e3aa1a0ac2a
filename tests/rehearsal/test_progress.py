"""Progress: what, how far, how long still; and a lost memory costs no more than the estimate."""

from pathlib import Path

import pytest

from seatrial.rehearsal.progress import Durations, Progress, remaining_s, spell


@pytest.mark.parametrize(
    ("passed", "expected", "share", "remaining"),
    [
        (20.0, 60.0, None, 40.0),
        (90.0, 60.0, None, 0.0),
        (20.0, 60.0, 0.05, 40.0),  # too early to go by the share
        (100.0, 60.0, 0.5, 100.0),  # the share knows better than an old habit
    ],
)
def test_how_long_still(passed: float, expected: float, share: float | None, remaining: float) -> None:
    assert remaining_s(passed, expected, share) == pytest.approx(remaining)


@pytest.mark.parametrize(("seconds", "said"), [(0.42, "0.4 s"), (61.3, "61 s"), (222.0, "3 min 42 s")])
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert spell(seconds) == said


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"build": "soon"}'])
def test_a_torn_memory_is_no_memory(torn: str, tmp_path: Path) -> None:
    file = tmp_path / "durations.json"
    file.write_text(torn)
    durations = Durations(file)
    assert durations.expected_s("build", 230) == 230
    durations.record("build", 12.34)
    assert Durations(file).expected_s("build", 230) == 12.3


def test_a_step_says_that_it_begins_and_that_it_is_done(tmp_path: Path) -> None:
    said: list[str] = []
    with Progress(said.append, Durations(tmp_path / "d")).step("build", "build it", 230) as step:
        step.at("1 of 9")  # within ten seconds: not worth a line
    assert said[0] == "  build it … (about 3 min 50 s)"
    assert said[1].startswith("  build it: done in ")
    assert len(said) == 2


def test_a_step_that_failed_teaches_nothing(tmp_path: Path) -> None:
    durations = Durations(tmp_path / "d")
    with pytest.raises(RuntimeError), Progress(lambda _: None, durations).step("build", "build it", 230):
        raise RuntimeError
    assert durations.expected_s("build", 230) == 230

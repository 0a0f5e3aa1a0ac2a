"""Tables and status in kubectl's manner."""

from datetime import timedelta

from tests.support.journals import BEGAN, NEW_1, PLAN, RUN, healthy, held, oom_rollback

from seatrial.report.story import tell
from seatrial.report.table import runs_table, status_text, table


def test_columns_line_up_and_no_line_ends_in_blanks() -> None:
    assert table(("NAME", "AGE"), [("a", "5m12s"), ("longer", "1s")]) == "NAME     AGE\na        5m12s\nlonger   1s\n"


def test_wide_signs_take_two_columns() -> None:
    assert table(("NAME", "X"), [("部署", "1"), ("abcd", "2")]) == "NAME   X\n部署   1\nabcd   2\n"


def test_a_hostile_cell_stays_in_its_row() -> None:
    assert table(("A", "B"), [("x\ny\x1b[2J", "1")]).count("\n") == 2


def test_runs_are_listed_newest_first() -> None:
    text = runs_table([tell(oom_rollback()), tell(healthy())], BEGAN + timedelta(hours=3, minutes=4))
    assert text.splitlines()[0].split() == ["NAME", "PLAN", "NAMESPACE", "WORKLOAD", "PHASE", "OWED", "AGE", "VERDICT"]
    assert "3h4m" in text
    assert runs_table([], BEGAN) == ""


def test_status_says_what_is_owed_asked_and_next() -> None:
    story = tell(held(), PLAN)
    text = status_text(story, BEGAN + timedelta(seconds=200))
    assert "Phase:         watching for 3m7s" in text
    assert "Owed:          a rollback, until the run is settled" in text
    assert "(14m left)" in text
    assert f"`seatrial approve {RUN}`" in text
    assert f"`seatrial resume {RUN}`" in text
    assert f"HOLD {NEW_1}: ContainerCreating for 2m4s" in text
    assert "ContainerCreating   0" in text


def test_status_of_a_run_that_is_over_owes_nothing_and_waits_for_nothing() -> None:
    text = status_text(tell(healthy(), PLAN), BEGAN + timedelta(hours=5))
    assert "Owed:         nothing" in text
    assert "Waits for" not in text
    assert "If it stopped" not in text

"""The table: every phase has a row, nothing leads past the approval, and the obligation ends only where it may."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.lifecycle import BEFORE_CHANGE, ENDS, TABLE, ImpossibleEventError, Phase, State, advance, exit_code, fold
from seatrial.model import events as e

T0 = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)

SAMPLES: dict[type[e.Transition], e.Transition] = {
    e.PreflightPassed: e.PreflightPassed(),
    e.Refused: e.Refused("no"),
    e.BaselineTaken: e.BaselineTaken(1, 1, {}),
    e.ChangeFound: e.ChangeFound("d1", ()),
    e.NothingToChange: e.NothingToChange(),
    e.ChangeApproved: e.ChangeApproved("d1", "anna"),
    e.ApplyStarted: e.ApplyStarted("d1"),
    e.ApplyFinished: e.ApplyFinished(),
    e.ApplyFailed: e.ApplyFailed("quota"),
    e.RolloutHealthy: e.RolloutHealthy("2 of 2"),
    e.ProofGiven: e.ProofGiven(),
    e.SoakEnded: e.SoakEnded(6),
    e.CriteriaMet: e.CriteriaMet(),
    e.RollbackDecided: e.RollbackDecided("crash-loop", "exit 1", "the plan"),
    e.RollbackApplied: e.RollbackApplied(),
    e.RollbackVerified: e.RollbackVerified("it is back"),
    e.RollbackFailed: e.RollbackFailed("403"),
    e.Superseded: e.Superseded("revision 9"),
    e.Kept: e.Kept("we know", "anna"),
    e.WentOn: e.WentOn("nobody answered", "nobody"),
    e.Interrupted: e.Interrupted("SIGINT"),
}


def entries(*events: e.AnyEvent) -> list[e.Entry]:
    """A journal of these events, one a second."""
    return [e.Entry(n, T0 + timedelta(seconds=n), float(n), "boot", event) for n, event in enumerate(events)]


HAPPY: tuple[e.AnyEvent, ...] = (
    e.RunStarted("r1", "p", "d", "0", "h", "u", "deployment/x", "ns"),
    e.PreflightPassed(),
    e.BaselineTaken(1, 1, {}),
    e.ChangeFound("d1", ()),
    e.ChangeApproved("d1", "anna"),
    e.ApplyStarted("d1"),
    e.ApplyFinished(),
    e.RolloutHealthy("2 of 2"),
    e.ProofGiven(),
    e.SoakEnded(6),
    e.CriteriaMet(),
)


def test_every_transition_has_a_sample_here() -> None:
    """A new transition must be tried in these tests too."""
    assert set(SAMPLES) == set(get_args(e.Transition))


def test_every_phase_has_a_row_or_is_an_end() -> None:
    """No phase is a dead end by accident."""
    assert set(TABLE) | ENDS == set(Phase)
    assert not set(TABLE) & ENDS


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("kind", list(SAMPLES))
def test_what_the_row_does_not_have_can_not_happen(phase: Phase, kind: type[e.Transition]) -> None:
    """The whole table, cell by cell."""
    state = State(phase=phase)
    entry = e.Entry(0, T0, 0.0, "boot", SAMPLES[kind])
    target = TABLE.get(phase, {}).get(kind)
    if target is None:
        with pytest.raises(ImpossibleEventError, match="can't happen"):
            advance(state, entry)
    else:
        assert advance(state, entry).phase is target


def test_a_happy_run_is_accepted_and_owes_nothing() -> None:
    """The whole way, and the exit code."""
    state = fold(entries(*HAPPY))

    assert state.phase is Phase.ACCEPTED
    assert not state.owed
    assert exit_code(state) == 0


def test_a_rollback_is_owed_from_before_the_first_change_to_the_end_of_the_soak() -> None:
    """The obligation, entry by entry."""
    owed = [fold(entries(*HAPPY)[: n + 1]).owed for n in range(len(HAPPY))]

    assert owed == [False] * 5 + [True] * 4 + [False] * 2


def test_a_note_does_not_move_a_deadline() -> None:
    """since[phase] is the transition's time, whatever is noted later."""
    state = fold(entries(*HAPPY[:7], e.Milestone("1 old"), e.Warned("restarts", "one")))

    assert state.since[Phase.WATCHING] == T0 + timedelta(seconds=6)
    assert state.last_at == T0 + timedelta(seconds=8)


@pytest.mark.parametrize(
    ("events", "parting", "code"),
    [
        ((e.Refused("window"),), "", 3),
        ((e.Refused("no answer", unreachable=True),), "", 7),
        ((e.Interrupted("SIGINT"),), "", 130),
        (HAPPY[1:6], "detached", 6),
        (HAPPY[1:6], "crashed", 5),
        (HAPPY[1:10], "later", 0),
        ((*HAPPY[1:7], SAMPLES[e.RollbackDecided], e.RollbackApplied(), e.RollbackVerified("back")), "", 4),
        ((*HAPPY[1:7], SAMPLES[e.RollbackDecided], e.RollbackFailed("403")), "held", 5),
        ((*HAPPY[1:7], e.Superseded("9")), "", 6),
        (HAPPY[1:3], "crashed", 70),
    ],
)
def test_the_exit_code_is_a_function_of_the_journal(events: tuple[e.AnyEvent, ...], parting: str, code: int) -> None:
    """Each end has its own code."""
    assert exit_code(fold(entries(HAPPY[0], *events)), parting) == code


@given(st.lists(st.sampled_from(list(SAMPLES.values())), max_size=30))
def test_nothing_is_applied_that_nobody_approved(events: list[e.Transition]) -> None:
    """Whatever happens in whatever order: no way into a change without an approval, and none past it without an obligation."""
    state = State()
    approved = False
    for n, event in enumerate(events):
        try:
            state = advance(state, e.Entry(n, T0, 0.0, "boot", event))
        except ImpossibleEventError:
            continue
        approved = approved or isinstance(event, e.ChangeApproved)
        assert state.phase in BEFORE_CHANGE | ENDS or approved
        if state.phase in {Phase.APPLYING, Phase.WATCHING, Phase.PROVING, Phase.SOAKING}:
            assert state.owed


def test_an_approved_question_is_not_asked_again() -> None:
    """A person's word waives exactly what was asked."""
    from seatrial.model.judgement import Judgement, Verdict

    hold = Judgement("pod-scheduled", "pod/x", Verdict.HOLD, "no node fits")
    state = fold(entries(*HAPPY[:7], e.Asked("q", (hold,), 900.0, "kept"), e.Answered("approve", "anna")))

    assert state.waived == {("pod-scheduled", "pod/x")}
    assert state.asked is None


def test_a_question_that_grows_keeps_its_deadline() -> None:
    """What else goes wrong while it is open is added to it, and gives nobody more time; a question after a lifted one does."""
    asked = e.Asked("q", (), 900.0, "kept")
    once = fold(entries(*HAPPY[:7], asked))
    grown = fold(entries(*HAPPY[:7], asked, e.Asked("q and more", (), 900.0, "kept")))
    anew = fold(entries(*HAPPY[:7], asked, e.Lifted("it healed"), asked))

    assert grown.asked_at == once.asked_at
    assert grown.asked is not None
    assert grown.asked.question == "q and more"
    assert anew.asked_at is not None
    assert once.asked_at is not None
    assert anew.asked_at > once.asked_at

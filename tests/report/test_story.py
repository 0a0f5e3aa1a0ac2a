"""A journal is told as a story: the verdict, what it rests on, and everything a person may ask for afterwards."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.support.journals import (
    BEGAN,
    NEW_1,
    NEW_2,
    OLD,
    PLAN,
    SERVICE,
    STORIES,
    JournalByHand,
    healthy,
    held,
    new_pod,
    old_pod,
    oom_rollback,
    passed,
    refusal,
)

from seatrial.judge.all_rules import all_cards
from seatrial.lifecycle import Phase
from seatrial.model import events as e
from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.parts import Tone
from seatrial.report.story import next_step, tell
from seatrial.report.verdict import WEIGHTY

VERDICTS = {
    "healthy": ("accepted: every pod does what the plan says, 4 criteria met, 1h after the first change", Tone.GOOD),
    "oom": (f"rolled back, verified: OOM-killed by the kernel on pod {NEW_1}: exit 137, limit 6Gi", Tone.WARY),
    "refused": (
        "refused before the first change: the change reaches no pod: the Secret's name has no hash, "
        "and the pod template stays as it is",
        Tone.WARY,
    ),
    "held": (f"held: {NEW_1} is stuck in ContainerCreating: go on waiting?", Tone.WARY),
}
OUTCOMES = {"healthy": "accepted", "oom": "rolled-back", "refused": "refused", "held": "held"}


@pytest.mark.parametrize("name", STORIES)
def test_the_verdict_is_one_sentence_that_begins_with_the_outcome(name: str) -> None:
    story = tell(STORIES[name](), PLAN)
    assert (story.verdict, story.tone) == VERDICTS[name]
    assert story.outcome == OUTCOMES[name]


@pytest.mark.parametrize("name", STORIES)
def test_a_story_can_be_told_at_every_moment(name: str) -> None:
    entries = STORIES[name]()
    for end in range(len(entries) + 1):
        story = tell(entries[:end], PLAN)
        assert story.verdict
        assert next_step(story, PLAN)


def test_an_acceptance_rests_on_what_passed_and_names_what_was_not_checked() -> None:
    story = tell(healthy(), PLAN)
    assert {one.rule for one in story.rests_on} == {
        "replicas-available",
        "hpa-metrics",
        "memory-window",
        "jvm-flags",
        "out-of-memory",
    }
    assert all(one.verdict is Verdict.PASS for one in story.rests_on)
    assert [one.what for one in story.unseen] == ["server-errors"]


def test_a_rollback_rests_on_the_rule_that_failed_and_on_what_verified_it() -> None:
    story = tell(oom_rollback(), PLAN)
    failed, verified = story.rests_on
    assert (failed.rule, failed.verdict, failed.about) == ("oom-killed", Verdict.FAIL, NEW_1)
    assert failed.evidence[0] == "lastState.terminated.reason OOMKilled, exit code 137"
    assert verified.because == "4 objects are as they were recorded, 1 pod serves"
    assert not story.owed


def test_a_rollback_that_a_person_asked_for_rests_on_that_word() -> None:
    journal = JournalByHand()
    journal.entries = [one for one in held() if not isinstance(one.event, e.Asked | e.Judged)]
    journal.say(
        200, e.RollbackDecided("", "the shop is down", "mei"), e.RollbackApplied(), e.RollbackVerified("as recorded")
    )
    story = tell(journal.entries)
    assert story.verdict == "rolled back, verified: the shop is down"
    assert (story.rests_on[0].rule, story.rests_on[0].because) == ("a person", "the shop is down")


def test_a_failed_rollback_says_that_a_person_is_needed() -> None:
    entries = [one for one in oom_rollback() if not isinstance(one.event, e.RollbackVerified | e.Unsealed)]
    journal = JournalByHand()
    journal.entries = entries
    story = tell(journal.say(700, e.RollbackFailed("the Secret is not as it was")).entries)
    assert story.verdict == "rollback failed, a person is needed now: the Secret is not as it was"
    assert story.tone is Tone.BAD
    assert story.owed
    assert "seatrial rollback" in next_step(story)


def test_a_refusal_offers_the_way_out_of_its_rule() -> None:
    story = tell(refusal())
    assert next_step(story) == "set rollout.reach to stamp or restart, or give the Secret a hashed name"
    assert story.applied_at is None


def test_a_soak_that_passed_lists_the_criteria_still_to_come() -> None:
    entries = healthy()
    ended = next(index for index, one in enumerate(entries) if isinstance(one.event, e.SoakEnded))
    story = tell(entries[: ended + 1], PLAN)
    assert story.verdict == "soak passed, 2 criteria still to come"
    assert next_step(story) == "the next criterion, out-of-memory, is due 1d after the apply"
    assert [(one.subject, one.met_at is not None) for one in story.criteria] == [
        ("pods", True),
        ("memory", True),
        ("out-of-memory", False),
        ("gc-log", False),
    ]
    assert not story.owed


def test_phases_and_their_durations_stand_beside_the_estimates() -> None:
    story = tell(healthy(), PLAN)
    assert [stage.phase for stage in story.stages] == [
        Phase.PREFLIGHT,
        Phase.BASELINE,
        Phase.CHANGE,
        Phase.APPROVAL,
        Phase.READY,
        Phase.APPLYING,
        Phase.WATCHING,
        Phase.PROVING,
        Phase.SOAKING,
        Phase.ACCEPTING,
    ]
    measured = {one.name: one.measured_s for one in story.estimates}
    assert measured["preparation"] == pytest.approx(2.0)  # the nine seconds until somebody said yes are not in it
    assert measured["rollout"] == pytest.approx(31.4)
    assert (story.estimates[2].low_s, story.estimates[2].high_s) == (180, 300)


def test_pods_are_told_from_first_to_last_with_their_peak() -> None:
    pods = {one.last.name: one for one in tell(healthy()).pods}
    assert not pods[NEW_1].gone
    assert pods[OLD].gone
    assert pods[OLD].last_at == BEGAN + timedelta(seconds=36)
    assert pods[NEW_2].memory_peak_bytes == 980 * (1 << 20)
    assert list(pods) == [NEW_1, NEW_2, OLD]


def test_new_is_what_the_change_brought_whatever_the_newest_replicaset_was_at_the_time() -> None:
    """Before the change and after a rollback the old ReplicaSet is the newest; right after the apply it still seems so."""
    journal = JournalByHand()
    entries = oom_rollback()
    applied = next(index for index, one in enumerate(entries) if isinstance(one.event, e.ApplyFinished))
    flipped = replace(old_pod(), new=True)
    journal.entries = entries[: applied + 1]
    journal.say(13, e.Sampled(1, 0, 1, (flipped,)))
    journal.entries += [
        one for one in entries[applied + 1 :] if not isinstance(one.event, e.RollbackVerified | e.Unsealed)
    ]
    journal.say(
        60, e.Sampled(1, 1, 1, (flipped, replace(new_pod(NEW_1), new=False))), e.RollbackVerified("as recorded")
    )
    new = {one.last.name: one.new for one in tell(journal.entries).pods}
    assert new == {OLD: False, NEW_1: True}


def test_a_sample_without_usage_does_not_forget_the_memory_seen_before() -> None:
    journal = JournalByHand()
    journal.entries = [one for one in healthy() if not isinstance(one.event, e.CriteriaMet | e.Unsealed)]
    journal.say(9000, e.Sampled(2, 2, 2, (new_pod(NEW_1), new_pod(NEW_2))))
    assert [one.memory_bytes for one in tell(journal.entries).pods][:2] == [920 * (1 << 20), 980 * (1 << 20)]


def test_the_series_of_a_pod_have_no_value_where_none_was_seen() -> None:
    memory = {one.name: one for one in tell(healthy()).memory}
    assert len(memory[NEW_1].points) == 3 + 6
    assert memory[NEW_1].points[0].value == 353 * (1 << 20)


def test_the_timeline_counts_from_the_first_change_and_says_a_failure_once() -> None:
    entries = oom_rollback()
    again = next(one for one in entries if isinstance(one.event, e.Judged) and one.event.family == "pods")
    story = tell([*entries[: again.index], again, *entries[again.index :]])
    assert [one.offset_s for one in story.timeline][:3] == [None, None, None]
    assert [one.text for one in story.timeline].count(
        f"FAIL OOM-killed by the kernel on pod {NEW_1}: exit 137, limit 6Gi [oom-killed]"
    ) == 1
    assert next(one.offset_s for one in story.timeline if one.text == "1 new pod OOM-killed") == 26.0


def test_a_milestone_that_repeats_the_last_one_is_told_once() -> None:
    journal = JournalByHand()
    journal.entries = held()
    for second, text in enumerate(("2 new Running", "2 new Running", "2 new Running, Ready", "2 new Running")):
        journal.say(200 + second, e.Milestone(text))
    told = [one.text for one in tell(journal.entries).timeline if one.kind == "milestone"]
    assert told == ["2 new Running", "2 new Running, Ready", "2 new Running"]


def test_questions_carry_their_answers() -> None:
    (approval,) = tell(healthy()).questions
    assert (approval.word, approval.by) == ("approve", "mei")
    open_one = tell(held()).open_question
    assert open_one is not None
    assert open_one.due == BEGAN + timedelta(seconds=1040)


def test_a_question_that_heals_is_lifted() -> None:
    journal = JournalByHand()
    journal.entries = held()
    story = tell(journal.say(200, e.Lifted("the mount came")).entries)
    assert story.questions[-1].word == "lifted"
    assert story.open_question is None
    assert story.verdict.startswith("in progress: rollout")


def test_a_write_without_an_outcome_is_not_called_done() -> None:
    entries = [one for one in oom_rollback() if not (isinstance(one.event, e.WriteDone) and one.event.op == "op-7")]
    outcomes = {(one.verb, one.ref): (one.outcome, one.ok) for one in tell(entries).writes}
    assert outcomes[("delete", "horizontalpodautoscaler.autoscaling/exchange-service-hpa")] == ("not known", None)
    assert outcomes[("apply", "horizontalpodautoscaler.autoscaling/exchange-service-hpa")] == ("created", True)


def test_an_object_that_needed_no_write_is_told_as_unchanged() -> None:
    journal = JournalByHand()
    journal.entries = held()
    story = tell(journal.say(200, e.LeftAlone(SERVICE)).entries)
    assert (story.writes[-1].ref, story.writes[-1].outcome) == ("service/exchange-service", "unchanged")


def test_the_time_between_two_processes_is_a_gap() -> None:
    journal = JournalByHand()
    journal.entries = held()
    story = tell(
        journal.say(300, e.Detached("a rollback", "SIGINT")).say(420, e.Resumed("ops-2", "lin", "0.1.0", 120.0)).entries
    )
    assert [(one.lasted_s, one.because) for one in story.gaps] == [(120.0, "no process of the run was there")]


def test_what_could_not_be_seen_and_was_seen_later_is_no_gap_in_knowledge() -> None:
    journal = JournalByHand()
    journal.entries = held()
    unknown = Judgement("server-errors", "svc", Verdict.UNKNOWN, "no answer")
    journal.say(210, e.Judged("service", (unknown,)), e.Judged("service", (passed("server-errors", "svc", "0 of 40"),)))
    assert tell(journal.entries).unseen == ()


def test_memory_marks_come_from_the_plan() -> None:
    assert [one.label for one in tell(healthy(), PLAN).memory_marks] == [
        "usual, from",
        "usual, up to",
        "warn above",
        "fail above",
    ]
    assert tell(healthy()).memory_marks == ()


def test_a_look_replaces_the_one_before_so_that_nothing_waits_for_a_pod_that_is_gone() -> None:
    journal = JournalByHand()
    journal.entries = held()
    first = (Judgement("container-creating", "pod-1", Verdict.WAIT, "is being created", waits_s=60.0),)
    journal.say(210, e.Judged("rollout", first), e.Judged("rollout", (passed("pods-available", "", "2 of 2 Ready"),)))
    assert [one.rule for one in tell(journal.entries).waiting_for] == []


def test_the_weightiest_grounds_of_an_acceptance_come_first() -> None:
    assert [one.rule for one in tell(healthy(), PLAN).rests_on][:3] == ["jvm-flags", "out-of-memory", "memory-window"]


def test_the_weighty_rules_exist() -> None:
    known = {card.name for card in all_cards()}
    assert set(WEIGHTY) <= known

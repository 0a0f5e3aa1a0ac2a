"""A run as a log: one line for each thing that a person should read, and nothing twice."""

from datetime import UTC
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from tests.support.journals import DEPLOYMENT, JournalByHand, flags, healthy, held, hostile, oom_rollback, passed, waits

from seatrial.model import events as e
from seatrial.model.events import AnyEvent, Entry
from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.lines import STANDING, all_lines, plain_line, plain_lines, stand
from seatrial.report.sentences import sentence

SILENT = {e.Judged, e.DiffShown, e.WriteIntended, e.Unsealed, e.RevisionSeen}
"""Told in other ways (by their judgements, by their text), or of no interest to a reader."""


def log(entries: list[Entry], zone: str = "UTC") -> str:
    return "\n".join(all_lines(entries, ZoneInfo(zone)))


def test_a_line_has_the_time_the_place_the_verdict_and_the_rule() -> None:
    assert (
        "02:03:22 T+12s    rollout   WAIT    1 of 2 new pods ready; readiness may take 45s more  [replicas-available]"
        in log(healthy(), "Asia/Taipei")
    )


def test_the_apply_is_told_in_kubectls_words() -> None:
    told = log(healthy())
    assert "apply             secret/exchange-service-env configured\n" in told
    assert "service/exchange-service unchanged\n" in told
    assert "horizontalpodautoscaler.autoscaling/exchange-service-hpa created\n" in told


def test_a_failure_brings_its_evidence_and_the_way_out() -> None:
    told = log(oom_rollback())
    assert "| memory 5.9Gi of 6Gi four seconds before\n" in told
    assert "way out: raise the limit, or lower -Xmx" in told
    assert "going back: OOM-killed by the kernel" in told


def test_what_is_asked_is_not_said_twice() -> None:
    assert log(held()).count("[stuck-creating]") == 1
    assert "ASKED   exchange-service-7b9c6d5f4-8kx2p is stuck" in log(held())


def test_a_countdown_is_not_repeated_but_progress_is() -> None:
    journal = JournalByHand()
    journal.entries = held()[:1]
    for second, (ready, left) in enumerate([(0, 45), (0, 44), (0, 43), (1, 43), (1, 42)]):
        text = f"{ready} of 2 new pods ready; {left}s left"
        journal.say(5 + second, e.Judged("rollout", (waits("replicas-available", "", text, left),)))
    assert log(journal.entries).count("[replicas-available]") == 2


def test_a_verdict_that_changes_is_said_even_in_the_same_words() -> None:
    journal = JournalByHand()
    journal.entries = held()[:1]
    for verdict in (Verdict.WAIT, Verdict.FAIL, Verdict.WAIT):
        journal.say(5, e.Judged("pods", (Judgement("crash-loop", "pod-1", verdict, "restarts"),)))
    assert log(journal.entries).count("[crash-loop]") == 3


def test_a_jvm_is_told_again_only_where_it_differs() -> None:
    journal = JournalByHand()
    journal.entries = held()[:1]
    for xmx in ("4g", "4g", "2g"):
        journal.say(5, e.JvmSeen("pod-1", "app", "21", "G1", 1 << 32, flags(xmx), "hsperfdata"))
    first, second = [line for line in all_lines(journal.entries) if "JVM 21" in line]
    assert "4 flags as specified" in first
    assert "MaxHeapSize is 2g, not 4096m" in second


def test_looks_are_told_in_the_soak_only_and_not_each_of_ten_thousand() -> None:
    entries = healthy(soak_looks=6)
    assert sum("pods ready, 0 restarts" in line for line in all_lines(entries)) == 6
    sample = next(one for one in reversed(entries) if isinstance(one.event, e.Sampled))
    soaking = [one for one in entries if one.index <= sample.index]
    soaking += [sample] * 100
    assert sum("pods ready, 0 restarts" in line for line in all_lines(soaking)) == 6


def test_a_diff_of_a_thousand_lines_is_cut() -> None:
    journal = JournalByHand()
    journal.entries = held()[:1]
    journal.say(1, e.DiffShown("\n".join(f"+ line {n}" for n in range(1000)), ()))
    told = list(all_lines(journal.entries))
    assert len(told) == 1 + 400 + 1
    assert "… 600 more lines are in the report" in told[-1]


@pytest.mark.parametrize("kind", get_args(AnyEvent))
def test_every_kind_of_event_has_a_sentence_or_a_reason_for_none(kind: type[AnyEvent]) -> None:
    entries = [*healthy(), *oom_rollback(), *held(), *hostile("x")]
    seen = [one.event for one in entries if isinstance(one.event, kind)]
    by_hand: dict[type, AnyEvent] = {
        e.Refused: e.Refused("no"),
        e.NothingToChange: e.NothingToChange(),
        e.ApplyFailed: e.ApplyFailed("x"),
        e.Superseded: e.Superseded("x"),
        e.Kept: e.Kept("x", "mei"),
        e.WentOn: e.WentOn("x", "mei"),
        e.Interrupted: e.Interrupted("SIGINT"),
        e.Lifted: e.Lifted("x"),
        e.LeftAlone: e.LeftAlone(DEPLOYMENT),
        e.RevisionSeen: e.RevisionSeen("3", "uid"),
    }
    event = seen[0] if seen else by_hand[kind]
    assert (sentence(event) == "") == (kind in SILENT)


def test_a_hostile_cluster_gets_one_line_and_no_escape() -> None:
    for entry_lines in _by_entry(hostile("a\nb\r\x1b[2J\u202ec")):
        for line in entry_lines:
            assert line.isprintable()
            assert "\x1b" not in line


def test_one_line_is_the_first_of_them() -> None:
    first = healthy()[0]
    assert plain_line(first, STANDING) == plain_lines(first, STANDING, UTC)[0]


def _by_entry(entries: list[Entry]) -> list[tuple[str, ...]]:
    standing, told = STANDING, []
    for entry in entries:
        told.append(plain_lines(entry, standing))
        standing = stand(standing, entry)
    return told


def test_what_a_rule_says_alike_of_many_pods_is_one_line() -> None:
    journal = JournalByHand()
    journal.entries = held()[:1]
    alike = tuple(passed("health-of-pods", f"pod-{n}", f"says UP in {20 + n} ms") for n in range(5))
    failing = tuple(Judgement("crash-loop", f"pod-{n}", Verdict.FAIL, "restarts") for n in range(2))
    journal.say(5, e.Judged("proof", (*alike, *failing)))
    told = log(journal.entries)
    assert "PASS    pod-0: says UP in 20 ms (and 4 more alike)  [health-of-pods]" in told
    assert told.count("[health-of-pods]") == 1
    assert told.count("[crash-loop]") == 2


def test_a_warning_that_its_judgement_brought_is_not_said_again() -> None:
    journal = JournalByHand()
    journal.entries = held()[:1]
    journal.say(5, e.Judged("rollout", (passed("spread", "web", "all pods are Ready", "all run on one node"),)))
    journal.say(6, e.Warned("spread", "web: all run on one node"), e.Warned("spread", "two zones are empty"))
    told = log(journal.entries)
    assert told.count("all run on one node") == 1
    assert "WARN    two zones are empty  [spread]" in told


def test_a_change_of_owners_is_not_called_a_change() -> None:
    journal = JournalByHand()
    journal.entries = held()[:1]
    journal.say(5, e.WriteIntended("1-adopt", "adopt", DEPLOYMENT), e.WriteDone("1-adopt", "configured"))
    assert "deployment.apps/exchange-service adopted: its fields change owner, no value changes" in log(journal.entries)

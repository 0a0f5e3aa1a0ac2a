"""Runs that do not go through in one piece: Ctrl-C, kill -9, somebody else's word, and pods that can't be looked into."""

import signal
from dataclasses import dataclass

import pytest
from tests.e2e.oracles import Answer, Body
from tests.e2e.stage import QUICK, WORKLOAD, Ran, Stage
from tests.e2e.test_rolled_back import announced
from tests.e2e.theatre import looks_at

from seatrial.rehearsal.scenario import Edit, Fault
from seatrial.run.clock import pause

pytestmark = pytest.mark.cluster


@dataclass(frozen=True)
class Interrupted:
    """A run in three pieces."""

    detached: Ran
    status: Ran
    sealed: set[str]
    killed: Ran
    finished: Ran
    diff: Answer
    writes: list[tuple[str, str, str]]


def interrupted_twice(stage: Stage) -> Interrupted:
    """Ctrl-C while the pods start, on with `resume`, kill -9 while they still start, on with `resume` to the end."""
    repository = stage.repository("team", Fault.SLOW)
    stage.old_version_runs(repository)
    going = stage.start("deploy", str(repository.plan), "--yes")
    going.until("ApplyFinished")
    pause(1)
    going.signal(signal.SIGINT)
    detached = going.end()
    status = stage.seatrial("status")
    sealed = {oct(one.stat().st_mode & 0o777) for one in stage.runs()[-1].glob("sealed/*")}
    going = stage.start("resume")
    going.until("Resumed")
    pause(2)
    going.signal(signal.SIGKILL)
    killed = going.end()
    finished = stage.seatrial("resume")
    return Interrupted(
        detached=detached,
        status=status,
        sealed=sealed,
        killed=killed,
        finished=finished,
        diff=stage.team.ask("diff", "-k", str(repository.path)),
        writes=stage.audit.seatrials_writes(detached.since),
    )


@looks_at(interrupted_twice)
def test_ctrl_c_detaches_and_says_what_is_owed(outcome: Interrupted) -> None:
    assert outcome.detached.code == 6, outcome.detached.said
    for words in ("rollback", "owed", "seatrial resume"):
        assert words in outcome.detached.said
        assert words in outcome.status.out


@looks_at(interrupted_twice)
def test_what_is_needed_to_go_back_is_for_its_owner_only(outcome: Interrupted) -> None:
    assert outcome.sealed == {"0o600"}
    assert outcome.finished.directory is not None
    assert list(outcome.finished.directory.glob("sealed/*")) == []


@looks_at(interrupted_twice)
def test_both_times_it_was_in_the_middle_of_the_watch(outcome: Interrupted) -> None:
    order = [one["type"] for one in outcome.finished.events]
    resumed = [number for number, name in enumerate(order) if name == "Resumed"]
    assert len(resumed) == 2
    assert order.index("ApplyFinished") < order.index("Detached") < resumed[0]
    assert resumed[1] < order.index("RolloutHealthy")
    assert outcome.killed.code == -signal.SIGKILL


@looks_at(interrupted_twice)
def test_resumed_it_goes_on_to_the_end_and_applies_nothing_twice(outcome: Interrupted) -> None:
    assert outcome.finished.code == 0, outcome.finished.said
    assert outcome.finished.happened("CriteriaMet")
    assert (outcome.diff.code, outcome.diff.out) == (0, "")
    assert outcome.writes == announced(outcome.finished)
    assert len(outcome.finished.happened("ApplyStarted")) == 1
    patched = [name for verb, kind, name in outcome.writes if kind == "deployments"]
    assert patched == [WORKLOAD, WORKLOAD], "its fields once adopted, and once applied"


NOT_AS_PLANNED = (
    Edit("plan.yaml", "-Xmx128m", "-Xmx256m"),
    Edit("plan.yaml", "gcLog: /forex/log/exchange-service/gc.log", "gcLog: /forex/log/exchange-service/other.log"),
    Edit("plan.yaml", "present: [Started]", "present: [Started the engines]"),
    Edit("plan.yaml", "absent: [OutOfMemoryError]", "absent: [Tomcat]"),
    Edit("plan.yaml", "status: UP", "status: GREEN"),
    Edit(
        "plan.yaml",
        "96Mi to 320Mi, warnAbove: 340Mi, failAbove: 364Mi",
        "8Mi to 16Mi, warnAbove: 20Mi, failAbove: 24Mi",
    ),
    Edit("plan.yaml", "max: 10", "max: 12"),
    Edit("plan.yaml", "memory: 75%}", "memory: 75%, unknownFor: 15s}"),
    Edit("plan.yaml", ", {memory: above 364Mi, samples: 3}", ""),
)
NO_CPU_REQUEST = Edit("deployment.yml", "              cpu: 100m\n", "")
NOBODY_SELECTED = Edit("service.yml", "  selector:\n    app: exchange-service", "  selector:\n    app: exchange")
WRONG_IN_THE_PROOF = {
    ("jvm-flags", "FAIL"),
    ("gc-log", "FAIL"),
    ("log-present", "WAIT"),  # its line may come for 3 min
    ("log-absent", "FAIL"),
    ("health-of-pods", "FAIL"),
    ("health-through-service", "FAIL"),
    ("memory-above", "FAIL"),
    ("autoscaler-metrics", "FAIL"),
    ("autoscaler-spec", "FAIL"),
}


@dataclass(frozen=True)
class HalfRight:
    """A rollout that is healthy, and a proof that fails in every way at once; somebody approved it, and aborts it."""

    ran: Ran
    approved: Ran
    status: Ran
    told: Ran
    before: dict[str, object]
    after: dict[str, object]


def half_right(stage: Stage) -> HalfRight:
    """Approve from another process, wait until every rule has said no, then abort from another process."""
    repository = stage.repository("team", change=[NO_CPU_REQUEST, NOBODY_SELECTED], plan=[*QUICK, *NOT_AS_PLANNED])
    stage.old_version_runs(repository)
    before = stage.team.state()
    going = stage.start("deploy", str(repository.plan))
    going.until("Asked")
    approved = stage.seatrial("approve")
    going.until("RolloutHealthy")
    try:
        going.until_judged(WRONG_IN_THE_PROOF, 90)
    finally:
        status = stage.seatrial("status")
        told = stage.seatrial("abort", "--because", "half right is wrong")
        ran = going.end()
    return HalfRight(ran, approved, status, told, before, stage.team.state())


@looks_at(half_right)
def test_a_proof_that_fails_is_asked_about(outcome: HalfRight) -> None:
    assert outcome.ran.judged() >= WRONG_IN_THE_PROOF
    assert outcome.ran.happened("Asked")
    assert "seatrial abort" in outcome.status.out


@looks_at(half_right)
def test_a_change_is_approved_from_elsewhere(outcome: HalfRight) -> None:
    assert outcome.approved.code == 0
    assert outcome.ran.happened("ChangeApproved")
    assert outcome.ran.happened("ApplyFinished")


@looks_at(half_right)
def test_an_abort_from_elsewhere_rolls_back(outcome: HalfRight) -> None:
    assert outcome.told.code == 0, outcome.told.said
    assert outcome.ran.code == 4, outcome.ran.said
    assert "half right is wrong" in outcome.ran.said
    assert outcome.after == outcome.before


@dataclass(frozen=True)
class NotSeen:
    """Pods without a shell, of which nothing can be read."""

    held: Ran
    status: Ran
    aborted: Ran
    before: dict[str, object]
    after: dict[str, object]


SOON = (
    Edit("plan.yaml", "{by: 10m,", "{by: 30s,"),
    Edit("plan.yaml", "timeout: 2m", "timeout: 2m, proofTimeout: 20s"),
    Edit("plan.yaml", "to: baseline", "to: baseline\n    answerWithin: 3s"),
)


def no_shell(stage: Stage) -> NotSeen:
    """Nothing in the image can print a file; nobody answers, and the pods serve; in the end somebody takes it back."""
    repository = stage.repository("team", image_tag="1.0-noshell", plan=[*QUICK, *SOON])
    stage.old_version_runs(repository)
    before = stage.team.state()
    held = stage.deploy(repository)
    status = stage.seatrial("status")
    stage.seatrial("abort", "--because", "nobody can look into these pods")
    return NotSeen(held, status, stage.seatrial("resume"), before, stage.team.state())


@looks_at(no_shell)
def test_what_cannot_be_read_is_unknown_and_never_accepted(outcome: NotSeen) -> None:
    judged = outcome.held.judged()
    for rule in ("jvm-flags", "gc-log"):
        assert (rule, "UNKNOWN") in judged
        assert (rule, "PASS") not in judged
    assert outcome.held.code == 6, outcome.held.said
    assert outcome.held.happened("WentOn"), "as many pods serve as before"
    assert not outcome.held.happened("CriteriaMet")
    assert "its JVM could not be read: the container has no " in outcome.held.said
    assert "seatrial abort" in outcome.status.out


@looks_at(no_shell)
def test_held_at_the_end_it_can_still_be_taken_back(outcome: NotSeen) -> None:
    assert outcome.aborted.code == 4, outcome.aborted.said
    assert outcome.after == outcome.before


@dataclass(frozen=True)
class Overtaken:
    """Somebody rolls out something else in the middle of the watch."""

    ran: Ran
    template: Body
    writes: list[tuple[str, str, str]]


def superseded(stage: Stage) -> Overtaken:
    """A colleague sets a variable while the new pods start."""
    repository = stage.repository("team", Fault.SLOW)
    stage.old_version_runs(repository)
    going = stage.start("deploy", str(repository.plan), "--yes")
    going.until("RevisionSeen")
    written = stage.audit.mark()
    stage.team.do("set", "env", f"deployment/{WORKLOAD}", "COLLEAGUE=was-here")
    ran = going.end()
    deployment = stage.team.one("deployment", WORKLOAD)
    return Overtaken(ran, deployment["spec"]["template"] if deployment else {}, stage.audit.seatrials_writes(written))


@looks_at(superseded)
def test_a_rollout_of_somebody_else_is_left_to_them(outcome: Overtaken) -> None:
    assert outcome.ran.code == 6, outcome.ran.said
    assert outcome.ran.happened("Superseded")
    assert "somebody rolled out" in outcome.ran.said
    assert outcome.writes == []
    [container] = outcome.template["spec"]["containers"]
    assert {"name": "COLLEAGUE", "value": "was-here"} in container["env"]

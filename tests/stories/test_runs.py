"""Whole runs on the cluster in memory: what happened, in order, and what was written to the cluster."""

import base64

import pytest
from msgspec.structs import replace
from tests.stories.telling import PLAN, Stage
from tests.support import exchange_service as service
from tests.support.fake_pods import Script
from tests.support.fake_writes import answer_with, lose_answer

from seatrial.journal.codec import encode
from seatrial.journal.inbox import Word
from seatrial.lifecycle import Phase, exit_code
from seatrial.model import events as e
from seatrial.model.observation import HttpAnswer
from seatrial.model.writes import Rejected

HEALTHY = Script.healthy(ready_after_s=45).using("700Mi").saying("Started ExchangeApplication", at_s=5)


def test_a_healthy_change_is_accepted() -> None:
    """From preflight to accepted; the second criterion is left to a later resume."""
    stage = Stage(HEALTHY)

    state = stage.run()

    assert stage.names() == [
        "PreflightPassed",
        "BaselineTaken",
        "ChangeFound",
        "ChangeApproved",
        "ApplyStarted",
        "ApplyFinished",
        "RolloutHealthy",
        "ProofGiven",
        "SoakEnded",
    ]
    assert (state.phase, stage.parting, exit_code(state, stage.parting)) == (Phase.ACCEPTING, "later", 0)
    assert {subject for _, subject in state.met} == {"pods", "health", "memory"}

    stage.clock.advance(3600)
    state = stage.run()

    assert state.phase is Phase.ACCEPTED
    assert stage.store.shredded


def test_the_writes_of_a_change_and_nothing_else() -> None:
    """Each object once, the Secret before the pods that read it, the autoscaler last; ownership moved first."""
    stage = Stage(HEALTHY)

    stage.run()

    assert [line for line in stage.written if not line.startswith("adopt")] == [
        "apply secret/exchange-service-env",
        "apply deployment.apps/exchange-service",
        "create horizontalpodautoscaler.autoscaling/exchange-service-hpa",
    ]


def test_every_write_was_announced_before_and_answered_after() -> None:
    """Intent, outcome, for each; and the apply itself before the first."""
    stage = Stage(HEALTHY)

    stage.run()

    events = [one.event for one in stage.journal.entries()]
    started = next(n for n, event in enumerate(events) if isinstance(event, e.ApplyStarted))
    first = next(n for n, event in enumerate(events) if isinstance(event, e.WriteIntended))
    assert started < first
    for n, event in enumerate(events):
        if isinstance(event, e.WriteIntended):
            after = events[n + 1]
            assert isinstance(after, e.WriteDone | e.WriteFailed)
            assert after.op == event.op


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        (
            Script.crash_loop(exit_code=1, after_s=2).saying("Unrecognized VM option 'PrintGCDateStamps'", at_s=1),
            "first-exit",
        ),
        (Script.oom_kill(after_s=20, ready_after_s=8), "out-of-memory"),
        (Script.image_missing('manifest unknown: "exchange-service:9" not found'), "image-pull"),
        (
            Script.config_missing("couldn't find key TOKEN in Secret forex-prod/exchange-service-env"),
            "container-config",
        ),
    ],
)
def test_a_doomed_change_is_rolled_back_and_verified(script: Script, rule: str) -> None:
    """Whatever dooms it: back to the recorded state, the autoscaler that we made gone first."""
    stage = Stage(script)

    state = stage.run()

    assert state.phase is Phase.ROLLED_BACK
    assert exit_code(state) == 4
    assert state.going_back_rule == rule
    assert stage.names()[-3:] == ["RollbackDecided", "RollbackApplied", "RollbackVerified"]
    assert stage.cluster.body(service.HPA) is None
    assert stage.cluster.body(service.DEPLOYMENT)["spec"]["replicas"] == 1  # type: ignore[index]
    made = stage.written.index("create horizontalpodautoscaler.autoscaling/exchange-service-hpa")
    assert stage.written[made + 1] == "delete horizontalpodautoscaler.autoscaling/exchange-service-hpa"


def test_the_runbooks_own_change_reaches_no_pod_and_is_refused() -> None:
    """An un-hashed Secret, replicas and strategy leave the pod template as it is: nothing is touched."""
    stage = Stage(HEALTHY).without_reach()

    state = stage.run()

    assert state.phase is Phase.REFUSED
    assert exit_code(state) == 3
    assert "stamp" in state.ended_because
    assert stage.written == []
    assert stage.store.shredded


def test_a_wrong_context_is_refused_before_anything() -> None:
    """The name and the way out."""
    stage = Stage(HEALTHY)
    stage.cluster.identity = replace(stage.cluster.identity, context="forex-staging")

    state = stage.run()

    assert exit_code(state) == 3
    assert "forex-staging" in state.ended_because
    assert stage.written == []


def test_a_missing_permission_is_named_before_any_write() -> None:
    """No permission for HPAs."""
    stage = Stage(HEALTHY)
    stage.cluster.deny("create", "horizontalpodautoscalers")

    state = stage.run()

    assert exit_code(state) == 3
    assert "create horizontalpodautoscalers" in state.ended_because
    assert stage.written == []


def test_a_server_that_does_not_answer_is_code_7() -> None:
    """Nothing was touched, and it is not our refusal."""
    stage = Stage(HEALTHY)
    stage.cluster.break_read("identity", "connection refused", times=9)

    state = stage.run()

    assert exit_code(state) == 7


def test_nobody_approves_and_nothing_happens() -> None:
    """Off a terminal, without --yes and without a word."""
    stage = Stage(HEALTHY)
    stage.person.yes = False

    state = stage.run()

    assert exit_code(state) == 3
    assert "nobody approved" in state.ended_because
    assert stage.written == []


def test_somebody_approves_from_elsewhere() -> None:
    """`seatrial approve` in another terminal."""
    stage = Stage(HEALTHY)
    stage.person.yes = False
    stage.words = [(30.0, Word("approve", "ben"))]

    stage.run()

    approved = stage.events(e.ChangeApproved)[0]
    assert isinstance(approved, e.ChangeApproved)
    assert approved.by == "ben"
    assert "ApplyStarted" in stage.names()


def test_an_apply_that_is_refused_half_way_is_taken_back() -> None:
    """The third object meets a quota: what was applied is restored, and verified."""
    stage = Stage(HEALTHY)

    stage.cluster.writes.tricks.append(answer_with(Rejected(403, "exceeded quota: forex")))

    state = stage.run()

    assert "ApplyFailed" in stage.names()
    assert state.phase is Phase.ROLLED_BACK
    assert "exceeded quota" in state.going_back_because


def test_a_lost_answer_is_looked_up_and_not_sent_twice() -> None:
    """The write happened, the answer was lost: the next look tells, and the object is written once."""
    stage = Stage(HEALTHY)
    stage.cluster.writes.tricks.append(lose_answer)

    state = stage.run()

    assert state.phase is Phase.ACCEPTING
    failed = [event for event in stage.events(e.WriteFailed) if isinstance(event, e.WriteFailed)]
    assert [event.known for event in failed] == [False]


def test_memory_above_the_limit_in_the_soak_rolls_back() -> None:
    """Three samples above 5.5Gi, as the plan says."""
    stage = Stage(Script.healthy(ready_after_s=45).using("700Mi").using("5.6Gi", from_s=900))

    state = stage.run()

    assert state.phase is Phase.ROLLED_BACK
    assert state.going_back_rule == "memory-above"


def test_ctrl_c_in_the_watch_detaches_and_resume_goes_on() -> None:
    """What is owed stays owed; the deadline did not move; the second process ends it."""
    stage = Stage(HEALTHY)
    stage.signals = [(20.0, "SIGINT")]

    state = stage.run()

    assert (state.phase, stage.parting, state.owed) == (Phase.WATCHING, "detached", True)
    assert exit_code(state, stage.parting) == 6

    state = stage.run()

    assert state.phase is Phase.ACCEPTING
    assert stage.names().count("ApplyStarted") == 1


def test_ctrl_c_before_the_first_change_ends_the_run() -> None:
    """Nothing was touched: 130."""
    stage = Stage(HEALTHY)
    stage.signals = [(0.0, "SIGINT")]

    state = stage.run()

    assert exit_code(state) == 130
    assert stage.written == []


def test_abort_from_another_terminal_rolls_back() -> None:
    """A person's word, with its reason."""
    stage = Stage(HEALTHY)
    stage.words = [(20.0, Word("abort", "ben", "wrong window"))]

    state = stage.run()

    assert state.phase is Phase.ROLLED_BACK
    assert "wrong window" in state.going_back_because


def test_somebody_elses_rollout_supersedes_the_run() -> None:
    """A newer revision is theirs: it is named, and left alone."""
    stage = Stage(HEALTHY)
    stage.cluster.at(600.0, lambda: stage.cluster.edit(service.DEPLOYMENT, _another_image))

    state = stage.run()

    assert state.phase is Phase.SUPERSEDED
    assert not state.owed


def test_a_secret_in_a_log_line_reaches_no_entry() -> None:
    """The application prints its password before it dies: evidence yes, the password no."""
    password = "hunter2-is-long-enough"
    body = service.secret("LVhteDQwOTZt")
    body["data"]["DB_PASSWORD"] = base64.b64encode(password.encode()).decode()  # type: ignore[index]
    loud = Script.crash_loop(exit_code=1, after_s=2).saying(f"cannot log in as feed with {password}", at_s=1)
    after = [body, service.deployment(replicas=2), service.service(), service.hpa()]
    stage = Stage(loud, change=after)

    state = stage.run()

    written = b"".join(encode(entry) for entry in stage.journal.entries())
    assert state.phase is Phase.ROLLED_BACK
    assert b"cannot log in as feed with" in written
    assert password.encode() not in written + b"".join(stage.store.kept.values())


def test_what_somebody_else_changed_is_not_rolled_back_over() -> None:
    """The Deployment was edited after our apply: the OOM's rollback leaves it to them, and says so."""
    stage = Stage(Script.oom_kill(after_s=60, ready_after_s=8))
    stage.cluster.at(30.0, lambda: stage.cluster.edit(service.DEPLOYMENT, _slower_progress))

    state = stage.run()

    assert state.phase is Phase.SUPERSEDED
    assert "somebody else changed it" in state.ended_because
    assert stage.cluster.body(service.HPA) is not None
    assert stage.cluster.body(service.DEPLOYMENT)["spec"]["progressDeadlineSeconds"] == 900  # type: ignore[index]


def test_a_question_in_the_soak_that_nobody_answers_is_closed_and_the_soak_goes_on() -> None:
    """As many pods serve as before: it is kept, and asked no more."""
    stage = Stage(HEALTHY)
    stage.cluster.at(
        700.0, lambda: stage.cluster.on_http("/actuator/health", HttpAnswer(200, b'{"status":"DOWN"}', "json", 0.1))
    )

    state = stage.run()

    answered = [event for event in stage.events(e.Answered) if isinstance(event, e.Answered)]
    assert [one.by for one in answered] == ["nobody answered"]
    assert state.phase is Phase.ACCEPTING


def test_a_criterion_that_no_rule_answers_is_held_and_never_accepted() -> None:
    """The plan asks for the JVM and expects nothing of it: nobody saw it, so nobody may tick it."""
    stage = Stage(HEALTHY, plan=PLAN.replace("that: [pods, health, memory]", "that: [pods, jvm]"))

    state = stage.run()

    assert (state.phase, stage.parting) == (Phase.ACCEPTING, "held")
    assert exit_code(state, stage.parting) == 6


def test_a_soak_that_ends_blind_is_asked_about() -> None:
    """The pods can't be listed at the last look: that is no quiet end."""
    stage = Stage(HEALTHY)
    stage.cluster.at(3400.0, lambda: stage.cluster.break_read("pods", "connection refused", times=10**6))

    state = stage.run()

    assert stage.events(e.Asked)
    assert state.phase is not Phase.ACCEPTED
    assert "SoakEnded" not in stage.names() or stage.events(e.Answered)


def test_a_stuck_container_asks_and_heals() -> None:
    """HOLD is asked about; an unanswered question with fewer pods than before goes back."""
    stage = Stage(Script.stuck_creating("FailedMount", "MountVolume.SetUp failed: not found"))

    state = stage.run()

    asked = stage.events(e.Asked)
    assert asked
    assert state.phase in (Phase.ROLLED_BACK, Phase.ACCEPTING, Phase.PROVING)


@pytest.mark.parametrize("script", [HEALTHY, Script.oom_kill(after_s=20, ready_after_s=8)])
def test_the_power_may_fail_after_any_entry(script: Script) -> None:
    """Cut the journal after each transition, start again with what survived: the same end, and no rollback forgotten."""
    plan = PLAN.replace("soak: {for: 1h, every: 10m}", "soak: {for: 10m, every: 10m}")
    whole = Stage(script, plan=plan)
    end = whole.run().phase
    stops = len([1 for one in whole.journal.entries() if isinstance(one.event, e.Transition)])
    for stop in range(1, stops):
        stage = Stage(script, plan=plan)
        _cut_after(stage, stop)
        assert stage.run().phase is end, f"cut after transition {stop}"


class PowerCut(BaseException):
    """The process is gone."""


def _cut_after(stage: Stage, stop: int) -> None:
    """Run until the nth transition is on disk, and no further."""
    seen = 0

    def listener(entry: e.Entry) -> None:
        nonlocal seen
        seen += isinstance(entry.event, e.Transition.__args__)
        if seen == stop:
            seen = -(10**6)
            raise PowerCut

    stage.journal.listen(listener)
    with pytest.raises(PowerCut):
        stage.run()


def _another_image(body: dict[str, object]) -> None:
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "exchange-service:3"  # type: ignore[index]  # a body is a dict of objects


def _slower_progress(body: dict[str, object]) -> None:
    body["spec"]["progressDeadlineSeconds"] = 900  # type: ignore[index]  # a body is a dict of objects

"""Journals written by hand: an accepted run, a rollback after an OOM kill, a refusal, a run that is held."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from seatrial.model import events as e
from seatrial.model.events import AnyEvent, Entry, PodSeen
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.observation import CouldNotLook, Identity, ObjectRef
from seatrial.model.plan import (
    Autoscaler,
    Criterion,
    Expectations,
    Health,
    Memory,
    Plan,
    Rollback,
    Rollout,
    Soak,
    Target,
    Trigger,
    Window,
)

GIB = 1 << 30
MIB = 1 << 20
BEGAN = datetime(2026, 11, 24, 18, 2, 58, tzinfo=UTC)
RUN = "20261124-180258-x7k2"
DEPLOYMENT = ObjectRef("apps/v1", "Deployment", "forex-prod", "exchange-service")
SECRET = ObjectRef("v1", "Secret", "forex-prod", "exchange-service-env")
SERVICE = ObjectRef("v1", "Service", "forex-prod", "exchange-service")
HPA = ObjectRef("autoscaling/v2", "HorizontalPodAutoscaler", "forex-prod", "exchange-service-hpa")
OLD = "exchange-service-6d5f8c9b7d-q2x4z"
NEW_1 = "exchange-service-7b9c6d5f4-8kx2p"
NEW_2 = "exchange-service-7b9c6d5f4-m4z9w"

DIFF = """\
  secret/exchange-service-env
-   ARGS1: *** (before)
+   ARGS1: *** (after)
  deployment.apps/exchange-service
    spec:
-     replicas: 1
+     replicas: 2
      template:
        metadata:
          annotations:
+           seatrial.dev/secrets: 3f9a1c
+ horizontalpodautoscaler.autoscaling/exchange-service-hpa
"""

PLAN = Plan(
    name="exchange-service-oom-fix",
    file="/plans/exchange-service.yaml",
    digest="sha256:77aa",
    target=Target("forex-prod", "forex-prod", "/plans", "deployment", "exchange-service", "a9dffc6"),
    window=Window(("tue", "wed", "thu"), 120, 240, "Asia/Taipei"),
    expect=Expectations(
        before_pods=1,
        pods_ready=2,
        autoscaler=Autoscaler("exchange-service-hpa", "absent", 2, 10, 70, 75),
        jvm_flags=("-Xms3072m", "-Xmx4096m", "-XX:+UseG1GC"),
        gc_log="/forex/log/exchange-service/gc.log",
        memory=Memory(3 * GIB, int(4.5 * GIB), 5 * GIB, int(5.5 * GIB)),
        health=Health("/actuator/health", 10320),
    ),
    rollout=Rollout("stamp", 600.0),
    rollback=Rollback("baseline", (Trigger("rollout-failed"), Trigger("out-of-memory"))),
    soak=Soak(3600.0, 600.0),
    accept=(Criterion(1800.0, ("pods", "memory")), Criterion(86400.0, ("out-of-memory", "gc-log"))),
)


class JournalByHand:
    """Entries, one after the other: say(12.5, event) is an entry 12.5 s after the run began."""

    def __init__(self) -> None:
        """Empty."""
        self.entries: list[Entry] = []

    def say(self, after_s: float, *events: AnyEvent) -> "JournalByHand":
        """Append the events, all at one time."""
        for event in events:
            at = BEGAN + timedelta(seconds=after_s)
            self.entries.append(Entry(len(self.entries), at, 1000.0 + after_s, "boot-1", event))
        return self


def passed(rule: str, about: str, because: str, warning: str = "") -> Judgement:
    """A PASS."""
    return Judgement(rule, about, Verdict.PASS, because, warning=warning)


def waits(rule: str, about: str, because: str, waits_s: float) -> Judgement:
    """A WAIT."""
    return Judgement(rule, about, Verdict.WAIT, because, waits_s=waits_s)


def old_pod(state: str = "Running", *, ready: bool = True, memory_bytes: int | None = 3900 * MIB) -> PodSeen:
    """The pod from before the change, which has been OOM-killed four times."""
    return PodSeen(OLD, new=False, ready=ready, state=state, restarts=4, node="node-a", memory_bytes=memory_bytes)


def new_pod(
    name: str, state: str = "Running", *, ready: bool = True, memory_bytes: int | None = None, restarts: int = 0
) -> PodSeen:
    """A pod of the newest ReplicaSet."""
    node = "node-a" if name == NEW_1 else "node-b"
    return PodSeen(name, new=True, ready=ready, state=state, restarts=restarts, node=node, memory_bytes=memory_bytes)


def flags(xmx_effective: str = "4g") -> tuple[e.FlagSeen, ...]:
    """The flags that the plan asks for, as a JVM has them."""
    return (
        e.FlagSeen("InitialHeapSize", "3072m", "3g", "command line", agrees=True),
        e.FlagSeen("MaxHeapSize", "4096m", xmx_effective, "command line", agrees=xmx_effective == "4g"),
        e.FlagSeen("UseG1GC", "true", "true", "command line", agrees=True),
        e.FlagSeen("HeapDumpOnOutOfMemoryError", "true", "true", "command line", agrees=True),
    )


def _preparation() -> JournalByHand:
    journal = JournalByHand()
    journal.say(
        0,
        e.RunStarted(RUN, PLAN.name, PLAN.digest, "0.1.0", "ops-1", "mei", "deployment/exchange-service", "forex-prod"),
    )
    journal.say(
        0.4,
        e.Pinned(Identity("forex-prod", "https://198.18.0.2:6443", "sha256:c0ffee", "uid-kube-system", "v1.35.4")),
        e.Judged(
            "environment",
            (
                passed("context", "forex-prod", "the context is forex-prod, as the plan says"),
                passed("commit", "a9dffc6", "the working tree is clean and at a9dffc6"),
                passed("nodes", "", "2 of 2 nodes are Ready, with room for 2 surge pods"),
                passed("metrics-fresh", "", "metrics.k8s.io answers, the newest sample is 12s old"),
                passed("window", "", "Wednesday 02:02 in Asia/Taipei; the window closes at 04:00"),
            ),
        ),
    )
    return journal


def _until_applied(journal: JournalByHand) -> JournalByHand:
    journal.say(1.2, e.PreflightPassed())
    journal.say(
        1.6, e.BaselineTaken(1, 1, {"deployment.apps/exchange-service": "d1", "secret/exchange-service-env": "d2"})
    )
    journal.say(
        2.0,
        e.DiffShown(
            DIFF,
            (
                "2 new pods start, then the old one ends: the pod template carries a new digest of the Secret",
                "the HPA starts at 2 and would stay there: 6% of the CPU request is used",
                "each new pod may use up to 6Gi; node-b has 9.1Gi left",
            ),
        ),
        e.ChangeFound(
            "5b1e9f0c44d2aa81",
            (
                "secret/exchange-service-env",
                "deployment.apps/exchange-service",
                "horizontalpodautoscaler.autoscaling/exchange-service-hpa",
            ),
            ("seatrial.dev/secrets",),
        ),
        e.Asked("apply this change?", (), 900.0, "the run ends, nothing is touched"),
    )
    journal.say(11.0, e.ChangeApproved("5b1e9f0c44d2aa81", "mei"))
    journal.say(12.0, e.ApplyStarted("5b1e9f0c44d2aa81"))
    for op, ref, word in (
        ("op-1", SECRET, "configured"),
        ("op-2", DEPLOYMENT, "configured"),
        ("op-3", SERVICE, "unchanged"),
        ("op-4", HPA, "created"),
    ):
        journal.say(12.2, e.WriteIntended(op, "apply", ref, "uid", "100"))
        journal.say(12.4, e.WriteDone(op, word, "uid", "101", 2))
    return journal.say(12.6, e.ApplyFinished())


def healthy(*, soak_looks: int = 6) -> list[Entry]:
    """Accepted: two pods Ready within 40 s, proved, an hour's soak with one gap, every criterion met."""
    journal = _until_applied(_preparation())
    _healthy_rollout(journal)
    _proof(journal)
    for look in range(1, soak_looks + 1):
        size = 380 * MIB + look * 90 * MIB
        journal.say(
            62 + 600 * look,
            e.Sampled(
                2,
                2,
                2,
                (new_pod(NEW_1, memory_bytes=size), new_pod(NEW_2, memory_bytes=size + 60 * MIB)),
                2,
                "9%/70%, 14%/75%",
            ),
        )
        if look == 3:
            journal.say(1900, e.Blind(48.0, "the API server did not answer (connection refused)"))
            journal.say(
                1901,
                e.CriterionMet(1800.0, "pods", "2 pods Ready, 0 restarts"),
                e.CriterionMet(1800.0, "memory", "620Mi to 710Mi"),
            )
    end = 63 + 600 * soak_looks
    journal.say(end, e.SoakEnded(soak_looks))
    journal.say(
        end + 1,
        e.Compared(
            (
                ("pods ready", "1", "2"),
                ("restarts", "4", "0"),
                ("autoscaler", "absent", "2 to 10"),
                ("image", "1.8.2", "1.8.2"),
            )
        ),
        e.CriterionMet(86400.0, "out-of-memory", "no container was OOM-killed in the time observed"),
        e.CriterionMet(86400.0, "gc-log", "gc.log grew by 18Ki on each pod"),
        e.CriteriaMet(),
        e.Unsealed(),
    )
    return journal.entries


def _healthy_rollout(journal: JournalByHand) -> None:
    journal.say(12.7, e.Milestone("1 old pod Running"), e.Sampled(1, 0, 1, (old_pod(),), None, ""))
    journal.say(
        14,
        e.Milestone("1 old + 1 new pod, ContainerCreating"),
        e.Sampled(
            2, 1, 1, (old_pod(), new_pod(NEW_1, "ContainerCreating", ready=False)), 1, "<unknown>/70%, <unknown>/75%"
        ),
        e.Judged(
            "rollout", (waits("replicas-available", "", "0 of 2 new pods ready; readiness may take 45s more", 45.0),)
        ),
        e.Judged(
            "autoscaling",
            (
                waits(
                    "hpa-metrics", "exchange-service-hpa", "TARGETS are <unknown>, normal for the first minutes", 300.0
                ),
            ),
        ),
    )
    journal.say(
        24,
        e.Milestone("1 old + 1 new pod Ready; the second one starts"),
        e.Sampled(
            2,
            2,
            2,
            (old_pod(), new_pod(NEW_1, memory_bytes=353 * MIB), new_pod(NEW_2, "ContainerCreating", ready=False)),
            2,
            "<unknown>/70%, <unknown>/75%",
        ),
        e.Judged(
            "rollout", (waits("replicas-available", "", "1 of 2 new pods ready; readiness may take 45s more", 45.0),)
        ),
        e.Warned("oom-killed", "the old pod was OOM-killed again: the problem being fixed"),
    )
    journal.say(
        36,
        e.Milestone("2 new pods Ready, the old one Terminating"),
        e.Sampled(
            2,
            2,
            2,
            (
                old_pod("Terminating", ready=False),
                new_pod(NEW_1, memory_bytes=361 * MIB),
                new_pod(NEW_2, memory_bytes=389 * MIB),
            ),
            2,
            "6%/70%, 12%/75%",
        ),
    )
    journal.say(
        44,
        e.Milestone("2 new pods Running: done"),
        e.Sampled(
            2,
            2,
            2,
            (new_pod(NEW_1, memory_bytes=361 * MIB), new_pod(NEW_2, memory_bytes=389 * MIB)),
            2,
            "6%/70%, 12%/75%",
        ),
        e.Judged("rollout", (passed("replicas-available", "", "2 of 2 new pods ready, the old ReplicaSet is empty"),)),
        e.Judged(
            "autoscaling", (passed("hpa-metrics", "exchange-service-hpa", "TARGETS have values: 6%/70%, 12%/75%"),)
        ),
        e.RolloutHealthy("2 of 2 new pods ready"),
    )


def _proof(journal: JournalByHand) -> None:
    for pod in (NEW_1, NEW_2):
        journal.say(52, e.JvmSeen(pod, "app", "21.0.8", "G1", 4 * GIB, flags(), "hsperfdata"))
    journal.say(
        58,
        e.Judged(
            "memory",
            (
                passed(
                    "memory-window",
                    NEW_1,
                    "361Mi, below 3Gi to 4.5Gi: an untouched heap is not resident",
                    "below the usual window",
                ),
                passed(
                    "memory-window",
                    NEW_2,
                    "389Mi, below 3Gi to 4.5Gi: an untouched heap is not resident",
                    "below the usual window",
                ),
            ),
        ),
        e.Judged("jvm", tuple(passed("jvm-flags", pod, "all 4 flags are in effect") for pod in (NEW_1, NEW_2))),
        e.Judged("pods", (passed("out-of-memory", "", "no container was OOM-killed in the time observed"),)),
        e.Judged(
            "service",
            (Judgement("server-errors", "exchange-service", Verdict.UNKNOWN, "no source of 5xx counts was reachable"),),
        ),
        e.ProofGiven(),
    )


def oom_rollback() -> list[Entry]:
    """Rolled back, verified: the kernel killed the first new pod."""
    journal = _until_applied(_preparation())
    journal.say(12.7, e.Milestone("1 old pod Running"), e.Sampled(1, 0, 1, (old_pod(),), None, ""))
    for step, size in enumerate((900, 2100, 3300, 4700, 5900)):
        journal.say(
            18 + 4 * step, e.Sampled(2, 1, 2, (old_pod(), new_pod(NEW_1, memory_bytes=size * MIB)), 1, "<unknown>/70%")
        )
    killed = Judgement(
        "oom-killed",
        NEW_1,
        Verdict.FAIL,
        f"OOM-killed by the kernel on pod {NEW_1}: exit 137, limit 6Gi",
        ("lastState.terminated.reason OOMKilled, exit code 137", "memory 5.9Gi of 6Gi four seconds before"),
        "raise the limit, or lower -Xmx by what the JVM needs besides the heap",
    )
    journal.say(
        38,
        e.Sampled(
            2,
            1,
            1,
            (old_pod(), new_pod(NEW_1, "OOMKilled", ready=False, restarts=1, memory_bytes=None)),
            1,
            "<unknown>/70%",
        ),
        e.Milestone("1 new pod OOM-killed"),
        e.Judged("pods", (killed,)),
        e.RollbackDecided("oom-killed", killed.because, "plan"),
        e.EvidenceTaken(
            (f"evidence/{NEW_1}.previous.log", "evidence/events.json"),
            (CouldNotLook(BEGAN, "heap dump", "the container is gone"),),
        ),
    )
    for op, verb, ref, word in (
        ("op-5", "apply", SECRET, "configured"),
        ("op-6", "apply", DEPLOYMENT, "configured"),
        ("op-7", "delete", HPA, "deleted"),
    ):
        journal.say(39, e.WriteIntended(op, verb, ref, "uid", "200"))
        journal.say(39.4, e.WriteDone(op, word, "uid", "201"))
    journal.say(40, e.RollbackApplied())
    journal.say(
        52,
        e.Sampled(1, 1, 1, (old_pod(),), None, ""),
        e.Compared(
            (
                ("pods ready", "1", "1"),
                ("autoscaler", "absent", "absent"),
                ("secret/exchange-service-env", "same digest", "same digest"),
            )
        ),
        e.Judged("baseline", (passed("baseline-restored", "", "4 objects are as they were recorded"),)),
        e.RollbackVerified("4 objects are as they were recorded, 1 pod serves"),
        e.Unsealed(),
    )
    return journal.entries


def refusal() -> list[Entry]:
    """Refused: the change reaches no pod."""
    journal = _preparation().say(1.2, e.PreflightPassed())
    journal.say(1.6, e.BaselineTaken(1, 1, {"deployment.apps/exchange-service": "d1"}))
    reaches_none = Judgement(
        "reaches-pods",
        "secret/exchange-service-env",
        Verdict.FAIL,
        "the change reaches no pod: the Secret's name has no hash, and the pod template stays as it is",
        next_step="set rollout.reach to stamp or restart, or give the Secret a hashed name",
    )
    journal.say(
        2,
        e.DiffShown(DIFF, ("no pod would restart",)),
        e.Judged("manifest", (reaches_none,)),
        e.Refused(reaches_none.because),
    )
    return journal.entries


def held() -> list[Entry]:
    """Held in the rollout: a person is asked about a pod that is stuck."""
    journal = _until_applied(_preparation())
    stuck = Judgement(
        "stuck-creating",
        NEW_1,
        Verdict.HOLD,
        "ContainerCreating for 2m4s: FailedMount",
        ('Warning FailedMount: secret "tls" not found',),
        "create the Secret",
        600.0,
    )
    journal.say(
        140,
        e.Sampled(2, 1, 1, (old_pod(), new_pod(NEW_1, "ContainerCreating", ready=False)), 1, "<unknown>/70%"),
        e.Judged("rollout", (stuck,)),
        e.Asked(
            f"{NEW_1} is stuck in ContainerCreating: go on waiting?", (stuck,), 900.0, "keep waiting while 1 pod serves"
        ),
    )
    return journal.entries


def hostile(payload: str) -> list[Entry]:
    """A run whose every text, wherever a cluster or a plan could write one, is the payload."""
    judged = Judgement(payload, payload, Verdict.FAIL, payload, (payload, payload), payload, 5.0, payload)
    ref = ObjectRef(payload, payload, payload, payload)
    pod = PodSeen(payload, new=True, ready=True, state=payload, restarts=1, node=payload, memory_bytes=GIB)
    journal = JournalByHand()
    journal.say(
        0,
        e.RunStarted(payload, payload, payload, payload, payload, payload, payload, payload),
        e.Pinned(Identity(*[payload] * 5)),
        e.Judged(payload, (judged,)),
        e.PreflightPassed(),
    )
    journal.say(1, e.BaselineTaken(1, 1, {payload: payload}), e.DiffShown(f"+{payload}\n-{payload}", (payload,)))
    journal.say(
        2,
        e.ChangeFound(payload, (payload,), (payload,)),
        e.Asked(payload, (judged,), 5.0, payload),
        e.Answered(payload, payload, payload),
    )
    journal.say(
        3,
        e.ChangeApproved(payload, payload),
        e.ApplyStarted(payload),
        e.WriteIntended(payload, payload, ref),
        e.WriteFailed(payload, payload),
    )
    journal.say(
        4, e.ApplyFinished(), e.Milestone(payload), e.Sampled(1, 1, 1, (pod,), 1, payload), e.Warned(payload, payload)
    )
    journal.say(
        5,
        e.Sampled(1, 1, 1, (pod,), 2, payload),
        e.Blind(4.0, payload),
        e.Resumed(payload, payload, payload, 3.0),
        e.Detached(payload, payload),
    )
    journal.say(
        6,
        e.JvmSeen(
            payload,
            payload,
            payload,
            payload,
            GIB,
            (e.FlagSeen(payload, payload, payload, payload, agrees=False),),
            payload,
        ),
    )
    journal.say(
        7, e.CriterionMet(60.0, payload, payload), e.EvidenceTaken((payload,), (CouldNotLook(BEGAN, payload, payload),))
    )
    journal.say(
        8,
        e.Compared(((payload, payload, payload + "x"),)),
        e.RollbackDecided(payload, payload, payload),
        e.RollbackApplied(),
    )
    journal.say(9, e.RollbackFailed(payload))
    return journal.entries


STORIES: dict[str, Callable[[], list[Entry]]] = {
    "healthy": healthy,
    "oom": oom_rollback,
    "refused": refusal,
    "held": held,
}

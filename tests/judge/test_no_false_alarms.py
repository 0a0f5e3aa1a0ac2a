"""Five hundred troubles that heal and their doomed twins: no alarm for the one, an end in its time for the other.

Each case is a timeline of its own times; it is looked at when something happens and now and then between, some looks are missed
and some come twice. Nothing here is recorded: the times are drawn, the seed is the case's number.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Struct
from msgspec.structs import replace

from seatrial.judge.rollout import RolloutTerms, Sightings, judge, remember
from seatrial.model.judgement import Verdict, verdict_of
from seatrial.model.kube import (
    Condition,
    Container,
    ContainerState,
    ContainerStatus,
    Deployment,
    DeploymentSpec,
    DeploymentStatus,
    HttpGet,
    LabelSelector,
    Meta,
    OwnerReference,
    Pod,
    PodSpec,
    PodStatus,
    Probe,
    ReplicaSet,
    ReplicaSetSpec,
    ReplicaSetStatus,
    RollingUpdate,
    Running,
    Strategy,
    Terminated,
    Waiting,
)
from seatrial.model.observation import Look

CASES_OF_A_FAMILY = 84
"""Six families: 504 pairs."""
LATE_S = 41.0
"""One look was missed, and the next one came 20 s later."""
T = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
PROBE = Probe(HttpGet("/health", 8080))
RUNS_SINCE_S = -86400.0


def at(seconds: float) -> datetime:
    """Seconds after the apply; Kubernetes writes whole ones."""
    return T + timedelta(seconds=int(seconds))


class Scene(Struct, frozen=True):
    """What there is from a moment on: pods, and what the Deployment says."""

    since_s: float
    pods: tuple[Pod, ...]
    replicas: int = 2
    conditions: tuple[Condition, ...] = ()
    max_unavailable: int | str = "25%"


class Tale(Struct, frozen=True):
    """Scenes in their order, and when the last of them has been seen for long enough."""

    scenes: tuple[Scene, ...]
    ends_s: float


class Pair(Struct, frozen=True):
    """What heals, its twin, and when the twin must have failed at the latest."""

    heals: Tale
    doomed: Tale
    rule: str
    fails_by_s: float


# ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def condition(kind: str, holds: bool, since_s: float, reason: str = "", message: str = "") -> Condition:
    return Condition(kind, "True" if holds else "False", reason, message, at(since_s), at(since_s))


def pod(
    name: str,
    state: ContainerState,
    *,
    born_s: float = 2,
    ready_s: float | None = None,
    restarts: int = 0,
    last: Terminated | None = None,
    container: Container = Container("app", readiness_probe=PROBE),  # noqa: B008 - frozen
) -> Pod:
    """A pod that has its node; the newest ReplicaSet's unless its name says otherwise."""
    rs = "old" if name.startswith("old") else "new"
    ready = ready_s is not None
    since_s = ready_s if ready_s is not None else born_s
    conditions = (condition("PodScheduled", True, born_s), condition("Ready", ready, since_s))
    status = ContainerStatus("app", ready, True, restarts, "i", state, ContainerState(terminated=last))
    return Pod(
        _meta(name, rs, born_s),
        PodSpec((container,), node_name="n1"),
        PodStatus("Running" if state.running else "Pending", "", "", "10.0.0.1", at(born_s), conditions, (status,)),
    )


def _meta(name: str, rs: str, born_s: float) -> Meta:
    labels = {"app": "fx", "pod-template-hash": rs}
    owners = (OwnerReference("ReplicaSet", f"fx-{rs}", f"uid-{rs}", True),)
    return Meta(name, "shop", f"uid-{name}", "1", 0, labels, None, at(born_s), owner_references=owners)


def serving(name: str, ready_s: float = 8, born_s: float = 2) -> Pod:
    return pod(name, running(born_s + 1), ready_s=ready_s, born_s=born_s)


def unplaced(name: str) -> Pod:
    no_room = condition("PodScheduled", False, 2, "Unschedulable", "0/3 nodes are available: 3 Insufficient memory.")
    return Pod(
        _meta(name, "new", 2),
        PodSpec((Container("app", readiness_probe=PROBE),)),
        PodStatus("Pending", conditions=(no_room,)),
    )


def running(since_s: float) -> ContainerState:
    return ContainerState(running=Running(at(since_s)))


def waiting(reason: str, message: str = "") -> ContainerState:
    return ContainerState(waiting=Waiting(reason, message))


def look(scene: Scene, at_s: float) -> Look:
    """The whole of it, with the counts that the controller would give."""
    new = [one for one in scene.pods if one.metadata.name.startswith("new")]
    ready = [one for one in scene.pods if (one.status.conditions or ())[-1].status == "True" and one.spec.node_name]
    done = len(new) == scene.replicas == len(ready) == len(scene.pods)
    told = "NewReplicaSetAvailable" if done else "ReplicaSetUpdated"
    progress = Condition("Progressing", "True", told, 'ReplicaSet "fx-new" progresses', at(2), at(2))
    status = DeploymentStatus(
        2, len(scene.pods), len(new), len(ready), len(ready), scene.replicas - len(ready), (progress, *scene.conditions)
    )
    strategy = Strategy("RollingUpdate", RollingUpdate("25%", scene.max_unavailable))
    spec = DeploymentSpec(scene.replicas, LabelSelector({"app": "fx"}), strategy=strategy)
    meta = Meta("fx", "shop", "uid-fx", "9", 2, None, {"deployment.kubernetes.io/revision": "2"}, at(RUNS_SINCE_S))
    sets = (_set("old", 1, len(scene.pods) - len(new)), _set("new", 2, scene.replicas))
    return Look(T + timedelta(seconds=at_s), Deployment(meta, spec, status), sets, scene.pods)


def _set(name: str, revision: int, replicas: int) -> ReplicaSet:
    owners = (OwnerReference("Deployment", "fx", "uid-fx", True),)
    labels, notes = {"pod-template-hash": name}, {"deployment.kubernetes.io/revision": str(revision)}
    born_s = 1 if revision == 2 else RUNS_SINCE_S
    meta = Meta(f"fx-{name}", "shop", f"uid-{name}", "1", 1, labels, notes, at(born_s), owner_references=owners)
    return ReplicaSet(meta, ReplicaSetSpec(replicas), ReplicaSetStatus(replicas))


ALL_SERVE = (serving("new-1"), serving("new-2"))


def tale(*scenes: Scene, rests_s: float = 5) -> Tale:
    return Tale(scenes, scenes[-1].since_s + rests_s)


# ── the families ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_registry_that_is_away(draw: random.Random) -> Pair:
    """For less than three minutes; the twin's does not come back."""
    begins, lasts = draw.uniform(3, 40), draw.uniform(4, 155)
    message = draw.choice(["503 Service Unavailable", "dial tcp 10.0.0.9:443: i/o timeout", "429 Too Many Requests"])
    shown = [
        Scene(
            begins + n * 15,
            (serving("new-1"), pod("new-2", waiting(draw.choice(["ErrImagePull", "ImagePullBackOff"]), message))),
        )
        for n in range(int(lasts / 15) + 1)
    ]
    before = Scene(2.5, (serving("new-1"), pod("new-2", waiting("ContainerCreating"))))
    back = Scene(begins + lasts + 20, (serving("new-1"), serving("new-2", ready_s=begins + lasts + 20)))
    return Pair(
        tale(before, *shown, back), Tale((before, shown[0]), begins + 250), "image-pull", begins + 180 + 20 + LATE_S
    )


def one_restart(draw: random.Random) -> Pair:
    """Within its budget; the twin's goes on to crash."""
    died, rises = draw.uniform(12, 200), draw.uniform(10, 60)
    end = Terminated(draw.choice([1, 2, 134, 143]), None, "Error", "", at(3), at(died))
    first = Scene(died, (serving("new-1"), pod("new-2", ContainerState(terminated=end))))
    again = pod("new-2", running(died + 1), restarts=1, last=end)
    back = pod("new-2", running(died + 1), restarts=1, last=end, ready_s=died + rises)
    ran = Scene(died + 1.5, (serving("new-1"), again))
    well = Scene(died + rises, (serving("new-1"), back))
    second = replace(end, started_at=at(died + 1), finished_at=at(died + rises))
    loops = Scene(died + rises, (serving("new-1"), pod("new-2", waiting("CrashLoopBackOff"), restarts=1, last=second)))
    return Pair(tale(first, ran, well, rests_s=65), tale(first, ran, loops), "crash-loop", died + rises + LATE_S)


def a_node_that_comes(draw: random.Random) -> Pair:
    """Before anybody needs to be asked; the twin's never comes."""
    lasts = draw.uniform(20, 170)
    none = Scene(2, (serving("new-1"), unplaced("new-2")))
    placed = Scene(lasts, (serving("new-1"), pod("new-2", waiting("ContainerCreating"), born_s=lasts)))
    ready = Scene(lasts + 20, (serving("new-1"), serving("new-2", ready_s=lasts + 20, born_s=lasts)))
    return Pair(tale(none, placed, ready), Tale((none,), 640), "rollout-time", 600 + LATE_S)


def a_quota_that_is_freed(draw: random.Random) -> Pair:
    """By the old pod, once it may go; the twin's may not go."""
    lasts = draw.uniform(5, 170)
    goes: int | str = draw.choice((1, 2)) if draw.random() < 0.5 else draw.choice(("50%", "100%"))
    remains: int | str = 0 if draw.random() < 0.5 else draw.choice(("25%", "49%"))
    refused = condition(
        "ReplicaFailure", True, 2, "FailedCreate", 'pods "x" is forbidden: exceeded quota: q, limited: pods=2'
    )
    there = (serving("new-1"), serving("old-1", RUNS_SINCE_S, RUNS_SINCE_S))
    waits = Scene(2, there, conditions=(refused,), max_unavailable=goes)
    freed = Scene(lasts, (serving("new-1"), pod("new-2", waiting("ContainerCreating"), born_s=lasts)))
    ready = Scene(lasts + 15, (serving("new-1"), serving("new-2", ready_s=lasts + 15, born_s=lasts)))
    stays = replace(waits, max_unavailable=remains)
    return Pair(tale(waits, freed, ready), Tale((stays,), 80), "replica-creation", 2 + 30 + LATE_S)


def an_autoscaler_in_the_middle(draw: random.Random) -> Pair:
    """More pods are asked for while it rolls out; the twin's new one crashes."""
    wanted, asked = draw.randint(3, 7), draw.uniform(5, 90)
    more = tuple(f"new-{n}" for n in range(3, wanted + 1))
    first = Scene(3, (serving("new-1"), pod("new-2", waiting("ContainerCreating"))))
    grown = Scene(asked, (*ALL_SERVE, *(pod(one, waiting("ContainerCreating"), born_s=asked) for one in more)), wanted)
    ready = Scene(asked + 30, (*ALL_SERVE, *(serving(one, asked + 30, asked) for one in more)), wanted)
    end = Terminated(1, None, "Error", "", at(asked + 2), at(asked + 6))
    crashed = pod(more[0], waiting("CrashLoopBackOff"), restarts=2, last=end, born_s=asked)
    loops = Scene(asked + 20, (*ALL_SERVE, crashed, *(serving(one, asked + 15, asked) for one in more[1:])), wanted)
    return Pair(tale(first, grown, ready), tale(first, grown, loops), "crash-loop", asked + 20 + LATE_S)


def a_slow_jvm(draw: random.Random) -> Pair:
    """Within what its startup probe allows; the twin never gets Ready."""
    allowed = draw.randint(6, 50) * 10
    slow = Container("app", readiness_probe=PROBE, startup_probe=replace(PROBE, failure_threshold=allowed // 10))
    starts = draw.uniform(10, allowed)
    rising = Scene(3, (serving("new-1"), pod("new-2", running(3), container=slow)))
    ready = Scene(3 + starts, (serving("new-1"), pod("new-2", running(3), ready_s=3 + starts, container=slow)))
    # The probes' own time (the readiness probe's three periods too) and the margin; the process would have been killed by then.
    by_s = min(3 + allowed + 30 + 30 + 30, 600)
    return Pair(tale(rising, ready), Tale((rising,), by_s + LATE_S), "readiness", by_s + LATE_S)


FAMILIES: tuple[Callable[[random.Random], Pair], ...] = (
    a_registry_that_is_away,
    one_restart,
    a_node_that_comes,
    a_quota_that_is_freed,
    an_autoscaler_in_the_middle,
    a_slow_jvm,
)


# ── looking at them ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def looked(told: Tale, draw: random.Random) -> Iterator[tuple[float, Look]]:
    """A look when a scene begins, and every 20 s of it at the latest; some are missed, some come twice."""
    missed = False
    for nth, scene in enumerate(told.scenes):
        last = nth == len(told.scenes) - 1
        until = told.ends_s if last else told.scenes[nth + 1].since_s
        moments = [scene.since_s + 0.2]
        while moments[-1] + 20 < until:
            moments.append(moments[-1] + draw.uniform(10, 20))
        for at_s in moments[:-1]:
            chance = 1.0 if missed else draw.random()
            missed = chance < 0.3
            # Two in a row are not missed: the minute's list brings what an event did not.
            for _ in range(0 if missed else 2 if 0.9 < chance < 1.0 else 1):
                yield at_s, look(scene, at_s)
        yield moments[-1], look(scene, moments[-1])
    yield told.ends_s, look(told.scenes[-1], told.ends_s)


def verdicts(told: Tale, draw: random.Random) -> list[tuple[float, Verdict, tuple[str, ...]]]:
    """What each look is judged to be, and which rules fail."""
    sightings, terms, found = Sightings(), RolloutTerms(applied_at=T), []
    for at_s, seen in looked(told, draw):
        sightings = remember(sightings, seen)
        judgements = judge(seen, terms, sightings)
        fails = tuple(one.rule for one in judgements if one.verdict is Verdict.FAIL)
        found.append((at_s, verdict_of(judgements), fails))
        if fails:
            break
    return found


@pytest.mark.parametrize("family", FAMILIES, ids=[one.__name__ for one in FAMILIES])
def test_what_heals_raises_no_alarm(family: Callable[[random.Random], Pair]) -> None:
    for number in range(CASES_OF_A_FAMILY):
        draw = random.Random(number)  # noqa: S311 - drawn times, not secrets
        found = verdicts(family(draw).heals, draw)
        assert all(verdict in (Verdict.WAIT, Verdict.PASS) for _, verdict, _ in found), (number, found)
        assert found[-1][1] is Verdict.PASS, (number, found)


@pytest.mark.parametrize("family", FAMILIES, ids=[one.__name__ for one in FAMILIES])
def test_its_doomed_twin_fails_in_its_time(family: Callable[[random.Random], Pair]) -> None:
    for number in range(CASES_OF_A_FAMILY):
        draw = random.Random(number)  # noqa: S311 - drawn times, not secrets
        pair = family(draw)
        at_s, verdict, fails = verdicts(pair.doomed, draw)[-1]
        assert verdict is Verdict.FAIL, (number, at_s)
        assert pair.rule in fails, (number, fails)
        assert at_s <= pair.fails_by_s, (number, at_s, pair.fails_by_s)

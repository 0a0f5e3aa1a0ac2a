"""What a runbook gets wrong: each mistake by its kind, with its lines, why it is one, and what Seatrial does instead."""

import re
from collections.abc import Callable, Iterator

from seatrial.model.quantities import in_bytes
from seatrial.runbook.commands import Command
from seatrial.runbook.facts import fixed_secrets
from seatrial.runbook.measures import plain, sizes
from seatrial.runbook.reading import Reading, Role, Stage
from seatrial.runbook.slips import (
    Mistake,
    decimal_units,
    no_time_zone,
    numbers,
    percent_disagrees,
    place_left_open,
    relative_path_after_cd,
    said,
    silence_is_no_answer,
    threshold_said_twice,
    ticked_before,
)
from seatrial.runbook.vocabulary import Concept, Topic

C = Concept
_AT_ONCE = re.compile(
    r"立即|馬上|一開始|at once|immediately|up ?front|right away|allocat|分配|commits?\b", re.IGNORECASE
)
_TIMES = ("lasttimestamp", "creationtimestamp", "eventtime", "firsttimestamp")
_HEAD = re.compile(r"-?HEAD(~\d*|\^)*$")


def events_show_no_oom_kill(reading: Reading) -> Iterator[Mistake]:
    """An events query, or its expected output, as the proof that nothing was killed for memory."""
    asked = [
        one.line
        for one in reading.commands
        if one.verb == "get" and one.resource == "event" and re.search("oom", one.text, re.IGNORECASE)
    ]
    for sentence in reading.sentences:
        by_events = sentence.owner is not None and sentence.owner.resource == "event"
        if C.OOM in said(sentence) and (by_events or C.EVENT in said(sentence)):
            asked.append(sentence.line)
    if asked:
        yield Mistake(
            "events-show-no-oom-kill",
            tuple(sorted(set(asked))),
            "no event is written about a Pod or Deployment when a container is killed for memory, and events are gone after an hour: "
            "an empty answer says nothing",
            "every container's last state is read, at every look; the answer is proven, none in the time observed, or unknown",
            ("out-of-memory",),
        )


def exec_sees_one_pod(reading: Reading) -> Iterator[Mistake]:
    """exec, logs or port-forward on a Deployment."""
    found = [
        one for one in reading.commands if one.verb in ("exec", "logs", "port-forward") and one.resource == "deployment"
    ]
    if found:
        yield Mistake(
            "exec-sees-one-pod",
            numbers(found),
            "kubectl picks one pod of the Deployment, and one container of it: the others, and a pod that kept the old "
            "settings, are not looked at",
            "every pod of the newest ReplicaSet is looked at, one by one",
            ("jvm-flags", "gc-log", "health-of-pods"),
        )


def environment_is_no_proof(reading: Reading) -> Iterator[Mistake]:
    """`exec … env` as the proof of what a process runs with."""
    found = [one for one in reading.commands if one.verb == "exec" and {"env", "printenv"} & set(one.inner)]
    if found:
        yield Mistake(
            "environment-is-no-proof",
            numbers(found),
            "the environment is what the process was given, not what it made of it: the JVM may run with other flags, and a new "
            "process in the container does not show when the old one started",
            "the flags are read from each running JVM",
            ("jvm-flags",),
        )


def memory_at_once(reading: Reading) -> Iterator[Mistake]:
    """The heap's initial size expected as memory in use right after the start."""
    touched = any("AlwaysPreTouch" in line.raw for line in reading.document.lines)
    initial = [int(one) for line in reading.document.lines for one in re.findall(r"Xms ?(\d+)m\b", line.raw)]
    found = []
    for one in reading.sentences:
        if C.MEMORY not in said(one) or one.stage is Stage.BEFORE or one.topic is Topic.TRIGGER:
            continue
        claims = "Xms" in one.text and bool(_AT_ONCE.search(one.text))
        floor = next(
            (in_bytes(f"{size.low}{size.plan_unit}") >> 20 for size in sizes(one.text) if size.low != size.high), 0
        )
        if claims or (initial and floor >= min(initial) and one.topic is Topic.CRITERIA):
            found.append(one)
    if found and not touched:
        yield Mistake(
            "memory-at-once",
            numbers(found),
            "-Xms reserves addresses, it does not touch them: without -XX:+AlwaysPreTouch a fresh JVM with -Xms3072m was seen to "
            "hold 56 MB, so a healthy pod fails this check for hours",
            "memory is judged against a window that is computed from the flags; below it after a fresh start is normal, and said",
            ("memory-window",),
        )


def unhashed_secret(reading: Reading) -> Iterator[Mistake]:
    """A Secret that changes under a fixed name, with new pods expected of it."""
    restarts = any(one.verb in ("rollout restart", "delete") and one.resource != "hpa" for one in reading.commands)
    fixed = fixed_secrets(reading)
    if not fixed or restarts:
        return
    awaited = [
        one
        for one in reading.sentences
        if one.role is Role.EXPECTED and ({C.OLD, C.TERMINATING} <= said(one) or {C.NEW, C.POD} <= said(one))
    ]
    yield Mistake(
        "unhashed-secret",
        numbers([*fixed, *awaited]),
        "a rollout begins only when the pod template changes; a Secret under a fixed name, replicas and strategy leave it as it is: "
        "the old pod keeps the old settings, and `rollout status` says success",
        "such a change is stopped before the apply, or (rollout.reach: stamp) the pod template carries the Secret's digest",
        ("change-reaches-pods",),
    )


def git_revert_head(reading: Reading) -> Iterator[Mistake]:
    """A rollback to whatever commit happens to be the newest."""
    found = [
        one
        for one in reading.commands
        if one.program == "git" and one.verb in ("revert", "reset") and any(_HEAD.match(word) for word in one.arguments)
    ]
    if found:
        yield Mistake(
            "git-revert-head",
            numbers(found),
            "HEAD is the newest commit, whoever made it, and not this change; and a commit changes nothing in the cluster",
            "the rollback goes to the state that was recorded before the change, and is verified object by object",
            ("objects-restored", "old-pods-serve"),
        )


def undo_keeps_the_rest(reading: Reading) -> Iterator[Mistake]:
    """`rollout undo` as the way back from an apply of whole manifests."""
    undone = [one for one in reading.commands if one.verb == "rollout undo" and reading.stage(one) is Stage.BACK]
    applied = [one for one in reading.commands if one.verb == "apply" and reading.stage(one) is not Stage.BACK]
    if undone and (applied or fixed_secrets(reading)):
        yield Mistake(
            "undo-keeps-the-rest",
            numbers([*applied[:1], *undone]),
            "`rollout undo` takes back the pod template and nothing else: Secrets, ConfigMaps, replicas and autoscaler stay as applied, "
            "and the next apply brings the change back",
            "Secret, Deployment, autoscaler, Service and NetworkPolicy go back together, and are verified",
            ("objects-restored", "old-pods-serve"),
        )


def autoscaler_never_comes_back(reading: Reading) -> Iterator[Mistake]:
    """An autoscaler with a memory target for a JVM."""
    jvm = any(C.JVM in said(one) for one in reading.sentences)
    targets = [
        one
        for one in reading.sentences
        if re.search(r"/\d+%, [^/]*/\d+%", one.text)
        or (C.HPA in said(one) and C.MEMORY in said(one) and "%" in one.text)
    ]
    if jvm and targets:
        yield Mistake(
            "autoscaler-never-comes-back",
            numbers(targets),
            "a JVM keeps the memory that its heap once took: an autoscaler on memory scales out and does not come back down",
            "the autoscaler is judged with its targets; after a scale-out, who made the pods is said",
            ("autoscaler-scale", "autoscaler-storm"),
        )


def autoscaler_deleted_late(reading: Reading) -> Iterator[Mistake]:
    """A rollback that applies first and deletes the autoscaler afterwards."""
    back = [one for one in reading.commands if reading.stage(one) is Stage.BACK]
    lines: list[int] = []
    applied: Command | None = None
    for command in back:
        if command.verb in ("apply", "rollout undo", "scale"):
            applied = command
        elif command.verb == "delete" and command.resource == "hpa" and applied is not None:
            lines += [applied.line, command.line]
            applied = None
    if lines:
        yield Mistake(
            "autoscaler-deleted-late",
            tuple(lines),
            "between the two the autoscaler's minimum scales the old version up again, within 15 s; and those pods stay when it is deleted",
            "the autoscaler goes first, then the recorded state is sent",
            ("objects-restored", "old-pods-serve"),
        )


def head_keeps_the_oldest(reading: Reading) -> Iterator[Mistake]:
    """Sorted by time, cut from the front."""
    found = []
    for command in reading.commands:
        by_time = command.option("--sort-by").strip("'.{}").rpartition(".")[2].lower() in _TIMES
        if (by_time or command.verb == "logs") and any(one.program == "head" for one in reading.pipes_into(command)):
            found.append(command)
    if found:
        yield Mistake(
            "head-keeps-the-oldest",
            numbers(found),
            "the list begins with the oldest: `head` keeps those and drops what has just happened",
            "events since the apply are kept whole, grouped, newest last",
            ("events-quiet",),
        )


def logs_of_current_containers(reading: Reading) -> Iterator[Mistake]:
    """logs by selector: the last lines of the containers that run now."""
    found = [
        one
        for one in reading.commands
        if one.verb == "logs" and one.option("-l", "--selector") and not one.option("-p", "--previous")
    ]
    if found:
        yield Mistake(
            "logs-of-current-containers",
            numbers(found),
            "by selector kubectl shows the last lines (10, or --tail) of the containers that run now, of 5 pods at most: the one that "
            "crashed is the one that is missing",
            "the logs of every new pod are read, the previous container's too",
            ("log-absent", "out-of-memory-error"),
        )


def rescale_never_comes(reading: Reading) -> Iterator[Mistake]:
    """An event of the autoscaler's expected where the manifest itself sets the count."""
    declared = [
        one for one in reading.sentences if re.search(r"replicas: ?\d", plain(one.text)) and one.stage is Stage.BEFORE
    ]
    awaited = [
        one
        for one in reading.sentences
        if C.SCALED in said(one) and re.search(r"\d ?(→|->|to|到) ?\d", plain(one.text))
    ]
    if declared and awaited:
        yield Mistake(
            "rescale-never-comes",
            numbers([*declared, *awaited]),
            "the manifest's own `replicas` makes the second pod before the autoscaler has a say: it never writes that event; and every "
            "later apply resets what the autoscaler did",
            "who made the pods is said, not demanded",
            ("autoscaler-scale", "replicas-and-autoscaler"),
        )


MISTAKES: tuple[Callable[[Reading], Iterator[Mistake]], ...] = (
    unhashed_secret,
    events_show_no_oom_kill,
    exec_sees_one_pod,
    environment_is_no_proof,
    memory_at_once,
    autoscaler_never_comes_back,
    autoscaler_deleted_late,
    git_revert_head,
    undo_keeps_the_rest,
    relative_path_after_cd,
    ticked_before,
    head_keeps_the_oldest,
    threshold_said_twice,
    percent_disagrees,
    decimal_units,
    logs_of_current_containers,
    rescale_never_comes,
    silence_is_no_answer,
    no_time_zone,
    place_left_open,
)


def mistakes(reading: Reading) -> tuple[Mistake, ...]:
    """All that were found, the gravest first."""
    return tuple(one for find in MISTAKES for one in find(reading))

"""Containers that ended: OOM-killed, killed by a probe, refused by the JVM, in a crash loop, or restarted once and fine since."""

from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import (
    Role,
    Seat,
    age_s,
    clean,
    is_ready,
    is_warning,
    log_lines,
    of_container,
    ready_since,
    said,
    seats,
)
from seatrial.judge.rollout.serving import probe_kills, probe_s
from seatrial.judge.rollout.starting import START_ENDED
from seatrial.judge.rollout.terms import (
    Case,
    came_before,
    failed,
    judged_seats,
    new_endings,
    passed,
    unknown,
    waits,
)
from seatrial.jvm.fatal import FatalKind, FatalLine, fatal_line
from seatrial.jvm.outofmemory import out_of_memory_lines
from seatrial.model.judgement import Judgement
from seatrial.model.kube import Pod, Terminated
from seatrial.model.quantities import in_bytes, say_bytes, say_s

OOM_KILLED = "OOMKilled"
KILLED, STOPPED = 137, 143  # 128 + SIGKILL, 128 + SIGTERM
RESTARTS_OF_A_LOOP = 2
SIDECAR_RESTARTS_MAX = 3
AT_THE_LIMIT = 0.95
LOG_LINES_SHOWN = 5
HEALS = (FatalKind.NATIVE_MEMORY, FatalKind.CRASH)


def _card(
    name: str, looks_at: str, says: str, source: str, what_to_do: str, subject: str, triggers: tuple[str, ...]
) -> RuleCard:
    return RuleCard(name, "rollout", looks_at, says, source, what_to_do, triggers=triggers, subject=subject)


def log_tail(case: Case, seat: Seat) -> tuple[str, ...]:
    """The last lines of the container's log, as evidence."""
    return tuple(list(log_lines(case.look, seat))[-LOG_LINES_SHOWN:])


def ended(end: Terminated) -> str:
    """How a container ended, in words."""
    return f"{end.reason or 'ended'}, exit {end.exit_code}"


@rule(
    _card(
        "out-of-memory",
        "reason and exit code of every ending that belongs to this change, memory samples, logs, and the cgroup's "
        "own OOM counter",
        "FAIL for every container that was OOM-killed, whatever its exit code and whether or not the pod is Ready again; "
        "FAIL for exit 137 with a memory sample at the limit just before. UNKNOWN for a bare 137: probes and lost "
        "containers "
        "give it too. PASS with a warning where a helper process was killed and the container went on.",
        "D27, D28, D29, D31, D37; kubernetes#53669, #131530, #122932, #115680",
        "Compare the limit with heap + native memory; look at the heap dump and the GC log.",
        "out-of-memory",
        ("out-of-memory", "rollout-failed"),
    )
)
def out_of_memory(case: Case) -> Iterator[Judgement]:
    """OOM as a verdict on the new pods: proven, or unknown; none is what nothing else contradicts."""
    found = [judgement for seat in _mortal_seats(case) for judgement in _of_memory(case, seat)]
    yield from found
    lived = sum(1 for _ in judged_seats(case))
    if not found and lived and not case.look.is_blind_for("pods"):
        yield passed("out-of-memory", case.about, f"none of {lived} new containers was OOM-killed in the time observed")


def _of_memory(case: Case, seat: Seat) -> Iterator[Judgement]:
    ends = new_endings(case, seat)
    killed = next((end for end in ends if end.reason == OOM_KILLED), None)
    bare = next((end for end in ends if end.exit_code == KILLED and end.reason != OOM_KILLED), None)
    if killed:
        yield _oom(case, seat, killed)
    elif bare and not probe_kills(case, seat, bare):
        yield _bare_137(case, seat, bare)
    elif (count := _helper_kills(case, seat)) and not ends:
        because = "it runs on, without a restart"
        yield passed("out-of-memory", seat.about, because, f"the kernel OOM-killed {count} helper process(es) in it")


def _mortal_seats(case: Case) -> Iterator[Seat]:
    """Also those of new pods that died as pods or lost their node: what killed their containers still counts."""
    yield from judged_seats(case)
    for pod in (*case.fleet.new_dead, *case.fleet.new_lost):
        yield from seats(pod)


def _limit_bytes(seat: Seat) -> int | None:
    limits = seat.spec.resources.limits if seat.spec.resources else None
    return in_bytes(limits["memory"]) if limits and "memory" in limits else None


def _oom(case: Case, seat: Seat, end: Terminated) -> Judgement:
    limit = _limit_bytes(seat)
    above = f" at its limit of {say_bytes(limit)}" if limit else ""
    lived = f" after {say_s(age_s(end.finished_at, end.started_at))}" if end.finished_at and end.started_at else ""
    again = "; it is Ready again, and that is no recovery" if is_ready(seat.pod) else ""
    because = f"the kernel OOM-killed it{above}{lived} (exit {end.exit_code}, {seat.restarts} restarts){again}"
    heap = tuple(line.line for line in out_of_memory_lines(log_lines(case.look, seat)))
    peak = _peak_bytes(case, seat)
    seen = (f"highest sample before: {say_bytes(peak)}",) if peak else ()
    step = "Compare the limit with heap + native memory of this JVM."
    return failed("out-of-memory", seat.about, because, (*seen, *heap[-2:], *log_tail(case, seat)), step)


def _peak_bytes(case: Case, seat: Seat) -> int | None:
    mine = [
        peak.bytes_seen
        for peak in case.terms.memory_peaks
        if peak.pod == seat.pod.metadata.name and peak.container == seat.spec.name
    ]
    return max(mine, default=None)


def _helper_kills(case: Case, seat: Seat) -> int:
    mine = (one for one in case.terms.oom_kills if one.pod == seat.pod.metadata.name)
    return max((one.count for one in mine if one.container == seat.spec.name), default=0)


def _bare_137(case: Case, seat: Seat, end: Terminated) -> Judgement:
    peak, limit = _peak_bytes(case, seat), _limit_bytes(seat)
    if peak and limit and peak >= AT_THE_LIMIT * limit:
        because = (
            f"killed (137) with {say_bytes(peak)} of its limit of {say_bytes(limit)}: OOM, whatever the reason says"
        )
        return failed("out-of-memory", seat.about, f"{because} ({end.reason})", log_tail(case, seat))
    because = f"ended with 137 ({end.reason or 'no reason'}): OOM, a probe's kill or a lost container, the state does not tell"
    return unknown(
        "out-of-memory", seat.about, because, "Look at the node's kernel log and at memory samples before it."
    )


@rule(
    _card(
        "liveness-kill",
        "endings with 143 or 137 beside the kubelet's events of failed liveness or startup probes",
        "FAIL: the probe killed it; its budget is named, because a slow JVM start is the usual reason.",
        "D30",
        "Give the start a startupProbe with room, or find out why the service hangs.",
        "pods",
        ("rollout-failed",),
    )
)
def liveness_kill(case: Case) -> Iterator[Judgement]:
    """Killed by its own probe."""
    for seat in judged_seats(case):
        told = _killed_by_probe(case, seat)
        if told:
            because = f"its own probe killed it{_probe_budget(seat)}"
            yield failed(
                "liveness-kill",
                seat.about,
                because,
                (*told[-3:], *log_tail(case, seat)),
                "Give a slow start a startupProbe.",
            )


def _killed_by_probe(case: Case, seat: Seat) -> tuple[str, ...]:
    ends = (end for end in new_endings(case, seat) if end.exit_code in (KILLED, STOPPED) and end.reason != OOM_KILLED)
    return next((told for end in ends if (told := probe_kills(case, seat, end))), ())


def _probe_budget(seat: Seat) -> str:
    probe = seat.spec.startup_probe or seat.spec.liveness_probe
    if probe is None:
        return ""
    kind = "startup" if seat.spec.startup_probe else "liveness"
    return f": the {kind} probe allows {say_s(probe_s(probe))} from the start"


@rule(
    _card(
        "first-exit",
        "containers that ended and are not in a crash loop yet; their logs and termination messages",
        "FAIL at once where the JVM's own last line says something that no restart can change: an unknown flag, a "
        "heap larger "
        "than the maximum, two collectors, a GC log that can't be opened. Otherwise WAIT for what the restart "
        "brings. With "
        "restartPolicy Never: FAIL.",
        "D24, D36; kubedog speaks only at CrashLoopBackOff",
        "Correct the flag that the line names.",
        "pods",
        ("crash-loop", "rollout-failed"),
    )
)
def first_exit(case: Case) -> Iterator[Judgement]:
    """Sooner than the crash loop, where the JVM itself has said why."""
    for seat in judged_seats(case):
        ends = [end for end in new_endings(case, seat) if _is_failure(seat, end)]
        if not ends:
            continue
        line = _last_word(case, seat, ends)
        if line:
            because = f"the JVM refuses to start: {line.kind.value}"
            yield failed(
                "first-exit",
                seat.about,
                because,
                (line.line,),
                "Correct what the line names; no restart can change it.",
            )
        elif seat.status and seat.status.state.terminated and not seat.restarts:
            yield from _ended_once(case, seat, ends[0])
    for pod in case.fleet.new_dead:
        yield from _ended_for_good(case, pod)


def _is_failure(seat: Seat, end: Terminated) -> bool:
    if end.reason == OOM_KILLED or end.reason in START_ENDED:
        return False
    return end.exit_code != 0 or seat.role is Role.MAIN


def _last_word(case: Case, seat: Seat, ends: list[Terminated]) -> FatalLine | None:
    texts = [line for end in ends for line in end.message.splitlines()]
    line = fatal_line([*texts, *log_lines(case.look, seat)])
    return None if line is None or line.kind in HEALS else line


def _ended_once(case: Case, seat: Seat, end: Terminated) -> Iterator[Judgement]:
    if end.exit_code in (KILLED, STOPPED) and probe_kills(case, seat, end):
        return
    because = f"{ended(end)}, for the first time: waiting for its restart"
    yield waits("first-exit", seat.about, because, case.rest_of_timeout_s(), log_tail(case, seat))


def _ended_for_good(case: Case, pod: Pod) -> Iterator[Judgement]:
    if pod.spec.restart_policy != "Never" or pod.status.reason:
        return
    for seat in seats(pod):
        bad = next((end for end in seat.endings if end.exit_code), None)
        if bad:
            yield failed("first-exit", seat.about, f"{ended(bad)}, and it is never restarted", log_tail(case, seat))


@rule(
    _card(
        "crash-loop",
        "CrashLoopBackOff of any container, init containers too; restart counts with a recent failure, between two "
        "back-offs",
        "FAIL at once, for one pod of many too. Being up for a moment between two back-offs is no recovery. A "
        "sidecar may "
        "restart three times, unless it never started and so keeps the application waiting.",
        "D25, D35, D38; argo-cd pod-error.yaml, argo-rollouts#3765; the runbook: roll back at once",
        "Read the last lines of the log, of the container before the restart too.",
        "pods",
        ("crash-loop", "rollout-failed"),
    )
)
def crash_loop(case: Case) -> Iterator[Judgement]:
    """It starts, it ends, it starts."""
    for seat in judged_seats(case):
        backs_off = seat.waiting_reason == "CrashLoopBackOff"
        if not (backs_off or _between_back_offs(case, seat)) or _is_history(case, seat):
            continue
        ends = new_endings(case, seat)
        how = f": {ended(ends[-1])}" if ends else ""
        if seat.role is Role.SIDECAR and seat.restarts <= SIDECAR_RESTARTS_MAX and _application_started(seat.pod):
            because = f"the sidecar restarts ({seat.restarts} of {SIDECAR_RESTARTS_MAX} that it may){how}"
            yield waits("crash-loop", seat.about, because, case.rest_of_timeout_s(), log_tail(case, seat))
            continue
        state = "CrashLoopBackOff" if backs_off else "up between two crashes"
        because = f"{state}, {seat.restarts} restarts{how}"
        yield failed(
            "crash-loop", seat.about, because, _loop_evidence(case, seat), "Read the log's last lines; roll back."
        )


def _is_history(case: Case, seat: Seat) -> bool:
    """An old loop: the back-off began with endings from before the change."""
    return bool(seat.endings) and not new_endings(case, seat)


def _between_back_offs(case: Case, seat: Seat) -> bool:
    lenient = seat.role is Role.SIDECAR and _application_started(seat.pod)
    if seat.restarts < (SIDECAR_RESTARTS_MAX + 1 if lenient else RESTARTS_OF_A_LOOP) or _init_is_done(seat):
        return False
    return any(_is_recent_failure(case, seat, end) for end in new_endings(case, seat))


def _is_recent_failure(case: Case, seat: Seat, end: Terminated) -> bool:
    """A service that ends with 0 soon after its start, again and again, does not serve either; an init container that does is done."""
    recent = case.graces.crash_recent_s
    short = seat.role is Role.MAIN and age_s(end.finished_at or case.at, end.started_at) < recent
    failure = end.exit_code != 0 or end.reason == OOM_KILLED or short
    return failure and age_s(case.at, end.finished_at) <= recent


def _init_is_done(seat: Seat) -> bool:
    now = seat.status.state.terminated if seat.status else None
    return seat.role is Role.INIT and now is not None and now.exit_code == 0


def _application_started(pod: Pod) -> bool:
    return any(seat.running_since or seat.endings for seat in seats(pod) if seat.role is Role.MAIN)


def _loop_evidence(case: Case, seat: Seat) -> tuple[str, ...]:
    about = (event for event in case.events_of(seat.pod) if is_warning(event) or event.reason == "BackOff")
    told = [said(event) for event in about if of_container(event, seat.spec.name)]
    words = [clean(line) for end in new_endings(case, seat) for line in end.message.splitlines()[-2:]]
    return (*told[-3:], *words, *log_tail(case, seat))


@rule(
    _card(
        "restarts",
        "new pods' containers that were restarted for an ordinary reason and are not in a loop",
        "WAIT until the pod has been Ready for the settle time (60 s) again; then PASS with a warning. The criterion "
        "`restarts: 0` is not "
        "met by it: that asks a person, and does not roll back.",
        "D39; the runbook: RESTARTS > 0 → look at the logs",
        "Read the previous container's log.",
        "restarts",
        ("rollout-failed",),
    )
)
def restarts(case: Case) -> Iterator[Judgement]:
    """One restart is a warning, if it stays at one."""
    again = [
        seat
        for seat in judged_seats(case)
        if seat.restarts and (new_endings(case, seat) or _has_lost_its_end(case, seat))
    ]
    if not again and case.fleet.new:
        yield passed("restarts", case.about, "no new container was restarted")
    for seat in again:
        ends = new_endings(case, seat)
        if _is_told_elsewhere(case, seat):
            continue
        steady, settle = age_s(case.at, ready_since(seat.pod)), case.graces.settle_s
        how = f"{seat.restarts} restart(s), {ended(ends[-1]) if ends else 'and the state no longer tells how it ended'}"
        if _init_is_done(seat):
            yield passed("restarts", seat.about, "it has succeeded since", how, log_tail(case, seat))
        elif not is_ready(seat.pod):
            because = f"{how}; not Ready again yet"
            yield waits("restarts", seat.about, because, case.rest_of_timeout_s(), log_tail(case, seat))
        elif steady < settle:
            because = f"{how}; Ready again for {say_s(steady)} of {say_s(settle)}"
            yield waits("restarts", seat.about, because, settle - steady, log_tail(case, seat))
        else:
            because = f"Ready again for {say_s(steady)}"
            yield passed("restarts", seat.about, because, how, log_tail(case, seat))


def _has_lost_its_end(case: Case, seat: Seat) -> bool:
    """A dead container that the kubelet has cleared away leaves a restart count and nothing else."""
    return not seat.endings and case.fleet.has_new(seat.pod) and not came_before(case, seat.pod)


def _is_told_elsewhere(case: Case, seat: Seat) -> bool:
    loops = seat.waiting_reason == "CrashLoopBackOff" or _between_back_offs(case, seat)
    return loops or any(end.reason == OOM_KILLED or end.reason in START_ENDED for end in new_endings(case, seat))

"""Whether the service stays up: budgets, spread, probes, a graceful end (A1-A6)."""

import re
from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.bodies import at, count_at, items, kind_of, mapping, selects, text_at
from seatrial.judge.manifest.case import Case, Container, Workload, finding
from seatrial.judge.manifest.environment import is_shell
from seatrial.model.findings import Finding, SetField, Severity

_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
JVM_START_S = 60


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, source, what_to_do)


def _most(case: Case, workload: Workload) -> int:
    return max(
        [workload.replicas, *(count_at(hpa, "spec", "maxReplicas") or 1 for _, hpa in case.autoscalers(workload))]
    )


@rule(
    _card(
        "disruption-budget",
        "the PodDisruptionBudgets among the manifests",
        "info when a workload of several pods has none: the drain of two nodes may take all of them. It does "
        "not protect from the kubelet's "
        "own evictions.",
        "A1; eviction API",
        "A PodDisruptionBudget with maxUnavailable: 1.",
    )
)
def disruption_budget(case: Case) -> Iterator[Finding]:
    """Nobody asks before a drain."""
    budgets = [at(body, "spec", "selector") for _, body in case.of_kind("PodDisruptionBudget")]
    for workload in case.serving():
        several = _most(case, workload) > 1 and kind_of(workload.body) != "DaemonSet"
        if several and next(workload.jvms(), None) and not any(selects(one, workload.labels) for one in budgets):
            because = "it has several pods and no PodDisruptionBudget: drains may take all of them at once"
            yield finding(
                "disruption-budget", Severity.INFO, workload.about, workload.spot("metadata", "name"), because
            )


@rule(
    _card(
        "spread-over-nodes",
        "topologySpreadConstraints and pod anti-affinity of a workload with several pods",
        "info when there is neither: all pods may be on one node, and one eviction or one dead node takes them all.",
        "A2",
        "topologySpreadConstraints on kubernetes.io/hostname.",
    )
)
def spread_over_nodes(case: Case) -> Iterator[Finding]:
    """All eggs in one basket."""
    for workload in case.serving():
        if _most(case, workload) < 2 or kind_of(workload.body) == "DaemonSet" or not next(workload.jvms(), None):
            continue
        spec = at(workload.template, "spec")
        if not at(spec, "topologySpreadConstraints") and not at(spec, "affinity", "podAntiAffinity"):
            because = "nothing keeps its pods apart: one node's end may be the end of all of them"
            yield finding("spread-over-nodes", Severity.INFO, workload.about, workload.pod_spot(), because)


@rule(
    _card(
        "probes-allow-start",
        "startup and liveness probes of a JVM, and how long they let a start and a pause take",
        "warn when there is no readiness probe; when the liveness probe kills a JVM that needs a minute to "
        "start and no startup probe holds it "
        "back; and when its timeout is 1 s: a full collection or a heap dump takes longer.",
        "A3; the kubelet: failureThreshold x periodSeconds + initialDelaySeconds; timeoutSeconds is 1 by default",
        "A startupProbe with failureThreshold x periodSeconds above the longest start; timeoutSeconds: 5.",
    )
)
def probes_allow_start(case: Case) -> Iterator[Finding]:
    """A probe that kills what only starts."""
    for workload, container in case.jvms():
        if workload not in tuple(case.serving()):
            continue
        if not container.body.get("readinessProbe"):
            because = "it has no readinessProbe: it is sent requests from the moment its process runs"
            yield finding("probes-allow-start", Severity.WARN, workload.about, container.spot("name"), because)
        liveness = mapping(container.body.get("livenessProbe"))
        if not liveness:
            continue
        spot = container.spot("livenessProbe")
        patience = (count_at(liveness, "initialDelaySeconds") or 0) + (count_at(liveness, "failureThreshold") or 3) * (
            count_at(liveness, "periodSeconds") or 10
        )
        if not container.body.get("startupProbe") and patience < JVM_START_S:
            because = (
                f"the livenessProbe kills it {patience} s after its start unless it answers, and there is no "
                "startupProbe"
            )
            yield finding("probes-allow-start", Severity.WARN, workload.about, spot, because)
        if (count_at(liveness, "timeoutSeconds") or 1) < 2:
            because = (
                "the livenessProbe's timeout is 1 s: a full collection or a heap dump takes longer, and the JVM "
                "is killed"
            )
            fix = SetField((*spot.path, "timeoutSeconds"), 5)
            yield finding("probes-allow-start", Severity.WARN, workload.about, spot, because, fix=fix)


@rule(
    _card(
        "probes-differ",
        "readiness and liveness probes",
        "warn when both ask the same and the liveness probe has no more patience: a pod that is only "
        "overloaded is killed instead of left alone. "
        "info when both ask the same but liveness waits longer.",
        "A4; Spring Boot has /actuator/health/liveness and /readiness",
        "Ask liveness something that does not depend on others.",
    )
)
def probes_differ(case: Case) -> Iterator[Finding]:
    """Overloaded is not dead."""
    for workload, container in case.jvms():
        ready, alive = (mapping(container.body.get(name)) for name in ("readinessProbe", "livenessProbe"))
        asked = next((key for key in ("httpGet", "tcpSocket", "exec", "grpc") if alive.get(key)), "")
        if asked != "httpGet" or ready.get(asked) != alive.get(asked):
            continue
        is_patient = _patience(alive) > _patience(ready)
        path = text_at(alive, asked, "path")
        because = (
            f"readiness and liveness ask the same ({path}): whatever makes a pod not ready gets it killed in the end"
        )
        severity = Severity.INFO if is_patient else Severity.WARN
        yield finding("probes-differ", severity, workload.about, container.spot("livenessProbe"), because)


def _patience(probe: object) -> int:
    return (count_at(probe, "failureThreshold") or 3) * (count_at(probe, "periodSeconds") or 10)


@rule(
    _card(
        "graceful-end",
        "preStop, terminationGracePeriodSeconds, and a shell as process 1",
        "warn when a shell starts java without exec: it does not hand on SIGTERM, and every rollout ends "
        "with SIGKILL (137) after the grace "
        "period; and when the grace period is not longer than preStop's sleep. info when a JVM that a "
        "Service may reach has no preStop.",
        "A5; measured: sh -c 'java ...; echo' got TERM, java lived on",
        "sh -c 'exec java ...'; preStop: {sleep: {seconds: 5}} and server.shutdown: graceful.",
    )
)
def graceful_end(case: Case) -> Iterator[Finding]:
    """An end that is waited for."""
    for workload in case.serving():
        grace = count_at(workload.template, "spec", "terminationGracePeriodSeconds")
        for container in workload.jvms():
            yield from _without_exec(workload, container)
            sleep = _sleep_s(container)
            if sleep and sleep >= (30 if grace is None else grace):
                because = (
                    f"preStop takes {sleep} s and the grace period is {30 if grace is None else grace} s: the JVM "
                    "is killed before it is told to end"
                )
                yield finding(
                    "graceful-end", Severity.WARN, workload.about, container.spot("lifecycle", "preStop"), because
                )
            elif not at(container.body, "lifecycle", "preStop") and container.body.get("ports"):
                because = "no preStop: requests still arrive for some seconds after the JVM was told to end"
                yield finding("graceful-end", Severity.INFO, workload.about, container.spot("name"), because)


def _without_exec(workload: Workload, container: Container) -> Iterator[Finding]:
    if not is_shell(container.body):
        return
    for field in ("command", "args"):
        for index, text in enumerate(items(container.body.get(field))):
            if (
                isinstance(text, str)
                and re.search(r"(?:^|[\n;&|])\s*(?:\S*/)?java\s", text)
                and not re.search(r"\bexec\s+(?:\S*/)?java\b", text)
            ):
                because = (
                    "a shell starts java without exec: SIGTERM ends at the shell, and every rollout waits for "
                    "SIGKILL (137)"
                )
                yield finding("graceful-end", Severity.WARN, workload.about, container.spot(field, index), because)


def _sleep_s(container: Container) -> int:
    hook = at(container.body, "lifecycle", "preStop")
    seconds = count_at(hook, "sleep", "seconds")
    words = " ".join(str(one) for one in items(at(hook, "exec", "command")))
    slept = re.search(r"\bsleep\s+(\d{1,6})\b", words)
    return seconds or (int(slept[1]) if slept else 0)


@rule(
    _card(
        "restart-policy",
        "restartPolicy and hostPath or host network of a serving workload",
        "block when restartPolicy is not Always (the API server refuses it for a Deployment).",
        "A6; back-off 10 s to 300 s, reset after 10 min",
        "restartPolicy: Always.",
    )
)
def restart_policy(case: Case) -> Iterator[Finding]:
    """A Deployment's pods restart."""
    for workload in case.serving():
        policy = text_at(workload.template, "spec", "restartPolicy")
        if policy not in ("", "Always"):
            because = f"restartPolicy: {policy} is refused for a {kind_of(workload.body)}"
            spot = workload.pod_spot("restartPolicy")
            yield finding(
                "restart-policy", Severity.BLOCK, workload.about, spot, because, fix=SetField(spot.path, "Always")
            )


RULES = (
    disruption_budget,
    spread_over_nodes,
    probes_allow_start,
    probes_differ,
    graceful_end,
    restart_policy,
)

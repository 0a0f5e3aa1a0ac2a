"""What a rollout and a rollback will do with these manifests (R1, R4-R10)."""

import math
import re
from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.bodies import (
    at,
    count_at,
    items,
    kind_of,
    labels_at,
    mapping,
    name_of,
    selects,
    text_at,
    texts,
)
from seatrial.judge.manifest.case import Case, Container, Workload, finding
from seatrial.judge.manifest.environment import decoded
from seatrial.model.findings import Finding, SetField, Severity, Spot
from seatrial.model.writes import Body

_HASHED = re.compile(r".*-[2456789bcdfghkmt]{10}")  # kustomize/api/hasher: hex digits that spell no words
_RELOADERS = ("reloader.stakater.com/", "stakater.com/reload", "wave.pusher.com/")
_SINGLE = ("ReadWriteOnce", "ReadWriteOncePod")


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, source, what_to_do)


@rule(
    _card(
        "environment-reaches-pods",
        "the Secrets and ConfigMaps among the manifests that pods read as environment, their names, and the "
        "pod template's annotations",
        "warn when such an object keeps its name when its content changes, and neither a checksum annotation "
        "nor a reloader nor the plan's "
        "rollout.reach restarts the pods: old pods keep the old environment, new ones get the new, and "
        "rollout status says success.",
        "R1, R2; a rollout is triggered if and only if .spec.template changes (Kubernetes documentation, Deployments)",
        "A hashed name (kustomize's default), an annotation checksum/..., or rollout: {reach: stamp} in the plan.",
    )
)
def environment_reaches_pods(case: Case) -> Iterator[Finding]:
    """A change that reaches no pod."""
    if case.plan is not None and case.plan.rollout.reach in ("stamp", "restart"):
        return
    fixed = {
        (kind_of(body), name_of(body)): number
        for number, body in case.of_kind("Secret", "ConfigMap")
        if _is_fixed(body)
    }
    for workload in case.serving():
        if _restarts_itself(workload):
            continue
        read = {key: None for one in workload.containers for key in _read_as_environment(one.body)}
        for kind, name in (key for key in read if key in fixed):
            because = (
                f"{workload.about} reads it as environment and has no checksum of it: a change of this {kind} "
                "alone restarts no pod"
            )
            spot = Spot(fixed[kind, name], ("metadata", "name"))
            yield finding("environment-reaches-pods", Severity.WARN, f"{kind.lower()}/{name}", spot, because)


def _is_fixed(body: Body) -> bool:
    return body.get("immutable") is not True and not _HASHED.fullmatch(name_of(body))


def _restarts_itself(workload: Workload) -> bool:
    notes = [
        *labels_at(workload.template, "metadata", "annotations"),
        *labels_at(workload.body, "metadata", "annotations"),
    ]
    return any(
        "checksum" in note or "hash" in note or "digest" in note or any(one in note for one in _RELOADERS)
        for note in notes
    )


def _read_as_environment(container: Body) -> Iterator[tuple[str, str]]:
    for whole in items(container.get("envFrom")):
        yield "Secret", text_at(whole, "secretRef", "name")
        yield "ConfigMap", text_at(whole, "configMapRef", "name")
    for one in items(container.get("env")):
        yield "Secret", text_at(one, "valueFrom", "secretKeyRef", "name")
        yield "ConfigMap", text_at(one, "valueFrom", "configMapKeyRef", "name")


@rule(
    _card(
        "single-writer-volume",
        "claims that only one node may mount, replicas, the autoscaler's maximum, and the strategy",
        "block when a Deployment of several pods, or one that starts a new pod before the old one is gone, "
        "mounts a ReadWriteOnce claim: the "
        "second pod waits for ever in ContainerCreating.",
        "R4; Multi-Attach error",
        "A StatefulSet with volumeClaimTemplates, a ReadWriteMany claim, or one replica with strategy: Recreate.",
    )
)
def single_writer_volume(case: Case) -> Iterator[Finding]:
    """One disk, two pods."""
    claims = {
        name_of(body): items(at(body, "spec", "accessModes")) for _, body in case.of_kind("PersistentVolumeClaim")
    }
    for workload in case.serving():
        if kind_of(workload.body) != "Deployment":
            continue
        several = (
            max(
                [
                    workload.replicas,
                    *(count_at(hpa, "spec", "maxReplicas") or 1 for _, hpa in case.autoscalers(workload)),
                ]
            )
            > 1
        )
        for index, volume in enumerate(items(at(workload.template, "spec", "volumes"))):
            name = text_at(volume, "persistentVolumeClaim", "claimName")
            modes = claims.get(name, [])
            is_single = bool(modes) and all(mode in _SINGLE for mode in modes)
            is_read_only = at(volume, "persistentVolumeClaim", "readOnly") is True
            if (
                is_single
                and not is_read_only
                and (several or text_at(workload.body, "spec", "strategy", "type") != "Recreate")
            ):
                why = "several pods" if several else "the new pod, which starts before the old one is gone,"
                because = (
                    f"the claim {name} is {', '.join(map(str, modes))}: {why} can't mount it on two nodes "
                    "(Multi-Attach)"
                )
                yield finding(
                    "single-writer-volume", Severity.BLOCK, workload.about, workload.pod_spot("volumes", index), because
                )


@rule(
    _card(
        "rollout-keeps-serving",
        "replicas, maxUnavailable, maxSurge and the strategy's type",
        "block when both are 0 (the API server refuses it). warn when all pods may be away at once: "
        "Recreate, or maxUnavailable as large as "
        "the count of pods.",
        "R5; percentages of maxUnavailable are rounded down, those of maxSurge up",
        "maxSurge: 1, maxUnavailable: 0.",
    )
)
def rollout_keeps_serving(case: Case) -> Iterator[Finding]:
    """A rollout that is an outage."""
    for workload in case.serving():
        if kind_of(workload.body) != "Deployment" or workload.replicas < 1:
            continue
        strategy = mapping(at(workload.body, "spec", "strategy"))
        spot = workload.spot("spec", "strategy")
        if strategy.get("type") == "Recreate":
            because = (
                "strategy Recreate: all old pods go before the first new one starts, an outage as long as the start"
            )
            yield finding("rollout-keeps-serving", Severity.WARN, workload.about, spot, because)
            continue
        away, more = _budget(at(strategy, "rollingUpdate"), workload.replicas)
        if away == 0 and more == 0:
            if at(strategy, "rollingUpdate", "maxUnavailable") in (0, "0", "0%") and at(
                strategy, "rollingUpdate", "maxSurge"
            ) in (0, "0", "0%"):
                because = "maxUnavailable and maxSurge are both 0: the API server refuses it"
                yield finding("rollout-keeps-serving", Severity.BLOCK, workload.about, spot, because)
        elif away >= workload.replicas:
            because = (
                f"maxUnavailable lets {away} of {workload.replicas} pod(s) be away at once: an outage in each rollout"
            )
            yield finding("rollout-keeps-serving", Severity.WARN, workload.about, spot, because)


def _budget(rolling: object, replicas: int) -> tuple[int, int]:
    """maxUnavailable and maxSurge in pods."""
    away, more = at(rolling, "maxUnavailable"), at(rolling, "maxSurge")
    return (
        _pods("25%" if away is None else away, replicas, math.floor),
        _pods("25%" if more is None else more, replicas, math.ceil),
    )


def _pods(value: object, replicas: int, rounded: object) -> int:
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdecimal():
        exact = int(value[:-1]) * replicas / 100
        return math.ceil(exact) if rounded is math.ceil else math.floor(exact)
    return value if isinstance(value, int) else 0


@rule(
    _card(
        "rollout-deadlines",
        "minReadySeconds, progressDeadlineSeconds and the time that the probes allow for a start",
        "info when minReadySeconds is 0: a pod that runs out of memory after two minutes counts as available "
        "at once. warn when "
        "progressDeadlineSeconds is shorter than the start that the probes allow.",
        "R6; Deployment status: ProgressDeadlineExceeded",
        "minReadySeconds: 30 or more; progressDeadlineSeconds above the longest start.",
    )
)
def rollout_deadlines(case: Case) -> Iterator[Finding]:
    """Available means more than ready once."""
    for workload in case.serving():
        jvm = next(workload.jvms(), None)
        if jvm is None or kind_of(workload.body) != "Deployment":
            continue
        if not count_at(workload.body, "spec", "minReadySeconds"):
            because = (
                "minReadySeconds is 0: a pod counts as available at its first ready answer, and one that fails a "
                "minute later as well"
            )
            fix = SetField(("spec", "minReadySeconds"), 30)
            yield finding("rollout-deadlines", Severity.INFO, workload.about, workload.spot("spec"), because, fix=fix)
        deadline = count_at(workload.body, "spec", "progressDeadlineSeconds")
        start = start_s(jvm)
        if deadline is not None and start and deadline <= start:
            because = (
                f"progressDeadlineSeconds is {deadline}, and the probes allow a start of {start} s: a good "
                "rollout is called failed"
            )
            spot = workload.spot("spec", "progressDeadlineSeconds")
            yield finding("rollout-deadlines", Severity.WARN, workload.about, spot, because)


def start_s(container: Container) -> int:
    """How long the probes let a start take: the startup probe's whole time, else the readiness probe's first delay."""
    for name in ("startupProbe", "readinessProbe"):
        probe = mapping(container.body.get(name))
        if probe:
            delay = count_at(probe, "initialDelaySeconds") or 0
            failures = (count_at(probe, "failureThreshold") or 3) if name == "startupProbe" else 0
            return delay + failures * (count_at(probe, "periodSeconds") or 10)
    return 0


@rule(
    _card(
        "way-back",
        "revisionHistoryLimit, and scripts among the manifests that run `rollout undo`",
        "warn when revisionHistoryLimit is 0, and when a script relies on `rollout undo` while the pods read "
        "a Secret or ConfigMap of a fixed "
        "name: undo restores the template only, the Secret keeps its new value.",
        "R7; kubectl rollout undo",
        "Keep some revisions; go back to a recorded state, Secrets included.",
    )
)
def way_back(case: Case) -> Iterator[Finding]:
    """A way back that is none."""
    for workload in case.serving():
        if count_at(workload.body, "spec", "revisionHistoryLimit") == 0:
            spot = workload.spot("spec", "revisionHistoryLimit")
            because = "revisionHistoryLimit: 0 keeps no old revision: there is nothing to undo to"
            yield finding("way-back", Severity.WARN, workload.about, spot, because)
    fixed = any(_is_fixed(body) for _, body in case.of_kind("Secret", "ConfigMap"))
    for about, spot, text in scripts(case) if fixed else ():
        if re.search(r"\bkubectl\b[^\n|;&]*\brollout\s+undo\b", text):
            because = (
                "`rollout undo` restores the pod template only: a Secret or ConfigMap of a fixed name keeps its "
                "new content"
            )
            yield finding("way-back", Severity.WARN, about, spot, because)


@rule(
    _card(
        "revert-names-commit",
        "scripts among the manifests that run `git revert HEAD`",
        "warn: it takes back the newest commit, whatever that is, and changes nothing in the cluster by itself.",
        "R8",
        "Name the commit of this change, and apply what comes out.",
    )
)
def revert_names_commit(case: Case) -> Iterator[Finding]:
    """HEAD is whatever came last."""
    for about, spot, text in scripts(case):
        if re.search(r"\bgit\s+revert\b[^\n|;&]*\bHEAD\b(?![~^])", text):
            because = "`git revert HEAD` takes back the newest commit, whatever it is"
            yield finding("revert-names-commit", Severity.WARN, about, spot, because)


def scripts(case: Case) -> Iterator[tuple[str, Spot, str]]:
    """Texts among the manifests that may be scripts: ConfigMaps, and commands of containers; with their spots."""
    for number, body in case.of_kind("ConfigMap"):
        for path, text in texts(body.get("data"), ("data",)):
            yield f"configmap/{name_of(body)}", Spot(number, path), text
    for workload in case.workloads:
        for one in workload.containers:
            for field in ("command", "args"):
                for path, text in texts(one.body.get(field), (field,)):
                    yield workload.about, one.spot(*path), text


@rule(
    _card(
        "secret-text",
        "the data of Secrets",
        "info when a value decodes to text that ends with a line feed: it was made with `echo` without -n, "
        "and the password has one "
        "character too many. block when a value of data is not base64.",
        "R9; the API server refuses what is not base64",
        "echo -n, or stringData.",
    )
)
def secret_text(case: Case) -> Iterator[Finding]:
    """One character too many."""
    for number, body in case.of_kind("Secret"):
        for key, value in mapping(body.get("data")).items():
            if not isinstance(value, str):
                continue
            spot, text = Spot(number, ("data", str(key))), decoded(value)
            about = f"secret/{name_of(body)}"
            if value and text is None and not _is_binary(value):
                yield finding(
                    "secret-text",
                    Severity.BLOCK,
                    about,
                    spot,
                    f"{key}: data holds base64, and this is none (stringData holds plain text)",
                )
            elif text and text.endswith("\n") and text.count("\n") == 1:
                yield finding("secret-text", Severity.INFO, about, spot, f"{key} ends with a line feed: is it meant?")


def _is_binary(value: str) -> bool:
    """Base64 whose bytes are no text."""
    return bool(re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}\s*", value)) and len(re.sub(r"\s", "", value)) % 4 == 0


@rule(
    _card(
        "selector-matches",
        "the selectors of workloads, Services and PodDisruptionBudgets against the labels of the pods",
        "block when a workload's selector does not take its own pods (the API server refuses it) or two "
        "workloads select the same pods. warn "
        "when a Service selects no pod of these manifests.",
        "R10; apps/v1 validation; selectors are immutable",
        "Make them agree; to change a selector, give the workload another name.",
    )
)
def selector_matches(case: Case) -> Iterator[Finding]:
    """Who selects whom."""
    for workload in case.serving():
        selector = at(workload.body, "spec", "selector")
        if isinstance(selector, dict) and not selects(selector, workload.labels):
            because = "spec.selector does not take the labels of its own pod template: the API server refuses it"
            yield finding(
                "selector-matches", Severity.BLOCK, workload.about, workload.spot("spec", "selector"), because
            )
    serving = [one for one in case.serving() if one.labels]
    for number, service in case.of_kind("Service"):
        wanted = labels_at(service, "spec", "selector")
        if wanted and serving and not any(selects({"matchLabels": wanted}, one.labels) for one in serving):
            because = "its selector takes no pod of these manifests"
            spot = Spot(number, ("spec", "selector"))
            yield finding("selector-matches", Severity.WARN, f"service/{name_of(service)}", spot, because)


RULES = (
    environment_reaches_pods,
    single_writer_volume,
    rollout_keeps_serving,
    rollout_deadlines,
    way_back,
    revert_names_commit,
    secret_text,
    selector_matches,
)

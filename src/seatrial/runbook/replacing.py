"""For each command that is understood, the rules that stand in for it, or why there is none."""

import re
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from seatrial.runbook.commands import Command
from seatrial.runbook.reading import Reading, Stage


class Replacement(Struct, frozen=True):
    """What Seatrial has in a command's place. No rules and no `by`: nothing, and `because` says why."""

    rules: tuple[str, ...] = ()
    by: str = ""
    because: str = ""

    @property
    def understood(self) -> bool:
        """Whether something stands in for the command."""
        return bool(self.rules or self.by)


_BY_STAGE = {
    Stage.SOAK: "the soak: the same rules on every look",
    Stage.BUNDLE: "the evidence and the report: kept beside the journal before it can be lost",
}


def _no(because: str) -> Replacement:
    return Replacement(because=because)


_FILTERS = {
    "grep",
    "egrep",
    "tail",
    "head",
    "sort",
    "uniq",
    "wc",
    "awk",
    "sed",
    "jq",
    "yq",
    "cut",
    "less",
    "more",
    "column",
    "tee",
    "tr",
    "cat",
    "base64",
    "xargs",
}
_HARMLESS = {"date", "pwd", "whoami", "hostname", "basename", "dirname", "echo", "cat"}
_SUBSTITUTION = re.compile(r"\$\((?!\()\s*([\w./-]+(?:\s+(?:get|config|top|version)\b)?)|`\s*([\w./-]+)")
_READS = re.compile(r"kubectl (get|config|top|version)$")
_SILENT = {"echo", "printf", "true", "pwd", "date"}
_WHOLE = "apply: exactly what was approved is sent, each object's result recorded"
_BACK = "rollback: to the state that is recorded before the change; verified"
_BASELINE = "baseline and comparison: the state before and after, point by point, in the report"
_GET_PODS = {
    Stage.BEFORE: Replacement(("pods-running",), "preflight"),
    Stage.BACK: Replacement(("objects-restored", "old-pods-serve"), "the rollback's verification"),
}
_GET_HPA = {
    Stage.BEFORE: Replacement(("autoscaler-absent",), "preflight"),
    Stage.BACK: Replacement(("objects-restored",), "the rollback's verification"),
}
_GET: dict[str, Replacement] = {
    "pod": Replacement(("pods-ready", "pods-available", "restarts-allowed"), "proof"),
    "node": Replacement(("nodes-ready", "surge-room"), "preflight"),
    "deployment": Replacement(("replicas-updated", "pods-available"), "rollout"),
    "replicaset": Replacement(("replicas-updated", "old-replicas-gone"), "rollout"),
    "hpa": Replacement(("autoscaler-present", "autoscaler-spec", "autoscaler-metrics"), "proof"),
    "event": Replacement(("events-quiet",), "proof"),
    "service": Replacement(("health-through-service", "serving"), "proof"),
    "endpoints": Replacement(("serving", "health-through-service"), "proof"),
    "namespace": Replacement(("access-allowed",), "preflight"),
    "secret": Replacement(("change-reaches-pods",), "the change, secrets masked"),
    "configmap": Replacement(("change-reaches-pods",), "the change"),
    "resourcequota": Replacement(("replica-creation",), "rollout"),
    "apiservice": Replacement(("metrics-fresh",), "preflight"),
}
_DESCRIBE: dict[str, Replacement] = {
    "hpa": Replacement(("autoscaler-target", "autoscaler-metrics", "autoscaler-scale"), "proof"),
    "pod": Replacement(("container-start", "crash-loop", "pod-scheduled"), "rollout"),
    "deployment": Replacement(("replicas-updated", "progress-deadline"), "rollout"),
    "node": Replacement(("nodes-ready",), "preflight"),
}
_HEALTHY = re.compile(r"health|ready|live|actuator|ping|status", re.IGNORECASE)
_OOM = re.compile(r"oom", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"\b(env|printenv)\b|jcmd|VM\.(flags|command_line)|java -version|ps ")
_GC = re.compile(r"gc\S*\.log|/log\b|/logs?/")


def replacement(command: Command, reading: Reading) -> Replacement:
    """What stands in for the command."""
    if command.joined == "|" and command.program in _FILTERS:
        return Replacement(by="a filter on the output of the command before it; the rule reads the objects themselves")
    if inner := _substituted(command.text):
        return _no(f"`$(…)` runs `{inner}`: no rule stands for that")
    if not command.program and command.assignments:
        return Replacement(by="a variable; where it is used, its value is what is meant")
    made = _OF_PROGRAM.get(command.program)
    if made is not None:
        found = made(command, reading)
        by = _BY_STAGE.get(reading.stage(command), "") if command.program == "kubectl" and found.understood else ""
        return replace(found, by=by) if by else found
    if command.program in _SILENT:
        return Replacement(by="nothing to do: it only prints")
    if command.program == "":
        return _no("no program")
    return _no(f"no rule stands for `{command.program}`: what it did, a person goes on doing")


def _substituted(text: str) -> str:
    """The first program inside of `$(…)` or backticks that does more than tell a date or read an object; empty where none does."""
    found = [" ".join(one.split()) for pair in _SUBSTITUTION.findall(text) for one in pair if one]
    strange = (one for one in found if one not in _HARMLESS and not _READS.match(one))
    return next(strange, "")


def _kubectl(command: Command, reading: Reading) -> Replacement:
    stage = reading.stage(command)
    fixed = _VERBS.get(command.verb)
    if fixed is not None:
        return fixed
    match command.verb:
        case "get":
            return _get(command, stage)
        case "describe":
            return _DESCRIBE.get(command.resource) or _no(
                f"no rule looks at a {command.resource or 'resource'} that way"
            )
        case "top":
            return _top(command, stage)
        case "logs":
            return Replacement(
                ("log-absent", "log-present", "out-of-memory-error"), "proof: every new pod, previous containers too"
            )
        case "exec":
            return _exec(command)
        case "delete":
            return _delete(command, stage)
        case "apply" | "replace":
            return (
                Replacement(("change-reaches-pods", "objects-restored"), _BACK) if stage is Stage.BACK else _applied()
            )
        case "scale" | "patch" | "set image" | "set env" | "edit" | "label" | "annotate":
            return _no("a change by hand: Seatrial applies only what the manifests say; put it there")
        case _:
            return _no(f"no rule stands for `kubectl {command.verb}`")


def _applied() -> Replacement:
    return Replacement(("change-reaches-pods", "spec-observed"), _WHOLE)


_VERBS: dict[str, Replacement] = {
    "config current-context": Replacement(("context-matches",), "preflight"),
    "config use-context": Replacement(
        ("context-matches",), "preflight: the plan names the context, any other is refused"
    ),
    "config get-contexts": Replacement(("context-matches",), "preflight"),
    "cluster-info": Replacement(("context-matches",), "preflight"),
    "version": Replacement(("context-matches",), "preflight"),
    "auth can-i": Replacement(("access-allowed",), "preflight: one review for each verb of the run"),
    "diff": Replacement(
        ("change-reaches-pods", "immutable-fields", "replicas-and-autoscaler"), "the change, with its consequences"
    ),
    "rollout status": Replacement(
        ("spec-observed", "replicas-updated", "pods-available", "progress-deadline", "rollout-time"), "rollout"
    ),
    "rollout undo": Replacement(("objects-restored", "old-pods-serve"), _BACK),
    "rollout restart": Replacement(("change-reaches-pods",), "rollout.reach: restart"),
    "rollout history": Replacement(by="baseline: the revision is recorded before and after"),
    "rollout pause": Replacement(("paused",), "rollout"),
    "rollout resume": Replacement(("paused",), "rollout"),
    "wait": Replacement(("pods-ready", "pods-available", "rollout-time"), "rollout"),
    "port-forward": Replacement(("health-of-pods",), "proof: by way of the API server's proxy, no port to open"),
    "kustomize": Replacement(("kustomization-lists",), "the rendering"),
}


def _get(command: Command, stage: Stage) -> Replacement:
    kinds = command.resource.split(",")
    if command.option("-w", "--watch") and "pod" in kinds:
        return Replacement(("container-creating", "pods-ready", "old-replicas-gone"), "rollout: the timeline T+0…")
    if command.resource == "event" and _OOM.search(command.option("--field-selector") + command.text):
        return Replacement(("out-of-memory",), "every look: containers are asked, not events")
    if "pod" in kinds and "restartCount" in command.option("-o", "--output"):
        return Replacement(("restarts-allowed", "restarts"), "proof and soak")
    if command.resource == "deployment" and command.name == "metrics-server":
        return Replacement(("metrics-fresh",), "preflight")
    if command.writes and command.resource not in ("pod", "event", "hpa"):
        return Replacement(("objects-restored",), _BASELINE)
    if command.writes and stage is Stage.BEFORE:
        return Replacement(("pods-running",), _BASELINE)
    by_stage = {"pod": _GET_PODS, "hpa": _GET_HPA}.get(kinds[0], {})
    if stage in by_stage:
        return by_stage[stage]
    rules = [_GET[kind] for kind in kinds if kind in _GET]
    if len(rules) != len(kinds):
        return _no(f"no rule looks at {command.resource or 'that'}")
    return Replacement(tuple(dict.fromkeys(rule for one in rules for rule in one.rules)), rules[0].by)


def _top(command: Command, stage: Stage) -> Replacement:
    if command.resource == "node":
        return Replacement(("metrics-fresh", "nodes-ready"), "preflight")
    if stage is Stage.BEFORE:
        return Replacement(("metrics-fresh",), _BASELINE)
    return Replacement(("memory-window", "memory-above"), "proof and soak: every new pod, each sample")


def _exec(command: Command) -> Replacement:
    inner = " ".join(command.inner)
    if _GC.search(inner) and "env" not in inner.split():
        return Replacement(("gc-log",), "proof: every pod")
    if _ENVIRONMENT.search(inner + " "):
        return Replacement(("jvm-flags",), "proof: the flags that every pod's JVM runs with")
    if "curl" in command.inner or "wget" in command.inner:
        return (
            Replacement(("health-of-pods",), "proof")
            if _HEALTHY.search(inner)
            else _no("a request that is no health check")
        )
    return _no(f"`{inner or 'a shell'}` inside of a pod: no rule stands for it")


def _delete(command: Command, stage: Stage) -> Replacement:
    if stage is Stage.BACK and command.resource in (
        "hpa",
        "service",
        "configmap",
        "secret",
        "ingress",
        "networkpolicy",
    ):
        return Replacement(
            ("objects-restored",), "rollback: what was created is deleted, the autoscaler before all else"
        )
    return _no(f"deleting a {command.resource or 'resource'} is no part of a trial")


def _git(command: Command, reading: Reading) -> Replacement:
    stage = reading.stage(command)
    match command.verb:
        case "revert" | "reset":
            return Replacement(("objects-restored", "old-pods-serve"), _BACK)
        case "checkout" | "switch" | "stash" if stage is Stage.BACK:
            return Replacement(("objects-restored", "old-pods-serve"), _BACK)
        case "status" | "diff":
            return Replacement(("work-tree-clean",), "preflight")
        case "log" | "rev-parse" | "show" | "checkout" | "switch" | "pull" | "fetch" | "describe" | "clone" | "merge":
            return Replacement(("commit-matches",), "preflight: the plan may name the commit; getting it stays yours")
        case "add" | "commit" | "push" | "tag":
            return _no(f"`git {command.verb}` stays yours: Seatrial changes no repository")
        case _:
            return _no(f"no rule stands for `git {command.verb}`")


def _http(command: Command, reading: Reading) -> Replacement:
    urls = " ".join(command.arguments)
    if command.option("-X", "--request", "-d", "--data") not in ("", "GET", "HEAD"):
        return _no("a request that changes something")
    if not _HEALTHY.search(urls):
        return _no("a request that is no health check")
    local = "localhost" in urls or "127.0.0.1" in urls
    return Replacement(("health-of-pods",) if local else ("health-through-service",), "proof")


def _directory(command: Command, reading: Reading) -> Replacement:
    return Replacement(by="where the commands below it run; the plan has its own directory, target.kustomize")


def _compared(command: Command, reading: Reading) -> Replacement:
    return Replacement(by=_BASELINE)


def _copied(command: Command, reading: Reading) -> Replacement:
    if reading.stage(command) is Stage.BACK:
        return Replacement(("objects-restored",), _BACK)
    return Replacement(by=_BASELINE) if re.search("backup|bak", command.text) else _no("files that are copied by hand")


def _kustomize(command: Command, reading: Reading) -> Replacement:
    if command.verb == "build":
        return Replacement(("kustomization-lists",), "the rendering")
    return _no("a change of the kustomization by hand: commit it")


def _helm(command: Command, reading: Reading) -> Replacement:
    if command.verb in ("history", "status", "list", "ls", "get"):
        return Replacement(by="baseline: the objects themselves are recorded, before and after")
    return _no("Seatrial applies a kustomization, not a Helm release; render the chart into one (helm template)")


def _waited(command: Command, reading: Reading) -> Replacement:
    return Replacement(by="each rule has its own time; nobody waits by the clock")


_OF_PROGRAM: dict[str, Callable[[Command, Reading], Replacement]] = {
    "kubectl": _kubectl,
    "git": _git,
    "curl": _http,
    "wget": _http,
    "cd": _directory,
    "diff": _compared,
    "cp": _copied,
    "kustomize": _kustomize,
    "helm": _helm,
    "sleep": _waited,
    "kubectx": lambda command, reading: _VERBS["config use-context"],
    "kubens": lambda command, reading: Replacement(("context-matches",), "target.namespace"),
}

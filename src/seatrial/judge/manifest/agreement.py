"""The plan against the manifests: what it expects of them and they do not say would fail the run's proof."""

from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.bodies import at, count_at, items, name_of, namespace_of, text_at
from seatrial.judge.manifest.case import Case, Container, Workload, finding
from seatrial.judge.manifest.evidence import gc_logs
from seatrial.judge.manifest.scaling import metrics
from seatrial.jvm.flags import compare
from seatrial.model.findings import Finding, Path, Severity, Spot
from seatrial.model.plan import Autoscaler, Plan
from seatrial.model.quantities import say_bytes
from seatrial.model.writes import Body

_SOURCE = "the plan; what is rendered is what will be proved"


def _card(name: str, looks_at: str, says: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, _SOURCE, what_to_do)


def _plan_spot(*steps: str | int) -> Spot:
    return Spot(None, ("spec", *steps))


@rule(
    _card(
        "plan-names-workload",
        "the plan's workload and namespace, and the manifests",
        "block when the workload is not among the manifests, or an object is in another namespace than the plan's.",
        "Correct target.workload, target.namespace or the kustomization.",
    )
)
def plan_names_workload(case: Case) -> Iterator[Finding]:
    """The change is about what the plan names."""
    if case.plan is None:
        return
    target = case.plan.target
    named = f"{target.kind.lower()}/{target.name}"
    workload = case.planned()
    if workload is None:
        there = ", ".join(one.about for one in case.serving()) or "none"
        because = f"{named} is not among the manifests (there: {there})"
        yield finding("plan-names-workload", Severity.BLOCK, named, _plan_spot("target", "workload"), because)
    elif namespace_of(workload.body) not in ("", target.namespace):
        because = f"the manifests put it into namespace {namespace_of(workload.body)}, the plan says {target.namespace}"
        yield finding("plan-names-workload", Severity.BLOCK, named, _plan_spot("target", "namespace"), because)


def _jvm(case: Case) -> tuple[Workload, Container] | None:
    """The planned workload and its first JVM, else its first container."""
    workload = case.planned()
    if workload is None:
        return None
    serving = [one for one in workload.containers if not one.is_init]
    found = next(workload.jvms(), None) or next(iter(serving), None)
    return (workload, found) if found else None


@rule(
    _card(
        "plan-flags",
        "the JVM flags that the plan expects, and those that the manifests give",
        "block when one is not given, or with another value: the proof in the JVM would fail. info when the "
        "manifests do not hold the "
        "environment at all (a Secret that is made elsewhere).",
        "Correct the environment or expect.jvm.flags.",
    )
)
def plan_flags(case: Case) -> Iterator[Finding]:
    """The flags that will be proved are the flags that are given."""
    found = _jvm(case)
    if case.plan is None or found is None or not case.plan.expect.jvm_flags:
        return
    workload, container = found
    if not container.given:
        because = (
            "the manifests hold no JVM option of it: whether the expected flags are given shows only in the cluster"
        )
        yield finding("plan-flags", Severity.INFO, workload.about, _plan_spot("expect", "jvm", "flags"), because)
        return
    wrong = [one for one in compare(case.plan.expect.jvm_flags, container.flags) if not one.agrees]
    for one in wrong:
        said = f"the manifests say {one.effective}" if one.effective else "the manifests do not give it"
        spot = Spot(None, ("spec", "expect", "jvm", "flags"), one.specified)
        yield finding("plan-flags", Severity.BLOCK, workload.about, spot, f"{one.specified} is expected, {said}")


@rule(
    _card(
        "plan-gc-log",
        "the GC log that the plan expects, and the -Xloggc and -Xlog options",
        "block when the JVM will write none there.",
        "Correct the option or expect.jvm.gcLog.",
    )
)
def plan_gc_log(case: Case) -> Iterator[Finding]:
    """The log that will be read is the log that is written."""
    found = _jvm(case)
    if case.plan is None or found is None or not case.plan.expect.gc_log or not found[1].given:
        return
    workload, container = found
    written = [path for path, _, _ in gc_logs(container)]
    if case.plan.expect.gc_log not in written and not any("%" in path for path in written):
        said = f"the options write {', '.join(written)}" if written else "no option writes a GC log"
        spot = _plan_spot("expect", "jvm", "gcLog")
        yield finding(
            "plan-gc-log", Severity.BLOCK, workload.about, spot, f"{case.plan.expect.gc_log} is expected, {said}"
        )


@rule(
    _card(
        "plan-autoscaler",
        "the autoscaler that the plan expects: name, target, minimum, maximum, percentages",
        "block where the manifests have none of that name, or other figures. info when the manifests hold an "
        "HPA that the plan does not name.",
        "Correct hpa.yml or expect.autoscaler; is hpa.yml among the kustomization's resources?",
    )
)
def plan_autoscaler(case: Case) -> Iterator[Finding]:
    """The autoscaler that will be judged is the one that is applied."""
    workload = case.planned()
    if case.plan is None or workload is None:
        return
    expected, hpas = case.plan.expect.autoscaler, case.autoscalers(workload)
    if expected is None:
        for number, hpa in hpas:
            because = f"the plan says nothing of {name_of(hpa)}, which scales {workload.about}"
            spot = Spot(number, ("metadata", "name"))
            yield finding("plan-autoscaler", Severity.INFO, f"horizontalpodautoscaler/{name_of(hpa)}", spot, because)
        return
    live = next((body for _, body in hpas if name_of(body) == expected.name), None)
    if live is None:
        there = ", ".join(name_of(body) for _, body in hpas)
        because = f"{expected.name} is expected, and " + (
            f"{there} scales it" if there else "no HPA of the manifests scales it"
        )
        yield finding(
            "plan-autoscaler", Severity.BLOCK, workload.about, _plan_spot("expect", "autoscaler", "name"), because
        )
    else:
        yield from _figures(expected, live)


def _figures(expected: Autoscaler, hpa: Body) -> Iterator[Finding]:
    targets = {name: percent for _, name, _, percent in metrics(hpa)}
    pairs = (
        ("min", expected.replicas_min, count_at(hpa, "spec", "minReplicas") or 1, ""),
        ("max", expected.replicas_max, count_at(hpa, "spec", "maxReplicas"), ""),
        ("cpu", expected.cpu_percent, targets.get("cpu"), "%"),
        ("memory", expected.memory_percent, targets.get("memory"), "%"),
    )
    for name, planned, written, unit in pairs:
        if planned is not None and planned != written:
            said = "nothing" if written is None else f"{written}{unit}"
            because = f"{name}: {planned}{unit} is expected, the manifest of {name_of(hpa)} says {said}"
            spot = _plan_spot("expect", "autoscaler", name)
            yield finding("plan-autoscaler", Severity.BLOCK, f"horizontalpodautoscaler/{name_of(hpa)}", spot, because)


@rule(
    _card(
        "plan-pods",
        "the ready pods that the plan expects, replicas, and the autoscaler's minimum and maximum",
        "block when the manifests can't come to that many.",
        "Correct replicas, the HPA or expect.pods.ready.",
    )
)
def plan_pods(case: Case) -> Iterator[Finding]:
    """As many as are asked for."""
    workload = case.planned()
    ready = case.plan.expect.pods_ready if case.plan else None
    if workload is None or ready is None:
        return
    hpas = case.autoscalers(workload)
    most = max([workload.replicas, *(count_at(body, "spec", "minReplicas") or 1 for _, body in hpas)])
    if ready > most:
        by = "replicas and the autoscaler's minimum" if hpas else "replicas"
        because = f"{ready} ready pods are expected, {by} come to {most}"
        yield finding("plan-pods", Severity.BLOCK, workload.about, _plan_spot("expect", "pods", "ready"), because)


@rule(
    _card(
        "plan-memory",
        "the plan's memory thresholds and the container's limit",
        "block when failAbove or a memory trigger is not below the limit: the kernel kills the pod first, "
        "and the threshold is never seen. "
        "warn when warnAbove is not below failAbove.",
        "Thresholds below the limit, with room to be seen: 10/12 and 11/12 of it.",
    )
)
def plan_memory(case: Case) -> Iterator[Finding]:
    """A threshold that can be reached."""
    found = _jvm(case)
    if case.plan is None or found is None or found[1].limit_bytes is None:
        return
    workload, limit = found[0], found[1].limit_bytes
    for path, name, above in _thresholds(case.plan):
        if above is not None and above >= limit:
            because = (
                f"{name} is {say_bytes(above)} and the container's limit {say_bytes(limit)}: the kernel kills it before"
            )
            yield finding("plan-memory", Severity.BLOCK, workload.about, Spot(None, path), because)
    memory = case.plan.expect.memory
    if memory.warn_above_bytes and memory.fail_above_bytes and memory.warn_above_bytes >= memory.fail_above_bytes:
        because = (
            f"warnAbove {say_bytes(memory.warn_above_bytes)} is not below failAbove "
            f"{say_bytes(memory.fail_above_bytes)}"
        )
        spot = _plan_spot("expect", "memory", "warnAbove")
        yield finding("plan-memory", Severity.WARN, workload.about, spot, because)


def _thresholds(plan: Plan) -> tuple[tuple[Path, str, float | None], ...]:
    memory, trigger = plan.expect.memory, plan.trigger("memory")
    return (
        (("spec", "expect", "memory", "warnAbove"), "warnAbove", memory.warn_above_bytes),
        (("spec", "expect", "memory", "failAbove"), "failAbove", memory.fail_above_bytes),
        (("spec", "rollback", "on"), "the trigger memory: above", trigger.above if trigger else None),
    )


@rule(
    _card(
        "plan-health",
        "the plan's health port and path, the container's ports, and the Service",
        "block when the container lists ports and the plan's is not among them. warn when no Service of the "
        "manifests leads to it.",
        "Correct expect.health.",
    )
)
def plan_health(case: Case) -> Iterator[Finding]:
    """Health is asked where it answers."""
    workload = case.planned()
    health = case.plan.expect.health if case.plan else None
    if workload is None or health is None:
        return
    listed = [port for one in workload.containers for port in items(one.body.get("ports"))]
    ports = [count_at(port, "containerPort") for port in listed]
    spot = _plan_spot("expect", "health", "port")
    if ports and health.port not in ports:
        because = f"port {health.port} is asked for health, the containers list {', '.join(map(str, ports))}"
        yield finding("plan-health", Severity.BLOCK, workload.about, spot, because)
        return
    named = {text_at(port, "name") for port in listed if count_at(port, "containerPort") == health.port}
    services = list(case.of_kind("Service"))
    if services and not any(_leads_to(body, health.port, named) for _, body in services):
        because = f"no Service of the manifests leads to port {health.port}"
        yield finding("plan-health", Severity.WARN, workload.about, spot, because)


def _leads_to(service: Body, port: int, names: set[str]) -> bool:
    for one in items(at(service, "spec", "ports")):
        target = at(one, "targetPort")
        if (at(one, "port") if target is None else target) in (port, str(port), *names):
            return True
    return False


RULES = (plan_names_workload, plan_flags, plan_gc_log, plan_autoscaler, plan_pods, plan_memory, plan_health)

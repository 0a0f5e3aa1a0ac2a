"""The autoscaler's rules: is it there, does it see its metrics, and who made the second pod. It never causes a rollback."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct

from seatrial.judge.catalogue import RuleCard, rule, with_steps
from seatrial.judge.reading import age_s, clean, condition, fleet
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import Condition, Hpa, HpaMetric, KubeEvent, Pod
from seatrial.model.observation import Look
from seatrial.model.plan import Autoscaler
from seatrial.model.quantities import say_s

FIRST_LOOK_S = 45.0
STORM_S = 600.0
UNKNOWN_BUDGET_S = 300.0
FAILED_TARGET = ("FailedGetScale", "FailedUpdateScale", "InvalidSelector", "AmbiguousSelector")

_MISSING_REQUEST = re.compile(r"missing request for (\S+)(?: in container (\S+))?(?: of Pod (\S+))?")


class AutoscalerTerms(Struct, frozen=True):
    """The terms: what the plan expects, when it was applied, and what the same apply said of the replicas."""

    expected: Autoscaler | None = None
    applied_at: datetime | None = None
    declared_replicas: int | None = None
    replicas_before: int | None = None


class _Case(Struct, frozen=True):
    look: Look
    terms: AutoscalerTerms
    hpa: Hpa

    @property
    def about(self) -> str:
        """As a judgement names it."""
        return f"hpa/{self.hpa.metadata.name}"

    def says(self, rule_name: str, verdict: Verdict, because: str, **more: object) -> Judgement:
        """A judgement about this autoscaler."""
        evidence, waits_s = more.get("evidence", ()), more.get("waits_s")
        return Judgement(
            rule_name,
            self.about,
            verdict,
            because,
            evidence=evidence if isinstance(evidence, tuple) else (),
            next_step=str(more.get("next_step", "")),
            waits_s=waits_s if isinstance(waits_s, float) else None,
            warning=str(more.get("warning", "")),
        )


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "autoscaling", looks_at, says, source, what_to_do, subject="autoscaler")


def judge(look: Look, terms: AutoscalerTerms) -> tuple[Judgement, ...]:
    """What every rule says of the autoscalers of this workload; nothing where there is none and none is expected."""
    absent = tuple(autoscaler_present(look, terms))
    cases = [_Case(look, terms, hpa) for hpa in autoscalers(look, terms.expected)]
    return with_steps((*absent, *(judgement for case in cases for one in RULES for judgement in one(case))))


def autoscalers(look: Look, expected: Autoscaler | None) -> tuple[Hpa, ...]:
    """The expected one; else those that target the workload; without a workload, all."""
    if expected is not None:
        return tuple(hpa for hpa in look.hpas if hpa.metadata.name == expected.name)
    if look.deployment is None:
        return look.hpas
    name = look.deployment.metadata.name
    return tuple(hpa for hpa in look.hpas if targets(hpa, name))


def targets(hpa: Hpa, deployment: str) -> bool:
    """Whether the autoscaler scales this Deployment."""
    target = hpa.spec.scale_target_ref
    return target.kind == "Deployment" and target.name == deployment


@rule(
    _card(
        "autoscaler-present",
        "the HPA that the plan expects",
        "WAIT for 45 s after the apply, then FAIL, when it is not there. UNKNOWN when it could not be read.",
        "H01; the runbook, 2.3",
        "kubectl get hpa; was hpa.yml in the kustomization?",
    )
)
def autoscaler_present(look: Look, terms: AutoscalerTerms) -> Iterator[Judgement]:
    """The expected autoscaler exists."""
    if terms.expected is None:
        return
    about = f"hpa/{terms.expected.name}"
    gap = look.is_blind_for("hpas")
    if gap is not None:
        yield Judgement("autoscaler-present", about, Verdict.UNKNOWN, f"it could not be read: {clean(gap.because)}")
    elif autoscalers(look, terms.expected):
        yield Judgement("autoscaler-present", about, Verdict.PASS, "it is there")
    else:
        left = FIRST_LOOK_S - age_s(look.at, terms.applied_at) if terms.applied_at else 0.0
        if left > 0:
            yield Judgement("autoscaler-present", about, Verdict.WAIT, "it is not there yet", waits_s=left)
        else:
            step = "Is hpa.yml among the resources of the kustomization?"
            yield Judgement("autoscaler-present", about, Verdict.FAIL, "it is not there", next_step=step)


@rule(
    _card(
        "autoscaler-target",
        "the HPA's scaleTargetRef and its condition AbleToScale",
        "FAIL when it does not target the workload, or says that it cannot read or write the target's scale.",
        "H09",
        "Correct scaleTargetRef; two autoscalers must not select the same pods.",
    )
)
def autoscaler_target(case: _Case) -> Iterator[Judgement]:
    """It scales what it should."""
    target = case.hpa.spec.scale_target_ref
    named = f"{target.kind}/{target.name}"
    deployment = case.look.deployment
    if deployment and not targets(case.hpa, deployment.metadata.name):
        because = f"it targets {named}, not deployment/{deployment.metadata.name}"
        yield case.says("autoscaler-target", Verdict.FAIL, because)
    for kind in ("AbleToScale", "ScalingActive"):
        found = condition(case.hpa.status.conditions, kind)
        if found and found.status == "False" and found.reason in FAILED_TARGET:
            because = f"it can't scale {named} ({found.reason}): {clean(found.message)}"
            yield case.says("autoscaler-target", Verdict.FAIL, because, next_step=f"Is {named} the right reference?")


@rule(
    _card(
        "autoscaler-spec",
        "min, max and targets of the live HPA against the plan",
        "FAIL where they differ from what the plan expects.",
        "the plan; the runbook, 4.3",
        "Correct hpa.yml or the plan.",
    )
)
def autoscaler_spec(case: _Case) -> Iterator[Judgement]:
    """It is the autoscaler that was planned."""
    expected = case.terms.expected
    if expected is None:
        return
    spec = case.hpa.spec
    pairs: tuple[tuple[str, int | None, int | None], ...] = (
        ("min", expected.replicas_min, spec.min_replicas),
        ("max", expected.replicas_max, spec.max_replicas),
        ("cpu", expected.cpu_percent, _target(case.hpa, "cpu")),
        ("memory", expected.memory_percent, _target(case.hpa, "memory")),
    )
    wrong = [
        f"{name} is {live}, the plan says {planned}" for name, planned, live in pairs if planned not in (None, live)
    ]
    if wrong:
        yield case.says("autoscaler-spec", Verdict.FAIL, "; ".join(wrong))
    else:
        yield case.says(
            "autoscaler-spec", Verdict.PASS, f"min {spec.min_replicas}, max {spec.max_replicas}, as planned"
        )


def _target(hpa: Hpa, name: str) -> int | None:
    metrics = (metric.resource for metric in hpa.spec.metrics or () if metric.resource)
    return next((one.target.average_utilization for one in metrics if one.name == name), None)


@rule(
    _card(
        "autoscaler-metrics",
        "the HPA's condition ScalingActive, its current metrics, and the age of the pods",
        "WAIT while the pods are younger than 5 min: <unknown> is ordinary after every rollout. FAIL afterwards, and at once for a "
        "container without the request that the metric is a share of; the cause is named: metrics-server, an adapter, or which "
        "request of which container. HOLD when scaling is disabled (0 replicas).",
        "H01-H05, H10; argo-cd#28522; the runbook: <unknown> for more than 5 minutes",
        "kubectl top pods; every container, sidecars too, needs a request for each resource metric.",
    )
)
def autoscaler_metrics(case: _Case) -> Iterator[Judgement]:
    """It sees what it steers by."""
    active = condition(case.hpa.status.conditions, "ScalingActive")
    able = condition(case.hpa.status.conditions, "AbleToScale")
    failed_target = any(one and one.status == "False" and one.reason in FAILED_TARGET for one in (active, able))
    if failed_target:
        return
    if active is None:
        yield _not_looked(case)
    elif active.status == "False" and active.reason == "ScalingDisabled":
        yield case.says("autoscaler-metrics", Verdict.HOLD, "scaling is disabled: the workload has 0 replicas")
    elif active.status != "True":
        yield _unknown(case, active.reason, clean(active.message), active.last_transition_time)
    else:
        yield _seen(case, active)


def _not_looked(case: _Case) -> Judgement:
    age = age_s(case.look.at, case.hpa.metadata.creation_timestamp)
    if age < FIRST_LOOK_S:
        because = "the autoscaler has not looked at it yet"
        return case.says("autoscaler-metrics", Verdict.WAIT, because, waits_s=FIRST_LOOK_S - age)
    because = f"{say_s(age)} old, and no condition says that anybody has looked at it"
    return case.says("autoscaler-metrics", Verdict.HOLD, because, next_step="Does kube-controller-manager run?")


def _unknown(case: _Case, reason: str, message: str, since: datetime | None) -> Judgement:
    missing = _MISSING_REQUEST.search(message)
    if missing:
        where = f" in container {missing[2]}" if missing[2] else ""
        because = f"a request for {missing[1]} is missing{where}: its share can't be computed"
        step = f"Give every container of the pod a request for {missing[1]}."
        return case.says("autoscaler-metrics", Verdict.FAIL, because, evidence=(message,), next_step=step)
    budget = case.terms.expected.unknown_budget_s if case.terms.expected else UNKNOWN_BUDGET_S
    left = budget - _pods_age_s(case, since)
    if left > 0:
        because = f"<unknown> ({reason}): ordinary for pods this young, waits {say_s(left)} more"
        return case.says("autoscaler-metrics", Verdict.WAIT, because, evidence=(message,), waits_s=left)
    because = f"<unknown> ({reason}) with pods older than {say_s(budget)}: {_cause(reason, message)}"
    step = "kubectl top pods; kubectl get apiservice v1beta1.metrics.k8s.io"
    return case.says("autoscaler-metrics", Verdict.FAIL, because, evidence=(message,), next_step=step)


def _cause(reason: str, message: str) -> str:
    if reason == "FailedGetExternalMetric":
        return "the adapter of external.metrics.k8s.io does not give the metric"
    if reason in ("FailedGetObjectMetric", "FailedGetPodsMetric"):
        return "the adapter of custom.metrics.k8s.io does not give the metric"
    if "could not find the requested resource" in message or "unable to fetch metrics" in message:
        return "metrics-server does not answer (metrics.k8s.io)"
    return "metrics-server gives no values for these pods"


def _pods_age_s(case: _Case, since: datetime | None) -> float:
    """How long the oldest of the living new pods has run; without pods, how long the condition lasts."""
    pods = fleet(case.look).new if case.look.deployment else ()
    starts = [start for pod in pods if (start := _started(pod))]
    return age_s(case.look.at, min(starts) if starts else since or case.hpa.metadata.creation_timestamp)


def _started(pod: Pod) -> datetime | None:
    return pod.status.start_time or pod.metadata.creation_timestamp


def _seen(case: _Case, active: Condition) -> Judgement:
    current = {name for metric in case.hpa.status.current_metrics or () if metric and (name := _measured(metric))}
    wanted = [name for metric in case.hpa.spec.metrics or () if (name := _name(metric))]
    missing = [name for name in wanted if name not in current]
    if missing:
        return _unknown_metric(case, missing)
    targets_text = targets_of(case.hpa)
    because = f"it sees its metrics: {targets_text}" if targets_text else clean(active.message)
    return case.says("autoscaler-metrics", Verdict.PASS, because)


def _unknown_metric(case: _Case, missing: list[str]) -> Judgement:
    budget = case.terms.expected.unknown_budget_s if case.terms.expected else UNKNOWN_BUDGET_S
    names, left = " and ".join(missing), budget - _pods_age_s(case, None)
    if left > 0:
        because = f"{names} is <unknown>: ordinary for pods this young, waits {say_s(left)} more"
        return case.says("autoscaler-metrics", Verdict.WAIT, because, waits_s=left)
    because = f"{names} is <unknown>, the other metric is there: it scales up by that one and never down"
    return case.says(
        "autoscaler-metrics", Verdict.FAIL, because, next_step=f"Has every container a request for {names}?"
    )


def _name(metric: HpaMetric) -> str:
    part = metric.resource or metric.container_resource
    return part.name if part else ""


def _measured(metric: HpaMetric) -> str:
    part = metric.resource or metric.container_resource
    current = part.current if part else None
    values = (current.average_utilization, current.average_value, current.value) if current else ()
    return part.name if part and any(value is not None for value in values) else ""


def targets_of(hpa: Hpa) -> str:
    """The TARGETS column as kubectl prints it: `cpu: 30%/70%, memory: <unknown>/75%`."""
    seen = {_name(metric): metric for metric in hpa.status.current_metrics or () if metric}
    told = []
    for metric in hpa.spec.metrics or ():
        part, now = metric.resource or metric.container_resource, seen.get(_name(metric))
        current = (now.resource or now.container_resource) if now else None
        if part is None:
            continue
        if part.target.average_utilization is not None:
            percent = current.current.average_utilization if current else None
            told.append(
                f"{part.name}: {'<unknown>' if percent is None else f'{percent}%'}/{part.target.average_utilization}%"
            )
        else:
            value = current.current.average_value if current else None
            told.append(f"{part.name}: {'<unknown>' if value is None else value}/{part.target.average_value}")
    return ", ".join(told)


@rule(
    _card(
        "autoscaler-storm",
        "desired replicas against the maximum, in the first 10 min after the apply",
        "PASS with a warning when it went to its maximum while its metrics are below target again: JVMs that start burn CPU.",
        "H06; JIT warm-up scales out on every rollout",
        "behavior.scaleUp.stabilizationWindowSeconds.",
    )
)
def autoscaler_storm(case: _Case) -> Iterator[Judgement]:
    """A start-up storm is not load."""
    status, spec = case.hpa.status, case.hpa.spec
    recent = case.terms.applied_at and age_s(case.look.at, case.terms.applied_at) <= STORM_S
    cpu = [one.resource.current.average_utilization for one in status.current_metrics or () if one and one.resource]
    target = _target(case.hpa, "cpu")
    calm = bool(cpu) and target is not None and all(percent is not None and percent < target for percent in cpu[:1])
    if recent and spec.max_replicas and status.desired_replicas == spec.max_replicas and calm:
        warning = f"it went to its maximum of {spec.max_replicas} while the JVMs started; CPU is below target again"
        yield case.says("autoscaler-storm", Verdict.PASS, "a start-up storm, not load", warning=warning)


@rule(
    _card(
        "autoscaler-scale",
        "the HPA's SuccessfulRescale events, and the replicas that the same apply declared",
        "PASS, and says who made the pods: the autoscaler, or the apply itself, in which case the runbook's event `1 → 2` never "
        "comes. WAIT while fewer pods run than the HPA's minimum.",
        "H08; the runbook, 4.3",
        "Nothing.",
    )
)
def autoscaler_scale(case: _Case) -> Iterator[Judgement]:
    """Who made the second pod is said, not demanded."""
    rescaled = [event for event in case.look.events if _is_rescale(event, case.hpa)]
    declared, before = case.terms.declared_replicas, case.terms.replicas_before
    floor = case.hpa.spec.min_replicas
    if case.look.deployment and case.look.deployment.spec.replicas < floor and case.look.deployment.spec.replicas:
        because = f"{case.look.deployment.spec.replicas} replica(s) of its minimum of {floor}"
        yield case.says("autoscaler-scale", Verdict.WAIT, because)
    elif rescaled:
        newest = rescaled[-1]
        yield case.says("autoscaler-scale", Verdict.PASS, f"the autoscaler scaled: {clean(newest.message)}")
    elif declared is not None and before is not None and declared != before:
        because = (
            f"`replicas: {declared}` came with the same apply, so the Deployment went from {before} to {declared} by itself: "
            "there is no SuccessfulRescale event, and none is missing"
        )
        yield case.says("autoscaler-scale", Verdict.PASS, because)


def _is_rescale(event: KubeEvent, hpa: Hpa) -> bool:
    about = event.involved_object
    mine = about.uid == hpa.metadata.uid if about.uid and hpa.metadata.uid else about.name == hpa.metadata.name
    return event.reason == "SuccessfulRescale" and about.kind == "HorizontalPodAutoscaler" and mine


RULES: tuple[Callable[[_Case], Iterator[Judgement]], ...] = (
    autoscaler_target,
    autoscaler_spec,
    autoscaler_metrics,
    autoscaler_storm,
    autoscaler_scale,
)

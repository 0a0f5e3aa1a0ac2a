"""The change itself, before it is applied: does it reach the pods, does it fight the autoscaler, will the API server take it."""

import base64
from collections.abc import Iterator

from msgspec import Struct

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.kube import Hpa
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
SOURCES = ("Secret", "ConfigMap")
WAYS_OUT = (
    "Say `rollout: {reach: stamp}` in the plan (the pod template gets a digest of the Secret), or `reach: restart`, "
    "or let kustomize put a hash into the Secret's name."
)

_IMMUTABLE: dict[str, tuple[tuple[str, ...], ...]] = {
    "Deployment": (("spec", "selector"),),
    "DaemonSet": (("spec", "selector"),),
    "StatefulSet": (
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "podManagementPolicy"),
        ("spec", "volumeClaimTemplates"),
    ),
    "Secret": (("type",),),
    "Service": (("spec", "clusterIP"),),
}


class Replaced(Struct, frozen=True):
    """One object of the change. before: as it is in the cluster (None: not there); after: the dry run's answer, or, where there is
    none, as rendered; rendered: as the manifests say it."""

    ref: ObjectRef
    before: Body | None
    after: Body
    rendered: Body | None = None


def judge(changed: tuple[Replaced, ...], reach: str, hpas: tuple[Hpa, ...] = ()) -> tuple[Judgement, ...]:
    """What the rules say of the change. reach: the plan's `template`, `stamp` or `restart`. hpas: those that are there now."""
    return (
        *change_reaches_pods(changed, reach),
        *replicas_and_autoscaler(changed, hpas),
        *immutable_fields(changed),
    )


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "change", looks_at, says, source, what_to_do)


def part(body: object, *path: str) -> object:
    """The part of a body at a path; None where it is not there."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def template_of(body: Body) -> object:
    """A workload's pod template, without what the API server adds to it."""
    template = part(body, "spec", "template")
    metadata = part(template, "metadata")
    if not isinstance(template, dict) or not isinstance(metadata, dict):
        return template
    kept = {key: value for key, value in metadata.items() if key != "creationTimestamp" and value not in ({}, None)}
    return template | {"metadata": kept}


@rule(
    _card(
        "change-reaches-pods",
        "the pod template before and after, and the Secrets and ConfigMaps that it reads",
        "FAIL when a Secret or ConfigMap that the pods read changes while the pod template stays as it is: no pod would restart, "
        "the old ones keep the old environment, and `rollout status` says success. PASS when the template changes, or the plan's "
        "`rollout.reach` makes it.",
        "S01; a rollout is triggered if and only if .spec.template changes (Kubernetes documentation, Deployments)",
        WAYS_OUT,
    )
)
def change_reaches_pods(changed: tuple[Replaced, ...], reach: str) -> Iterator[Judgement]:
    """A change of the environment restarts the pods that read it."""
    differs = {(one.ref.kind, one.ref.name): one for one in changed if one.ref.kind in SOURCES and keys_changed(one)}
    for workload in changed:
        if workload.ref.kind not in WORKLOADS or workload.before is None:
            continue
        read = [source for source in sorted(differs) if source in sources_of(workload.after)]
        about = str(workload.ref)
        if template_of(workload.before) != template_of(workload.after):
            yield Judgement(
                "change-reaches-pods", about, Verdict.PASS, "the pod template changes: all pods are replaced"
            )
        elif read and reach in ("stamp", "restart"):
            because = f"{_named(read)} differs and the pod template does not; reach: {reach} changes it, so all pods are replaced"
            yield Judgement("change-reaches-pods", about, Verdict.PASS, because)
        elif read:
            evidence = tuple(f"{kind}/{name}: {', '.join(keys_changed(differs[kind, name]))}" for kind, name in read)
            because = f"{_named(read)} differs, the pod template does not: no pod would restart, and the old environment goes on"
            yield Judgement("change-reaches-pods", about, Verdict.FAIL, because, evidence=evidence, next_step=WAYS_OUT)
        else:
            yield _leaves_pods_alone(workload, about)


def _named(sources: list[tuple[str, str]]) -> str:
    return " and ".join(f"{kind} {name}" for kind, name in sources)


def _leaves_pods_alone(workload: Replaced, about: str) -> Judgement:
    fields = [
        name
        for name in ("replicas", "strategy")
        if part(workload.before, "spec", name) != part(workload.after, "spec", name)
    ]
    warning = f"only {' and '.join(fields)} change: the pods that run now stay as they are" if fields else ""
    return Judgement("change-reaches-pods", about, Verdict.PASS, "nothing that the pods read differs", warning=warning)


def keys_changed(one: Replaced) -> tuple[str, ...]:
    """The keys of a Secret or ConfigMap that differ; never their values. A source that is new is not in any pod yet."""
    if one.before is None:
        return ()
    before, after = _data(one.before), _data(one.after)
    return tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))


def _data(body: Body) -> dict[str, object]:
    found: dict[str, object] = {}
    is_secret = body.get("kind") == "Secret"
    for field in ("data", "binaryData", "stringData"):
        values = body.get(field)
        for key, value in values.items() if isinstance(values, dict) else ():
            plain = field == "stringData" and is_secret
            found[key] = base64.b64encode(str(value).encode()).decode() if plain else value
    return found


def sources_of(workload: Body) -> frozenset[tuple[str, str]]:
    """The Secrets and ConfigMaps that the pod template reads: by envFrom, by single keys, and as files."""
    return frozenset(_sources(part(workload, "spec", "template", "spec")))


def _sources(value: object) -> Iterator[tuple[str, str]]:
    references = {
        "secretRef": ("Secret", "name"),
        "secretKeyRef": ("Secret", "name"),
        "configMapRef": ("ConfigMap", "name"),
        "configMapKeyRef": ("ConfigMap", "name"),
        "configMap": ("ConfigMap", "name"),
    }
    if isinstance(value, list):
        for item in value:
            yield from _sources(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            kind, field = references.get(key, ("Secret" if key == "secret" else "", "name"))
            name = part(inner, field) or (part(inner, "secretName") if key == "secret" else None)
            if kind and isinstance(name, str):
                yield kind, name
            yield from _sources(inner)


@rule(
    _card(
        "replicas-and-autoscaler",
        "spec.replicas of the manifest, the live count, and the autoscaler that targets the workload",
        "FAIL when this apply would take away pods that the autoscaler has made; PASS with a warning when the manifest has spec.replicas "
        "at all beside an autoscaler, because each apply resets what the autoscaler did later.",
        "H07",
        "Remove spec.replicas from the manifest once the autoscaler is there.",
    )
)
def replicas_and_autoscaler(changed: tuple[Replaced, ...], hpas: tuple[Hpa, ...]) -> Iterator[Judgement]:
    """Two hands on one number."""
    for workload in changed:
        floor = _floor(workload.ref, changed, hpas)
        if workload.ref.kind not in WORKLOADS or floor is None:
            continue
        live, after = part(workload.before, "spec", "replicas"), part(workload.after, "spec", "replicas")
        declared = part(workload.rendered or workload.after, "spec", "replicas")
        about = str(workload.ref)
        if isinstance(live, int) and isinstance(after, int) and after < live and _stands(workload.ref, hpas):
            how = (
                "the manifest says so"
                if declared is not None
                else "the manifest drops spec.replicas, which then falls to its default"
            )
            because = f"this apply would take the workload from {live} to {after} pods under its autoscaler ({how})"
            step = f"Take spec.replicas out of the manifest, or set it to {live} for this apply."
            yield Judgement("replicas-and-autoscaler", about, Verdict.FAIL, because, next_step=step)
        elif declared is not None:
            warning = f"the manifest says replicas: {declared} beside an autoscaler (min {floor}): each apply resets what it did"
            step = "Take spec.replicas out of the manifest once the autoscaler is there."
            because = "no pod is taken away by this apply"
            yield Judgement("replicas-and-autoscaler", about, Verdict.PASS, because, next_step=step, warning=warning)
        else:
            yield Judgement(
                "replicas-and-autoscaler", about, Verdict.PASS, "the manifest leaves replicas to the autoscaler"
            )


def _floor(ref: ObjectRef, changed: tuple[Replaced, ...], hpas: tuple[Hpa, ...]) -> int | None:
    """The minimum of the autoscaler that targets the workload: of this change, or there already."""
    for one in changed:
        target = part(one.after, "spec", "scaleTargetRef")
        if (
            one.ref.kind == "HorizontalPodAutoscaler"
            and part(target, "kind") == ref.kind
            and part(target, "name") == ref.name
        ):
            least = part(one.after, "spec", "minReplicas")
            return least if isinstance(least, int) else 1
    return next((hpa.spec.min_replicas for hpa in hpas if _targets(hpa, ref)), None)


def _stands(ref: ObjectRef, hpas: tuple[Hpa, ...]) -> bool:
    return any(_targets(hpa, ref) for hpa in hpas)


def _targets(hpa: Hpa, ref: ObjectRef) -> bool:
    target = hpa.spec.scale_target_ref
    return target.kind == ref.kind and target.name == ref.name


@rule(
    _card(
        "immutable-fields",
        "fields that the API server never changes: selectors, a Secret's type, immutable data, clusterIP, volumeClaimTemplates",
        "FAIL when the change would change one: the apply would be refused half-way.",
        "apps/v1 validation: field is immutable",
        "Give the object another name, or delete and make it again in a change of its own.",
    )
)
def immutable_fields(changed: tuple[Replaced, ...]) -> Iterator[Judgement]:
    """The API server would refuse it."""
    for one in changed:
        if one.before is None:
            continue
        fields = [".".join(path) for path in _IMMUTABLE.get(one.ref.kind, ()) if _differs(one, path)]
        if one.ref.kind in SOURCES and one.before.get("immutable") is True and keys_changed(one):
            fields.append("data of an immutable object")
        if fields:
            because = f"{', '.join(fields)} can't be changed"
            step = "Give the object another name, or replace it in a change of its own."
            yield Judgement("immutable-fields", str(one.ref), Verdict.FAIL, because, next_step=step)


def _differs(one: Replaced, path: tuple[str, ...]) -> bool:
    """Whether the change says something else than what is there; where it says nothing, the API server keeps its own."""
    wanted = part(one.after, *path)
    return wanted is not None and not _is_within(wanted, part(one.before, *path))


def _is_within(wanted: object, live: object) -> bool:
    """Whether the live value is the wanted one, but for what the API server filled in."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        return all(_is_within(value, live.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(live, list):
        return len(wanted) == len(live) and all(map(_is_within, wanted, live))
    return wanted == live

"""How a look is read: which pods are new, which containers they have, what ended, and which events are about them."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum

from msgspec import Struct

from seatrial.model.kube import (
    Condition,
    Container,
    ContainerStatus,
    Deployment,
    KubeEvent,
    Meta,
    Node,
    Pod,
    ReplicaSet,
    Terminated,
)
from seatrial.model.observation import Look

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
NAMED_SET = re.compile(r'ReplicaSet "([^"]+)"')
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Role(Enum):
    """What a container is to its pod. A sidecar is an init container that is restarted for ever."""

    MAIN = "container"
    INIT = "init container"
    SIDECAR = "sidecar"


class Seat(Struct, frozen=True):
    """One container of one pod: what it should be, and what the kubelet says of it (None: nothing yet)."""

    pod: Pod
    role: Role
    spec: Container
    status: ContainerStatus | None

    @property
    def about(self) -> str:
        """The object and the container, as a judgement names them."""
        return f"{about_pod(self.pod)} {self.role.value} {self.spec.name}"

    @property
    def waiting_reason(self) -> str:
        """Why it does not run yet; empty where it runs, ended, or was not looked at."""
        waiting = self.status.state.waiting if self.status else None
        return waiting.reason if waiting else ""

    @property
    def waiting_message(self) -> str:
        """The kubelet's text to it."""
        waiting = self.status.state.waiting if self.status else None
        return clean(waiting.message) if waiting else ""

    @property
    def restarts(self) -> int:
        """How often the kubelet has started it again."""
        return self.status.restart_count if self.status else 0

    @property
    def running_since(self) -> datetime | None:
        """When the container that runs now was started."""
        running = self.status.state.running if self.status else None
        return running.started_at if running else None

    @property
    def endings(self) -> tuple[Terminated, ...]:
        """How it ended: now, and the time before. Kubernetes keeps no more."""
        if self.status is None:
            return ()
        ends = (self.status.state.terminated, self.status.last_state.terminated)
        return tuple(end for end in ends if end)


class Fleet(Struct, frozen=True):
    """The pods of a look, sorted: of the newest ReplicaSet, of older ones; the dead and those that are going, apart."""

    newest: ReplicaSet | None
    new: tuple[Pod, ...] = ()
    new_dead: tuple[Pod, ...] = ()
    new_going: tuple[Pod, ...] = ()
    old: tuple[Pod, ...] = ()
    old_dead: tuple[Pod, ...] = ()
    old_going: tuple[Pod, ...] = ()
    knows_newest: bool = True
    new_names: frozenset[str] = frozenset()
    new_lost: tuple[Pod, ...] = ()

    def has_new(self, pod: Pod) -> bool:
        """Whether the pod is of the newest ReplicaSet."""
        return pod.metadata.name in self.new_names


def clean(text: str) -> str:
    """Text of others without terminal escapes and control characters, on one line."""
    return " ".join(_ESCAPES.sub("", text).split())


def about_pod(pod: Pod) -> str:
    """As a judgement names a pod."""
    return f"pod/{pod.metadata.name}"


def age_s(at: datetime, since: datetime | None) -> float:
    """Seconds from then to now, never negative; 0 where then is not known."""
    return max(0.0, (at - since).total_seconds()) if since else 0.0


def condition(conditions: Iterable[Condition] | None, kind: str) -> Condition | None:
    """The condition of that type."""
    return next((one for one in conditions or () if one.type == kind), None)


def is_ready(pod: Pod) -> bool:
    """Whether the pod takes traffic: Ready, and not going."""
    ready = condition(pod.status.conditions, "Ready")
    return ready is not None and ready.status == "True" and pod.metadata.deletion_timestamp is None


def ready_since(pod: Pod) -> datetime | None:
    """When the pod's readiness last changed."""
    ready = condition(pod.status.conditions, "Ready")
    return ready.last_transition_time if ready else None


def scheduled_at(pod: Pod) -> datetime | None:
    """When the pod got its node."""
    scheduled = condition(pod.status.conditions, "PodScheduled")
    if scheduled and scheduled.status == "True" and scheduled.last_transition_time:
        return scheduled.last_transition_time
    return pod.status.start_time


def seats(pod: Pod) -> Iterator[Seat]:
    """Every container of the pod: init containers and sidecars first, in the order in which they start."""
    inits = {one.name: one for one in pod.status.init_container_statuses or ()}
    mains = {one.name: one for one in pod.status.container_statuses or ()}
    for spec in pod.spec.init_containers or _named(inits):
        role = Role.SIDECAR if spec.restart_policy == "Always" else Role.INIT
        yield Seat(pod, role, spec, inits.get(spec.name))
    for spec in pod.spec.containers or _named(mains):
        yield Seat(pod, Role.MAIN, spec, mains.get(spec.name))


def _named(statuses: dict[str, ContainerStatus]) -> Iterator[Container]:
    """Where a saved state has no spec, the statuses say which containers there are."""
    return (Container(name=name) for name in statuses)


def restarts(pod: Pod) -> int:
    """All restarts of all containers that are meant to stay."""
    return sum(seat.restarts for seat in seats(pod))


def owned_by(meta: Meta, uid: str) -> bool:
    """Whether the object is controlled by the one with this uid."""
    return any(owner.uid == uid and owner.uid for owner in meta.owner_references or ())


def template_hash(meta: Meta) -> str:
    """The label that tells the pods of one ReplicaSet from those of another."""
    return (meta.labels or {}).get(HASH, "")


def replica_sets(look: Look) -> tuple[ReplicaSet, ...]:
    """The ReplicaSets of this very Deployment (a deleted namesake has another uid), newest first."""
    if look.deployment is None:
        return tuple(sorted(look.replica_sets, key=_newness, reverse=True))
    uid = look.deployment.metadata.uid
    mine = (one for one in look.replica_sets if not uid or owned_by(one.metadata, uid))
    return tuple(sorted(mine, key=_newness, reverse=True))


def _newness(one: ReplicaSet) -> tuple[int, float]:
    created = one.metadata.creation_timestamp
    return revision(one.metadata), created.timestamp() if created else 0.0


def revision(meta: Meta) -> int:
    """The Deployment controller's count of templates; 0 where there is none."""
    text = (meta.annotations or {}).get(REVISION, "")
    return int(text) if text.isdecimal() else 0


def newest_replica_set(look: Look) -> ReplicaSet | None:
    """The ReplicaSet of the current template; None where it was not made yet."""
    mine = replica_sets(look)
    if not mine:
        return None
    wanted = look.deployment
    if wanted is None:
        return mine[0]
    current = revision(wanted.metadata)
    if current and all(revision(one.metadata) for one in mine):
        newest = next((one for one in mine if revision(one.metadata) == current), None)
    else:
        newest = mine[0]
    return None if newest is None or _awaits_recreation(wanted, newest) else newest


def _awaits_recreation(wanted: Deployment, newest: ReplicaSet) -> bool:
    """Recreate makes the new ReplicaSet only when all old pods are gone (deployment/recreate.go): until then, the old one is the last."""
    scaled_away = newest.spec.replicas == 0 and wanted.spec.replicas > 0
    return wanted.spec.strategy.type == "Recreate" and scaled_away and wanted.status.updated_replicas == 0


def newest_hash(look: Look) -> str:
    """The newest pods' hash, from the ReplicaSet, or from what the Deployment says where no ReplicaSet was given."""
    newest = newest_replica_set(look)
    if newest is not None:
        return template_hash(newest.metadata) or newest.metadata.name.rpartition("-")[2]
    if replica_sets(look):
        return ""
    return _hash_by_hearsay(look)


def _hash_by_hearsay(look: Look) -> str:
    hashes = {template_hash(pod.metadata) for pod in look.pods} - {""}
    deployment = look.deployment
    progressing = condition(deployment.status.conditions, "Progressing") if deployment else None
    named = NAMED_SET.search(progressing.message) if progressing else None
    if named and named[1].rpartition("-")[2] in hashes:
        return named[1].rpartition("-")[2]
    newest = max(look.pods, key=_born, default=None) if len(hashes) == 1 or deployment is None else None
    return template_hash(newest.metadata) if newest else ""


def _born(pod: Pod) -> float:
    created = pod.metadata.creation_timestamp
    return created.timestamp() if created else 0.0


def fleet(look: Look) -> Fleet:
    """The look's pods, sorted. A pod belongs to a ReplicaSet by owner uid and by pod-template-hash, never by name."""
    newest, wanted_hash = newest_replica_set(look), newest_hash(look)
    lost = lost_names(look)
    new: list[Pod] = []
    old: list[Pod] = []
    for pod in _own_pods(look):
        (new if _is_new(pod, newest, wanted_hash, look) else old).append(pod)
    return Fleet(
        newest=newest,
        new=tuple(pod for pod in new if _lives(pod) and pod.metadata.name not in lost),
        new_dead=tuple(filter(_is_dead, new)),
        new_going=tuple(filter(_is_going, new)),
        old=tuple(filter(_lives, old)),
        old_dead=tuple(filter(_is_dead, old)),
        old_going=tuple(filter(_is_going, old)),
        knows_newest=newest is not None or bool(wanted_hash),
        new_names=frozenset(pod.metadata.name for pod in new),
        new_lost=tuple(pod for pod in new if not _is_dead(pod) and pod.metadata.name in lost),
    )


def lost_names(look: Look) -> frozenset[str]:
    """The pods whose node does not answer: by the node, by the pod's phase, or, without nodes, by the event that says so."""
    nodes = {node.metadata.name for node in look.nodes if not _answers(node)}
    told = (
        {event.involved_object.name for event in look.events if event.reason == "NodeNotReady"}
        if not look.nodes
        else set()
    )
    return frozenset(
        pod.metadata.name
        for pod in look.pods
        if pod.spec.node_name in nodes
        or pod.status.phase == "Unknown"
        or pod.status.reason == "NodeLost"
        or (pod.metadata.name in told and not is_ready(pod))
    )


def _answers(node: Node) -> bool:
    ready = condition(node.status.conditions, "Ready")
    return ready is None or ready.status == "True"


def _own_pods(look: Look) -> Iterator[Pod]:
    """Pods of this Deployment's ReplicaSets; strangers with the same labels don't count. Without ReplicaSets, all that were given."""
    uids = {one.metadata.uid for one in replica_sets(look)} - {""}
    knows_sets = bool(look.replica_sets) and all(one.metadata.uid for one in look.replica_sets)
    for pod in look.pods:
        owners = pod.metadata.owner_references or ()
        if not knows_sets or not owners or any(owner.uid in uids for owner in owners):
            yield pod


def _is_new(pod: Pod, newest: ReplicaSet | None, wanted_hash: str, look: Look) -> bool:
    if newest is not None and newest.metadata.uid and pod.metadata.owner_references:
        return owned_by(pod.metadata, newest.metadata.uid)
    if wanted_hash:
        return template_hash(pod.metadata) == wanted_hash
    return look.deployment is None


def _is_going(pod: Pod) -> bool:
    return pod.metadata.deletion_timestamp is not None


def _is_dead(pod: Pod) -> bool:
    return not _is_going(pod) and pod.status.phase in ("Failed", "Succeeded")


def _lives(pod: Pod) -> bool:
    return not _is_going(pod) and not _is_dead(pod)


def events_by_pod(look: Look) -> dict[str, tuple[KubeEvent, ...]]:
    """The events about pods, by the pod's uid and by its name, oldest first: read once, asked often."""
    found: dict[str, list[KubeEvent]] = {}
    for event in sorted(look.events, key=_when):
        about = event.involved_object
        if about.kind in ("Pod", ""):
            found.setdefault(about.uid or about.name, []).append(event)
    return {key: tuple(events) for key, events in found.items()}


def _when(event: KubeEvent) -> float:
    seen = event.last_seen
    return seen.timestamp() if seen else 0.0


def events_of(found: dict[str, tuple[KubeEvent, ...]], pod: Pod) -> tuple[KubeEvent, ...]:
    """The events of this very pod: by uid (a StatefulSet's next pod has the same name), by name where a state has no uids."""
    by_uid = found.get(pod.metadata.uid, ()) if pod.metadata.uid else ()
    return by_uid or found.get(pod.metadata.name, ())


def first_seen(event: KubeEvent) -> datetime | None:
    """The oldest of an event's times."""
    times = [one for one in (event.first_timestamp, event.event_time, event.metadata.creation_timestamp) if one]
    return min(times, default=event.last_seen)


def times_seen(event: KubeEvent) -> int:
    """How often the event came."""
    series = event.series.count if event.series else 0
    return max(event.count or 1, series)


def said(event: KubeEvent) -> str:
    """An event as a line of evidence: the kubelet's own words."""
    count = times_seen(event)
    again = f" (x{count})" if count > 1 else ""
    return f"event {event.reason}{again}: {clean(event.message)}"


def of_container(event: KubeEvent, name: str) -> bool:
    """Whether the event is about this container, as far as it says."""
    path = event.involved_object.field_path
    return not path or f"{{{name}}}" in path


def is_warning(event: KubeEvent) -> bool:
    """Whether Kubernetes itself calls it a warning."""
    return event.type == "Warning"


def log_lines(look: Look, seat: Seat) -> Iterator[str]:
    """The last lines of the container's logs, of the previous container first."""
    mine = (log for log in look.logs if log.pod == seat.pod.metadata.name and log.container == seat.spec.name)
    for log in sorted(mine, key=lambda log: not log.previous):
        yield from (line for line in (clean(line) for line in log.lines) if line)

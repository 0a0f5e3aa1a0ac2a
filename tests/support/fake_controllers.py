"""The controllers of the fake cluster: a Deployment gets its ReplicaSets, they get their pods, and their status follows."""

import hashlib
import math
from collections.abc import Callable
from copy import deepcopy

import msgspec
from tests.support.fake_agenda import Agenda
from tests.support.fake_apply import bodies, number, part, peek, text
from tests.support.fake_pods import PodLife, Script, set_condition
from tests.support.fake_store import FakeStore, ref_of

from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

SYNC_S = 0.05
HASH_LABEL = "pod-template-hash"


class Deployments:
    """deployment, replicaset and garbage controllers in one, and the kubelet that plays the scripts."""

    def __init__(self, store: FakeStore, agenda: Agenda, say: Callable[[Body, str, str, str], None]) -> None:
        self.store = store
        self.agenda = agenda
        self.say = say
        self.scripts: tuple[Script, ...] = (Script.healthy(),)
        self.refuses_pods = ""
        self._lives: dict[str, tuple[Script, ...]] = {}
        self._made: dict[str, int] = {}
        self._pods = 0
        self._planned: set[ObjectRef] = set()
        self._progress: dict[str, tuple[float, object]] = {}
        store.changed.append(self._on_change)

    def script_of(self, pod: Body) -> Script:
        """The life that this pod leads."""
        lives = self._lives[text(pod, "metadata", "labels", HASH_LABEL)]
        nth = int(text(pod, "metadata", "annotations", "fake/nth"))
        return lives[min(nth, len(lives) - 1)]

    def _on_change(self, ref: ObjectRef) -> None:
        for owner in self.store.of_kind("Deployment", ref.namespace):
            if ref.kind in ("Deployment", "Pod") and ref.name.startswith(text(owner, "metadata", "name")):
                self._plan(ref_of(owner), SYNC_S)
        if ref.kind == "Deployment" and ref not in self.store.objects:
            self._plan(ref, SYNC_S)

    def _plan(self, ref: ObjectRef, seconds: float) -> None:
        if ref not in self._planned:
            self._planned.add(ref)
            self.agenda.after(seconds, lambda: self._sync(ref))

    # ── one pass ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _sync(self, ref: ObjectRef) -> None:
        self._planned.discard(ref)
        deployment = self.store.get(ref)
        if deployment is None:
            self._collect_garbage(ref)
            return
        newest = self._newest(deployment)
        sizes = self._sizes(deployment, newest)
        for replica_set in self._replica_sets(ref):
            self._resize(deployment, replica_set, sizes[text(replica_set, "metadata", "name")])
        self._report(ref, newest)

    def _replica_sets(self, ref: ObjectRef) -> list[Body]:
        return [one for one in self.store.of_kind("ReplicaSet", ref.namespace) if _owner(one) == ref.name]

    def _pods_of(self, replica_set: Body) -> list[Body]:
        name, namespace = text(replica_set, "metadata", "name"), text(replica_set, "metadata", "namespace")
        pods = [one for one in self.store.of_kind("Pod", namespace) if _owner(one) == name]
        return [one for one in pods if not peek(one, "metadata", "deletionTimestamp")]

    def _collect_garbage(self, ref: ObjectRef) -> None:
        for replica_set in self._replica_sets(ref):
            for pod in self._pods_of(replica_set):
                self._take_down(pod)
            self.store.remove(ref_of(replica_set))

    def _newest(self, deployment: Body) -> str:
        """The name of the ReplicaSet with the Deployment's template, made where there is none."""
        template = part(deployment, "spec", "template")
        digest = hashlib.sha256(msgspec.json.encode(template, order="deterministic")).hexdigest()[:10]
        name = f"{text(deployment, 'metadata', 'name')}-{digest}"
        namespace = text(deployment, "metadata", "namespace")
        known = self._replica_sets(ref_of(deployment))
        mine = next((one for one in known if text(one, "metadata", "name") == name), None)
        revision = max((_revision(one) for one in known), default=0)
        if mine is None:
            self._lives[digest] = self.scripts
            self.store.put(_replica_set(deployment, name, namespace, digest, revision + 1))
        elif _revision(mine) < revision:
            again = deepcopy(mine)
            part(again, "metadata", "annotations")["deployment.kubernetes.io/revision"] = str(revision + 1)
            self.store.put(again)
        return name

    def _sizes(self, deployment: Body, newest: str) -> dict[str, int]:
        """How many pods each ReplicaSet should have now: surge up, and down no faster than may be unavailable."""
        wanted = number(deployment, "spec", "replicas", otherwise=1)
        ref = ref_of(deployment)
        sets = {text(one, "metadata", "name"): one for one in self._replica_sets(ref)}
        sizes = {name: number(one, "spec", "replicas") for name, one in sets.items()}
        old = [name for name in sizes if name != newest]
        surge, unavailable = _room(deployment, wanted)
        if text(deployment, "spec", "strategy", "type") == "Recreate":
            gone = not any(self._pods_of(sets[name]) for name in old)
            return dict.fromkeys(old, 0) | {newest: wanted if gone else 0}
        sizes[newest] = min(wanted, max(sizes[newest], wanted + surge - sum(sizes[name] for name in old)))
        ready = {name: sum(_ready(pod) for pod in self._pods_of(one)) for name, one in sets.items()}
        for name in old:
            # Old pods that do not serve cost nothing.
            sizes[name] = min(sizes[name], ready[name]) if sizes[newest] else sizes[name]
            spare = max(0, sum(ready.values()) - (wanted - unavailable))
            goes = min(sizes[name], spare)
            sizes[name] -= goes
            ready[name] -= goes
        return sizes

    def _resize(self, deployment: Body, replica_set: Body, size: int) -> None:
        name = text(replica_set, "metadata", "name")
        if number(replica_set, "spec", "replicas") != size:
            resized = deepcopy(replica_set)
            part(resized, "spec")["replicas"] = size
            self.store.put(resized)
            word = "up" if size > number(replica_set, "spec", "replicas") else "down"
            self.say(deployment, "Normal", "ScalingReplicaSet", f"Scaled {word} replica set {name} to {size}")
        pods = self._pods_of(replica_set)
        if len(pods) < size and self.refuses_pods:
            self.say(replica_set, "Warning", "FailedCreate", f"Error creating: {self.refuses_pods}")
            return
        for _ in range(size - len(pods)):
            self._make_pod(replica_set)
        for pod in sorted(pods, key=_ready)[: max(0, len(pods) - size)]:
            self._take_down(pod)

    def _make_pod(self, replica_set: Body) -> None:
        name = text(replica_set, "metadata", "name")
        self._pods += 1
        nth = self._made.get(name, 0)
        self._made[name] = nth + 1
        template = deepcopy(part(replica_set, "spec", "template"))
        meta = part(template, "metadata") | {
            "name": f"{name}-p{self._pods:04d}",
            "namespace": text(replica_set, "metadata", "namespace"),
            "ownerReferences": [_owned_by(replica_set)],
        }
        part(meta, "annotations")["fake/nth"] = str(nth)
        pod = self.store.put(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": meta,
                "spec": template["spec"],
                "status": {"phase": "Pending"},
            }
        )
        self.say(replica_set, "Normal", "SuccessfulCreate", f"Created pod: {text(pod, 'metadata', 'name')}")
        for at_s, what, words in self.script_of(pod).moments:
            self.agenda.after(at_s, lambda what=what, words=words, pod=pod: self._play(pod, what, words))  # type: ignore[misc] # mypy can't infer a lambda with defaults

    def _play(self, pod: Body, what: str, words: tuple[object, ...]) -> None:
        now = self.store.get(ref_of(pod))
        if now is None or peek(now, "metadata", "deletionTimestamp"):
            return
        life = PodLife(now, self.agenda.stamp(), lambda kind, reason, message: self.say(pod, kind, reason, message))
        getattr(life, what)(*words)
        self.store.put(now)

    def _take_down(self, pod: Body) -> None:
        going = deepcopy(pod)
        part(going, "metadata")["deletionTimestamp"] = self.agenda.stamp()
        part(going, "metadata")["deletionGracePeriodSeconds"] = 30
        self.store.put(going)
        self.say(pod, "Normal", "Killing", f"Stopping container {bodies(pod, 'spec', 'containers')[0]['name']}")
        self.agenda.after(self.script_of(pod).leaves_after_s, lambda: self.store.remove(ref_of(pod)))

    # ── status ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _report(self, ref: ObjectRef, newest: str) -> None:
        all_ready = all_pods = updated = 0
        for replica_set in self._replica_sets(ref):
            pods = self._pods_of(replica_set)
            ready = sum(_ready(pod) for pod in pods)
            self._report_replica_set(replica_set, len(pods), ready)
            all_pods, all_ready = all_pods + len(pods), all_ready + ready
            updated += len(pods) if text(replica_set, "metadata", "name") == newest else 0
        deployment = self.store.get(ref) or {}
        revision = next(
            (_revision(one) for one in self._replica_sets(ref) if text(one, "metadata", "name") == newest), 1
        )
        part(deployment, "metadata", "annotations")["deployment.kubernetes.io/revision"] = str(revision)
        wanted = number(deployment, "spec", "replicas", otherwise=1)
        status = part(deployment, "status")
        status.update(
            observedGeneration=number(deployment, "metadata", "generation"),
            replicas=all_pods,
            updatedReplicas=updated,
            readyReplicas=all_ready,
            availableReplicas=all_ready,
            unavailableReplicas=max(0, wanted - all_ready),
        )
        self._conditions(deployment, newest, done=updated == wanted == all_pods == all_ready)
        self.store.put(deployment)

    def _report_replica_set(self, replica_set: Body, pods: int, ready: int) -> None:
        fresh = deepcopy(replica_set)
        status = part(fresh, "status")
        status.update(replicas=pods, readyReplicas=ready, availableReplicas=ready)
        status["observedGeneration"] = number(fresh, "metadata", "generation")
        failing = bool(self.refuses_pods) and pods < number(fresh, "spec", "replicas")
        status["conditions"] = []
        if failing:
            set_condition(
                status,
                self.agenda.stamp(),
                {"type": "ReplicaFailure", "status": "True"},
                "FailedCreate",
                self.refuses_pods,
            )
        self.store.put(fresh)

    def _conditions(self, deployment: Body, newest: str, done: bool) -> None:
        status, now = part(deployment, "status"), self.agenda.stamp()
        wanted = number(deployment, "spec", "replicas", otherwise=1)
        enough = number(status, "availableReplicas") >= wanted - _room(deployment, wanted)[1]
        reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
        set_condition(status, now, {"type": "Available", "status": str(enough)}, reason)
        late = self._is_late(
            deployment, (newest, *(status[one] for one in ("updatedReplicas", "readyReplicas", "replicas")))
        )
        if done:
            set_condition(status, now, {"type": "Progressing", "status": "True"}, "NewReplicaSetAvailable", newest)
        elif late:
            set_condition(status, now, {"type": "Progressing", "status": "False"}, "ProgressDeadlineExceeded", newest)
        else:
            set_condition(status, now, {"type": "Progressing", "status": "True"}, "ReplicaSetUpdated", newest)
        if self.refuses_pods and not done:
            set_condition(status, now, {"type": "ReplicaFailure", "status": "True"}, "FailedCreate", self.refuses_pods)
        else:
            status["conditions"] = [one for one in bodies(status, "conditions") if one["type"] != "ReplicaFailure"]

    def _is_late(self, deployment: Body, progress: object) -> bool:
        """Whether nothing has moved for the progress deadline; looks again when it passes."""
        uid, limit_s = (
            text(deployment, "metadata", "uid"),
            number(deployment, "spec", "progressDeadlineSeconds", otherwise=600),
        )
        since, seen = self._progress.get(uid, (self.agenda.now_s(), None))
        if seen != progress:
            since = self.agenda.now_s()
            self._progress[uid] = (since, progress)
            ref = ref_of(deployment)
            self.agenda.after(limit_s + SYNC_S, lambda: self._plan(ref, SYNC_S))
        return self.agenda.now_s() - since >= limit_s


def _owner(body: Body) -> str:
    owners = bodies(body, "metadata", "ownerReferences")
    return text(owners[0], "name") if owners else ""


def _owned_by(body: Body) -> Body:
    meta = part(body, "metadata")
    return {"apiVersion": "apps/v1", "kind": body["kind"], "name": meta["name"], "uid": meta["uid"], "controller": True}


def _revision(replica_set: Body) -> int:
    return int(text(replica_set, "metadata", "annotations", "deployment.kubernetes.io/revision") or 0)


def _ready(pod: Body) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in bodies(pod, "status", "conditions"))


def _room(deployment: Body, wanted: int) -> tuple[int, int]:
    """maxSurge rounded up, maxUnavailable rounded down; both 0 would never move."""
    rolling = part(deployment, "spec", "strategy").get("rollingUpdate") or {}
    surge = _share(peek(rolling, "maxSurge"), wanted, math.ceil)
    unavailable = _share(peek(rolling, "maxUnavailable"), wanted, math.floor)
    return surge, unavailable if surge or unavailable else 1


def _share(value: object, of: int, rounded: Callable[[float], int]) -> int:
    if isinstance(value, str) and value.endswith("%"):
        return rounded(int(value[:-1]) * of / 100)
    return value if isinstance(value, int) else 0


def _replica_set(deployment: Body, name: str, namespace: str, digest: str, revision: int) -> Body:
    template = deepcopy(part(deployment, "spec", "template"))
    labels = part(template, "metadata", "labels")
    labels[HASH_LABEL] = digest
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": dict(labels),
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [_owned_by(deployment)],
        },
        "spec": {"replicas": 0, "selector": {"matchLabels": dict(labels)}, "template": template},
        "status": {"replicas": 0},
    }

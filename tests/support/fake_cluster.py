"""A cluster in memory, of the same shape as the real one: what a team has applied, what a story says will happen, and who may look."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass

import msgspec
from tests.support.fake_agenda import Agenda
from tests.support.fake_apply import defaulted, part, text
from tests.support.fake_autoscaler import Autoscalers
from tests.support.fake_clock import FakeClock
from tests.support.fake_controllers import Deployments
from tests.support.fake_fields import updated
from tests.support.fake_pods import Script
from tests.support.fake_reads import FakeReads
from tests.support.fake_store import FakeStore, ref_of
from tests.support.fake_writes import FakeWrites

from seatrial.model.observation import ExecResult, HttpAnswer, Identity, ObjectRef
from seatrial.model.writes import Body

TEAM = "kubectl-client-side-apply"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
HttpReply = Callable[[Body | None], HttpAnswer]
"""An answer to a GET; the pod is None where the Service was asked."""


@dataclass
class Trouble:
    """A read that fails: which (a method of Reads, or a part of a Look), why, and how many times still."""

    read: str
    because: str
    forbidden: bool
    times: int


class FakeCluster:
    """Everything a story may set; `reads` and `writes` are what the engine gets."""

    def __init__(self, clock: FakeClock, context: str = "forex-prod", namespace: str = "forex-prod") -> None:
        self.clock = clock
        self.namespace = namespace
        self.agenda = Agenda(clock)
        self.store = FakeStore(self.agenda.stamp)
        self.deployments = Deployments(self.store, self.agenda, self.say)
        self.autoscalers = Autoscalers(self.store, self.agenda, self.deployments, self.say)
        self.identity = Identity(context, "https://198.18.0.1:6443", "sha256:ca", "uid-kube-system", "v1.35.4")
        self.denied: set[tuple[str, str]] = set()
        self.troubles: list[Trouble] = []
        self.execs: list[tuple[str, Callable[[Body], ExecResult]]] = []
        self.https: list[tuple[str, HttpReply]] = []
        self.requests: list[str] = []
        self.reads = FakeReads(self)
        self.writes = FakeWrites(self)
        for node in _nodes():
            self.store.put(node)

    # ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def given(self, *manifests: Body) -> None:
        """The team has applied this with `kubectl apply -k`."""
        for manifest in manifests:
            self._team_applies(manifest)
        self.agenda.settle()

    def _team_applies(self, manifest: Body) -> None:
        body = deepcopy(manifest)
        meta = part(body, "metadata")
        meta.setdefault("namespace", self.namespace)
        clean = deepcopy(body)
        part(clean, "metadata", "annotations")
        part(body, "metadata", "annotations")[LAST_APPLIED] = msgspec.json.encode(clean, order="sorted").decode() + "\n"
        live = self.store.get(ref_of(body))
        # The fake's client-side apply replaces the spec: enough for a team that drops no field.
        self.store.write(defaulted(updated(live, (live or {}) | body, TEAM, self.agenda.stamp())))

    def edit(self, ref: ObjectRef, change: Callable[[Body], object], manager: str = "kubectl-edit") -> None:
        """Foreign hands change an object."""
        live = self.store.get(ref)
        assert live is not None, ref
        body = deepcopy(live)
        change(body)
        self.store.write(updated(live, body, manager, self.agenda.stamp()))

    def body(self, ref: ObjectRef) -> Body | None:
        """The object as it is now."""
        self.agenda.settle()
        return self.store.get(ref)

    def pods(self) -> list[Body]:
        """All pods of the namespace as they are now."""
        self.agenda.settle()
        return [deepcopy(one) for one in self.store.of_kind("Pod", self.namespace)]

    # ── what will happen ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def script(self, *lives: Script) -> None:
        """Pods of ReplicaSets made from now on live so: the nth pod the nth life, the last one for all others."""
        self.deployments.scripts = lives

    def refuse_pods(self, because: str) -> None:
        """Quota or admission refuses new pods; an empty text lifts it."""
        self.deployments.refuses_pods = because

    def at(self, in_s: float, do: Callable[[], None]) -> None:
        """Something else happens then: `cluster.at(40, lambda: cluster.edit(...))`."""
        self.agenda.after(in_s, do)

    def pass_time(self, seconds: float) -> None:
        """Time goes by, outside of a run."""
        self.clock.advance(seconds)
        self.agenda.settle()

    def say(self, about: Body, kind: str, reason: str, message: str) -> None:
        """An event; the same one again only counts up."""
        ref = ref_of(about)
        name = f"{ref.name}.{abs(hash((ref, reason, message))):x}"[:60]
        known = self.store.get(ObjectRef("v1", "Event", ref.namespace, name))
        count = known["count"] if known else 0
        assert isinstance(count, int)
        involved = {
            "kind": ref.kind,
            "name": ref.name,
            "namespace": ref.namespace,
            "uid": text(about, "metadata", "uid"),
        }
        now = self.agenda.stamp()
        fresh: Body = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": ref.namespace}}
        fresh |= {"involvedObject": involved, "type": kind, "reason": reason, "message": message, "firstTimestamp": now}
        self.store.put((known or fresh) | {"count": count + 1, "lastTimestamp": now})

    # ── what answers, and what does not ─────────────────────────────────────────────────────────────────────────────────────────

    def deny(self, verb: str, resource: str) -> None:
        """Access reviews say no to this verb on this resource (`horizontalpodautoscalers`)."""
        self.denied.add((verb, resource))

    def break_read(self, read: str, because: str, times: int = 1, forbidden: bool = False) -> None:
        """A method of Reads (`get`, `log`, …) or a part of each Look (`pods`, `events`, …) fails that many times."""
        self.troubles.append(Trouble(read, because, forbidden, times))

    def lose_metrics(self) -> None:
        """metrics.k8s.io has nothing to say."""
        self.autoscalers.sees_metrics = False

    def on_exec(self, argv_has: str, answer: ExecResult | Callable[[Body], ExecResult]) -> None:
        """What a command prints whose argv has this text in it; a function gets the pod. Later ones go before."""
        reply = (lambda _: answer) if isinstance(answer, ExecResult) else answer
        self.execs.insert(0, (argv_has, reply))

    def on_http(self, path: str, answer: HttpAnswer | HttpReply) -> None:
        """What a GET of this path gives, from every pod and the Service; a function gets the pod. Later ones go before."""
        reply = (lambda _: answer) if isinstance(answer, HttpAnswer) else answer
        self.https.insert(0, (path, reply))

    def find_trouble(self, read: str) -> Trouble | None:
        """The trouble that this read meets now, used up once."""
        for one in self.troubles:
            if one.read == read and one.times > 0:
                one.times -= 1
                return one
        return None

    def is_ready(self, pod: Body) -> bool:
        """Whether the pod is Ready."""
        conditions = pod.get("status") or {}
        assert isinstance(conditions, dict)
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions.get("conditions", []))


def _nodes() -> Iterable[Body]:
    yield {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "node-1"},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "allocatable": {"cpu": "8", "memory": "32Gi", "pods": "110"},
        },
    }

"""The objects of a fake cluster, with uid, resourceVersion and generation kept as the API server keeps them."""

from collections.abc import Callable
from copy import deepcopy

from tests.support.fake_apply import bodies, defaulted, number, part, peek, text
from tests.support.fake_fields import applied

from seatrial.change.ownership import adopted_fields
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body, Conflict, Precondition, Rejected, WriteAnswer, Written

# Only these count their specs; a Deployment's annotations count too.
WITH_GENERATION = ("Deployment", "ReplicaSet", "NetworkPolicy", "HorizontalPodAutoscaler", "StatefulSet")
CLUSTER_SCOPED = ("Namespace", "Node")


def ref_of(body: Body) -> ObjectRef:
    """Which object the body is."""
    namespace = "" if body["kind"] in CLUSTER_SCOPED else text(body, "metadata", "namespace")
    return ObjectRef(text(body, "apiVersion"), text(body, "kind"), namespace, text(body, "metadata", "name"))


class FakeStore:
    """Whole bodies by name. `changed` is called after every change with the object's name."""

    def __init__(self, now: Callable[[], str]) -> None:
        self.now = now
        self.objects: dict[ObjectRef, Body] = {}
        self.changed: list[Callable[[ObjectRef], None]] = []
        self._version = 1000
        self._uid = 0

    def get(self, ref: ObjectRef) -> Body | None:
        """A copy of the object."""
        found = self.objects.get(ref)
        return deepcopy(found) if found is not None else None

    def of_kind(self, kind: str, namespace: str = "") -> list[Body]:
        """The objects themselves, oldest first."""
        return [one for ref, one in self.objects.items() if ref.kind == kind and namespace in ("", ref.namespace)]

    def put(self, body: Body) -> Body:
        """Store what a controller made of it; a body equal to the stored one changes nothing."""
        return self._store(body, lambda old, new: old.get("spec") != new.get("spec"))

    def write(self, body: Body) -> Body:
        """Store what a client made of it: a Deployment's annotations count as much as its spec."""
        return self._store(body, _counts)

    def _store(self, body: Body, counts: Callable[[Body, Body], bool]) -> Body:
        ref = ref_of(body)
        old = self.objects.get(ref)
        new = deepcopy(body)
        meta = part(new, "metadata")
        if old is None:
            self._uid += 1
            meta["uid"] = f"uid-{self._uid:04d}"
            meta.setdefault("creationTimestamp", self.now())
        else:
            meta["uid"] = part(old, "metadata")["uid"]
        if ref.kind in WITH_GENERATION:
            meta["generation"] = number(old, "metadata", "generation") + int(counts(old, new)) if old else 1
        if old is not None and _same(old, new):
            return old
        self._version += 1
        meta["resourceVersion"] = str(self._version)
        self.objects[ref] = new
        self._tell(ref)
        return new

    def remove(self, ref: ObjectRef) -> None:
        """The object is gone."""
        if self.objects.pop(ref, None) is not None:
            self._version += 1
            self._tell(ref)

    def _tell(self, ref: ObjectRef) -> None:
        for one in tuple(self.changed):
            one(ref)

    # ── what a client may ask for ────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, body: Body) -> WriteAnswer:
        """A creation by server-side apply."""
        ref = ref_of(body)
        if ref in self.objects:
            return Conflict(f'{ref} "{ref.name}" already exists')
        return Written("created", deepcopy(self.write(self.would_become(body))))

    def apply(self, body: Body, only_if: Precondition) -> WriteAnswer:
        """Server-side apply with a precondition."""
        ref = ref_of(body)
        refused = self._refused(ref, only_if)
        if refused:
            return refused
        before = self.objects[ref]
        after = self.write(self.would_become(body))
        same = part(before, "metadata")["resourceVersion"] == part(after, "metadata")["resourceVersion"]
        return Written("unchanged" if same else "configured", deepcopy(after))

    def would_become(self, body: Body) -> Body:
        """The object after a forced server-side apply; nothing is stored."""
        return self._applied(self.get(ref_of(body)) or {}, body)

    def would_become_ours(self, body: Body) -> Body:
        """The same, once what client-side kubectl owns is ours."""
        live = self.get(ref_of(body)) or {}
        fields = adopted_fields(bodies(live, "metadata", "managedFields"))
        if fields is not None:
            part(live, "metadata")["managedFields"] = fields
        return self._applied(live, body)

    def _applied(self, live: Body, body: Body) -> Body:
        wanted = deepcopy(body)
        for name in ("uid", "resourceVersion", "managedFields"):
            part(wanted, "metadata").pop(name, None)
        return defaulted(applied(live, wanted, self.now()))

    def adopt(self, ref: ObjectRef, managed_fields: list[Body], only_if: Precondition) -> WriteAnswer:
        """Only metadata.managedFields changes."""
        refused = self._refused(ref, only_if)
        if refused:
            return refused
        body = self.get(ref) or {}
        part(body, "metadata")["managedFields"] = deepcopy(managed_fields)
        return Written("configured", deepcopy(self.write(body)))

    def delete(self, ref: ObjectRef, only_if: Precondition) -> WriteAnswer:
        """DELETE with preconditions."""
        if ref not in self.objects:
            return Rejected(404, f'{ref} "{ref.name}" not found')
        refused = self._refused(ref, only_if)
        if refused:
            return refused
        self.remove(ref)
        return Written("deleted", {})

    def _refused(self, ref: ObjectRef, only_if: Precondition) -> WriteAnswer | None:
        live = self.objects.get(ref)
        if live is None:
            return Conflict(
                f'{ref} "{ref.name}": uid mismatch: the provided object specified uid {only_if.uid}, none exists'
            )
        meta = part(live, "metadata")
        if meta["uid"] != only_if.uid:
            return Conflict(
                f"{ref}: Precondition failed: UID in precondition: {only_if.uid}, UID in object meta: {meta['uid']}"
            )
        if meta["resourceVersion"] != only_if.resource_version:
            return Conflict(
                f"{ref}: the object has been modified; please apply your changes to the latest version and try again"
            )
        return None


def _counts(old: Body, new: Body) -> bool:
    annotated = new["kind"] == "Deployment" and peek(old, "metadata", "annotations") != peek(
        new, "metadata", "annotations"
    )
    return annotated or old.get("spec") != new.get("spec")


def _same(old: Body, new: Body) -> bool:
    return _bare(old) == _bare(new)


def _bare(body: Body) -> Body:
    """Without what moves at every write even if nothing else does: the version, and the times of ownership entries."""
    meta = dict(part(body, "metadata"))
    meta.pop("resourceVersion", None)
    entries = meta.pop("managedFields", [])
    assert isinstance(entries, list)
    meta["owners"] = [{name: value for name, value in one.items() if name != "time"} for one in entries]
    return body | {"metadata": meta}

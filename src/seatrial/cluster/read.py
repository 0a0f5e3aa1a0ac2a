"""The reading side: every look at the cluster. Nothing here changes anything; a read that fails is a CouldNotLook, never an exception."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from seatrial.change.foresight import foreseen_patch
from seatrial.cluster import access, asking, exec, looking
from seatrial.cluster.decoding import Decoding
from seatrial.cluster.locating import Locating
from seatrial.cluster.nodes import NODES
from seatrial.cluster.paths import Resource, collection, safe
from seatrial.cluster.redact import clean
from seatrial.cluster.sending import APPLY_PATCH, FIELD_MANAGER, MERGE_PATCH, encoded, ref_of, without_server_fields
from seatrial.cluster.status import Failed, is_final, refusal
from seatrial.cluster.whose import Whose
from seatrial.cluster.wire import WRITE_S, Lost, Request, Wire
from seatrial.model.kube import Hpa, Meta, Node, NodeMetrics, Pod, PodMetrics, View
from seatrial.model.observation import (
    Access,
    AccessAnswer,
    CouldNotLook,
    ExecResult,
    HttpAnswer,
    Identity,
    LogTail,
    Look,
    ObjectRef,
)
from seatrial.model.writes import Body, Rejected

V = TypeVar("V")
DRY_RUN: dict[str, str | int] = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict", "dryRun": "All"}
LOG_BYTES_MAX = 4 * 1024 * 1024
# The kubelet says so with a 200, where the container's log is gone already: it must not pass for a log without errors.
NO_LOG = (b"unable to retrieve container logs for ", b"failed to try resolving symlinks in path ")
PAGE_ITEMS = 500
PAGES_MAX = 100
NOT_ENDED = "status.phase!=Succeeded,status.phase!=Failed"
NODE_METRICS = Resource("metrics.k8s.io/v1beta1", "nodes", namespaced=False)
POD_METRICS = Resource("metrics.k8s.io/v1beta1", "pods", namespaced=True)


class Version(Struct, frozen=True, rename="camel"):
    """GET /version."""

    git_version: str = ""


class Named(View, frozen=True):
    """Any object: who it is."""

    metadata: Meta = Meta()


class ReadingCluster:
    """Looks at the cluster."""

    def __init__(self, wire: Wire, whose: Whose) -> None:
        self._wire = wire
        self._whose = whose
        self._where = Locating(wire)

    def _blind(self, what: str, failed: Failed) -> CouldNotLook:
        return CouldNotLook(self._wire.clock.now(), what, failed.because, failed.forbidden)

    async def identity(self) -> Identity | CouldNotLook:
        """Server, CA digest, kube-system's uid and version. The uid is empty where we may not look at that namespace."""
        version, namespace = await asyncio.gather(
            self._one("/version", Version), self._one("/api/v1/namespaces/kube-system", Named)
        )
        if isinstance(version, Failed):
            return self._blind("version", version)
        if isinstance(namespace, Failed) and not namespace.forbidden:
            return self._blind("namespace kube-system", namespace)
        uid = "" if isinstance(namespace, Failed) else namespace.metadata.uid
        whose = self._whose
        return Identity(whose.context, whose.server, whose.ca_digest, uid, clean(version.git_version))

    async def access(self, wants: Sequence[Access]) -> tuple[AccessAnswer, ...] | CouldNotLook:
        """One SelfSubjectAccessReview for each, in parallel."""
        answers = await asyncio.gather(*(access.review(self._wire, one) for one in wants))
        failed = next((one for one in answers if isinstance(one, Failed)), None)
        if failed:
            return self._blind("permissions", failed)
        return tuple(one for one in answers if isinstance(one, AccessAnswer))

    async def get(self, ref: ObjectRef) -> Body | CouldNotLook | None:
        """The whole object; None where it is not there."""
        path = await self._where.item(ref)
        found = path if isinstance(path, Failed) else await self._one(path, Body)
        if not isinstance(found, Failed):
            return found
        # A kind that the server does not know is no object that is not there.
        return None if found.status == 404 and not isinstance(path, Failed) else self._blind(str(ref), found)

    async def nodes(self) -> tuple[Node, ...] | CouldNotLook:
        """All nodes."""
        return await self._all("nodes", NODES, Node)

    async def placed_pods(self) -> tuple[Pod, ...] | CouldNotLook:
        """All pods of all namespaces that take room on a node: those that have not ended."""
        return await self._all("placed pods", looking.PODS, Pod, "", {"fieldSelector": NOT_ENDED})

    async def node_metrics(self) -> tuple[NodeMetrics, ...] | CouldNotLook:
        """metrics.k8s.io of all nodes."""
        return await self._all("node metrics", NODE_METRICS, NodeMetrics)

    async def pod_metrics(self, namespace: str, selector: str) -> tuple[PodMetrics, ...] | CouldNotLook:
        """metrics.k8s.io of the pods that the label selector names."""
        return await self._all("pod metrics", POD_METRICS, PodMetrics, namespace, {"labelSelector": selector})

    async def hpas(self, namespace: str) -> tuple[Hpa, ...] | CouldNotLook:
        """All autoscalers of the namespace."""
        return await self._all("hpas", looking.HPAS, Hpa, namespace)

    async def look(self, workload: ObjectRef) -> Look:
        """One look: the Deployment, its ReplicaSets, pods, autoscalers and events. What failed is in `blind`."""
        return await looking.look_once(self._wire, workload)

    async def follow(self, workload: ObjectRef) -> AsyncIterator[Look]:
        """A Look at once and after each change; ends only when closed."""
        async with contextlib.aclosing(looking.follow(self._wire, workload)) as looks:
            async for look in looks:
                yield look

    async def log(self, namespace: str, pod: str, container: str, tail: int) -> LogTail | CouldNotLook:
        """The last lines of the running container's log."""
        return await self._log(namespace, pod, container, {"tailLines": tail}, previous=False)

    async def previous_log(self, namespace: str, pod: str, container: str, tail: int) -> LogTail | CouldNotLook:
        """The last lines of the container before its last restart."""
        return await self._log(namespace, pod, container, {"tailLines": tail, "previous": "true"}, previous=True)

    async def _log(
        self, namespace: str, pod: str, container: str, which: dict[str, str | int], previous: bool
    ) -> LogTail | CouldNotLook:
        path = f"/api/v1/namespaces/{safe(namespace)}/pods/{safe(pod)}/log"
        params: dict[str, str | int] = {"container": container, "limitBytes": LOG_BYTES_MAX, **which}
        answer = await self._wire.read(Request("GET", path, params, accept="*/*"))
        if not isinstance(answer, Failed) and answer.body.startswith(NO_LOG):
            answer = Failed(404, clean(answer.body.decode("utf-8", "replace")))
        if isinstance(answer, Failed):
            return self._blind(f"{'previous log' if previous else 'log'} of {pod}", answer)
        lines = tuple(clean(line) for line in answer.body.decode("utf-8", "replace").split("\n"))
        kept = lines[:-1] if lines[-1] == "" else lines
        cut = len(answer.body) >= LOG_BYTES_MAX or len(kept) >= int(which["tailLines"])
        return LogTail(pod, container, kept, previous, truncated=cut)

    async def run_in(
        self, namespace: str, pod: str, container: str, argv: Sequence[str], deadline_s: float, bytes_max: int
    ) -> ExecResult | CouldNotLook:
        """Run a command in a container, with a deadline and an output cap."""
        result = await exec.run_in(self._wire, namespace, pod, container, argv, deadline_s, bytes_max)
        return self._blind(f"{argv[0]} in {pod}", result) if isinstance(result, Failed) else result

    async def ask_pod(
        self, namespace: str, pod: str, port: int, path: str, deadline_s: float
    ) -> HttpAnswer | CouldNotLook:
        """GET through the API server's pod proxy."""
        answer = await asking.ask(self._wire, "pods", namespace, pod, port, path, deadline_s)
        return self._blind(f"{path} of {pod}", answer) if isinstance(answer, Failed) else answer

    async def ask_service(
        self, namespace: str, service: str, port: int, path: str, deadline_s: float
    ) -> HttpAnswer | CouldNotLook:
        """GET through the API server's service proxy."""
        answer = await asking.ask(self._wire, "services", namespace, service, port, path, deadline_s)
        return self._blind(f"{path} of service {service}", answer) if isinstance(answer, Failed) else answer

    async def would_become(self, body: Body, live: Body | None = None) -> Body | Rejected | CouldNotLook:
        """The object as a server-side apply would make it, by a dry run; with `live`, as it would once kubectl's fields are ours."""
        ref = ref_of(body)
        path = await self._where.item(ref)
        if isinstance(path, Failed):
            return Rejected(404, path.because) if path.status == 404 else self._blind(str(ref), path)
        patch = foreseen_patch(live, body) if live is not None else None
        if patch is not None:
            # A dry run of the apply still has the fields that go with kubectl's ownership, and may even be invalid by them.
            return await self._dry_run(ref, Request("PATCH", path, DRY_RUN, encoded(patch), MERGE_PATCH))
        applying = encoded(without_server_fields(body))
        return await self._dry_run(ref, Request("PATCH", path, DRY_RUN | {"force": "true"}, applying, APPLY_PATCH))

    async def _dry_run(self, ref: ObjectRef, request: Request) -> Body | Rejected | CouldNotLook:
        try:
            answer = await self._wire.send(request, WRITE_S)
        except Lost as lost:
            return self._blind(f"dry run of {ref}", Failed(0, str(lost)))
        if answer.status >= 300:
            failed = refusal(answer.status, answer.body)
            gone_wrong = answer.status >= 500 and not is_final(failed.because)
            return self._blind(f"dry run of {ref}", failed) if gone_wrong else Rejected(failed.status, failed.because)
        decoded = _decoded(answer.body, Body)
        return self._blind(f"dry run of {ref}", decoded) if isinstance(decoded, Failed) else decoded

    # ── the two forms of a read ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _one(self, path: str, form: type[V]) -> V | Failed:
        answer = await self._wire.read(Request("GET", path))
        return answer if isinstance(answer, Failed) else _decoded(answer.body, form)

    async def _all(
        self,
        what: str,
        resource: Resource,
        view: type[V],
        namespace: str = "",
        params: dict[str, str | int] | None = None,
    ) -> tuple[V, ...] | CouldNotLook:
        decoding, found, continues = Decoding(view), list[V](), ""
        for _ in range(PAGES_MAX):
            asked = {**(params or {}), "limit": PAGE_ITEMS} | ({"continue": continues} if continues else {})
            answer = await self._wire.read(Request("GET", collection(resource, namespace), asked))
            page = answer if isinstance(answer, Failed) else decoding.page(answer.body)
            if isinstance(page, Failed):
                return self._blind(what, page)
            found += page.items or []
            continues = page.metadata.continues
            if not continues:
                break
        return tuple(found)


def _decoded(raw: bytes, form: type[V]) -> V | Failed:
    try:
        return msgspec.json.decode(raw, type=form)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return Failed(0, clean(f"the server's answer can't be read: {error}"))

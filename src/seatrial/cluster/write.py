"""The writing side: create, apply, adopt, delete, each guarded by what it may change. For the apply and rollback steps only."""

from collections.abc import Sequence

import msgspec

from seatrial.cluster.locating import Locating
from seatrial.cluster.redact import clean
from seatrial.cluster.sending import (
    APPLY_PARAMS,
    APPLY_PATCH,
    FIELD_MANAGER,
    encoded,
    ref_of,
    without_server_fields,
)
from seatrial.cluster.status import Failed, is_final, refusal
from seatrial.cluster.wire import WRITE_S, Answer, Lost, Request, Wire, retry_after_s
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body, Conflict, Precondition, Rejected, Unanswered, WriteAnswer, Written

JSON_PATCH = "application/json-patch+json"
THROTTLED_MAX = 5
# etcd counts from 1, and 1 is the empty store.
NO_VERSION = "1"
# All that the API server says when a JSON patch's `test` fails.
TEST_FAILED = "the server rejected our request due to an error in our request"


class WritingCluster:
    """Changes the cluster. Nothing is sent twice where the first might have happened."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._where = Locating(wire)

    async def create(self, body: Body) -> WriteAnswer:
        """Create by server-side apply: a Conflict where somebody was first.

        A POST would be recorded as an Update by us, whose fields no later apply could drop. Apply creates what is not there,
        whatever version it names; no object ever has this one.
        """
        return await self._patch(body, "created", resourceVersion=NO_VERSION)

    async def apply(self, body: Body, only_if: Precondition) -> WriteAnswer:
        """Server-side apply, forced, of exactly this version of exactly this object."""
        return await self._patch(body, "configured", uid=only_if.uid, resourceVersion=only_if.resource_version)

    async def _patch(self, body: Body, word: str, **guards: str) -> WriteAnswer:
        path = await self._where.item(ref_of(body))
        if isinstance(path, Failed):
            return _unlocated(path)
        guarded = without_server_fields(body, **guards)
        answer = await self._send(Request("PATCH", path, APPLY_PARAMS, encoded(guarded), APPLY_PATCH))
        return answer if not isinstance(answer, Answer) else _written(answer, word, guards["resourceVersion"])

    async def adopt(self, ref: ObjectRef, managed_fields: Sequence[Body], only_if: Precondition) -> WriteAnswer:
        """Replace metadata.managedFields and nothing else, as client-go's csaupgrade does it."""
        path = await self._where.item(ref)
        if isinstance(path, Failed):
            return _unlocated(path)
        patch = [
            {"op": "test", "path": "/metadata/uid", "value": only_if.uid},
            # Replaced by itself: the server then compares it with the stored one, and answers 409 where it moved.
            {"op": "replace", "path": "/metadata/resourceVersion", "value": only_if.resource_version},
            {"op": "replace", "path": "/metadata/managedFields", "value": list(managed_fields)},
        ]
        answer = await self._send(
            Request("PATCH", path, {"fieldManager": FIELD_MANAGER}, msgspec.json.encode(patch), JSON_PATCH)
        )
        if isinstance(answer, Rejected) and TEST_FAILED in answer.because:
            return Conflict(f"it is another object now (uid {only_if.uid} was expected)")
        return answer if not isinstance(answer, Answer) else _written(answer, "configured", only_if.resource_version)

    async def delete(self, ref: ObjectRef, only_if: Precondition) -> WriteAnswer:
        """DELETE with preconditions, in the background. An object that is not there: Rejected with 404."""
        path = await self._where.item(ref)
        if isinstance(path, Failed):
            return _unlocated(path)
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": {"uid": only_if.uid, "resourceVersion": only_if.resource_version},
        }
        answer = await self._send(Request("DELETE", path, body=msgspec.json.encode(options)))
        return answer if not isinstance(answer, Answer) else Written("deleted", {}, answer.warnings)

    async def _send(self, request: Request) -> Answer | Conflict | Rejected | Unanswered:
        """Once; again only where the server says that it did not even look at it."""
        try:
            answer = await self._wire.send(request, WRITE_S)
            for _ in range(THROTTLED_MAX):
                if answer.status != 429:
                    break
                await self._wire.clock.sleep(retry_after_s(answer) or 1.0)
                answer = await self._wire.send(request, WRITE_S)
        except Lost as lost:
            return Unanswered(str(lost))
        return _judged(answer)


def _judged(answer: Answer) -> Answer | Conflict | Rejected | Unanswered:
    if answer.status < 300:
        return answer
    said = refusal(answer.status, answer.body).because
    if answer.status == 409:
        return Conflict(said)
    if answer.status == 422 and "metadata.uid" in said:
        # Another object of the same name has taken its place: the API server calls that a change of an immutable field.
        return Conflict(said)
    if answer.status < 500 or is_final(said):
        return Rejected(answer.status, said)
    # A timeout of etcd, or of something on the way: it may have been stored.
    return Unanswered(said)


def _written(answer: Answer, word: str, version: str) -> WriteAnswer:
    """`unchanged` where the version did not move."""
    try:
        body = msgspec.json.decode(answer.body, type=Body)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return Unanswered(clean(f"accepted, but the answer can't be read: {error}"))
    meta = body.get("metadata")
    moved = not isinstance(meta, dict) or meta.get("resourceVersion") != version
    return Written(word if moved else "unchanged", body, answer.warnings)


def _unlocated(failed: Failed) -> WriteAnswer:
    return Rejected(failed.status or 503, failed.because)

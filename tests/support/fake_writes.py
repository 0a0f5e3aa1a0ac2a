"""The writing side of the fake cluster: the shape of run.tools.Writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tests.support.fake_store import ref_of

from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body, Precondition, Unanswered, WriteAnswer

if TYPE_CHECKING:
    from tests.support.fake_cluster import FakeCluster

Send = Callable[[], WriteAnswer]
Trick = Callable[[Send], WriteAnswer]
"""What the story does with one write: send it or not, and answer."""


def lose_answer(send: Send) -> WriteAnswer:
    """It happened, and nobody heard of it."""
    send()
    return Unanswered("the connection was reset before the answer came")


def lose_request(send: Send) -> WriteAnswer:
    """It did not happen, and nobody can tell."""
    return Unanswered("the connection was reset before the answer came")


def answer_with(answer: WriteAnswer) -> Trick:
    """It did not happen, and the server says why."""
    return lambda send: answer


class FakeWrites:
    """Writes as the API server answers them. `tricks` are used up, one per write."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self.tricks: list[Trick] = []
        self.done: list[str] = []

    def _do(self, verb: str, ref: ObjectRef, send: Send) -> WriteAnswer:
        self._cluster.agenda.settle()
        self._cluster.requests.append(f"{verb} {ref}")
        self.done.append(f"{verb} {ref}")
        return self.tricks.pop(0)(send) if self.tricks else send()

    async def create(self, body: Body) -> WriteAnswer:
        """Create."""
        return self._do("create", ref_of(body), lambda: self._cluster.store.create(body))

    async def apply(self, body: Body, only_if: Precondition) -> WriteAnswer:
        """Server-side apply, forced."""
        return self._do("apply", ref_of(body), lambda: self._cluster.store.apply(body, only_if))

    async def adopt(self, ref: ObjectRef, managed_fields: Sequence[Body], only_if: Precondition) -> WriteAnswer:
        """Replace managedFields."""
        return self._do("adopt", ref, lambda: self._cluster.store.adopt(ref, list(managed_fields), only_if))

    async def delete(self, ref: ObjectRef, only_if: Precondition) -> WriteAnswer:
        """DELETE."""
        return self._do("delete", ref, lambda: self._cluster.store.delete(ref, only_if))

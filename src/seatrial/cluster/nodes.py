"""The nodes, seen now and then: once at the start, each minute, and when an event says that one of them went away."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from seatrial.cluster.decoding import Decoding
from seatrial.cluster.paths import Resource, collection
from seatrial.cluster.status import Failed
from seatrial.cluster.wire import Request, Wire
from seatrial.model.kube import KubeEvent, Node

NODES = Resource("v1", "nodes", namespaced=False)
ANEW_S = 60.0
# A node is tens of kilobytes, most of it names of images: of a cluster with more of them than one page holds, none is looked at.
PAGE_ITEMS = 500


class Nodes:
    """What is known of the nodes. Who may not list them does without: the pods' own conditions and events tell, a little later."""

    def __init__(self, wire: Wire, changed: Callable[[], None]) -> None:
        self._wire = wire
        self._changed = changed
        self._decoding: Decoding[Node] = Decoding(Node)
        self._doubted = asyncio.Event()
        self._listed_at: datetime | None = None
        self.items: tuple[Node, ...] = ()

    async def keep(self) -> None:
        """List now and then, for as long as it is allowed and cheap."""
        while await self.list_once():
            try:
                await self._wire.clock.within(ANEW_S, self._doubted.wait())
            except TimeoutError:
                continue
            finally:
                self._doubted.clear()

    async def list_once(self) -> bool:
        """One page; whether it is worth while to ask again. What could not be read anew is not known any more."""
        self._listed_at = self._wire.clock.now()
        answer = await self._wire.read(Request("GET", collection(NODES, ""), {"limit": PAGE_ITEMS}))
        page = answer if isinstance(answer, Failed) else self._decoding.page(answer.body)
        if isinstance(page, Failed):
            self._become(())
            return not page.forbidden
        self._become(() if page.metadata.continues else tuple(page.items or ()))
        return not page.metadata.continues

    def _become(self, items: tuple[Node, ...]) -> None:
        news, self.items = items != self.items, items
        if news:
            self._changed()

    def doubt(self, events: Iterable[KubeEvent]) -> None:
        """A pod's node went away after the last list: do not wait out the minute."""
        told = [one.last_seen for one in events if one.reason == "NodeNotReady"]
        if self.items and self._listed_at and any(seen and seen >= self._listed_at for seen in told):
            self._listed_at = self._wire.clock.now()
            self._doubted.set()

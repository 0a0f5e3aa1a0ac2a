"""One resource, kept fresh: all of it, then every change, and after a minute all of it again: a lost event can't mislead for long."""

import secrets
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

import httpx2
import msgspec

from seatrial.cluster.decoding import Decoding, Listed, Versioned
from seatrial.cluster.redact import clean
from seatrial.cluster.status import Failed, Status
from seatrial.cluster.timing import Clock
from seatrial.cluster.wire import Request, Wire, backoff_s, said
from seatrial.model.kube import Deployment, Hpa, KubeEvent, Pod, ReplicaSet
from seatrial.model.observation import CouldNotLook

V = TypeVar("V", Deployment, ReplicaSet, Pod, Hpa, KubeEvent)

PAGE_ITEMS = 500
PAGES_MAX = 400
RELIST_S = 60
# A connection without a byte for so long is dead: the server sends bookmarks about once a minute, and ends the watch by then.
SILENT_MAX_S = 90.0
OPENS_WITHIN_S = 20.0
LINE_BYTES_MAX = 16 * 1024 * 1024
SHORT_S = 2.0
FIRST_LIST_S = 30.0
# The server sends at once what its cache holds, or waits three seconds for the cache to catch up.
SILENT_AT_FIRST_S = 6.0
INITIAL_EVENTS = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
INITIAL_EVENTS_END = "k8s.io/initial-events-end"
NOT_SERVED = (400, 422)
GONE_MAX = 1024


class Ended(Exception):  # noqa: N818 - the name says what happened
    """A watch can't go on; the next list begins anew."""


class Refused(Ended):
    """The server does not open the watch."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


TROUBLE = (httpx2.TransportError, httpx2.DecodingError, TimeoutError, Ended)


class Stream(Generic[V]):
    """The objects of one resource that `keeps` wants. `changed` is called after every change."""

    def __init__(
        self,
        wire: Wire,
        what: str,
        path: str,
        view: type[V],
        changed: Callable[[], None],
        *,
        selector: dict[str, str] | None = None,
        keeps: Callable[[V], bool] = lambda _: True,
    ) -> None:
        self._wire = wire
        self._clock: Clock = wire.clock
        self._what = what
        self._path = path
        self._selector = selector or {}
        self._decoding: Decoding[V] = Decoding(view)
        self._changed = changed
        self._keeps: Callable[[V], bool] = keeps
        self._items: dict[str, V] = {}
        self._sorted: tuple[V, ...] | None = ()
        self._arriving: dict[str, V] | None = None
        self._gone: dict[str, V] = {}
        self.listed = False
        self.blind: CouldNotLook | None = None

    @property
    def is_settled(self) -> bool:
        """The first list is there, or it is known why not."""
        return self.listed or self.blind is not None

    def items(self) -> tuple[V, ...]:
        """What there is, by name; nothing while it can't be seen."""
        if self._sorted is None:
            self._sorted = tuple(self._items[name] for name in sorted(self._items))
        return () if self.blind else self._sorted

    async def keep(self) -> None:
        """List and watch for ever."""
        failures = 0
        while True:
            began_s = self._clock.monotonic_s()
            if not await self._watch_from_nothing():
                version = await self.list_once()
                if isinstance(version, str):
                    await self._watch(version)
            short = self._clock.monotonic_s() - began_s < SHORT_S
            failures = failures + 1 if short or self.blind else 0
            if failures:
                await self._clock.sleep(backoff_s(failures))

    async def list_once(self) -> str | Failed:
        """All pages; the version to watch from."""
        found: dict[str, V] = {}
        version, continues = "", ""
        for _ in range(PAGES_MAX):
            page = await self._page(continues)
            if isinstance(page, Failed):
                self._is_blind(page)
                return page
            found |= {one.metadata.name: one for one in page.items or () if self._keeps(one)}
            version, continues = page.metadata.resource_version, page.metadata.continues
            if not continues:
                break
        self._replace(found)
        return version

    async def _page(self, continues: str) -> Failed | Listed[V]:
        params = self._params(limit=PAGE_ITEMS) | ({"continue": continues} if continues else {})
        answer = await self._wire.read(Request("GET", self._path, params))
        return answer if isinstance(answer, Failed) else self._decoding.page(answer.body)

    def _params(self, **more: str | int) -> dict[str, str | int]:
        return {**self._selector, **more}

    def _is_blind(self, failed: Failed) -> None:
        self.blind = CouldNotLook(self._clock.now(), self._what, failed.because, failed.forbidden)
        self._changed()

    def _replace(self, found: dict[str, V]) -> None:
        news = not self.listed or self.blind is not None or found != self._items
        self._items, self.listed, self.blind = found, True, None
        self._gone.clear()
        if news:
            self._moved()

    # ── watching ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _watch_from_nothing(self) -> bool:
        """List and watch in one request (KEP-3157): all objects, a bookmark, then the changes. False where the server does not
        serve it, or it went wrong before the bookmark: then the list says what there is, or why nobody can look."""
        if not self._wire.serves_initial_events:
            return False
        self._arriving, ends_s = {}, self._clock.monotonic_s() + FIRST_LIST_S
        try:
            async for line in self._lines(Request("GET", self._path, self._watching(**INITIAL_EVENTS))):
                self._take(line)
                if self._arriving is not None and self._clock.monotonic_s() > ends_s:
                    raise TimeoutError
        except Refused as refused:
            # The field is forbidden where the feature is off.
            self._wire.serves_initial_events = refused.status not in NOT_SERVED
        except TimeoutError:
            # Servers before 1.27 pay no heed to the field, and the bookmark never comes.
            self._wire.serves_initial_events = self._arriving is None
        except TROUBLE:
            pass
        whole, self._arriving = self._arriving is None, None
        return whole

    async def _watch(self, version: str) -> None:
        """Follow changes until the server ends it, the minute is over, or nothing comes any more."""
        try:
            async for line in self._lines(Request("GET", self._path, self._watching(resourceVersion=version))):
                self._take(line)
        except TROUBLE:
            # Nothing is lost: the list that comes next shows what was missed, or why nobody can look.
            return

    def _watching(self, **more: str) -> dict[str, str | int]:
        lasts_s = RELIST_S + secrets.randbelow(10)
        return self._params(watch="true", allowWatchBookmarks="true", timeoutSeconds=lasts_s, **more)

    async def _lines(self, request: Request) -> AsyncIterator[bytes]:
        context = self._wire.stream(request)
        response = await self._clock.within(OPENS_WITHIN_S, context.__aenter__())
        try:
            if response.status_code != 200:
                raise Refused(response.status_code)
            rest = b""
            chunks = response.aiter_bytes()
            while (chunk := await self._clock.within(self._patience_s(), anext(chunks, None))) is not None:
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    yield line
                if len(rest) > LINE_BYTES_MAX:
                    raise Ended("a line without end")
        finally:
            await context.__aexit__(None, None, None)

    def _patience_s(self) -> float:
        return SILENT_MAX_S if self._arriving is None else SILENT_AT_FIRST_S

    def _take(self, raw: bytes) -> None:
        """One line: a change, a bookmark, or the server's farewell."""
        if not raw.strip():
            return
        try:
            line = self._decoding.line(raw)
            match line.type:
                case "ADDED" | "MODIFIED":
                    self._put(self._decoding.object(line.object))
                case "DELETED":
                    self._drop(self._decoding.object(line.object))
                case "BOOKMARK":
                    self._mark(msgspec.json.decode(line.object, type=Versioned))
                case _:
                    # 410 Gone comes as an ERROR event in a 200, too.
                    raise Ended(clean(msgspec.json.decode(line.object, type=Status).message))
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise Ended(said(error)) from error

    def _mark(self, bookmark: Versioned) -> None:
        """A bookmark. The one that ends the initial events makes what has arrived the list."""
        if self._arriving is not None and (bookmark.metadata.annotations or {}).get(INITIAL_EVENTS_END) == "true":
            found, self._arriving = self._arriving, None
            self._replace(found)

    def _put(self, one: V) -> None:
        name = one.metadata.name
        if self._arriving is not None:
            if self._keeps(one):
                self._arriving[name] = one
            return
        known = self._items.get(name)
        if is_older(one, known) or one == known or is_older(one, self._gone.get(name)):
            return
        if self._keeps(one):
            self._items[name] = one
            self._moved()
        elif self._items.pop(name, None):
            self._moved()

    def _drop(self, one: V) -> None:
        name = one.metadata.name
        if self._arriving is not None:
            self._arriving.pop(name, None)
        elif not is_older(one, self._items.get(name)):
            self._gone[name] = one
            if len(self._gone) > GONE_MAX:
                self._gone.pop(next(iter(self._gone)))
            if self._items.pop(name, None):
                self._moved()

    def _moved(self) -> None:
        self._sorted = None
        self._changed()


def is_older(one: V, known: V | None) -> bool:
    """Whether an event came late: what it shows was replaced before. Versions are numbers to be compared (KEP-5504); where one
    is not, the order of arrival counts."""
    mine, other = one.metadata.resource_version, known.metadata.resource_version if known else ""
    return mine.isdecimal() and other.isdecimal() and int(mine) < int(other)


def tell_nobody() -> None:
    """For a single look."""

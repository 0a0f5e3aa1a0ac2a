"""Find the REST path of an object: by heart, or by asking the server once per API group."""

import msgspec
from msgspec import Struct

from seatrial.cluster.paths import Resource, api_root, builtin, collection, item
from seatrial.cluster.status import Failed
from seatrial.cluster.wire import Request, Wire
from seatrial.model.observation import ObjectRef

GROUPS_MAX = 100


class ApiResource(Struct, frozen=True):
    """One line of discovery."""

    name: str = ""
    kind: str = ""
    namespaced: bool = False


class ApiResources(Struct, frozen=True):
    """APIResourceList."""

    resources: tuple[ApiResource, ...] | None = None


class Locating:
    """Paths of objects; what discovery said is remembered."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[str, ApiResources] = {}

    async def item(self, ref: ObjectRef) -> str | Failed:
        """The path of the object."""
        found = await self.resource(ref.api_version, ref.kind)
        return found if isinstance(found, Failed) else item(found, ref)

    async def collection(self, ref: ObjectRef) -> str | Failed:
        """The path of the objects beside it."""
        found = await self.resource(ref.api_version, ref.kind)
        return found if isinstance(found, Failed) else collection(found, ref.namespace)

    async def resource(self, api_version: str, kind: str) -> Resource | Failed:
        """How the kind is named in paths."""
        known = builtin(api_version, kind)
        if known:
            return known
        listed = self._known.get(api_version) or await self._ask(api_version)
        if isinstance(listed, Failed):
            return listed
        for one in listed.resources or ():
            if one.kind == kind and "/" not in one.name:
                return Resource(api_version, one.name, one.namespaced)
        return Failed(404, f"404 the server has no kind {kind} in {api_version}")

    async def _ask(self, api_version: str) -> ApiResources | Failed:
        answer = await self._wire.read(Request("GET", api_root(api_version)))
        if isinstance(answer, Failed):
            return answer
        try:
            listed = msgspec.json.decode(answer.body, type=ApiResources)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            return Failed(0, f"the list of kinds in {api_version} can't be read: {error}")
        if len(self._known) < GROUPS_MAX:
            self._known[api_version] = listed
        return listed

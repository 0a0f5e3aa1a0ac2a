"""May we? One SelfSubjectAccessReview per wish: rules reviews may be incomplete, their documentation says."""

import msgspec
from msgspec import Struct

from seatrial.cluster.redact import clean
from seatrial.cluster.status import Failed
from seatrial.cluster.wire import Request, Wire
from seatrial.model.observation import Access, AccessAnswer

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class ReviewStatus(Struct, frozen=True):
    """The answer."""

    allowed: bool = False
    reason: str = ""


class Review(Struct, frozen=True):
    """SelfSubjectAccessReview, as it comes back."""

    status: ReviewStatus = ReviewStatus()


async def review(wire: Wire, wish: Access) -> AccessAnswer | Failed:
    """Ask the API server whether it would allow this. Asking changes nothing, though it is a POST."""
    answer = await wire.read(Request("POST", PATH, body=msgspec.json.encode(_question(wish))))
    if isinstance(answer, Failed):
        return answer
    try:
        found = msgspec.json.decode(answer.body, type=Review).status
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return Failed(0, f"the access review can't be read: {error}")
    return AccessAnswer(wish, found.allowed, clean(found.reason))


def _question(wish: Access) -> dict[str, object]:
    attributes = {
        "verb": wish.verb,
        "group": wish.group,
        "resource": wish.resource,
        "subresource": wish.subresource,
        "namespace": wish.namespace,
        "name": wish.name,
    }
    given = {name: value for name, value in attributes.items() if value}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": given},
    }

"""GET through the API server's proxy of pods and services: no port to open, and the proxy's own troubles told from the pod's."""

from seatrial.cluster.paths import safe
from seatrial.cluster.status import Failed, refusal, status_of
from seatrial.cluster.wire import Answer, Lost, Request, Wire
from seatrial.model.observation import HttpAnswer

BODY_BYTES_MAX = 8 * 1024 * 1024
# What the API server's proxy says in plain text when it can't get through.
PROXY_SAYS = b"error trying to reach service"


async def ask(
    wire: Wire, kind: str, namespace: str, name: str, port: int, path: str, deadline_s: float
) -> HttpAnswer | Failed:
    """One GET, once. kind: `pods` or `services`."""
    # Whatever the path says, it stays below the proxy.
    way = "/".join(safe(step, keep="~!$&'()*+,;=:@%") for step in path.partition("?")[0].lstrip("/").split("/"))
    query = path.partition("?")[1] + path.partition("?")[2]
    url = f"/api/v1/namespaces/{safe(namespace)}/{kind}/{safe(name)}:{port}/proxy/{way}{query}"
    began_s = wire.clock.monotonic_s()
    try:
        answer = await wire.send(Request("GET", url, accept="*/*", bytes_max=BODY_BYTES_MAX), deadline_s)
    except Lost as lost:
        return Failed(0, str(lost))
    refused = status_of(answer.body) if answer.status >= 400 else None
    if refused and answer.status < 500:
        return refusal(answer.status, answer.body)
    return HttpAnswer(
        status=answer.status,
        body=answer.body,
        content_type=answer.content_type,
        elapsed_s=wire.clock.monotonic_s() - began_s,
        via_proxy_error=refused is not None or _is_of_the_proxy(answer),
    )


def _is_of_the_proxy(answer: Answer) -> bool:
    return answer.status >= 500 and answer.body.startswith(PROXY_SAYS)

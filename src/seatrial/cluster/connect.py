"""Connect to the cluster that a context names: directly where a certificate or token will do, through kubectl otherwise."""

from dataclasses import dataclass
from types import TracebackType

import httpx2

from seatrial import __version__
from seatrial.cluster.identification import Token
from seatrial.cluster.kubeconfig import Credentials, load
from seatrial.cluster.proxied import KubectlProxy, start_proxy
from seatrial.cluster.read import ReadingCluster
from seatrial.cluster.status import Failed
from seatrial.cluster.timing import Clock
from seatrial.cluster.tls import ca_digest, refuse_plain_http, tls_context
from seatrial.cluster.troubles import Unauthorized, Unreachable
from seatrial.cluster.whose import Whose
from seatrial.cluster.wire import AT_ONCE_MAX, Request, Wire
from seatrial.cluster.write import WritingCluster

CONNECT_S = 5.0
FIRST_ANSWER_S = 12.0
# Five watches per workload stay open beside the requests.
CONNECTIONS_MAX = AT_ONCE_MAX + 32


@dataclass(frozen=True)
class Cluster:
    """A connection: its two sides, and what the context says. Close it with `aclose` or `async with`."""

    reads: ReadingCluster
    writes: WritingCluster
    context: str
    server: str
    namespace: str
    wire: Wire
    proxy: KubectlProxy | None = None

    async def aclose(self) -> None:
        """Close all connections; end kubectl, where it carried them."""
        await self.wire.aclose()
        if self.proxy:
            await self.proxy.aclose()

    async def __aenter__(self) -> "Cluster":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


async def connect(kubeconfig: str | None, context: str | None, clock: Clock, *, kubectl: str | None = None) -> Cluster:
    """The cluster of the context (None: the current one). Raises the errors of troubles.py, each with its way out."""
    credentials = load(kubeconfig, context)
    refuse_plain_http(credentials)
    proxy: KubectlProxy | None = None
    if credentials.only_kubectl:
        proxy = await start_proxy(kubectl, kubeconfig, credentials.context, credentials.only_kubectl, clock)
    wire = _wire(credentials, proxy, clock)
    cluster = Cluster(
        reads=ReadingCluster(wire, Whose(credentials.context, credentials.server, ca_digest(credentials))),
        writes=WritingCluster(wire),
        context=credentials.context,
        server=credentials.server,
        namespace=credentials.namespace,
        wire=wire,
        proxy=proxy,
    )
    try:
        await _first_answer(wire, credentials)
    except BaseException:
        await cluster.aclose()
        raise
    return cluster


def _wire(credentials: Credentials, proxy: KubectlProxy | None, clock: Clock) -> Wire:
    limits = httpx2.Limits(
        max_connections=CONNECTIONS_MAX, max_keepalive_connections=AT_ONCE_MAX, keepalive_expiry=60.0
    )
    transport = (
        httpx2.AsyncHTTPTransport(uds=proxy.socket, limits=limits, trust_env=False)
        if proxy
        else httpx2.AsyncHTTPTransport(verify=tls_context(credentials), limits=limits, trust_env=False)
    )
    client = httpx2.AsyncClient(
        transport=transport,
        base_url="http://localhost" if proxy else credentials.server.rstrip("/"),
        headers={"user-agent": f"seatrial/{__version__}"},
        # Deadlines are the clock's business; a connection that does not come about is noticed here.
        timeout=httpx2.Timeout(None, connect=CONNECT_S),
        trust_env=False,
    )
    token = Token(clock) if proxy else Token(clock, credentials.token, credentials.token_file)
    return Wire(client, token, clock, "" if proxy else credentials.tls_server_name)


async def _first_answer(wire: Wire, credentials: Credentials) -> None:
    """Ask for the version: anybody who is known may."""
    answer = await wire.read(Request("GET", "/version"), FIRST_ANSWER_S)
    if not isinstance(answer, Failed):
        return
    where = f"context '{credentials.context}' ({credentials.server})"
    if answer.status == 401:
        raise Unauthorized(f"The API server of {where} does not accept the credentials: log in again, then try again.")
    if answer.status == 403:
        # Known, but not allowed to ask for the version: the access reviews will say what is missing.
        return
    if "CERTIFICATE_VERIFY_FAILED" in answer.because:
        raise Unreachable(f"Nothing in the kubeconfig vouches for the certificate of {where}: {answer.because}.")
    raise Unreachable(
        f"The API server of {where} does not answer: {answer.because}. Is it up, and is this the right network?"
    )

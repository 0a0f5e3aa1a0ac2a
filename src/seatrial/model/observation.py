"""Facts with a time: what a look saw, or that it could not look."""

from datetime import datetime

from msgspec import Struct

from seatrial.model.kube import Deployment, Hpa, KubeEvent, Node, Pod, ReplicaSet


class ObjectRef(Struct, frozen=True, order=True):
    """One object of the cluster, by name."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """As kubectl names it: `deployment.apps/exchange-service`."""
        group = self.api_version.partition("/")[0] if "/" in self.api_version else ""
        return f"{self.kind.lower()}{'.' + group if group else ''}/{self.name}"


class CouldNotLook(Struct, frozen=True):
    """A read that failed. It never passes for "all is well"."""

    at: datetime
    what: str
    because: str
    forbidden: bool = False


class Identity(Struct, frozen=True):
    """Which cluster this is, whatever a laptop calls its context."""

    context: str
    server: str
    ca_digest: str
    kube_system_uid: str
    version: str


class Access(Struct, frozen=True, order=True):
    """One thing that the run will want to do: `patch deployments.apps exchange-service`."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def __str__(self) -> str:
        """In kubectl's words."""
        kind = f"{self.resource}.{self.group}" if self.group else self.resource
        sub = f"/{self.subresource}" if self.subresource else ""
        name = f" {self.name}" if self.name else ""
        return f"{self.verb} {kind}{sub}{name}"


class AccessAnswer(Struct, frozen=True):
    """What the API server says to one access review."""

    access: Access
    allowed: bool
    because: str = ""


class LogTail(Struct, frozen=True):
    """The last lines of a container's log, terminal escapes removed."""

    pod: str
    container: str
    lines: tuple[str, ...]
    previous: bool = False
    truncated: bool = False


class ExecResult(Struct, frozen=True):
    """What a command in a container printed. exit_code is None where the server did not say."""

    stdout: bytes
    stderr: str
    exit_code: int | None
    truncated: bool = False


class HttpAnswer(Struct, frozen=True):
    """An answer that came through the API server's proxy. via_proxy_error: the proxy itself answered, not the pod."""

    status: int
    body: bytes
    content_type: str
    elapsed_s: float
    via_proxy_error: bool = False


class Look(Struct, frozen=True):
    """One consistent view of a workload and what belongs to it."""

    at: datetime
    deployment: Deployment | None
    replica_sets: tuple[ReplicaSet, ...] = ()
    pods: tuple[Pod, ...] = ()
    hpas: tuple[Hpa, ...] = ()
    events: tuple[KubeEvent, ...] = ()
    logs: tuple[LogTail, ...] = ()
    blind: tuple[CouldNotLook, ...] = ()
    nodes: tuple[Node, ...] = ()

    def is_blind_for(self, what: str) -> CouldNotLook | None:
        """The failed read of one part (`deployment`, `replicasets`, `pods`, `hpas`, `events`), if it failed."""
        return next((gap for gap in self.blind if gap.what == what), None)

"""What a plan is written from: the objects as rendered, the files they came from, the commit, and what the cluster says."""

import re
from collections.abc import Mapping

from msgspec import Struct

from seatrial.change.objects import at, autoscaled, containers, items, mapping, pod_template, ref_of, text_at
from seatrial.model.observation import ObjectRef
from seatrial.model.preflight import GitState
from seatrial.model.writes import Body

# kustomize/kyaml/hash: ten hex digits, in letters that spell no word.
_HASHED = re.compile(r".*-[bcdfghkmt2456789]{10}")
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"


class Live(Struct, frozen=True):
    """What the cluster has now. not_seen says why nobody could look; where it is empty, None means: it is not there."""

    context: str = ""
    deployment: Body | None = None
    autoscaler: Body | None = None
    not_seen: str = ""


class Facts(Struct, frozen=True):
    """All that is known of one workload. directory is relative to the plan; origins has the file of a (kind, name).

    holds_the_plan: the plan will lie in that directory, where no commit can hold a file that names it.
    """

    workload: Body
    bodies: tuple[Body, ...]
    directory: str
    live: Live
    origins: Mapping[tuple[str, str], str] = {}
    git: GitState | None = None
    namespace_from: str = ""
    holds_the_plan: bool = False

    @property
    def ref(self) -> ObjectRef:
        """Which workload it is about."""
        return ref_of(self.workload)

    @property
    def autoscaler(self) -> Body | None:
        """The autoscaler among the manifests that scales the workload."""
        return autoscaled(self.ref, self.bodies)

    @property
    def container(self) -> Body:
        """The container that `kubectl exec` would take: the first one, or the one that the annotation names."""
        template = pod_template(self.workload)
        running = [mapping(one) for one in items(at(template, "spec", "containers"))]
        named = mapping(at(template, "metadata", "annotations")).get(DEFAULT_CONTAINER)
        return next((one for one in running if one.get("name") == named), running[0] if running else {})

    def origin(self, body: Body, field: str = "") -> str:
        """`deployment.yml: spec.replicas`; the object's name where its file is not known."""
        ref = ref_of(body)
        return self.origin_of(ref) + (f": {field}" if field else "")

    def origin_of(self, ref: ObjectRef) -> str:
        """The file of an object, or its kind and name; a name with kustomize's hash is known without it."""
        names = (ref.name, ref.name.rpartition("-")[0]) if is_hashed(ref) else (ref.name,)
        known = (self.origins.get((ref.kind, name)) for name in names)
        return next((file for file in known if file), f"{ref.kind} {ref.name}")

    def in_container(self, field: str) -> str:
        """Where a field of the container stands."""
        return self.origin(self.workload, f"container {text_at(self.container, 'name')}, {field}")


def has_containers(body: Body) -> bool:
    """Whether the object makes pods."""
    return any(True for _ in containers(pod_template(body)))


def is_hashed(ref: ObjectRef) -> bool:
    """Whether kustomize gave the object a name that changes with what it holds."""
    return ref.kind in ("Secret", "ConfigMap") and bool(_HASHED.fullmatch(ref.name))

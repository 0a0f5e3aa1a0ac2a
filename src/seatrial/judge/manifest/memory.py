"""Does the JVM fit its container, and the containers their quota (M1-M10, and glibc's arenas)."""

from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.bodies import at, bytes_at, millicores_at, name_of, namespace_of
from seatrial.judge.manifest.case import Case, Container, Workload, finding
from seatrial.jvm.memory import Warmth, window
from seatrial.jvm.sizes import readable_size
from seatrial.model.findings import Finding, SetField, Severity, SwapWord
from seatrial.model.quantities import say_bytes

ROOM_SHARE = 0.9
HEAP_SHARE = 0.8
WASTE_TIMES = 2
_ARENA_MILLICORES = 4000


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, source, what_to_do)


def _limited(case: Case) -> Iterator[tuple[Workload, Container, int, int]]:
    """Containers with a heap and a limit, both in bytes."""
    for workload, container in case.jvms():
        heap, limit = container.heap_bytes, container.limit_bytes
        if heap and limit:
            yield workload, container, heap, limit


@rule(
    _card(
        "heap-in-limit",
        "-Xmx and the container's memory limit",
        "block when the heap may become as large as the limit, or larger: the kernel kills the container "
        "before the JVM ever says "
        "OutOfMemoryError.",
        "M1; cgroup memory.max",
        "Lower -Xmx, or raise the limit: heap + metaspace + code cache + threads + direct buffers must fit.",
    )
)
def heap_in_limit(case: Case) -> Iterator[Finding]:
    """The heap alone fills the container."""
    for workload, container, heap, limit in _limited(case):
        if heap >= limit:
            because = (
                f"the heap may become {readable_size(heap)} and the container's limit is {readable_size(limit)}: "
                "the kernel kills it"
            )
            spot = container.where("MaxHeapSize", "MaxRAMPercentage")
            yield finding("heap-in-limit", Severity.BLOCK, workload.about, spot, because)


@rule(
    _card(
        "jvm-in-limit",
        "the JVM's usual need when its heap is full (computed as in `jvm/memory.py`) and the limit",
        "warn when it is above 90 % of the limit.",
        "M2; Cloud Foundry's memory calculator; measured overheads of the collectors",
        "Lower -Xmx or raise the limit.",
    )
)
def jvm_in_limit(case: Case) -> Iterator[Finding]:
    """Heap and everything beside it."""
    for workload, container, heap, limit in _limited(case):
        budget = container.budget()
        if budget is None or heap >= limit:
            continue
        need = window(budget, Warmth.WARM).usual_high_bytes
        if need > limit * ROOM_SHARE:
            because = (
                f"with its heap full this JVM usually needs {readable_size(need)}, {need * 100 // limit} % of the "
                f"limit of {readable_size(limit)}"
            )
            yield finding("jvm-in-limit", Severity.WARN, workload.about, container.where("MaxHeapSize"), because)


@rule(
    _card(
        "direct-memory",
        "MaxDirectMemorySize, -Xmx and the limit",
        "warn when it is not given and twice the heap does not fit the limit: direct buffers may take as "
        "much again as the heap.",
        "M3; measured: -Xmx200m lets 200 MB of direct buffers be taken",
        "-XX:MaxDirectMemorySize=256m, or what the service needs.",
    )
)
def direct_memory(case: Case) -> Iterator[Finding]:
    """The second heap that nobody asked for."""
    for workload, container, heap, limit in _limited(case):
        spot = container.where("MaxHeapSize")
        if (
            not container.value("MaxDirectMemorySize")
            and heap < limit < heap * 2
            and spot.token
            and not container.brings_own_options
        ):
            because = (
                f"MaxDirectMemorySize is not given: direct buffers may grow to {readable_size(heap)} beside a "
                f"heap of {readable_size(heap)}, "
                f"and the limit is {readable_size(limit)}"
            )
            fix = SwapWord(spot.path, spot.token, f"{spot.token} -XX:MaxDirectMemorySize=256m")
            yield finding("direct-memory", Severity.WARN, workload.about, spot, because, fix=fix)


@rule(
    _card(
        "heap-share",
        "-Xmx as a share of the limit",
        "warn when it is above 80 % and below the whole of it.",
        "M4; what is beside the heap takes 20 to 25 % of a usual service",
        "Between 60 and 75 % of the limit.",
    )
)
def heap_share(case: Case) -> Iterator[Finding]:
    """Little is left for everything else."""
    for workload, container, heap, limit in _limited(case):
        if limit * HEAP_SHARE < heap < limit:
            because = (
                f"the heap may take {heap * 100 // limit} % of the limit of {readable_size(limit)}; little is "
                "left for what is not heap"
            )
            spot = container.where("MaxHeapSize", "MaxRAMPercentage")
            yield finding("heap-share", Severity.WARN, workload.about, spot, because)


@rule(
    _card(
        "limit-waste",
        "the memory limit and the JVM's need",
        "info when the limit is more than twice what the JVM can use with its heap full.",
        "M5",
        "Raise -Xmx or lower the limit.",
    )
)
def limit_waste(case: Case) -> Iterator[Finding]:
    """Memory that the JVM never takes."""
    for workload, container, _, limit in _limited(case):
        budget = container.budget()
        need = window(budget, Warmth.WARM).usual_high_bytes if budget else limit
        if limit > WASTE_TIMES * need:
            because = f"the limit is {readable_size(limit)}, with its heap full the JVM needs {readable_size(need)}"
            spot = container.spot("resources", "limits", "memory")
            yield finding("limit-waste", Severity.INFO, workload.about, spot, because)


@rule(
    _card(
        "request-is-limit",
        "memory request and limit of a JVM's container",
        "warn when there is no limit, or the request is lower: the pod is Burstable, and the first to be "
        "evicted when it is above its request.",
        "M6; node-pressure eviction; oom_score_adj = 1000 - 1000 x request / node",
        "Make the memory request equal to the limit.",
    )
)
def request_is_limit(case: Case) -> Iterator[Finding]:
    """What is not requested may be taken away."""
    for workload, container in case.jvms():
        limit, request = container.limit_bytes, container.request_bytes
        if limit is None:
            because = "the container has no memory limit: one leak takes the node, and the JVM sizes itself by the node"
            yield finding("request-is-limit", Severity.WARN, workload.about, container.spot("resources"), because)
        elif request is not None and request < limit:
            path = (*container.path, "resources", "requests", "memory")
            because = (
                f"memory: {readable_size(request)} is requested and {readable_size(limit)} allowed: above its "
                "request the pod "
                "is among the first to be evicted"
            )
            fix = SetField(path, at(container.body, "resources", "limits", "memory"))
            spot = container.spot("resources", "requests", "memory")
            yield finding("request-is-limit", Severity.WARN, workload.about, spot, because, fix=fix)


@rule(
    _card(
        "request-holds-heap",
        "the memory request, -Xms and what a JVM has beside its heap",
        "warn when the request is lower than both together: the scheduler counts on memory that will be "
        "used, and the HPA's percentage "
        "starts above its target.",
        "M7; the HPA divides by the request",
        "Request at least the initial heap and 25 %.",
    )
)
def request_holds_heap(case: Case) -> Iterator[Finding]:
    """The scheduler is told less than the JVM takes."""
    for workload, container in case.jvms():
        budget, request = container.budget(), container.request_bytes
        if budget is None or request is None or not budget.heap_initial_bytes:
            continue
        need = window(budget, Warmth.FRESH).usual_high_bytes
        if request < need:
            because = (
                f"{readable_size(request)} is requested; the initial heap and what is beside it come to "
                f"{readable_size(need)}"
            )
            spot = container.spot("resources", "requests", "memory")
            yield finding("request-holds-heap", Severity.WARN, workload.about, spot, because)


@rule(
    _card(
        "heap-fixed",
        "-Xms against -Xmx, and AlwaysPreTouch",
        "info when they differ: the heap is resized, and memory is only known after a day. Where they are "
        "equal: info without AlwaysPreTouch, "
        "because then the memory is reserved, not resident.",
        "M8; garbagecat heap.min.not.equal.max; measured: -Xms3072m is 56 MB resident after its start",
        "Choose one: -Xms = -Xmx with AlwaysPreTouch (memory is known from the start), or a small -Xms with "
        "G1PeriodicGCInterval.",
    )
)
def heap_fixed(case: Case) -> Iterator[Finding]:
    """Memory that is known, or memory that is given back."""
    for workload, container in case.jvms():
        first, most = container.value("InitialHeapSize"), container.value("MaxHeapSize")
        touched = container.value("AlwaysPreTouch") == "true"
        if not first.isdecimal() or not most.isdecimal() or int(first) > int(most):
            continue
        spot = container.where("InitialHeapSize")
        if int(first) < int(most):
            because = (
                f"the heap starts at {readable_size(int(first))} and may grow to {readable_size(int(most))}; it "
                "is hardly ever given back"
            )
            yield finding("heap-fixed", Severity.INFO, workload.about, spot, because)
        elif not touched and not container.brings_own_options:
            because = (
                "-Xms is -Xmx, but without AlwaysPreTouch the memory is taken bit by bit, and its lack shows only then"
            )
            fix = SwapWord(spot.path, spot.token, f"{spot.token} -XX:+AlwaysPreTouch") if spot.token else None
            yield finding("heap-fixed", Severity.INFO, workload.about, spot, because, fix=fix)


@rule(
    _card(
        "quota-holds",
        "the ResourceQuotas among the manifests, and every workload at its largest (the HPA's maximum, the surge)",
        "block when a workload alone asks for more memory than the quota allows. Without a quota among the "
        "manifests nothing is said; the "
        "cluster's own is looked at before a deployment.",
        "M9; ResourceQuota admission",
        "Raise the quota, or lower maxReplicas or the requests.",
    )
)
def quota_holds(case: Case) -> Iterator[Finding]:
    """The last pod that is never made."""
    for _, quota in case.of_kind("ResourceQuota"):
        for field, names in (("limits", ("limits.memory",)), ("requests", ("requests.memory", "memory"))):
            hard = next((one for name in names if (one := bytes_at(quota, "spec", "hard", name)) is not None), None)
            for workload in case.serving() if hard is not None else ():
                if namespace_of(quota) not in ("", namespace_of(workload.body)):
                    continue
                pod = sum(
                    bytes_at(one.body, "resources", field, "memory") or 0
                    for one in workload.containers
                    if not one.is_init
                )
                pods = max([workload.replicas, *(_max_replicas(body) for _, body in case.autoscalers(workload))])
                if hard is not None and pod * pods > hard:
                    because = (
                        f"{pods} pods with {field} of {say_bytes(pod)} are {say_bytes(pod * pods)}; the quota "
                        f"{name_of(quota)} has "
                        f"{say_bytes(hard)}"
                    )
                    yield finding(
                        "quota-holds", Severity.BLOCK, workload.about, workload.spot("metadata", "name"), because
                    )


def _max_replicas(hpa: object) -> int:
    found = at(hpa, "spec", "maxReplicas")
    return found if isinstance(found, int) else 1


@rule(
    _card(
        "sidecar-requests",
        "the containers beside a JVM",
        "warn when one has no memory request: it is not counted when the pod is placed, and an HPA on memory "
        "can't compute anything.",
        "M10",
        "Give it requests and a limit.",
    )
)
def sidecar_requests(case: Case) -> Iterator[Finding]:
    """The container that nobody counts."""
    for workload in case.serving():
        if not any(True for _ in workload.jvms()):
            continue
        for one in workload.containers:
            if not one.is_init and not one.is_jvm and one.request_bytes is None:
                because = (
                    f"container {one.name} beside the JVM requests no memory: it is not counted where the pod is placed"
                )
                yield finding("sidecar-requests", Severity.WARN, workload.about, one.spot("name"), because)


@rule(
    _card(
        "malloc-arenas",
        "MALLOC_ARENA_MAX, and the CPUs that a JVM may see",
        "info when it is not set and the container has no CPU limit, or one of four CPUs or more: glibc "
        "makes up to 8 arenas of 64 MiB for "
        "each CPU, and native memory grows without any leak.",
        "glibc mallopt(3), M_ARENA_MAX; not with musl or jemalloc",
        "env: MALLOC_ARENA_MAX=2.",
    )
)
def malloc_arenas(case: Case) -> Iterator[Finding]:
    """Native memory that grows with the node's CPUs."""
    for workload, container in case.jvms():
        cpu = millicores_at(container.body, "resources", "limits", "cpu")
        many = cpu is None or cpu >= _ARENA_MILLICORES
        calm = {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "LD_PRELOAD"} & set(container.variables)
        if many and not calm and container.given and container.limit_bytes:
            because = (
                "MALLOC_ARENA_MAX is not set: with many CPUs glibc's arenas may take several hundred MiB beside "
                "the heap"
            )
            step = "env: [{name: MALLOC_ARENA_MAX, value: '2'}]"
            yield finding(
                "malloc-arenas", Severity.INFO, workload.about, container.spot("name"), because, next_step=step
            )


RULES = (
    heap_in_limit,
    jvm_in_limit,
    direct_memory,
    heap_share,
    limit_waste,
    request_is_limit,
    request_holds_heap,
    heap_fixed,
    quota_holds,
    sidecar_requests,
    malloc_arenas,
)

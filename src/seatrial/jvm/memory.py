"""How much memory a JVM may be seen to use: computed from its flags, per phase, instead of asserted as Xms to Xmx.

Budget: heap + metaspace + code cache + threads x stack + direct buffers + the collector's own structures + the JVM itself
(Cloud Foundry's memory calculator, now Paketo libjvm calc/calculator.go, has the same parts; its figures are named below).
A heap is reserved at start and becomes resident page by page as it is touched: a JVM 17 with -Xms3072m -Xmx4096m was
measured at 56 MB after its start, one with -Xms1g and AlwaysPreTouch at 1107 MiB.
"""

from collections.abc import Iterable
from enum import Enum

import msgspec

from seatrial.jvm.flags import Flag
from seatrial.jvm.perfdata import JvmFacts
from seatrial.jvm.sizes import MIB, readable_size


class Warmth(Enum):
    """How long the JVM has worked: `fresh` until it has been under load, `warm` afterwards."""

    FRESH = "fresh"
    WARM = "warm"


class JvmBudget(msgspec.Struct, frozen=True):
    """What the window is computed from; sizes in bytes. A maximum that no flag sets is None: only the limit holds it."""

    heap_initial_bytes: int
    heap_max_bytes: int
    pre_touch: bool = False
    collector: str = "G1"
    classes: int = 25_000
    metaspace_max_bytes: int | None = None
    code_cache_bytes: int = 240 * MIB  # ReservedCodeCacheSize on 64 bits
    threads: int = 250  # libjvm's default; Tomcat has 200 workers
    stack_bytes: int = 1 * MIB
    direct_max_bytes: int | None = None  # unset, the JVM allows as much again as the heap
    limit_bytes: int | None = None


class MemoryWindow(msgspec.Struct, frozen=True):
    """What is ordinary to see: `low` to `usual_high`; at `worst` every part is full. The reasons say how, in order."""

    warmth: Warmth
    low_bytes: int
    usual_high_bytes: int
    worst_bytes: int
    reasons: tuple[str, ...]

    def holds(self, used_bytes: int) -> bool:
        """Whether this much is nothing to wonder at."""
        return self.low_bytes <= used_bytes <= self.usual_high_bytes


_JVM_ITSELF_BYTES = 40 * MIB  # measured: an empty main on 11, 17, 21 and 25 is at 38 to 45 MiB
_METASPACE_BASE_BYTES = 14_000_000  # libjvm calc/calculator.go: 14 MB and 5.8 kB for each class
_METASPACE_CLASS_BYTES = 5_800
_DIRECT_USUAL_BYTES = 10 * MIB  # libjvm's default
_MALLOC_SHARE = 0.03  # arenas and fragmentation; an estimate, glibc keeps more with many threads
# Card tables, remembered sets, mark bitmaps: 83 MiB above a touched 1 GiB was measured for G1 of which 40 are the JVM's
# own; ZGC's forwarding and multi-mapped pages cost more, Serial has a card table only.
_COLLECTOR_SHARE = {"Serial": 0.02, "Parallel": 0.04, "CMS": 0.06, "G1": 0.08, "Shenandoah": 0.10, "ZGC": 0.12}
_COLLECTOR_FLAGS = {
    "UseG1GC": "G1",
    "UseParallelGC": "Parallel",
    "UseSerialGC": "Serial",
    "UseConcMarkSweepGC": "CMS",
    "UseZGC": "ZGC",
    "UseShenandoahGC": "Shenandoah",
}
_STACK_TOUCHED_SHARE = 0.1  # of a 1 MiB stack some 100 KiB are touched
_CODE_CACHE_WARM_SHARE = 0.4  # a warm Spring service is at 80 to 100 MiB of 240


def window(budget: JvmBudget, warmth: Warmth) -> MemoryWindow:
    """The window for a JVM of this age; nothing is cut off at the limit, so that a window beyond it can be seen."""
    heap = budget.heap_initial_bytes if warmth is Warmth.FRESH else budget.heap_max_bytes
    touched = budget.heap_initial_bytes if budget.pre_touch else 0
    worst = budget.heap_max_bytes + _native_worst(budget)
    return MemoryWindow(
        warmth,
        low_bytes=_JVM_ITSELF_BYTES + touched,
        usual_high_bytes=heap + _native_usual(budget, heap),
        worst_bytes=worst,
        reasons=(
            _heap_reason(budget, warmth),
            *_native_reasons(budget, heap),
            _limit_reason(worst, budget.limit_bytes),
        ),
    )


def budget_of(flags: Iterable[Flag], limit_bytes: int | None = None) -> JvmBudget | None:
    """A budget from flags, wherever they were read; None where none of them says how large the heap may become."""
    values = {flag.name: flag.value for flag in flags}
    heap_max = _number(values, "MaxHeapSize")
    if heap_max is None:
        return None
    defaults = JvmBudget(0, 0)
    return JvmBudget(
        heap_initial_bytes=min(_number(values, "InitialHeapSize") or 0, heap_max),
        heap_max_bytes=heap_max,
        pre_touch=values.get("AlwaysPreTouch") == "true",
        collector=_collector(values) or defaults.collector,
        metaspace_max_bytes=_number(values, "MaxMetaspaceSize"),
        code_cache_bytes=_number(values, "ReservedCodeCacheSize") or defaults.code_cache_bytes,
        stack_bytes=_number(values, "ThreadStackSize") or defaults.stack_bytes,
        direct_max_bytes=_number(values, "MaxDirectMemorySize"),
        limit_bytes=limit_bytes,
    )


def measured(budget: JvmBudget, facts: JvmFacts) -> JvmBudget:
    """The budget with what the JVM says of itself in the place of what was assumed."""
    return msgspec.structs.replace(
        budget,
        heap_initial_bytes=budget.heap_initial_bytes or facts.heap_initial_bytes or 0,
        collector=facts.collector or budget.collector,
        classes=max(budget.classes, facts.classes_loaded or 0),
        threads=max(budget.threads, facts.threads_peak or 0),
    )


def _native_usual(budget: JvmBudget, heap: int) -> int:
    stacks = int(budget.threads * budget.stack_bytes * _STACK_TOUCHED_SHARE)
    code = int(budget.code_cache_bytes * _CODE_CACHE_WARM_SHARE)
    direct = min(_DIRECT_USUAL_BYTES, _direct_worst(budget))
    parts = _JVM_ITSELF_BYTES + _metaspace(budget) + stacks + code + direct + _collector_bytes(budget, heap)
    return int(parts * (1 + _MALLOC_SHARE) + heap * _MALLOC_SHARE)


def _native_worst(budget: JvmBudget) -> int:
    metaspace = budget.metaspace_max_bytes or 2 * _metaspace(budget)
    stacks = budget.threads * budget.stack_bytes
    parts = _JVM_ITSELF_BYTES + metaspace + budget.code_cache_bytes + stacks + _direct_worst(budget)
    return parts + _collector_bytes(budget, budget.heap_max_bytes)


def _direct_worst(budget: JvmBudget) -> int:
    return budget.heap_max_bytes if budget.direct_max_bytes is None else budget.direct_max_bytes


def _metaspace(budget: JvmBudget) -> int:
    estimated = _METASPACE_BASE_BYTES + _METASPACE_CLASS_BYTES * budget.classes
    return min(estimated, budget.metaspace_max_bytes or estimated)


def _collector_bytes(budget: JvmBudget, heap: int) -> int:
    return int(heap * _COLLECTOR_SHARE.get(budget.collector, _COLLECTOR_SHARE["G1"]))


def _heap_reason(budget: JvmBudget, warmth: Warmth) -> str:
    initial, most = readable_size(budget.heap_initial_bytes), readable_size(budget.heap_max_bytes)
    if warmth is Warmth.WARM:
        return f"the heap may fill up to its maximum of {most}, and what was touched once is hardly ever given back"
    if budget.pre_touch:
        return f"AlwaysPreTouch makes the initial heap of {initial} resident at the start"
    return (
        f"the initial heap of {initial} is reserved, not resident: without AlwaysPreTouch it fills as the program works"
    )


def _native_reasons(budget: JvmBudget, heap: int) -> tuple[str, ...]:
    direct = readable_size(_direct_worst(budget))
    unset = " (as much as the heap: MaxDirectMemorySize is not set)" if budget.direct_max_bytes is None else ""
    return (
        f"metaspace for {budget.classes} classes is {readable_size(_metaspace(budget))}",
        f"the code cache may grow to {readable_size(budget.code_cache_bytes)}",
        f"{budget.threads} threads have stacks of {readable_size(budget.stack_bytes)}, about a tenth of it touched",
        f"direct buffers may grow to {direct}{unset}",
        f"{budget.collector} needs {readable_size(_collector_bytes(budget, heap))} for itself",
    )


def _limit_reason(worst: int, limit: int | None) -> str:
    if limit is None:
        return f"with every part full it is {readable_size(worst)}, and the container has no limit"
    side = "more than" if worst > limit else "within"
    return f"with every part full it is {readable_size(worst)}, {side} the limit of {readable_size(limit)}"


def _collector(values: dict[str, str]) -> str | None:
    return next((name for flag, name in _COLLECTOR_FLAGS.items() if values.get(flag) == "true"), None)


def _number(values: dict[str, str], name: str) -> int | None:
    value = values.get(name, "")
    return int(value) if value.isdecimal() else None

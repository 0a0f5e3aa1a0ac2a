"""The running sums of a GC log: pauses with their nesting, heap, restarts; constant in memory however long the log."""

from seatrial.jvm.gclog.durations import Durations
from seatrial.jvm.gclog.nesting import Nesting

# Uptime that goes back by more than this is another JVM's; less is two threads that overtook each other.
_RESTART_S = 1.0
# A log that begins this early begins with the JVM: the first collections come later.
_FROM_START_S = 1.0
_CAUSES_MAX = 64
OTHER_CAUSE = "other"

HeapChange = tuple[int, int, int]  # bytes before, bytes after, capacity (-1 where the line prints none)


class Heap:
    """Heap in use around collections; every figure from the log's own numbers, -1 where there is none."""

    __slots__ = ("after_max", "after_min", "allocated", "capacity_max", "last_after", "limit", "samples")

    def __init__(self) -> None:
        self.samples = 0
        self.last_after = -1
        self.after_min = -1
        self.after_max = -1
        self.capacity_max = -1
        self.limit = -1
        self.allocated = 0

    def collected(self, before: int, after: int, capacity: int) -> None:
        """From `before` to `after`; what came on top since the last time was allocated."""
        if before > self.last_after >= 0:
            self.allocated += before - self.last_after
        self.samples += 1
        self.last_after = after
        if after > self.after_max:
            self.after_max = after
        if after < self.after_min or self.after_min < 0:
            self.after_min = after
        if capacity > self.capacity_max:
            self.capacity_max = capacity

    def collected_often(self, changes: list[HeapChange]) -> None:
        """The same for many, one after the other."""
        if not changes:
            return
        last_after = self.last_after
        for before, after, _ in changes:
            if before > last_after >= 0:
                self.allocated += before - last_after
            last_after = after
        afters = [after for _, after, _ in changes]
        self.samples += len(changes)
        self.last_after = last_after
        self.after_max = max(self.after_max, *afters)
        self.after_min = min(afters) if self.after_min < 0 else min(self.after_min, *afters)
        self.capacity_max = max(self.capacity_max, *(capacity for _, _, capacity in changes))


class Tally:
    """What has been seen so far. Readers call the verbs; `figures` makes the report of the sums."""

    def __init__(self) -> None:
        self.collector: str | None = None
        self.jdk: str | None = None
        self.jvms = 0
        self.first_s: float | None = None
        self.last_s: float | None = None
        self.observed_before_s = 0.0
        self.from_start = False
        self.by_kind: dict[str, Durations] = {}
        self.causes: dict[str, list[int]] = {}
        self.nesting = Nesting()
        self.stalls = {"allocation": Durations(), "relocation": Durations()}
        self.safepoints = Durations()
        self.heap = Heap()
        self.after_full = -1
        self.after_mixed = -1
        self.cycles = 0
        self.aborted_cycles = 0
        self.evacuation_failures = 0
        self.pinned_evacuations = 0
        self.promoted = -1
        self.humongous_max = -1
        self.region_bytes = -1
        self.cpu_s = [0.0, 0.0, 0.0]
        self._before_last_s = 0.0
        self._ran_ahead: tuple[float, float | None] | None = None
        self._fresh = True  # nothing has been collected since this JVM began
        self._named = False  # this JVM has said which collector it uses

    def at(self, moment_s: float) -> None:
        """A line of this time was read; time that runs backwards is another JVM's."""
        last = self.last_s
        if last is None:
            self._life_begins(moment_s)
        elif moment_s >= last:
            self._before_last_s = last
            self.last_s = moment_s
        elif moment_s < last - _RESTART_S:
            self._went_back(moment_s)

    def began(self, collector: str) -> None:
        """A JVM said which collector it uses: its first line, also in a file that another one has written before."""
        if self._named or not self._fresh:
            moment_s = self.last_s
            if self._ran_ahead is not None and self._ran_ahead[0] == moment_s:
                self.last_s = self._ran_ahead[1]  # nothing was garbled: this line says that it is another JVM's
            self.restarted()
            if moment_s is not None and moment_s < _FROM_START_S:
                self._life_begins(moment_s)
        self.collector = collector
        self._named = True
        self.jvms = self.jvms or 1

    def restarted(self) -> None:
        """Another JVM writes from here on."""
        self.nesting.cut()
        self.observed_before_s += self._observed_now_s()
        self.first_s = self.last_s = None
        self.jvms += 1
        self.heap.last_after = -1
        self._fresh = True
        self._named = False

    def observed_s(self) -> float:
        """How long JVMs were watched: from their start where the log shows it, else from its first line."""
        return self.observed_before_s + self._observed_now_s()

    def paused(self, kind: str, cause: str, duration_ns: int, gc: int | None, heap: HeapChange | None) -> None:
        """The world stood still."""
        self._fresh = False
        durations = self.by_kind.get(kind)
        if durations is None:
            durations = self.by_kind[kind] = Durations()
        durations.add(duration_ns)
        counted = self.causes.get(cause)
        if counted is None:
            counted = self._new_cause(cause)
        counted[0] += 1
        counted[1] += duration_ns
        holds_another = self.nesting.ended(kind, cause, gc, duration_ns, self.last_s)
        if heap is not None:
            # The line of an outer pause shows the heap before the inner one, whose line came first.
            self.collected(kind, (self.heap.last_after, heap[1], heap[2]) if holds_another else heap)
        if kind == "remark":
            self.cycles += 1

    def paused_often(self, kind: str, cause: str, durations_ns: list[int]) -> None:
        """Many pauses of one kind and cause, none inside another."""
        self._fresh = False
        self.by_kind.setdefault(kind, Durations()).add_all(durations_ns)
        counted = self.causes.get(cause) or self._new_cause(cause)
        counted[0] += len(durations_ns)
        counted[1] += sum(durations_ns)
        if kind == "remark":
            self.cycles += len(durations_ns)

    def collected(self, kind: str, change: HeapChange) -> None:
        """The heap around a collection of this kind."""
        before, after, capacity = change
        self.heap.collected(before, after, capacity)
        self.live(kind, after)

    def live(self, kind: str, after: int) -> None:
        """What a collection of old objects left over."""
        if kind == "full":
            self.after_full = after
            self.after_mixed = -1
        elif kind == "mixed" and (after < self.after_mixed or self.after_mixed < 0):
            self.after_mixed = after

    def promoted_bytes(self, more: int) -> None:
        """The old generation grew in a young collection."""
        self.promoted = max(self.promoted, 0) + max(more, 0)

    def used_cpu(self, user_s: float, sys_s: float, real_s: float) -> None:
        """Processor time of a collection."""
        self.cpu_s[0] += user_s
        self.cpu_s[1] += sys_s
        self.cpu_s[2] += real_s

    def _life_begins(self, moment_s: float) -> None:
        self.first_s = self.last_s = self._before_last_s = moment_s
        self.from_start = 0 <= moment_s < _FROM_START_S
        self.jvms = self.jvms or 1

    def _went_back(self, moment_s: float) -> None:
        """One line whose time was garbled and ran ahead is no restart: the line before it tells."""
        if moment_s >= self._before_last_s - _RESTART_S:
            self._ran_ahead = (moment_s, self.last_s)
            self.last_s = moment_s
            return
        self.restarted()
        self._life_begins(moment_s)

    def _observed_now_s(self) -> float:
        if self.first_s is None or self.last_s is None:
            return 0.0
        return self.last_s - (0.0 if self.from_start else self.first_s)

    def _new_cause(self, cause: str) -> list[int]:
        if len(self.causes) >= _CAUSES_MAX:
            cause = OTHER_CAUSE
        return self.causes.setdefault(cause, [0, 0])

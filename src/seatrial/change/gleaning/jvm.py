"""What the manifests say of the JVM and its memory: flags, GC log, and the thresholds that follow from the limit."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from seatrial.change.gleaning.environment import Options, options, variables
from seatrial.change.gleaning.facts import Facts
from seatrial.change.objects import at
from seatrial.jvm.flags import Flag, last_wins
from seatrial.jvm.memory import Warmth, budget_of, window
from seatrial.model.quantities import in_bytes
from seatrial.plan.writing import LeftOut, Said, Word

FLAGS = ("expect", "jvm", "flags")
GC_LOG = ("expect", "jvm", "gcLog")
USUAL = ("expect", "memory", "usual")
WARN = ("expect", "memory", "warnAbove")
FAIL = ("expect", "memory", "failAbove")
# The first runbook's own: 5 GiB and 5.5 GiB of 6 GiB.
WARN_TWELFTHS, FAIL_TWELFTHS = 10, 11
MIB = 2**20
GIB = 2**30
_SCREEN = ("stdout", "stderr")


def jvm_words(facts: Facts) -> list[Word]:
    """flags and gcLog, from the environment that the container reads."""
    found = _options(facts)
    if not found.flags:
        why = "no JVM option in the container's environment or command line, as far as the manifests hold it"
        return [LeftOut(("expect", "jvm"), why)]
    kept = last_wins(found.flags)
    hidden = f"; {found.hidden} more may hold secrets and were left out" if found.hidden else ""
    tokens = list(dict.fromkeys(flag.token for flag in kept))
    return [Said(FLAGS, tokens, _read_from(facts, found) + hidden), _gc_log(kept)]


def memory_words(facts: Facts) -> list[Word]:
    """usual, warnAbove and failAbove."""
    limit = limit_bytes(facts)
    if limit is None:
        return [LeftOut(("expect", "memory"), "the container has no memory limit to reckon with")]
    source = facts.in_container("resources.limits.memory")
    warn, fail = limit * WARN_TWELFTHS // 12, limit * FAIL_TWELFTHS // 12
    return [
        _usual(facts, limit, warn),
        Said(WARN, size(warn), f"10/12 of {size(limit)}, {source}"),
        Said(FAIL, size(fail), f"11/12 of {size(limit)}"),
    ]


def limit_bytes(facts: Facts) -> int | None:
    """The container's memory limit; None where it has none, or none that can be read."""
    written = at(facts.container, "resources", "limits", "memory")
    if not isinstance(written, str | int | float):
        return None
    try:
        return in_bytes(written) or None
    except ValueError:
        return None


def size(count: int) -> str:
    """`5.5Gi` where that is exact, whole Mi otherwise, rounded down."""
    tenths = count * 10 / GIB
    if tenths >= 10 and tenths == int(tenths):
        return f"{count / GIB:g}Gi"
    return f"{count // MIB}Mi" if count >= MIB else f"{max(1, count // 1024)}Ki"


def _options(facts: Facts) -> Options:
    return options(facts.container, variables(facts.container, facts.ref.namespace, facts.bodies))


def _read_from(facts: Facts, found: Options) -> str:
    places = [
        f"{facts.origin_of(one.holder)}: {one.name}" if one.holder else facts.in_container(f"env {one.name}")
        for one in found.read_from
    ]
    if found.on_command_line:
        places.append(facts.in_container("command and args"))
    return ", then ".join(places)


def _gc_log(flags: Sequence[Flag]) -> Word:
    outputs = list(_gc_outputs(flags))
    if not outputs:
        return LeftOut(GC_LOG, "no -Xloggc or -Xlog:gc…:file= among the flags")
    path, token = outputs[-1]
    if "%" in path or not PurePosixPath(path).is_absolute():
        return LeftOut(GC_LOG, f"{token} names no fixed absolute path")
    return Said(GC_LOG, path, token)


def _gc_outputs(flags: Sequence[Flag]) -> Iterator[tuple[str, str]]:
    """The files that the collector writes to, with the flag that says so."""
    for flag in flags:
        kind, _, output = flag.name.partition(":")
        if kind == "Xlog" and output not in ("", *_SCREEN) and flag.value.startswith(("gc", "all")):
            yield output, flag.token


def _usual(facts: Facts, limit: int, warn: int) -> Word:
    budget = budget_of(last_wins(_options(facts).flags), limit)
    if budget is None:
        return LeftOut(
            USUAL, "without -Xmx among the flags it can't be computed; write what you have seen, 3Gi to 4.5Gi"
        )
    low, high = window(budget, Warmth.FRESH).low_bytes, window(budget, Warmth.WARM).usual_high_bytes
    if high > warn:
        return LeftOut(
            USUAL, f"computed from the flags it is {size(low)} to {size(high)}, beyond warnAbove: a tight limit"
        )
    said = f"{size(low)} to {size(-(-high // MIB) * MIB)}"
    return Said(USUAL, said, "computed from the flags: a JVM after its start, and one with its heap full")

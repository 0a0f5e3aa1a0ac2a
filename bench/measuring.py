"""What the benchmarks share: whole processes measured in turn, medians, one table, one file of results."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from seatrial.run.clock import pause, ticks

RESULTS = Path(__file__).parent / "results"
SAMPLE_S = 0.2
ROOT = Path(__file__).parent.parent
HEADERS = ("WHAT", "OURS", "LIMIT", "PEERS", "RATIO", "GOAL", "MET")


class Spent(msgspec.Struct, frozen=True):
    """What one process took, children that it waited for included in the CPU time."""

    wall_s: float
    cpu_s: float
    code: int


class Watched(msgspec.Struct, frozen=True):
    """What one long process took. own_peak_bytes is its own; peak_bytes the largest of it and of the programs that it ran."""

    wall_s: float
    cpu_s: float
    own_peak_bytes: int
    peak_bytes: int
    code: int


class Row(msgspec.Struct, frozen=True):
    """One measurement beside its limit and its peers. ratio: ours to the first peer. met is None where nothing was promised."""

    what: str
    unit: str
    ours: float | None
    limit: float | None = None
    peers: dict[str, float] = {}
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def spend(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run a short program to its end, its output thrown away, and say what the kernel counted."""
    began = ticks()
    _, status, used = os.wait4(_spawned(argv, environment, None), 0)
    return Spent(ticks() - began, used.ru_utime + used.ru_stime, os.waitstatus_to_exitcode(status))


def watched(argv: Sequence[str], environment: Mapping[str, str], output: Path) -> Watched:
    """Run a long program to its end. VmHWM only grows, so the last reading before the end is its peak to a fifth of a second.

    The kernel's ru_maxrss would not do for it: it counts what stood in the process before the exec, and the children.
    """
    began = ticks()
    pid = _spawned(argv, environment, output)
    peak_bytes = 0
    while True:
        peak_bytes = max(peak_bytes, _high_water_bytes(pid))
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        pause(SAMPLE_S)
    cpu_s = used.ru_utime + used.ru_stime
    return Watched(ticks() - began, cpu_s, peak_bytes, used.ru_maxrss * 1024, os.waitstatus_to_exitcode(status))


def _high_water_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _spawned(argv: Sequence[str], environment: Mapping[str, str] | None, output: Path | None) -> int:
    where = str(output or os.devnull)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, where, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawnp(argv[0], list(argv), dict(environment or os.environ), file_actions=actions)


def in_turn(
    programs: Mapping[str, Sequence[str]], repeats: int, environment: Mapping[str, str] | None = None
) -> dict[str, list[Spent]]:
    """Each program so many times, one after the other in every round, so that a busy machine is busy for all of them."""
    spent: dict[str, list[Spent]] = {name: [] for name in programs}
    for name, argv in programs.items():
        first = spend(argv, environment)
        if first.code != 0:
            raise SystemExit(f"{name}: `{' '.join(argv)}` ended with {first.code}; nothing to measure")
    for _ in range(repeats):
        for name, argv in programs.items():
            spent[name].append(spend(argv, environment))
    return spent


def median_ms(spent: Sequence[Spent]) -> float:
    """The median wall time."""
    return round(statistics.median(one.wall_s for one in spent) * 1000, 1)


def cpu_ms(spent: Sequence[Spent]) -> float:
    """The median CPU time: what the wall time would be on a machine that does nothing else."""
    return round(statistics.median(one.cpu_s for one in spent) * 1000, 1)


def within(
    what: str, unit: str, ours: float | None, limit: float, peers: dict[str, float] | None = None, goal: str = ""
) -> Row:
    """A row that is met where ours is at most the limit."""
    peers = peers or {}
    first = next(iter(peers.values()), None)
    ratio = round(ours / first, 2) if ours is not None and first else None
    return Row(
        what, unit, ours, limit, peers, ratio, goal or f"<= {limit:g} {unit}", None if ours is None else ours <= limit
    )


def show_and_write(name: str, rows: Sequence[Row]) -> int:
    """Print the table, write bench/results/NAME.json. Exit code 0: a missed goal is a result, not a failure of the benchmark."""
    RESULTS.mkdir(exist_ok=True)
    lines = [HEADERS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADERS))]
    for line in lines:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(
        f"\n{os.cpu_count()} cores, load {load}, Python {platform.python_version()}, {platform.machine()}\n"
    )
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        sys.stdout.write(
            "The machine is busy with other things: wall times are longer than on a quiet one; CPU times less so.\n"
        )
    (RESULTS / f"{name}.json").write_text(json.dumps(msgspec.to_builtins(rows), indent=2) + "\n")
    return 0


def _cells(row: Row) -> tuple[str, ...]:
    peers = ", ".join(f"{name} {value:g}" for name, value in row.peers.items())
    met = {None: "", True: "yes", False: "MISSED"}[row.met]
    ours = "not measured" if row.ours is None else f"{row.ours:g} {row.unit}"
    limit = "" if row.limit is None else f"{row.limit:g}"
    return (row.what, ours, limit, peers, "" if row.ratio is None else f"{row.ratio:g}x", row.goal, met)

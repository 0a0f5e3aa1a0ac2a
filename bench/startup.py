"""How long the commands of every day take, as whole processes: --version, check of the demo's plan, status of a finished run."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from measuring import ROOT, Row, cpu_ms, in_turn, median_ms, show_and_write, within

sys.path.insert(0, str(ROOT))

from tests.support.journals import PLAN, RUN, healthy

from seatrial.journal.codec import encode
from seatrial.journal.runs import RunDirectory
from seatrial.rehearsal.paths import cache_dir

REPEATS = 31
PYTHON = sys.executable
SEATRIAL = str(Path(sys.executable).parent / "seatrial")


def main() -> int:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory() as home:
        finished_run(Path(home))
        programs = {
            "python": [PYTHON, "-c", "pass"],
            "version": [SEATRIAL, "--version"],
            "check": [SEATRIAL, "check", str(ROOT / "demo" / "plan.yaml")],
            "status": [SEATRIAL, "status", RUN],
            "help": [SEATRIAL, "--help"],
        }
        if kubectl := local_kubectl():
            programs["kubectl"] = [kubectl, "version", "--client"]
        spent = in_turn(programs, REPEATS, {**os.environ, "SEATRIAL_HOME": home})
    wall = {name: median_ms(some) for name, some in spent.items()}
    cpu = {name: cpu_ms(some) for name, some in spent.items()}
    peers = {"python -c pass": wall["python"]} | ({"kubectl version --client": wall["kubectl"]} if kubectl else {})
    return show_and_write(
        "startup",
        [
            within("seatrial --version, wall", "ms", wall["version"], 2 * wall["python"], peers, "<= 2x bare Python"),
            within("seatrial check demo/plan.yaml, wall", "ms", wall["check"], 200, peers),
            within("seatrial status of a finished run, wall", "ms", wall["status"], 100, peers),
            *(Row(f"{what}, CPU", "ms", cpu[name], peers={"python -c pass": cpu["python"]}) for name, what in WORDS),
        ],
    )


WORDS = (
    ("version", "seatrial --version"),
    ("check", "seatrial check demo/plan.yaml"),
    ("status", "seatrial status of a finished run"),
    ("help", "seatrial --help"),
)


def finished_run(home: Path) -> None:
    """An accepted run with an hour's soak, as it lies on the disk."""
    directory = RunDirectory(home / "runs" / RUN)
    directory.make(PLAN)
    directory.journal.write_bytes(b"".join(encode(entry) for entry in healthy()))


def local_kubectl() -> str | None:
    """The kubectl that the local cluster was built with; the one on PATH otherwise."""
    built = sorted(cache_dir().glob("node/*/kubectl"))
    return str(built[0]) if built else shutil.which("kubectl")


if __name__ == "__main__":
    sys.exit(main())

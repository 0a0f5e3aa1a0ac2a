"""How long `seatrial check` takes, as whole processes: 200 objects in one file, a plan with its kustomization, and kubectl rendering it."""

import shutil
import sys
import tempfile
from pathlib import Path

from measuring import ROOT, Row, cpu_ms, in_turn, median_ms, show_and_write, within

REPEATS = 21
SERVICES = 25
SEATRIAL = str(Path(sys.executable).parent / "seatrial")
MANIFESTS = ROOT / "tests" / "judge" / "manifest"


def main() -> int:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        written(home)
        programs = {
            "objects": [SEATRIAL, "check", "-f", str(home / "many.yaml")],
            "plan": [SEATRIAL, "check", str(home / "plan.yaml")],
        }
        if kubectl := shutil.which("kubectl"):
            programs["kubectl"] = [kubectl, "kustomize", made]
        spent = in_turn(programs, REPEATS)
    wall = {name: median_ms(some) for name, some in spent.items()}
    cpu = {name: cpu_ms(some) for name, some in spent.items()}
    peers = {"kubectl kustomize": wall["kubectl"]} if "kubectl" in wall else {}
    return show_and_write(
        "checking",
        [
            within(f"check of {SERVICES * 8} objects, wall", "ms", wall["objects"], 500),
            within("check of a plan with its kustomization, wall", "ms", wall["plan"], 200, peers),
            Row(f"check of {SERVICES * 8} objects, CPU", "ms", cpu["objects"]),
            Row("check of a plan with its kustomization, CPU", "ms", cpu["plan"]),
        ],
    )


def written(home: Path) -> None:
    """The tests' sound service 25 times in one file, and once as a kustomization with its plan."""
    sound = (MANIFESTS / "sound.yaml").read_text()
    one = sound.replace("name: team", "name: rates-team").replace("name: runbook", "name: rates-runbook")
    (home / "many.yaml").write_text(
        "\n---\n".join(one.replace("rates", f"rates{number}") for number in range(SERVICES))
    )
    (home / "plan.yaml").write_text((MANIFESTS / "sound-plan.yaml").read_text())
    (home / "all.yaml").write_text(sound)
    (home / "kustomization.yaml").write_text("namespace: fx\nresources: [all.yaml]\n")


if __name__ == "__main__":
    raise SystemExit(main())

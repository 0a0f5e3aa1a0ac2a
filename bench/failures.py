"""Eight ways in which a rollout fails, on a real node: when the API first shows it, and when each observer says so, with which cause."""

import json
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from dataclasses import replace as but
from pathlib import Path

from measuring import RESULTS, Row
from rollouts import Body, Ground, Observer, deployment, observed, one_of_ours

from seatrial.rehearsal.image import Entry, write_image, write_layer
from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.packages import busybox
from seatrial.rehearsal.paths import cache_dir
from seatrial.rehearsal.programs import Programs
from seatrial.rehearsal.progress import Durations, Progress

IMAGE = "seatrial.local/verdict:1"
PATIENCE_S = 60.0
GOAL_MS = 25.0
AT_ONCE = 4


@dataclass(frozen=True)
class Kind:
    """One way to fail. about: where the limit watches; words: what names the cause; grace_s: the documented wait before the verdict."""

    name: str
    proof: str
    about: str
    words: tuple[str, ...]
    pod: Mapping[str, object] = field(default_factory=dict)
    image: str = IMAGE
    before: tuple[Body, ...] = ()
    grace_s: float = 0.0
    patience_s: float = PATIENCE_S


def shell(script: str) -> list[str]:
    """A command that dies as the kind wants."""
    return ["/bin/busybox", "sh", "-c", script]


def _limited(memory: str, script: str) -> Mapping[str, object]:
    return {"container": {"command": shell(script), "resources": {"limits": {"memory": memory}}}}


QUOTA: Body = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "none"},
    "spec": {"hard": {"pods": "0"}},
}
KEYLESS: Body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "env"}, "stringData": {"other": "x"}}
KEY = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "env", "key": "TOKEN"}}}
SLEEPS = shell("sleep 600")
REFUSES = "echo \"Unrecognized VM option 'PrintGCDateStamps'\"; echo 'Error: Could not create the Java Virtual Machine.'; exit 1"
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"
PODS = "/api/v1/namespaces/{}/pods"

KINDS = (
    Kind("never Ready", "runs", PODS, ("Ready", "readiness"), {"container": {"command": SLEEPS}}, patience_s=200.0),
    Kind("crash on start", "ended", PODS, ("Unrecognized VM option",), {"container": {"command": shell(REFUSES)}}),
    Kind("OOM on start", "ended", PODS, ("OOM",), _limited("24Mi", "sleep 1; exec /bin/busybox tail /dev/zero")),
    # There is no registry here that could say "not found": this one refuses the connection, which may heal.
    Kind(
        "registry away",
        "image",
        PODS,
        ("pull", "registry"),
        image="127.0.0.1:1/nowhere:1",
        grace_s=180,
        patience_s=230.0,
    ),
    Kind(
        "Secret key missing",
        "config",
        PODS,
        ("TOKEN",),
        {"container": {"env": [KEY], "command": SLEEPS}},
        before=(KEYLESS,),
        grace_s=10,
    ),
    Kind("quota", "refused", DEPLOYMENTS, ("quota",), before=(QUOTA,), grace_s=30),
    Kind(
        "no node has room",
        "unplaced",
        PODS,
        ("nsufficient", "node"),
        {"container": {"resources": {"requests": {"cpu": "999"}}}},
        grace_s=180,
        patience_s=230.0,
    ),
    Kind(
        "PodSecurity refuses",
        "refused",
        DEPLOYMENTS,
        ("PodSecurity", "privileged"),
        {"container": {"securityContext": {"privileged": True}}},
        grace_s=30,
    ),
)


def failures(ground: Ground) -> list[Row]:
    """All kinds, a few at a time, each in a namespace of its own with every observer beside the same rollout."""
    import_image(ground.cluster.name, _image())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(lambda one: _tried(ground, *one), enumerate(KINDS)))
    (RESULTS / "verdict-failure-raw.json").write_text(
        json.dumps({"load": os.getloadavg(), "kinds": told}, indent=1) + "\n"
    )
    rows = [_row(kind, one) for kind, one in zip(KINDS, told, strict=True)]
    named = sum(bool(one["named"]) for one in told)
    return [*rows, Row("cause named", "of 8", named, 8, goal=">= 8 of 8", met=named == len(KINDS))]


def _row(kind: Kind, told: Mapping[str, object]) -> Row:
    late = dict(told["late_s"])  # type: ignore[call-overload] # of _beside, below
    ours = late.pop("ours", None)
    allowed = kind.grace_s + GOAL_MS / 1000
    goal = f"<= {kind.grace_s:g} s of grace + {GOAL_MS:g} ms" if kind.grace_s else f"<= {GOAL_MS:g} ms"
    met = None if ours is None or kind.name == "never Ready" else ours <= allowed
    what = f"{kind.name}, after the API shows it ({told['verdict'] or 'no verdict'})"
    first = next(iter(late.values()), None)
    return Row(
        what, "s", ours, allowed, late, round(ours / first, 3) if ours is not None and first else None, goal, met
    )


def _tried(ground: Ground, number: int, kind: Kind) -> dict[str, object]:
    here = but(ground, namespace=f"{ground.namespace}-{number}")
    ground.asked(["create", "namespace", here.namespace])
    try:
        if kind.name.startswith("PodSecurity"):
            label = "pod-security.kubernetes.io/enforce=baseline"
            ground.asked(["label", "namespace", here.namespace, label])
        if kind.before:
            here.make(*kind.before)
        return _beside(here, kind)
    finally:
        ground.asked(["delete", "namespace", here.namespace, "--wait=false"])


def _beside(here: Ground, kind: Kind) -> dict[str, object]:
    change = deployment("fx", kind.image, 1, **dict(kind.pod))
    bound = one_of_ours(here, "limit", kind.about.format(here.namespace), kind.proof, 1, kind.patience_s)
    ours = one_of_ours(here, "ours", here.namespace, "fx", 1, kind.patience_s)
    others = [Observer(name, argv) for name, argv in _peers(here, kind.patience_s - 15).items()]
    observed([bound, ours, *others], here, change, warm_s=0, timeout_s=kind.patience_s + 5)
    proof = bound.verdict()
    shown = float(str(proof["at"])) if proof else None
    said = ours.verdict()
    late: dict[str, float] = {}
    if shown and said:
        late["ours"] = round(float(str(said["at"])) - shown, 3)
    if shown:
        late |= {one.name: round(one.ended_at - shown, 2) for one in others if one.ended_at}
    because = f"{said['because']} {said.get('evidence', '')}" if said else ""
    return {
        "kind": kind.name,
        "late_s": late,
        "verdict": f"{said['verdict']} {said['rule']}" if said else "",
        "because": because,
        "all": ours.verdicts(),
        "named": bool(said) and any(word in because for word in kind.words),
        "peers_said": {one.name: [line for _, line in one.lines[-6:]] for one in others},
        "peers_code": {one.name: one.code for one in others},
    }


def _peers(here: Ground, timeout_s: float) -> dict[str, list[str]]:
    config, space, limit = str(here.cluster.kubeconfig), here.namespace, f"--timeout={timeout_s:.0f}s"
    found = {
        "kubectl": [str(here.cluster.kubectl), "rollout", "status", "deployment/fx", f"--namespace={space}", limit]
    }
    dog = here.peers / "bin/kubedog"
    if dog.exists():
        track = ["rollout", "track", "deployment", "fx", f"--namespace={space}", f"--kube-config={config}"]
        found["kubedog"] = [str(dog), *track, f"--timeout={timeout_s:.0f}"]
    return found


def _image() -> Path:
    """A shell and nothing else: there is no registry to take an image from."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        (tree / "bin").mkdir(parents=True)
        program = busybox(Programs(), Progress(lambda _: None, Durations(cache_dir() / "durations.json")))
        (tree / "bin/busybox").write_bytes(program.read_bytes())
        (tree / "bin/busybox").chmod(0o755)
        for applet in ("sh", "sleep", "tail", "echo"):
            (tree / "bin" / applet).symlink_to("busybox")
        archive = cache_dir() / "verdict-image.tar"
        write_image(
            archive,
            IMAGE,
            [write_layer(tree, Path(scratch) / "layer.tar")],
            Entry(["/bin/busybox"], "0", {"PATH": "/bin"}),
        )
        return archive

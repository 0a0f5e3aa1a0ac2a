"""Runs something within a cluster's namespaces: the way in for images, and for a look around."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from seatrial.rehearsal.kubectl import Answer
from seatrial.rehearsal.node import CONTAINERD_SOCKET
from seatrial.rehearsal.paths import places
from seatrial.rehearsal.processes import inner_init
from seatrial.rehearsal.programs import dying_with_parent, require
from seatrial.rehearsal.settings import NodeKind, known
from seatrial.rehearsal.troubles import ClusterFailed, NotUp

IMPORT_TIMEOUT_S = 180.0
UTIL_LINUX = "install the package util-linux"


def exec_in(name: str, argv: Sequence[str], *, timeout_s: float = 30.0) -> Answer:
    """Run `argv` on the node of the cluster `name`: its processes, mounts and network."""
    return _run(name, argv, None, timeout_s)


def import_image(name: str, archive: Path) -> list[str]:
    """Give the node an image from a docker or OCI archive; returns what containerd says it unpacked. It comes by
    standard input, since a path of the host may be hidden inside."""
    cluster = known(places(name))
    if cluster.kind is NodeKind.SIMULATED:
        return []  # simulated pods run any image, and none
    argv = [cluster.settings.ctr, "--address", CONTAINERD_SOCKET, "--namespace", "k8s.io", "images", "import", "-"]
    answer = _run(name, argv, archive, IMPORT_TIMEOUT_S)
    if answer.code != 0:
        raise ClusterFailed(f"The image {archive} could not be imported into '{name}'.\n{answer.err}")
    return [line for line in answer.out.splitlines() if line]


def _run(name: str, argv: Sequence[str], stdin: Path | None, timeout_s: float) -> Answer:
    init = inner_init(places(name).mark)
    if init is None:
        raise NotUp(f"The cluster '{name}' is not running: bring it up with `seatrial cluster up --name {name}`.")
    enter = [require("nsenter", UTIL_LINUX), "--target", str(init), "--mount", "--net", "--pid", "--"]
    enter += dying_with_parent(argv)
    with (stdin or Path(os.devnull)).open("rb") as given:
        try:
            done = subprocess.run(enter, stdin=given, capture_output=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired as late:
            raise ClusterFailed(f"{argv[0]} in '{name}' did not end within {timeout_s:.0f} s.") from late
    return Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

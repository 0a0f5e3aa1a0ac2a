"""Finds out whether this machine may run a real node, by trying what it takes; if not, says why in one sentence."""

import os
import shutil
import sys

from seatrial.rehearsal.cgroups import mounted_hierarchies
from seatrial.rehearsal.programs import ProgramFailed, output_of

NAMESPACES = ("--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private")
NEEDED = {"unshare": "util-linux", "nsenter": "util-linux", "mount": "mount", "ip": "iproute2"}
TRIAL_TIMEOUT_S = 20.0


def why_no_real_node() -> str:
    """The first thing that stands against a real node here; empty where nothing does."""
    if sys.platform != "linux":
        return f"this is {sys.platform}, and containers need Linux"
    if os.geteuid() != 0:
        return "you are not root"
    for program, package in NEEDED.items():
        if shutil.which(program) is None:
            return f"'{program}' is not installed (package {package})"
    return _no_namespaces() or _no_groups()


def _no_namespaces() -> str:
    """Tried, not deduced: a container may be root and still be refused."""
    trial = ["mount", "-t", "tmpfs", "tmpfs", "/run"]
    try:
        output_of(["unshare", *NAMESPACES, *trial], timeout_s=TRIAL_TIMEOUT_S)
    except ProgramFailed as refused:
        return f"namespaces or mounts are refused here ({str(refused).splitlines()[-1]})"
    return ""


def _no_groups() -> str:
    trees = mounted_hierarchies()
    if not trees:
        return "control groups are not mounted"
    closed = [str(tree.root) for tree in trees if not os.access(tree.root, os.W_OK)]
    return f"control groups are read-only here ({', '.join(closed)})" if closed else ""

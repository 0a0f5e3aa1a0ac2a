"""Stands outside of a cluster's namespaces, waits for its end, and clears away what the kernel does not: directories."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from seatrial.rehearsal.cgroups import mounted_hierarchies, remove_groups
from seatrial.rehearsal.paths import Places


def main(base: Path, mark: str, orders: str, fds: tuple[int, ...], program: list[str]) -> None:
    """Leave the session of `up`, run the cluster to its end, clear away."""
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    os.chdir("/")
    init = [sys.executable, "-P", "-m", "seatrial.rehearsal.innerinit", mark, orders, str(fds[0])]
    subprocess.run([*program, *init], pass_fds=fds, check=False)
    clear_away(Places(base.name, base))


def clear_away(places: Places) -> list[Path]:
    """Remove what an ended cluster has no more use for; its logs stay for the question why. Returns what resisted."""
    left = remove_groups(mounted_hierarchies(), places.unique_name)
    for directory in (places.work, places.pki, places.config):
        shutil.rmtree(directory, ignore_errors=True)
    places.kubeconfig.unlink(missing_ok=True)
    return left + [one for one in (places.work, places.pki, places.config) if one.exists()]


if __name__ == "__main__":
    _, mark_, base_, orders_, fds_, *program_ = sys.argv
    main(Path(base_), mark_, orders_, tuple(map(int, fds_.split(","))), program_)

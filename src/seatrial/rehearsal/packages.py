"""Finds containerd, runc and the CNI plugins, or unpacks Debian's own beside the cache: the machine is not changed."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seatrial.rehearsal.locks import waiting_for
from seatrial.rehearsal.paths import cache_dir
from seatrial.rehearsal.programs import ProgramFailed, Programs, output_of, require
from seatrial.rehearsal.progress import Progress, Step
from seatrial.rehearsal.troubles import BuildFailed

SYSTEM_BINARIES = (Path("/usr/local/bin"), Path("/usr/bin"), Path("/usr/sbin"), Path("/bin"), Path("/sbin"))
SYSTEM_PLUGINS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"), Path("/usr/libexec/cni"))
PROGRAMS_OF = {
    "containerd": ("containerd", "ctr", "containerd-shim-runc-v2"),
    "runc": ("runc",),
}
PLUGINS_OF = {"containernetworking-plugins": ("bridge", "host-local", "loopback")}
# runc's only library beyond libc; the rest of the programs are self-contained.
LIBRARIES_OF = {"runc": ("libseccomp2",)}
APT_MISSING = "install containerd, runc and the CNI plugins by the means of your distribution"


@dataclass(frozen=True)
class Containers:
    """Where the programs that run containers are."""

    programs: tuple[Path, ...]
    plugins: Path
    libraries: tuple[Path, ...]

    def program(self, name: str) -> Path:
        """The full path of one of them."""
        return next(place / name for place in self.programs if (place / name).exists())


def container_programs(programs: Programs, progress: Progress) -> Containers:
    """The machine's own where it has them all, otherwise unpacked from Debian's packages once."""
    unpacked = cache_dir() / "packages"
    with waiting_for(unpacked / ".lock"):
        missing = missing_packages(_places(unpacked), _plugin_places(unpacked))
        if missing:
            with progress.step("packages", f"fetch {', '.join(missing)}", 10) as step:
                _fetch(missing, unpacked, programs, step)
    still = missing_packages(_places(unpacked), _plugin_places(unpacked))
    if still:
        raise BuildFailed(f"{', '.join(still)} came without the programs that were expected: {APT_MISSING}.")
    plugins = next(place for place in _plugin_places(unpacked) if _holds(place, PLUGINS_OF.values()))
    libraries = tuple(sorted({file.parent for file in unpacked.glob("usr/lib/*/libseccomp.so.2")}))
    return Containers(tuple(_places(unpacked)), plugins, libraries)


def missing_packages(programs: Iterable[Path], plugins: Iterable[Path]) -> list[str]:
    """The packages of which a program is found nowhere."""
    missing = [
        package
        for package, names in PROGRAMS_OF.items()
        if not all(any((place / name).exists() for place in programs) for name in names)
    ]
    if not any(_holds(place, PLUGINS_OF.values()) for place in plugins):
        missing += list(PLUGINS_OF)
    return missing


def busybox(programs: Programs, progress: Progress) -> Path:
    """A static busybox: the shell of a small image."""
    unpacked = cache_dir() / "packages"
    found = unpacked / "bin" / "busybox"
    with waiting_for(unpacked / ".lock"):
        if not found.exists():
            with progress.step("busybox", "fetch busybox-static", 3) as step:
                _fetch(["busybox-static"], unpacked, programs, step)
    return found


def _fetch(packages: list[str], unpacked: Path, programs: Programs, step: Step) -> None:
    """Download, unpack beside, then move in file by file, so that a cut-off fetch leaves no half of a program."""
    apt = require("apt-get", APT_MISSING)
    extra = [library for package in packages for library in LIBRARIES_OF.get(package, ())]
    landing = unpacked.with_name("packages.landing")
    shutil.rmtree(landing, ignore_errors=True)
    (landing / "debs").mkdir(parents=True)
    # apt drops its rights for a download and then can't write into root's own cache; it says so on every file.
    download = [apt, "-o", "APT::Sandbox::User=root", "download", *packages, *extra]
    try:
        _download(apt, download, landing / "debs", programs, step)
        for package in sorted((landing / "debs").glob("*.deb")):
            output_of(["dpkg-deb", "-x", str(package), str(landing / "root")])
    except ProgramFailed as failed:
        raise BuildFailed(f"apt could not fetch {', '.join(packages)}; {APT_MISSING}.\n{failed}") from failed
    _move_in(landing / "root", unpacked)
    shutil.rmtree(landing)


def _download(apt: str, download: list[str], to: Path, programs: Programs, step: Step) -> None:
    """A fresh machine has no package lists yet, or old ones: read them when the first try fails."""
    try:
        programs.stream(download, step.at, cwd=to)
    except ProgramFailed:
        programs.stream([apt, "update", "-q"], step.at)
        programs.stream(download, step.at, cwd=to)


def _move_in(unpacked: Path, home: Path) -> None:
    for file in sorted(unpacked.rglob("*")):
        place = home / file.relative_to(unpacked)
        if file.is_dir() and not file.is_symlink():
            place.mkdir(parents=True, exist_ok=True)
        else:
            file.replace(place)


def _places(unpacked: Path) -> list[Path]:
    return [*SYSTEM_BINARIES, unpacked / "usr/bin", unpacked / "usr/sbin"]


def _plugin_places(unpacked: Path) -> list[Path]:
    return [*SYSTEM_PLUGINS, unpacked / "usr/lib/cni"]


def _holds(place: Path, plugins: Iterable[tuple[str, ...]]) -> bool:
    return all((place / name).exists() for names in plugins for name in names)

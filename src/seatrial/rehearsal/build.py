"""Builds the programs of the cluster from Go modules, once, and finds them again by a key of their sources."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.rehearsal.locks import waiting_for
from seatrial.rehearsal.paths import cache_dir
from seatrial.rehearsal.programs import ProgramFailed, Programs, output_of, require
from seatrial.rehearsal.progress import Progress, Step
from seatrial.rehearsal.troubles import BuildFailed

KUBERNETES = "1.35.4"
KWOK = "v0.8.0"
SOURCES = Path(__file__).parent / "seatrial_node"
# Counted with `go list -deps .`: what `go build -v` names one by one when nothing is cached.
PACKAGES_TO_BUILD = 2809
KEPT_BUILDS = 2
GO_FROM = "install Go 1.26 or newer (https://go.dev/dl) and put its bin directory on PATH"


@dataclass(frozen=True)
class Binaries:
    """The built programs."""

    directory: Path

    @property
    def node(self) -> Path:
        """Every part of the node and its control plane, by its first argument."""
        return self.directory / "seatrial-node"

    @property
    def kubectl(self) -> Path:
        """The same file under the name kubectl."""
        return self.directory / "kubectl"

    @property
    def pause(self) -> Path:
        """The one program of the pause image, static."""
        return self.directory / "pause"


def node_binaries(programs: Programs, progress: Progress) -> Binaries:
    """The node's programs: from the cache, or built now."""
    go = require("go", GO_FROM)
    sources = {str(file.relative_to(SOURCES)): file.read_bytes() for file in source_files(SOURCES)}
    home = cache_dir() / "node"
    wanted = Binaries(home / build_key(sources, go_version(go)))
    with waiting_for(home / ".lock"):
        if not wanted.node.exists():
            with progress.step("build-node", f"build Kubernetes {KUBERNETES} from its Go modules, once", 230) as step:
                _build(go, wanted, programs, step)
            _forget_old_builds(home, wanted.directory)
    return wanted


def kwok_binary(programs: Programs, progress: Progress) -> Path:
    """kwok, which plays the nodes where containers can't run; it needs other versions of the libraries than the node."""
    go = require("go", GO_FROM)
    home = cache_dir() / "kwok"
    wanted = home / build_key({"kwok": KWOK.encode()}, go_version(go)) / "kwok"
    with waiting_for(home / ".lock"):
        if not wanted.exists():
            with progress.step("build-kwok", f"build kwok {KWOK}, once", 60) as step:
                _install_kwok(go, wanted, programs, step)
    return wanted


def source_files(directory: Path) -> list[Path]:
    """What the binary is made of, in a fixed order."""
    return sorted(file for file in directory.rglob("*") if file.suffix in {".go", ".mod", ".sum"})


def build_key(sources: Mapping[str, bytes], go: str) -> str:
    """The same for the same sources and compiler, different for any other."""
    digest = hashlib.sha256(go.encode())
    for name, content in sorted(sources.items()):
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def go_version(go: str) -> str:
    """For example go1.26.8, as it applies to the module."""
    return output_of([go, "env", "GOVERSION", "GOOS", "GOARCH"], cwd=SOURCES).replace("\n", " ").strip()


def go_build_argv(go: str, package: str, result: Path) -> list[str]:
    """Without debug sections, which halves the time, and with the version, which clients otherwise see as v0.0.0."""
    major, minor, _ = KUBERNETES.split(".")
    stamp = "k8s.io/component-base/version"
    version = f"-X {stamp}.gitVersion=v{KUBERNETES} -X {stamp}.gitMajor={major} -X {stamp}.gitMinor={minor}"
    flags = ["-v", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", "-ldflags", f"-s -w {version}"]
    return [go, "build", *flags, "-o", str(result), package]


def go_environment() -> dict[str, str]:
    """Independent of the user's own Go settings, and with a lazier garbage collector: 15 % faster."""
    return {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOGC": "400"}


def _build(go: str, wanted: Binaries, programs: Programs, step: Step) -> None:
    """Build beside the final place and rename: a directory under its final name is complete."""
    unfinished = _fresh_directory(wanted.directory)
    compiled = 0

    def on_line(line: str) -> None:
        nonlocal compiled
        downloading = line.startswith("go: ")
        compiled += 0 if downloading else 1
        share = min(0.99, compiled / PACKAGES_TO_BUILD)
        step.at(f"{compiled} of {PACKAGES_TO_BUILD} packages" if compiled else "fetching modules", share)

    try:
        for package, result in ((".", "seatrial-node"), ("./pause", "pause")):
            argv = go_build_argv(go, package, unfinished / result)
            programs.stream(argv, on_line, env=go_environment(), cwd=SOURCES)
    except ProgramFailed as failed:
        raise BuildFailed(f"The node's program could not be built; `up` again starts clean.\n{failed}") from failed
    (unfinished / "kubectl").symlink_to("seatrial-node")
    unfinished.rename(wanted.directory)


def _install_kwok(go: str, wanted: Path, programs: Programs, step: Step) -> None:
    unfinished = _fresh_directory(wanted.parent)
    environment = go_environment() | {"GOBIN": str(unfinished), "GOFLAGS": "-mod=mod"}
    argv = [
        go,
        "install",
        "-trimpath",
        "-gcflags=all=-dwarf=false",
        "-ldflags",
        "-s -w",
        f"sigs.k8s.io/kwok/cmd/kwok@{KWOK}",
    ]
    try:
        programs.stream(argv, lambda line: step.at(line[:60]), env=environment)
    except ProgramFailed as failed:
        raise BuildFailed(f"kwok could not be built; `up` again starts clean.\n{failed}") from failed
    unfinished.rename(wanted.parent)


def _fresh_directory(final: Path) -> Path:
    """An empty place to build in; what a build that was cut off left behind goes first."""
    for left_behind in final.parent.glob(".building-*"):
        shutil.rmtree(left_behind)
    shutil.rmtree(final, ignore_errors=True)
    unfinished = final.parent / f".building-{os.getpid()}"
    unfinished.mkdir(parents=True)
    return unfinished


def _forget_old_builds(home: Path, current: Path) -> None:
    """144 MB each: keep this one and the one before."""
    others = [place for place in home.iterdir() if place.is_dir() and place != current]
    for old in sorted(others, key=lambda place: place.stat().st_mtime, reverse=True)[KEPT_BUILDS - 1 :]:
        shutil.rmtree(old, ignore_errors=True)

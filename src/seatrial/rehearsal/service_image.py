"""Builds the demo's service into two container images, once, and finds them again by a key of their sources."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from fcntl import LOCK_EX, flock
from pathlib import Path

from seatrial.rehearsal.image import Entry, Layer, write_image, write_layer
from seatrial.rehearsal.programs import ProgramFailed, Programs, output_of, require
from seatrial.rehearsal.scenario import demo_directory
from seatrial.rehearsal.troubles import BuildFailed

Out = Callable[[str], None]


class Flavour(StrEnum):
    """What is in the image beside the service."""

    SHELL = "shell"
    NO_SHELL = "noshell"


IMAGES: Mapping[Flavour, str] = {
    Flavour.SHELL: "docker.io/library/exchange-service:1.0",
    Flavour.NO_SHELL: "docker.io/library/exchange-service:1.0-noshell",
}
JDK_FROM = "install a JDK, 17 or newer (Debian: openjdk-17-jdk-headless)"
MAVEN_FROM = "install Maven 3.8 or newer (Debian: maven)"
GO_FROM = "install Go and put its bin directory on PATH"
# What Spring Boot, Tomcat and the Prometheus registry ask for; no JDK tools among them (no jcmd, no jmap).
JAVA_MODULES = (
    "java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.prefs,java.rmi,"
    "java.security.jgss,java.sql,java.xml,jdk.crypto.ec,jdk.jfr,jdk.management,jdk.net,jdk.unsupported"
)
# Whose shared libraries the image needs; the others (fonts, windows, sound) are never loaded by a service.
LOADED_PARTS = ("bin/java", "lib/server/libjvm.so", "lib/libjava.so", "lib/libnet.so", "lib/libnio.so", "lib/libzip.so")
SHELL_PROGRAMS = ("sh", "cat", "env", "grep", "head", "id", "ls", "mkdir", "od", "rm", "sleep", "stat", "tail", "tar")
ACCOUNTS = "root:x:0:0:root:/root:/bin/false\nforex:x:10001:10001:exchange service:/home/forex:/bin/false\n"
GROUPS = "root:x:0:\nforex:x:10001:\n"
ENTRY = Entry(
    entrypoint=("/opt/launch",),
    user="10001:10001",
    environment={"PATH": "/opt/java/bin:/bin", "LOG_DIR": "/forex/log/exchange-service"},
    working_directory="/opt/app",
)
KEPT_BUILDS = 2


def build_service_image(cache_dir: Path, out: Out, programs: Programs | None = None) -> dict[Flavour, Path]:
    """The image archive of each flavour: from the cache, or built now (Maven, jlink and Go side by side)."""
    demo = demo_directory()
    home = cache_dir / "service"
    final = home / build_key(_sources(demo), _tool_versions())
    with _only_one_builds(home):
        if not final.exists():
            out("  build the exchange-service and its image, once … (about 20 s)")
            _build(demo, final, programs or Programs())
            _forget_old_builds(home, final)
    return {flavour: final / f"{flavour}.tar" for flavour in Flavour}


def build_key(sources: Mapping[str, bytes], tools: str) -> str:
    """The same for the same sources and tools, different for any other."""
    digest = hashlib.sha256(tools.encode())
    for name, content in sorted(sources.items()):
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _sources(demo: Path) -> dict[str, bytes]:
    """What the images are made of, this builder included."""
    service = demo / "exchange-service"
    files = [service / "pom.xml", *(service / "src" / "main").rglob("*"), *(demo / "launcher").iterdir()]
    builders = (Path(__file__), Path(__file__).with_name("image.py"))
    return {str(file.relative_to(demo)): file.read_bytes() for file in files if file.is_file()} | {
        file.name: file.read_bytes() for file in builders
    }


def _tool_versions() -> str:
    return (_java_home() / "release").read_text() + output_of([require("go", GO_FROM), "env", "GOVERSION"])


def _java_home() -> Path:
    return Path(require("jlink", JDK_FROM)).resolve().parent.parent


def _build(demo: Path, final: Path, programs: Programs) -> None:
    """Build beside the final place and rename: a directory under its final name is complete."""
    unfinished = _fresh_directory(final)
    trees = {name: unfinished / name for name in ("system", "java", "app", *Flavour)}
    for tree in trees.values():
        tree.mkdir()
    try:
        _build_parts(demo, unfinished, trees, programs)
    except ProgramFailed as failed:
        raise BuildFailed(f"The exchange-service could not be built; the next try starts clean.\n{failed}") from failed
    layers = {name: write_layer(tree, unfinished / f"{name}.layer") for name, tree in trees.items()}
    for flavour in Flavour:
        shared: list[Layer] = [layers["system"], layers["java"], layers["app"]]
        write_image(unfinished / f"{flavour}.tar", IMAGES[flavour], [*shared, layers[flavour]], ENTRY)
    _keep_only_archives(unfinished)
    unfinished.rename(final)


def _build_parts(demo: Path, unfinished: Path, trees: Mapping[str, Path], programs: Programs) -> None:
    with ThreadPoolExecutor() as side_by_side:
        jar = side_by_side.submit(_build_jar, demo, unfinished / "maven", programs)
        launcher = side_by_side.submit(_build_launcher, demo, trees[Flavour.NO_SHELL] / "opt" / "launch", programs)
        java = trees["java"] / "opt" / "java"
        _build_java(java, programs)
        _unpack_jar(java, jar.result(), trees["app"] / "opt" / "app", programs)
        launcher.result()
    _fill_system(trees["system"], java)
    _fill_shell(trees[Flavour.SHELL], demo)


def _build_jar(demo: Path, work: Path, programs: Programs) -> Path:
    """Built in a copy: the clone stays clean."""
    shutil.copytree(demo / "exchange-service" / "src" / "main", work / "src" / "main")
    shutil.copy(demo / "exchange-service" / "pom.xml", work)
    _run(programs, [require("mvn", MAVEN_FROM), "-B", "-q", "-ntp", "-Dmaven.test.skip=true", "package"], work)
    return work / "target" / "exchange-service.jar"


def _build_launcher(demo: Path, result: Path, programs: Programs) -> None:
    result.parent.mkdir(parents=True)
    environment = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    argv = [require("go", GO_FROM), "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", str(result)]
    _run(programs, argv, demo / "launcher", environment)


def _build_java(java: Path, programs: Programs) -> None:
    """A Java runtime of just these modules; an archive of loaded classes was tried, and saved nothing."""
    java.parent.mkdir(parents=True)
    leave_out = ["--strip-java-debug-attributes", "--no-header-files", "--no-man-pages", "--compress=0"]
    jlink = require("jlink", JDK_FROM)
    _run(programs, [jlink, "--add-modules", JAVA_MODULES, *leave_out, "--output", str(java)], java.parent)


def _unpack_jar(java: Path, jar: Path, app: Path, programs: Programs) -> None:
    """The libraries as plain files beside a thin jar start faster than jars within a jar."""
    argv = [str(java / "bin" / "java"), "-Djarmode=tools", "-jar", str(jar), "extract", "--destination", str(app)]
    _run(programs, argv, jar.parent)


def _fill_system(tree: Path, java: Path) -> None:
    # Without its user in /etc/passwd a JVM writes no hsperfdata.
    (tree / "etc").mkdir()
    (tree / "etc" / "passwd").write_text(ACCOUNTS)
    (tree / "etc" / "group").write_text(GROUPS)
    (tree / "tmp").mkdir()
    (tree / "tmp").chmod(0o1777)
    _copy_libraries([java / part for part in LOADED_PARTS], tree)


def _fill_shell(tree: Path, demo: Path) -> None:
    """The machine's own shell and a few programs: nothing to download."""
    (tree / "bin").mkdir()
    (tree / "opt").mkdir()
    shutil.copy(demo / "launcher" / "launch.sh", tree / "opt" / "launch")
    (tree / "opt" / "launch").chmod(0o755)
    sources = {name: Path(require(name, "it belongs to every Debian")).resolve() for name in SHELL_PROGRAMS}
    for name, source in sources.items():
        shutil.copy(source, tree / "bin" / name)
    _copy_libraries(list(sources.values()), tree)


def _copy_libraries(binaries: Sequence[Path], tree: Path) -> None:
    """The shared libraries that the dynamic linker finds for `binaries`, at the same paths."""
    for binary in binaries:
        for library in libraries_in(output_of(["ldd", str(binary)])):
            target = tree / library.relative_to("/")
            if not library.is_relative_to(tree.parent) and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, target)


def libraries_in(ldd_output: str) -> list[Path]:
    """The absolute paths in what `ldd` prints; the kernel's own object has none."""
    words = (word for line in ldd_output.splitlines() for word in line.split())
    return [Path(word) for word in words if word.startswith("/") and not word.endswith(":")]


def _run(programs: Programs, argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    programs.stream(argv, lambda _: None, cwd=cwd, env=env)


def _fresh_directory(final: Path) -> Path:
    """An empty place to build in; what a build that was cut off left behind goes first."""
    for left_behind in final.parent.glob(".building-*"):
        shutil.rmtree(left_behind)
    unfinished = final.parent / f".building-{os.getpid()}"
    unfinished.mkdir(parents=True)
    return unfinished


def _keep_only_archives(directory: Path) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".tar":
            path.unlink()


def _forget_old_builds(home: Path, current: Path) -> None:
    others = [place for place in home.iterdir() if place.is_dir() and place != current]
    for old in sorted(others, key=lambda place: place.stat().st_mtime, reverse=True)[KEPT_BUILDS - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _only_one_builds(home: Path) -> Iterator[None]:
    """Two demos at once build once; the kernel drops the lock with the process."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield

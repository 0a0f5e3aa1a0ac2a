"""What will be left to look at after an OutOfMemoryError: GC log, heap dump, and whether the JVM ends (J5, J6, J8-J10, A7)."""

import re
from collections.abc import Iterator

from msgspec import Struct

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.bodies import at, bytes_at, items, kind_of, mapping, text_at
from seatrial.judge.manifest.case import Case, Container, Workload, finding
from seatrial.jvm.sizes import readable_size
from seatrial.model.findings import Finding, Severity, Spot, SwapWord
from seatrial.model.writes import Body

_SCREEN = ("", "stdout", "stderr")
_DATED = ("time", "utctime", "t,", "timemillis", "utc")


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, source, what_to_do)


class Mount(Struct, frozen=True):
    """A volume as a container has it."""

    mount_path: str
    volume: Body
    read_only: bool
    by_pod: bool
    spot: Spot

    @property
    def kind(self) -> str:
        """emptyDir, persistentVolumeClaim, hostPath, secret, …; `claim template` of a StatefulSet is empty here."""
        return next((key for key in self.volume if key != "name"), "")


def mounts(workload: Workload, container: Container) -> Iterator[Mount]:
    """The container's mounts with their volumes."""
    volumes = {text_at(one, "name"): mapping(one) for one in items(at(workload.template, "spec", "volumes"))}
    for index, one in enumerate(items(container.body.get("volumeMounts"))):
        yield Mount(
            text_at(one, "mountPath").rstrip("/") or "/",
            volumes.get(text_at(one, "name"), {}),
            at(one, "readOnly") is True,
            bool(text_at(one, "subPathExpr")),
            container.spot("volumeMounts", index),
        )


def mount_of(workload: Workload, container: Container, path: str) -> Mount | None:
    """The mount that a path lies in: the longest one."""
    found = [one for one in mounts(workload, container) if f"{path}/".startswith(f"{one.mount_path.rstrip('/')}/")]
    return max(found, key=lambda one: len(one.mount_path), default=None)


def gc_logs(container: Container) -> Iterator[tuple[str, str, Spot]]:
    """The files that the collector's log goes to: path, what follows it in the option, where it is written."""
    for one in container.given:
        kind, _, output = one.flag.name.partition(":")
        if kind == "Xlog" and output not in _SCREEN and one.flag.value.startswith(("gc", "all", "safepoint")):
            yield output, one.flag.token, one.spot


def _directory(path: str) -> str:
    return path.rpartition("/")[0] or "/"


@rule(
    _card(
        "gc-log-directory",
        "the directory of the GC log, the volumes, and the containers that could make it",
        "block when the log lies in no volume and the root file system is read-only, or in a volume that is "
        "mounted read-only. warn when "
        "the directory is below a volume's mount point and nothing in the manifest makes it, or in the "
        "image, which must have it: from "
        "JDK 9 on a JVM that can't open its log does not start.",
        "J5; measured on 11, 17, 21, 25: Error opening log file, exit code 1; JDK 8 only warns",
        "Log into the mount point itself, use subPathExpr, or let an init container make the directory.",
    )
)
def gc_log_directory(case: Case) -> Iterator[Finding]:
    """No directory, no JVM."""
    for workload, container in case.jvms():
        for path, _, spot in gc_logs(container):
            if case.jdk_of(container) == 8 or not path.startswith("/"):
                continue
            severity, because = _unwritable(workload, container, _directory(path))
            if because:
                step = "Log into the mount point itself, or let an init container make the directory."
                yield finding("gc-log-directory", severity, workload.about, spot, because, next_step=step)


def _unwritable(workload: Workload, container: Container, directory: str) -> tuple[Severity, str]:
    mount = mount_of(workload, container, directory)
    if mount is None and at(container.body, "securityContext", "readOnlyRootFilesystem") is True:
        return (
            Severity.BLOCK,
            f"{directory} lies in no volume and the root file system is read-only: the JVM does not start",
        )
    if mount is None:
        return (
            Severity.INFO,
            f"{directory} lies in no volume: where the image does not have it, writable, the JVM does not start",
        )
    if mount.read_only or mount.kind in ("secret", "configMap", "downwardAPI", "projected"):
        return Severity.BLOCK, f"{directory} is mounted read-only: the JVM can't open its log and does not start"
    if mount.mount_path != directory and not _is_made(workload, container, directory):
        return (
            Severity.WARN,
            f"{directory} is below the mount {mount.mount_path}, which starts empty: where nobody makes it, a "
            "JVM from 9 on does not start",
        )
    return Severity.INFO, ""


def _is_made(workload: Workload, container: Container, directory: str) -> bool:
    """Whether a command of an init container, or the container's own, speaks of making it."""
    words = [
        " ".join(map(str, (*items(one.body.get("command")), *items(one.body.get("args")))))
        for one in workload.containers
        if one.is_init or one is container
    ]
    return any(("mkdir" in text or "install -d" in text) and directory in text for text in words)


@rule(
    _card(
        "gc-log-settings",
        "-Xloggc and -Xlog:gc: decorations, rotation, and whether replicas share the file",
        "block when several replicas write the same file of a shared volume: the second JVM takes the first "
        "one's log away. warn when "
        "lines will have no date (-Xloggc from JDK 9 on prints uptime only) or, on JDK 8, when nothing rotates.",
        "J6; measured: from 9 on a second JVM renames the live log; rotation is 5 x 20 MB by default there",
        "-Xlog:gc*,safepoint:file=DIR/gc-%t.log:time,uptime,level,tags:filecount=10,filesize=20M, in a "
        "directory per pod (subPathExpr).",
    )
)
def gc_log_settings(case: Case) -> Iterator[Finding]:
    """A log that tells when."""
    for workload, container in case.jvms():
        for path, token, spot in gc_logs(container):
            mount = mount_of(workload, container, path)
            if mount and _is_shared(case, workload, mount) and not mount.by_pod:
                because = (
                    f"all replicas write {path} of the shared volume: each JVM that starts takes the log of the "
                    "others away"
                )
                step = "Mount it with subPathExpr: $(POD_NAME)."
                yield finding("gc-log-settings", Severity.BLOCK, workload.about, spot, because, next_step=step)
            yield from _undated(case, workload, container, token, spot)


def _undated(case: Case, workload: Workload, container: Container, token: str, spot: Spot) -> Iterator[Finding]:
    jdk, names = case.jdk_of(container), {one.name for one in container.flags}
    if jdk == 8:
        if not names & {"UseGCLogFileRotation"}:
            because = f"{token}: JDK 8 never rotates it, and a restart empties it"
            yield finding("gc-log-settings", Severity.WARN, workload.about, spot, because)
        return
    is_dated = not token.startswith("-Xloggc:") and any(mark in f"{token}," for mark in _DATED)
    if not is_dated and not names & {"PrintGCDateStamps"}:
        file = token.removeprefix("-Xloggc:")
        step = "From JDK 9 on: -Xlog:gc*,safepoint:file=FILE:time,uptime,level,tags:filecount=10,filesize=20M"
        fix = None
        if jdk and token.startswith("-Xloggc:"):
            fix = SwapWord(
                spot.path, spot.token, f"-Xlog:gc*:file={file}:time,uptime,level,tags:filecount=10,filesize=20M"
            )
        because = f"{token}: from JDK 9 on its lines have the JVM's uptime and no date"
        yield finding("gc-log-settings", Severity.WARN, workload.about, spot, because, next_step=step, fix=fix)


def _is_shared(case: Case, workload: Workload, mount: Mount) -> bool:
    """Whether all replicas have the same files: a claim or a host path, and more than one pod."""
    highest = max((_max_of(body) for _, body in case.autoscalers(workload)), default=1)
    several = max(workload.replicas, highest) > 1 or kind_of(workload.body) == "DaemonSet"
    return several and mount.kind in ("persistentVolumeClaim", "nfs", "azureFile", "cephfs")


def _max_of(hpa: Body) -> int:
    found = at(hpa, "spec", "maxReplicas")
    return found if isinstance(found, int) else 1


@rule(
    _card(
        "exit-on-out-of-memory",
        "ExitOnOutOfMemoryError and CrashOnOutOfMemoryError",
        "warn when neither is given: after an OutOfMemoryError the JVM goes on, half alive, and Kubernetes "
        "does not notice. Neither covers "
        "threads and direct buffers; the liveness probe must.",
        "J8; measured on 11, 17, 21, 25: rc 3; openjdk/jdk#22802",
        "-XX:+ExitOnOutOfMemoryError.",
    )
)
def exit_on_out_of_memory(case: Case) -> Iterator[Finding]:
    """A JVM that limps on."""
    for workload, container in case.jvms():
        ends = ("ExitOnOutOfMemoryError", "CrashOnOutOfMemoryError")
        words = {one.flag.name for one in container.given}
        if container.brings_own_options:
            continue
        if (
            not container.given
            or any(container.value(name) == "true" for name in ends)
            or "OnOutOfMemoryError" in words
        ):
            continue
        plain = [one.flag.name for one in container.given if re.fullmatch(r"-X[\w:.+=%/-]+", one.flag.token)]
        spot = container.where(*plain)
        because = "after an OutOfMemoryError this JVM goes on, half alive: -XX:+ExitOnOutOfMemoryError is not given"
        fix = SwapWord(spot.path, spot.token, f"{spot.token} -XX:+ExitOnOutOfMemoryError") if spot.token else None
        yield finding("exit-on-out-of-memory", Severity.WARN, workload.about, spot, because, fix=fix)


@rule(
    _card(
        "kill-as-first-process",
        "OnOutOfMemoryError with kill -9",
        "warn: where java is process 1 of its container, the kernel ignores the signal and the JVM goes on.",
        "J9; measured with unshare -pf: the JVM is still alive",
        "-XX:+ExitOnOutOfMemoryError instead.",
    )
)
def kill_as_first_process(case: Case) -> Iterator[Finding]:
    """Process 1 can't be killed from within."""
    for workload, container in case.jvms():
        for one in container.given:
            if one.flag.name == "OnOutOfMemoryError" and re.search(r"kill\s+-(?:9|KILL)", one.flag.value):
                because = "OnOutOfMemoryError with kill -9 does nothing where java is process 1 of its container"
                fix = SwapWord(one.spot.path, one.spot.token, "-XX:+ExitOnOutOfMemoryError")
                yield finding("kill-as-first-process", Severity.WARN, workload.about, one.spot, because, fix=fix)


@rule(
    _card(
        "heap-dump-path",
        "HeapDumpOnOutOfMemoryError, HeapDumpPath, and the volume that the path lies in",
        "block when the volume is in memory (the dump is charged to the container and kills it). warn when "
        "no path is given or it lies in no "
        "volume, when the volume or the ephemeral-storage limit is smaller than the heap, and when it is one "
        "fixed file, which a second dump "
        "never replaces.",
        "J10; measured: no directory, no dump; an existing file is not overwritten; the name is "
        "java_pid1.hprof in every container",
        "A directory on a volume with room for Xmx x 1.1. The dump holds personal data and secrets (mode 0600).",
    )
)
def heap_dump_path(case: Case) -> Iterator[Finding]:
    """A dump needs a place to lie."""
    for workload, container in case.jvms():
        if container.value("HeapDumpOnOutOfMemoryError") != "true":
            continue
        spot = container.where("HeapDumpPath", "HeapDumpOnOutOfMemoryError")
        for severity, because in _dump_troubles(workload, container, container.value("HeapDumpPath")):
            yield finding("heap-dump-path", severity, workload.about, spot, because)


def _dump_troubles(workload: Workload, container: Container, path: str) -> Iterator[tuple[Severity, str]]:
    if not path.startswith("/"):
        yield (
            Severity.WARN,
            "no absolute -XX:HeapDumpPath: the dump goes to the working directory and is lost with the container",
        )
        return
    if path.endswith(".hprof"):
        yield Severity.WARN, f"{path} is one fixed file: a dump that is there is never replaced, the second one is lost"
    mount = mount_of(workload, container, path.rstrip("/"))
    if mount is None:
        yield Severity.WARN, f"{path} lies in no volume: the dump is lost with the container"
        return
    yield from _dump_room(container, mount)


def _dump_room(container: Container, mount: Mount) -> Iterator[tuple[Severity, str]]:
    if text_at(mount.volume, "emptyDir", "medium") == "Memory":
        yield Severity.BLOCK, f"{mount.mount_path} is in memory: the dump counts as the container's own and kills it"
    heap = container.heap_bytes
    rooms = (
        ("the volume's sizeLimit", bytes_at(mount.volume, "emptyDir", "sizeLimit")),
        ("the limit of ephemeral-storage", bytes_at(container.body, "resources", "limits", "ephemeral-storage")),
    )
    for name, room in rooms:
        if heap and room is not None and mount.kind == "emptyDir" and room < heap * 1.1:
            said = f"{name} is {readable_size(room)}, a dump of this heap is up to {readable_size(heap * 1.1)}"
            yield Severity.WARN, f"{said}: the pod would be evicted, and the dump with it"


@rule(
    _card(
        "logs-kept",
        "GC log and heap dump on an emptyDir",
        "info: they vanish with the pod: by eviction, rollout and scale-in, just when they are wanted.",
        "A7; an emptyDir lives as long as its pod",
        "A volume that outlives the pod, or take them before the pod goes (a rollback by Seatrial does).",
    )
)
def logs_kept(case: Case) -> Iterator[Finding]:
    """Evidence that goes with the pod."""
    for workload, container in case.jvms():
        paths = [(path, spot) for path, _, spot in gc_logs(container)]
        dump = container.value("HeapDumpPath")
        paths += [(dump.rstrip("/"), container.where("HeapDumpPath"))] if dump else []
        for path, spot in paths:
            mount = mount_of(workload, container, path)
            if mount and mount.kind == "emptyDir":
                because = f"{path} is on an emptyDir: it goes when the pod goes, by eviction, rollout or scale-in"
                yield finding("logs-kept", Severity.INFO, workload.about, spot, because)
                break


RULES = (
    gc_log_directory,
    gc_log_settings,
    exit_on_out_of_memory,
    kill_as_first_process,
    heap_dump_path,
    logs_kept,
)

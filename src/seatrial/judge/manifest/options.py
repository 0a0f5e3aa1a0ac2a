"""The JVM's options against the JVM that will read them: what keeps it from starting, and what does nothing (J1-J4, J7, J11-J13)."""

import re
from collections.abc import Iterator

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.manifest.bodies import millicores_at, text_at
from seatrial.judge.manifest.case import Case, Container, Workload, finding, shown
from seatrial.judge.manifest.environment import (
    BY_A_SCRIPT,
    BY_THE_JVM,
    Given,
    Variable,
    is_jvm_variable,
    is_shell,
    references,
    starts_with_java,
)
from seatrial.jvm.flags import split
from seatrial.jvm.flagtable import UNLOCKS, Standing, alike, fatal_in, replacement, standing
from seatrial.jvm.sizes import MIB
from seatrial.model.findings import Finding, Severity, Spot, SwapWord

COLLECTORS = (
    "UseG1GC",
    "UseParallelGC",
    "UseSerialGC",
    "UseConcMarkSweepGC",
    "UseZGC",
    "UseShenandoahGC",
    "UseEpsilonGC",
)
_SERVER_BYTES = 1792 * MIB  # gcArguments: 2 GiB less 256 MiB, and two processors
_SERVER_MILLICORES = 1001  # the JVM rounds the quota up: 1001m are two processors


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "manifest", looks_at, says, source, what_to_do)


def _versions(jdks: tuple[int, ...]) -> str:
    return ", ".join(map(str, jdks[:-1])) + (" and " if len(jdks) > 1 else "") + str(jdks[-1])


def _ignores_unknown(container: Container) -> bool:
    return container.value("IgnoreUnrecognizedVMOptions") == "true"


@rule(
    _card(
        "flag-fatal",
        "each JVM option in the environment and on the command line, against the table of flags by JDK",
        "block when the JVM of the image's JDK does not start with it; warn, with the versions, where the "
        "JDK is not known (--jdk, or "
        "the image's tag).",
        "J1; JVMs 11, 17, 21, 25 asked for every flag; Unrecognized VM option ends with 1, in Kubernetes "
        "CrashLoopBackOff",
        "Take the flag out or write its successor; say the image's JDK with --jdk.",
    )
)
def flag_fatal(case: Case) -> Iterator[Finding]:
    """A JVM that does not know a flag does not start."""
    for workload, container in case.jvms():
        for one in () if _ignores_unknown(container) else container.given:
            if fatal := fatal_in(one.flag.token):
                yield from _fatal(case, workload, container, one, fatal)


def _fatal(
    case: Case, workload: Workload, container: Container, one: Given, fatal: tuple[int, ...]
) -> Iterator[Finding]:
    jdk, token = case.jdk_of(container), shown(one.flag.token)
    if jdk is not None and jdk not in fatal:
        return
    like = alike(one.flag.token)
    unknown = len(fatal) == 5
    where = (
        "no JVM knows it"
        if unknown
        else f"JDK {jdk} does not start with it"
        if jdk
        else f"JDK {_versions(fatal)} do not start with it"
    )
    severity = Severity.BLOCK if jdk or unknown else Severity.WARN
    instead = f"did you mean {like}?" if like else replacement(one.flag.token)
    step = (like and instead) or (f"Write {instead}" if instead else "Take it out.")
    fix = SwapWord(one.spot.path, one.spot.token, _spelt(token, like)) if like or not instead else None
    yield finding("flag-fatal", severity, workload.about, one.spot, f"{token}: {where}", next_step=step, fix=fix)


def _spelt(token: str, like: str) -> str:
    """The option with the right name; nothing where there is none."""
    return re.sub(r"(-XX:[+-]?)\w+", rf"\g<1>{like}", token, count=1) if like else ""


@rule(
    _card(
        "flags-ignored",
        "-XX:+IgnoreUnrecognizedVMOptions, and options that the JDK takes and ignores",
        "warn: with it a misspelt or removed flag does nothing, and nobody is told. info for a flag that the "
        "JDK only ignores.",
        "J2; HotSpot arguments.cpp",
        "Take it out, and the flags that it hides with it.",
    )
)
def flags_ignored(case: Case) -> Iterator[Finding]:
    """A flag that does nothing is worse than one that fails."""
    for workload, container in case.jvms():
        jdk = case.jdk_of(container)
        for one in container.given:
            token = shown(one.flag.token)
            if one.flag.name == "IgnoreUnrecognizedVMOptions" and one.flag.value == "true":
                hidden = [shown(other.flag.token) for other in container.given if fatal_in(other.flag.token)]
                what = f"it hides {', '.join(hidden)}" if hidden else "a misspelt flag would do nothing, unseen"
                fix = SwapWord(one.spot.path, one.spot.token, "")
                yield finding("flags-ignored", Severity.WARN, workload.about, one.spot, f"{token}: {what}", fix=fix)
            elif jdk and standing(one.flag.token, jdk) is Standing.IGNORED:
                because = f"{token}: JDK {jdk} ignores it"
                fix = SwapWord(one.spot.path, one.spot.token, "")
                yield finding("flags-ignored", Severity.INFO, workload.about, one.spot, because, fix=fix)


@rule(
    _card(
        "flags-conflict",
        "the same flag given twice, two collectors, -Xms against -Xmx",
        "block for two collectors and for an initial heap above the maximum: the JVM does not start. warn "
        "for a flag that is given twice "
        "with different values: the last one wins, silently; JAVA_TOOL_OPTIONS is read first, then "
        "JDK_JAVA_OPTIONS, then the command "
        "line, then _JAVA_OPTIONS.",
        "J3; measured on JDK 17",
        "Leave one of them.",
    )
)
def flags_conflict(case: Case) -> Iterator[Finding]:
    """Flags that contradict each other."""
    for workload, container in case.jvms():
        yield from _twice(workload, container)
        chosen = [
            one for one in container.given if one.flag.name in COLLECTORS and container.value(one.flag.name) == "true"
        ]
        names = sorted({one.flag.name for one in chosen})
        if len(names) > 1:
            because = f"{' and '.join(names)}: the JVM takes one collector and does not start with two"
            yield finding("flags-conflict", Severity.BLOCK, workload.about, chosen[-1].spot, because)
        first, most = container.value("InitialHeapSize"), container.value("MaxHeapSize")
        if first.isdecimal() and most.isdecimal() and int(first) > int(most):
            because = "the initial heap (-Xms) is larger than the maximum (-Xmx): the JVM does not start"
            yield finding("flags-conflict", Severity.BLOCK, workload.about, container.where("InitialHeapSize"), because)


def _twice(workload: Workload, container: Container) -> Iterator[Finding]:
    seen: dict[str, Given] = {}
    for one in container.given:
        before = seen.get(one.flag.name)
        is_option = one.flag.token.startswith(("-X", "-D"))
        if before and is_option and before.flag.value != one.flag.value:
            where = f" in {before.variable}" if before.variable != one.variable and before.variable else ""
            because = (
                f"{shown(before.flag.token)}{where} is without effect: {shown(one.flag.token)} comes later and wins"
            )
            fix = SwapWord(before.spot.path, before.spot.token, "")
            yield finding("flags-conflict", Severity.WARN, workload.about, before.spot, because, fix=fix)
        seen[one.flag.name] = one


@rule(
    _card(
        "flag-locked",
        "experimental and diagnostic flags, and the unlock that must come before them",
        "block when the unlock is missing or comes later: the JVM does not start.",
        "J4; HotSpot: VM option is experimental and must be enabled via -XX:+UnlockExperimentalVMOptions",
        "Write the unlock flag before it.",
    )
)
def flag_locked(case: Case) -> Iterator[Finding]:
    """The key must come before the lock."""
    for workload, container in case.jvms():
        unlocked: set[str] = set()
        for one in container.given:
            unlocked |= {one.flag.name} if one.flag.value == "true" else set()
            needed = _unlock_of(one, case.jdk_of(container))
            if needed and needed not in unlocked:
                because = f"{shown(one.flag.token)} needs -XX:+{needed} before it: the JVM does not start without"
                fix = SwapWord(one.spot.path, one.spot.token, f"-XX:+{needed} {one.spot.token}")
                yield finding("flag-locked", Severity.BLOCK, workload.about, one.spot, because, fix=fix)


def _unlock_of(one: Given, jdk: int | None) -> str:
    """The unlock that this JDK wants; where it is not known, the one that each of 11 to 25 wants."""
    asked = {standing(one.flag.token, major) for major in ((jdk,) if jdk else (11, 17, 21, 25))}
    return UNLOCKS.get(asked.pop(), "") if len(asked) == 1 else ""


@rule(
    _card(
        "options-unread",
        "the variables that hold JVM options, and who reads them: the JVM, a start script, or the "
        "container's own command",
        "block when an exec-form command has `$NAME` (nobody expands it) or `$(NAME)` with several words (it "
        "becomes one word). warn "
        "when neither the JVM nor a start script in wide use knows the variable and the command does not "
        "name it; info where the plan "
        "has the flags proved in the JVM.",
        "J7; the kubelet expands $(NAME) only and does not split words; a process with ARGS1=-Xmx4096m was "
        "seen to run with -Xmx99m",
        "Use JAVA_TOOL_OPTIONS or JDK_JAVA_OPTIONS, or let a shell expand it: sh -c 'exec java $NAME -jar app.jar'.",
    )
)
def options_unread(case: Case) -> Iterator[Finding]:
    """An environment variable is input, not effect."""
    for workload, container in case.jvms():
        named = {name: (path, text) for path, text, name in references(container.body)}
        for one in container.variables.values():
            if not is_jvm_variable(one) or one.name in BY_THE_JVM or not one.value.strip():
                continue
            if one.name not in named:
                yield from _unread(case, workload, container, one)
            elif not is_shell(container.body):
                path, text = named[one.name]
                yield from _unexpanded(workload, container.spot(*path), one, text)


def _unread(case: Case, workload: Workload, container: Container, one: Variable) -> Iterator[Finding]:
    by_script = one.name in BY_A_SCRIPT and not starts_with_java(container.body)
    if by_script:
        return
    is_proved = case.plan is not None and bool(case.plan.expect.jvm_flags) and workload == case.planned()
    who = (
        "java is started directly and does not read it"
        if starts_with_java(container.body)
        else "only the image's own start script can"
    )
    tail = "; the run proves the flags in each JVM" if is_proved else ""
    because = f"no JVM reads {one.name} by itself, and the command does not name it: {who}{tail}"
    severity = Severity.INFO if is_proved else Severity.WARN
    step = "JAVA_TOOL_OPTIONS and JDK_JAVA_OPTIONS are read by every JVM."
    yield finding("options-unread", severity, workload.about, one.spot, because, next_step=step)


def _unexpanded(workload: Workload, spot: Spot, one: Variable, text: str) -> Iterator[Finding]:
    step = f"Let a shell expand it: command: [sh, -c, 'exec java ${one.name} -jar app.jar']"
    if not text.startswith("$("):
        because = f"{text} is never expanded: no shell reads this command, and java is given the text itself"
        yield finding("options-unread", Severity.BLOCK, workload.about, spot, because, next_step=step)
    elif len(split(one.value)) > 1:
        because = f"{text} becomes one single word, blanks included: the JVM does not start"
        yield finding("options-unread", Severity.BLOCK, workload.about, spot, because, next_step=step)


@rule(
    _card(
        "cgroup-support",
        "the JDK's age by the image's tag",
        "warn for a JDK that does not know cgroup v2 (8 before 8u372, 11 before 11.0.16): on today's nodes "
        "it sees the whole node's memory "
        "and CPUs; and for -XX:-UseContainerSupport.",
        "J11; JDK-8230305 and its backports",
        "Take a newer update of the same JDK.",
    )
)
def cgroup_support(case: Case) -> Iterator[Finding]:
    """A JVM that sees the node instead of its container."""
    for workload, container in case.jvms():
        image = text_at(container.body, "image")
        if old := _older_than_cgroup_v2(image):
            because = f"{old} does not know cgroup v2: there it sees the whole node's memory and CPUs"
            step = "8u372, 11.0.16 and later do."
            yield finding(
                "cgroup-support", Severity.WARN, workload.about, container.spot("image"), because, next_step=step
            )
        if container.value("UseContainerSupport") == "false":
            spot = container.where("UseContainerSupport")
            because = "-XX:-UseContainerSupport: the JVM sizes itself by the node, not by the container"
            fix = SwapWord(spot.path, spot.token, "")
            yield finding("cgroup-support", Severity.WARN, workload.about, spot, because, fix=fix)


def _older_than_cgroup_v2(image: str) -> str:
    tag = image.rpartition("/")[2].partition(":")[2]
    if found := re.match(r"(?:jdk-?)?(?:1\.)?8(?:\.0_|u|\.0\.)(\d{2,3})", tag):
        return f"JDK 8u{found[1]}" if int(found[1]) < 372 else ""
    if found := re.match(r"(?:jdk-?)?11\.0\.(\d{1,2})(?!\d)", tag):
        return f"JDK 11.0.{found[1]}" if int(found[1]) < 16 else ""
    return ""


@rule(
    _card(
        "collector-by-chance",
        "the CPU and memory limits of a JVM whose collector is not written down",
        "warn when the limits (less than two CPUs, or less than 1792 MB) make the JVM choose the Serial collector.",
        "J12; HotSpot's server class; ergonomics up to JDK 26 (JEP 523 changes it)",
        "Write the collector, or give it two CPUs and 2 GiB.",
    )
)
def collector_by_chance(case: Case) -> Iterator[Finding]:
    """Serial, without anybody having chosen it."""
    for workload, container in case.jvms():
        if container.brings_own_options or any(container.value(name) == "true" for name in COLLECTORS):
            continue
        cpu, limit = millicores_at(container.body, "resources", "limits", "cpu"), container.limit_bytes
        cpu = (
            int(container.value("ActiveProcessorCount")) * 1000
            if container.value("ActiveProcessorCount").isdecimal()
            else cpu
        )
        few = [
            *([f"a CPU limit of {cpu}m"] if cpu is not None and 0 < cpu < _SERVER_MILLICORES else ()),
            *([f"a memory limit of {limit // MIB} MiB"] if limit is not None and 0 < limit < _SERVER_BYTES else ()),
        ]
        if few:
            because = f"no collector is written, and {' and '.join(few)} makes the JVM choose Serial"
            step = "Write -XX:+UseG1GC, or -XX:+UseSerialGC if it is meant."
            spot = container.spot("resources", "limits")
            yield finding("collector-by-chance", Severity.WARN, workload.about, spot, because, next_step=step)


@rule(
    _card(
        "perfdata-off",
        "-XX:-UsePerfData and -XX:+PerfDisableSharedMem",
        "info: the JVM's flags and collections can't be read from its hsperfdata file, the cheapest proof there is.",
        "J13; measured: no file in /tmp/hsperfdata_USER",
        "Leave it on; jcmd or the GC log's header must prove the flags otherwise.",
    )
)
def perfdata_off(case: Case) -> Iterator[Finding]:
    """No cheap proof."""
    for workload, container in case.jvms():
        for name, value in (("UsePerfData", "false"), ("PerfDisableSharedMem", "true")):
            if container.value(name) == value:
                because = f"with {container.where(name).token} nobody can read the JVM's flags without attaching to it"
                yield finding("perfdata-off", Severity.INFO, workload.about, container.where(name), because)


RULES = (
    flag_fatal,
    flags_ignored,
    flags_conflict,
    flag_locked,
    options_unread,
    cgroup_support,
    collector_by_chance,
    perfdata_off,
)

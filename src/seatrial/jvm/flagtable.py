"""What a JVM of each major version makes of an option: takes it, wants it unlocked first, ignores it, or does not start."""

import re
from difflib import get_close_matches
from enum import Enum

from seatrial.jvm.flagnames import FLAGS_BY_COLUMNS

MAJORS = (8, 11, 17, 21, 25)
_MEASURED = (11, 17, 21, 25)


class Standing(Enum):
    """UNSURE: nothing is known of it in this version. NOT_AN_OPTION: no version that was asked knows it."""

    TAKEN = "taken"
    EXPERIMENTAL = "experimental"
    DIAGNOSTIC = "diagnostic"
    IGNORED = "ignored"
    FATAL = "fatal"
    NOT_AN_OPTION = "not an option"
    UNSURE = "unsure"


_LETTERS = {
    "p": Standing.TAKEN,
    "e": Standing.EXPERIMENTAL,
    "d": Standing.DIAGNOSTIC,
    "i": Standing.IGNORED,
    "-": Standing.FATAL,
}
UNLOCKS = {
    Standing.EXPERIMENTAL: "UnlockExperimentalVMOptions",
    Standing.DIAGNOSTIC: "UnlockDiagnosticVMOptions",
}
_COLUMNS = {name: columns for columns, names in FLAGS_BY_COLUMNS.items() for name in names.split()}
# Newer than 8u: `Unrecognized VM option` there. JDK 8 could not be asked, so that only what is sure is listed (JEPs, JDK 9+ notes).
_NOT_IN_8 = frozenset(
    {"UseZGC", "ZGenerational", "ZUncommit", "ZUncommitDelay", "ZCollectionInterval", "HeapDumpGzipLevel"}
    | {"UseCompactObjectHeaders", "SoftMaxHeapSize", "G1PeriodicGCInterval", "UseDynamicNumberOfCompilerThreads"}
    | {"SegmentedCodeCache", "CompactStrings", "ArchiveClassesAtExit", "UseEpsilonGC"}
)
# Taken by JDK 8 and gone since: the GC log's and CMS's own (JEP 271, JEP 363), permanent generation (JEP 122: ignored).
_GONE_SINCE_8 = re.compile(r"PrintGC\w+|CMS\w+|\w*CMS\w*|TraceClass\w+|PrintSafepointStatistics\w*")
_IGNORED_IN_8 = frozenset({"PermSize", "MaxPermSize"})
_LOCKED_IN_8 = frozenset(
    {"G1NewSizePercent", "G1MaxNewSizePercent", "G1MixedGCLiveThresholdPercent", "UseCGroupMemoryLimitForHeap"}
)

_XX = re.compile(r"-XX:(?:[+-](\w+)|(\w+)=.*)", re.DOTALL)
# Options without -XX that decide over the start: by version, as measured.
_OTHERS: tuple[tuple[re.Pattern[str], tuple[int, ...]], ...] = (
    (re.compile(r"-Xlog(?::.*)?"), (8,)),
    (re.compile(r"-d(?:32|64)"), (11, 17, 21, 25)),
    (re.compile(r"-Djava\.(?:ext|endorsed)\.dirs=.*"), (11, 17, 21, 25)),
    (re.compile(r"-Djava\.security\.manager(?:=(?!disallow).*)?"), (25,)),
    (re.compile(r"-XX:(?:Flags|VMOptionsFile)=.*"), ()),
)
_REPLACEMENTS: dict[str, str] = {
    "PrintGCDateStamps": "-Xlog:gc*:file=FILE:time,uptime,level,tags",
    "PrintGCTimeStamps": "-Xlog:gc*:file=FILE:time,uptime,level,tags",
    "PrintGCCause": "nothing: unified logging always names the cause",
    "PrintTenuringDistribution": "-Xlog:gc+age=trace",
    "PrintHeapAtGC": "-Xlog:gc+heap=trace",
    "PrintAdaptiveSizePolicy": "-Xlog:gc+ergo*=trace",
    "PrintReferenceGC": "-Xlog:gc+phases+ref=debug",
    "PrintGCApplicationStoppedTime": "-Xlog:safepoint",
    "PrintGCApplicationConcurrentTime": "-Xlog:safepoint",
    "UseGCLogFileRotation": "filecount= of -Xlog",
    "NumberOfGCLogFiles": "filecount= of -Xlog",
    "GCLogFileSize": "filesize= of -Xlog",
    "UseConcMarkSweepGC": "-XX:+UseG1GC",
    "UseParNewGC": "-XX:+UseG1GC",
    "UseParallelOldGC": "-XX:+UseParallelGC",
    "PermSize": "-XX:MetaspaceSize=",
    "MaxPermSize": "-XX:MaxMetaspaceSize=",
    "UseCGroupMemoryLimitForHeap": "-XX:MaxRAMPercentage=",
    "MaxRAMFraction": "-XX:MaxRAMPercentage=",
    "MinRAMFraction": "-XX:MinRAMPercentage=",
    "InitialRAMFraction": "-XX:InitialRAMPercentage=",
    "TraceClassLoading": "-Xlog:class+load",
    "TraceClassUnloading": "-Xlog:class+unload",
}


def xx_name(token: str) -> str:
    """The name in a -XX option; empty where the token is none."""
    found = _XX.fullmatch(token)
    return (found[1] or found[2]) if found else ""


def standing(token: str, jdk: int) -> Standing:
    """What the JVM of this major version (one of MAJORS) makes of a token, taken by itself."""
    for pattern, fatal in _OTHERS:
        if pattern.fullmatch(token):
            return Standing.FATAL if jdk in fatal else Standing.TAKEN
    name = xx_name(token)
    if not name:
        return Standing.TAKEN
    return _in_8(name) if jdk == 8 else _measured(name, jdk)


def fatal_in(token: str) -> tuple[int, ...]:
    """The major versions whose JVM does not start with this token."""
    return tuple(jdk for jdk in MAJORS if standing(token, jdk) in (Standing.FATAL, Standing.NOT_AN_OPTION))


def replacement(token: str) -> str:
    """What does the same in today's JVMs; empty where there is nothing to say."""
    return _REPLACEMENTS.get(xx_name(token), "")


def alike(token: str) -> str:
    """The known flag that a misspelt one was probably meant to be; empty where none comes near."""
    name = xx_name(token)
    if not name or name in _COLUMNS:
        return ""
    by_case = next((known for known in _COLUMNS if known.lower() == name.lower()), "")
    return by_case or next(iter(get_close_matches(name, _COLUMNS, n=1, cutoff=0.85)), "")


def _measured(name: str, jdk: int) -> Standing:
    columns = _COLUMNS.get(name)
    if columns is None:
        return Standing.NOT_AN_OPTION
    return _LETTERS[columns[_MEASURED.index(jdk)]]


def _in_8(name: str) -> Standing:
    columns = _COLUMNS.get(name)
    if columns is None:
        return Standing.NOT_AN_OPTION
    if name in _NOT_IN_8:
        return Standing.FATAL
    if name in _IGNORED_IN_8:
        return Standing.IGNORED
    if name in _LOCKED_IN_8:
        return Standing.EXPERIMENTAL
    is_old = columns == "----" or bool(_GONE_SINCE_8.fullmatch(name)) or columns[0] == "p"
    return Standing.TAKEN if is_old else Standing.UNSURE

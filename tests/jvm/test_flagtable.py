"""The flag table, by what was measured; and once more by asking the JVM that is here."""

import re
import shutil
import subprocess

import pytest

from seatrial.jvm.flagnames import FLAGS_BY_COLUMNS
from seatrial.jvm.flagtable import MAJORS, Standing, alike, fatal_in, replacement, standing, xx_name

JAVA = shutil.which("java")


@pytest.mark.parametrize(
    ("token", "fatal"),
    [
        ("-Xmx4096m", ()),
        ("-Xloggc:/forex/log/gc.log", ()),
        ("-Xlog:gc*:file=/log/gc.log", (8,)),
        ("-XX:+PrintGCDateStamps", (11, 17, 21, 25)),
        ("-XX:+PrintGCDetails", ()),
        ("-XX:+UseGCLogFileRotation", (11, 17, 21, 25)),
        ("-XX:NumberOfGCLogFiles=5", (11, 17, 21, 25)),
        ("-XX:+UseConcMarkSweepGC", (17, 21, 25)),
        ("-XX:+UseParNewGC", (11, 17, 21, 25)),
        ("-XX:+UseParallelOldGC", (17, 21, 25)),
        ("-XX:MaxPermSize=256m", (17, 21, 25)),
        ("-XX:+AggressiveOpts", (17, 21, 25)),
        ("-XX:-UseBiasedLocking", (21, 25)),
        ("-XX:+UseCGroupMemoryLimitForHeap", (11, 17, 21, 25)),
        ("-XX:MaxRAMFraction=1", (25,)),
        ("-XX:MaxRAMPercentage=75", ()),
        ("-XX:+UseG1GC", ()),
        ("-XX:+UseZGC", (8,)),
        ("-XX:+ZGenerational", (8, 11, 17)),
        ("-XX:+ScavengeBeforeFullGC", (25,)),
        ("-XX:+TraceClassLoading", (17, 21, 25)),
        ("-XX:HeapDumpGzipLevel=1", (8, 11)),
        ("-XX:+ExitOnOutOfMemoryError", ()),
        ("-XX:HeapDumpPath=/log/", ()),
        ("-d64", (11, 17, 21, 25)),
        ("-Djava.security.manager", (25,)),
        ("-XX:+UseCompactObjectHeaders", (8, 11, 17, 21)),
        ("-XX:+HeapDumpOnOutOfMemory", MAJORS),
    ],
)
def test_where_a_jvm_does_not_start(token: str, fatal: tuple[int, ...]) -> None:
    """The rows of the table of facts, and a flag that never was one."""
    assert fatal_in(token) == fatal


@pytest.mark.parametrize(
    ("token", "jdk", "expected"),
    [
        ("-XX:+UseZGC", 11, Standing.EXPERIMENTAL),
        ("-XX:G1NewSizePercent=20", 8, Standing.EXPERIMENTAL),
        ("-XX:G1NewSizePercent=20", 21, Standing.EXPERIMENTAL),
        ("-XX:+PrintNMTStatistics", 17, Standing.DIAGNOSTIC),
        ("-XX:MaxPermSize=256m", 11, Standing.IGNORED),
        ("-XX:+ZGenerational", 25, Standing.IGNORED),
        ("-Dspring.profiles.active=prod", 17, Standing.TAKEN),
    ],
)
def test_what_else_a_jvm_makes_of_it(token: str, jdk: int, expected: Standing) -> None:
    """Locked and ignored options."""
    assert standing(token, jdk) is expected


def test_a_misspelt_flag_finds_its_like() -> None:
    """By letters, and by their case; what is right needs none."""
    assert alike("-XX:+HeapDumpOnOutOfMemoryErrors") == "HeapDumpOnOutOfMemoryError"
    assert alike("-XX:+useg1gc") == "UseG1GC"
    assert alike("-XX:+UseG1GC") == ""
    assert alike("-XX:+NothingOfTheKindAnywhere") == ""
    assert replacement("-XX:MaxPermSize=1m") == "-XX:MaxMetaspaceSize="
    assert xx_name("-Xmx1g") == ""


def _major() -> int | None:
    if JAVA is None:
        return None
    said = subprocess.run([JAVA, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found and int(found[1]) in MAJORS else None


@pytest.mark.skipif(_major() is None, reason="no java of a listed version is installed")
def test_the_jvm_that_is_here_agrees() -> None:
    """Every flag that this JVM lists is taken or can be unlocked; a sample of the fatal ones is refused."""
    jdk = _major()
    assert jdk
    assert JAVA
    unlock = ["-XX:+UnlockDiagnosticVMOptions", "-XX:+UnlockExperimentalVMOptions"]
    listed = subprocess.run(
        [JAVA, *unlock, "-XX:+PrintFlagsFinal", "-version"], capture_output=True, text=True, check=True
    ).stdout
    named = re.findall(r"^\s*\w+ (\w+)\s+:?= .*\{", listed, re.MULTILINE)
    refused = {name for name in named if standing(f"-XX:+{name}", jdk) in (Standing.FATAL, Standing.NOT_AN_OPTION)}
    assert len(named) > 500
    assert refused == set()
    for name in ("PrintGCDateStamps", "UseGCLogFileRotation", "HeapDumpOnOutOfMemory"):
        answer = subprocess.run([JAVA, *unlock, f"-XX:+{name}", "-version"], capture_output=True, check=False)
        assert answer.returncode == 1


def test_a_flag_stands_in_one_row() -> None:
    """Twice would be two truths."""
    names = [name for row in FLAGS_BY_COLUMNS.values() for name in row.split()]
    assert len(names) == len(set(names))

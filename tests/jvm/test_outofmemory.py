"""OutOfMemoryError in log text; the JVM's own texts were printed by real JDKs 11, 17 and 25."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.outofmemory import LINES_MAX, OutOfMemoryKind, OutOfMemoryLine, out_of_memory_lines

HEAP = OutOfMemoryKind.HEAP
OTHER = OutOfMemoryKind.OTHER


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('Exception in thread "main" java.lang.OutOfMemoryError: Java heap space', HEAP),
        ("java.lang.OutOfMemoryError: Java heap space", HEAP),
        (
            "Caused by: java.lang.OutOfMemoryError: Java heap space: failed reallocation of scalar replaced objects",
            HEAP,
        ),
        ("# java.lang.OutOfMemoryError: Java heap space", HEAP),
        ("#  fatal error: OutOfMemory encountered: Java heap space", HEAP),
        ("java.lang.OutOfMemoryError: GC overhead limit exceeded", OutOfMemoryKind.GC_OVERHEAD),
        ('Exception in thread "main" java.lang.OutOfMemoryError: Metaspace', OutOfMemoryKind.METASPACE),
        ("OutOfMemoryError: Metaspace", OutOfMemoryKind.METASPACE),
        ("java.lang.OutOfMemoryError: PermGen space", OutOfMemoryKind.METASPACE),
        ("java.lang.OutOfMemoryError: Compressed class space", OutOfMemoryKind.CLASS_SPACE),
        ("java.lang.OutOfMemoryError: Requested array size exceeds VM limit", OutOfMemoryKind.ARRAY_SIZE),
        ("java.lang.OutOfMemoryError: Required array length too large", OutOfMemoryKind.ARRAY_SIZE),
        ("java.lang.OutOfMemoryError: Required length exceeds implementation limit", OutOfMemoryKind.ARRAY_SIZE),
        ("java.lang.OutOfMemoryError: Direct buffer memory", OutOfMemoryKind.DIRECT),
        (
            "java.lang.OutOfMemoryError: Cannot reserve 1048576 bytes of direct buffer memory"
            " (allocated: 5242880, limit: 5242880)",
            OutOfMemoryKind.DIRECT,
        ),
        (
            "io.netty.util.internal.OutOfDirectMemoryError: failed to allocate 16777216 byte(s) of direct memory",
            OutOfMemoryKind.DIRECT,
        ),
        (
            "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or"
            " process/resource limits reached",
            OutOfMemoryKind.THREADS,
        ),
        ("java.lang.OutOfMemoryError: unable to create new native thread", OutOfMemoryKind.THREADS),
        ("java.lang.OutOfMemoryError: Map failed", OutOfMemoryKind.NATIVE),
        (
            "java.lang.OutOfMemoryError: requested 131088 bytes for Chunk::new. Out of swap space?",
            OutOfMemoryKind.NATIVE,
        ),
        ("# There is insufficient memory for the Java Runtime Environment to continue.", OutOfMemoryKind.NATIVE),
        (
            "OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory(0x0000754cb0000000, 10737418240000, 0) failed;"
            " error='Not enough space' (errno=12)",
            OutOfMemoryKind.NATIVE,
        ),
        (
            'Exception: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread "http-nio-1"',
            OTHER,
        ),
        ('Exception in thread "main" java.lang.OutOfMemoryError: custom', OTHER),
        ("java.lang.OutOfMemoryError", OTHER),
        ("ERROR c.e.Rates - java.lang.OutOfMemoryError: null", OTHER),
        ("ERROR [main] Handler dispatch failed; nested exception is java.lang.OutOfMemoryError: Java heap space", HEAP),
        (r'{"level":"ERROR","stack":"java.lang.OutOfMemoryError: Java heap space\n\tat c.e.Rates.load"}', HEAP),
        (r'{"level":"ERROR","stack":"java.lang.OutOfMemoryError: new kind\n\tat c.e.Rates.load"}', OTHER),
        (
            'JVMDUMP039I Processing dump event "systhrow", detail "java/lang/OutOfMemoryError" at 2025/12/23',
            OTHER,
        ),
        ("2025-12-23T05:49:51.1Z \x1b[31mjava.lang.OutOfMemoryError: Java heap space\x1b[0m", HEAP),
        ("[pod/a/b] java.lang.OutOfMemoryError: Java heap space", HEAP),
    ],
)
def test_it_ran_out(line: str, kind: OutOfMemoryKind) -> None:
    (found,) = out_of_memory_lines([line])
    assert found.kind is kind


@pytest.mark.parametrize(
    "line",
    [
        "Picked up JAVA_TOOL_OPTIONS: -XX:+HeapDumpOnOutOfMemoryError -Xmx4096m",
        "Picked up JAVA_TOOL_OPTIONS: -Dexpect='java.lang.OutOfMemoryError: Java heap space'",
        "Picked up _JAVA_OPTIONS: -XX:+ExitOnOutOfMemoryError",
        "NOTE: Picked up JDK_JAVA_OPTIONS: -XX:OnOutOfMemoryError=kill",
        '# -XX:OnOutOfMemoryError="echo java.lang.OutOfMemoryError: Java heap space"',
        '#   Executing /bin/sh -c "logger OutOfMemoryError: Metaspace"...',
        "CommandLine flags: -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/dumps/OutOfMemoryError.hprof",
        "\tat java.base/java.lang.OutOfMemoryError.<init>(OutOfMemoryError.java:48)",
        "    at com.example.OutOfMemoryErrorHandler.handle(OutOfMemoryErrorHandler.java:12)",
        "INFO c.e.OutOfMemoryErrorHandler - watching for java.lang.OutOfMemoryError",
        "INFO c.e.Guard - will exit on java.lang.OutOfMemoryError: enabled",
        "INFO com.acme.OutOfMemoryError: Java heap space is a class of our own",
        "catch (java.lang.OutOfMemoryError e)",
        "jvm_args: -Dtext=OutOfMemoryError: Metaspace",
        "INFO OutOfMemoryErrors so far: 0",
        "Memory is fine",
        "",
    ],
)
def test_a_line_that_only_speaks_of_it(line: str) -> None:
    assert out_of_memory_lines([line]) == ()


def test_whether_the_jvm_goes_down_with_it() -> None:
    log = [
        "INFO still well",
        "java.lang.OutOfMemoryError: Java heap space",
        "Terminating due to java.lang.OutOfMemoryError: Java heap space",
        "Aborting due to java.lang.OutOfMemoryError: Metaspace",
    ]
    assert [(each.number, each.ends_jvm) for each in out_of_memory_lines(log)] == [(2, False), (3, True), (4, True)]


def test_the_line_is_masked_and_numbered() -> None:
    line = "WARN token=abc java.lang.OutOfMemoryError: Java heap space\n"
    assert out_of_memory_lines([line]) == (
        OutOfMemoryLine(HEAP, "WARN token=*** java.lang.OutOfMemoryError: Java heap space", 1, ends_jvm=False),
    )


def test_a_storm_is_cut() -> None:
    log = ["java.lang.OutOfMemoryError: Java heap space"] * (LINES_MAX + 5)
    assert len(out_of_memory_lines(log)) == LINES_MAX


@given(st.lists(st.text() | st.just("memory OutOfMemoryError")))
def test_no_text_breaks_it(lines: list[str]) -> None:
    assert len(out_of_memory_lines(lines)) <= len(lines)

"""The JVM's last words; each text was printed by a real JDK 11, 17 or 25."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.fatal import FatalKind, FatalLine, fatal_line

NOT_CREATED = (
    "Error: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred. Program will exit.\n"
)
NOT_INITIALISED = "Error occurred during initialization of VM\n"
XLOGGC = "[0.000s][warning][gc] -Xloggc is deprecated. Will use -Xlog:gc:/no/such/gc.log instead.\n"


@pytest.mark.parametrize(
    ("log", "kind", "line"),
    [
        (
            "Unrecognized VM option 'PrintGCDateStamps'\n" + NOT_CREATED,
            FatalKind.UNKNOWN_FLAG,
            "Unrecognized VM option 'PrintGCDateStamps'",
        ),
        ("Unrecognized option: -d64\n" + NOT_CREATED, FatalKind.UNKNOWN_FLAG, "Unrecognized option: -d64"),
        (
            "Error: VM option 'G1NewSizePercent' is experimental and must be enabled via"
            " -XX:+UnlockExperimentalVMOptions.\n" + NOT_CREATED,
            FatalKind.LOCKED_FLAG,
            "Error: VM option 'G1NewSizePercent' is experimental and must be enabled via -XX:+UnlockExperimentalVMOptions.",
        ),
        (
            NOT_INITIALISED + "Initial heap size set to a larger value than the maximum heap size\n",
            FatalKind.HEAP_SIZES,
            "Initial heap size set to a larger value than the maximum heap size",
        ),
        (
            NOT_INITIALISED + "Multiple garbage collectors selected\n",
            FatalKind.TWO_COLLECTORS,
            "Multiple garbage collectors selected",
        ),
        (
            XLOGGC + "[0.001s][error  ][logging] Error opening log file '/no/such/gc.log': No such file or directory\n"
            "[0.001s][error  ][logging] Initialization of output 'file=/no/such/gc.log' using options '(null)' failed.\n"
            + NOT_CREATED,
            FatalKind.LOG_FILE,
            "[0.001s][error  ][logging] Error opening log file '/no/such/gc.log': No such file or directory",
        ),
        (
            "[0.000s][error][logging] Invalid level 'foo' in log selection.\n"
            "Invalid -Xlog option '-Xlog:nonsense=foo', see error log for details.\n" + NOT_CREATED,
            FatalKind.LOG_OPTION,
            "[0.000s][error][logging] Invalid level 'foo' in log selection.",
        ),
        (
            "Invalid maximum heap size: -Xmxfoo\n" + NOT_CREATED,
            FatalKind.BAD_VALUE,
            "Invalid maximum heap size: -Xmxfoo",
        ),
        (
            "size_t G1HeapRegionSize=67108864 is outside the allowed range [ 0 ... 33554432 ]\n" + NOT_CREATED,
            FatalKind.BAD_VALUE,
            "size_t G1HeapRegionSize=67108864 is outside the allowed range [ 0 ... 33554432 ]",
        ),
        (
            "\nThe Java thread stack size specified is too small. Specify at least 136k\n" + NOT_CREATED,
            FatalKind.BAD_VALUE,
            "The Java thread stack size specified is too small. Specify at least 136k",
        ),
        (
            NOT_INITIALISED + "Could not reserve enough space for 966367641600KB object heap\n",
            FatalKind.NO_ROOM,
            "Could not reserve enough space for 966367641600KB object heap",
        ),
        (
            "OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory(0x00007577fc000000, 10737418240000, 0) failed;"
            " error='Not enough space' (errno=12)\n#\n"
            "# There is insufficient memory for the Java Runtime Environment to continue.\n",
            FatalKind.NATIVE_MEMORY,
            "# There is insufficient memory for the Java Runtime Environment to continue.",
        ),
        (
            "Error opening zip file or JAR manifest missing : /none.jar\n" + NOT_INITIALISED,
            FatalKind.AGENT,
            "Error opening zip file or JAR manifest missing : /none.jar",
        ),
        (
            "Error: Unable to access jarfile /none.jar\n",
            FatalKind.NO_PROGRAM,
            "Error: Unable to access jarfile /none.jar",
        ),
        (
            "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x0\n",
            FatalKind.CRASH,
            "# A fatal error has been detected by the Java Runtime Environment:",
        ),
        (NOT_CREATED, FatalKind.OTHER, "Error: Could not create the Java Virtual Machine."),
        (NOT_INITIALISED, FatalKind.OTHER, "Error occurred during initialization of VM"),
        (NOT_INITIALISED + "MaxMetaspaceSize is too small.\n", FatalKind.OTHER, "MaxMetaspaceSize is too small."),
        (
            "Something went wrong\n" + NOT_CREATED + NOT_INITIALISED + "\n",
            FatalKind.OTHER,
            "Error: Could not create the Java Virtual Machine.",
        ),
    ],
)
def test_the_line_that_says_it_best(log: str, kind: FatalKind, line: str) -> None:
    found = fatal_line(log.splitlines())
    assert found is not None
    assert (found.kind, found.line) == (kind, line)


def test_through_what_kubectl_wraps_around() -> None:
    log = [
        "2025-12-23T05:49:51.000000001Z NOTE: Picked up JDK_JAVA_OPTIONS: -Dx=1",
        "2025-12-23T05:49:51.000000002Z \x1b[31mUnrecognized VM option 'PrintGCDateStamps'\x1b[0m",
    ]
    assert fatal_line(log) == FatalLine(FatalKind.UNKNOWN_FLAG, "Unrecognized VM option 'PrintGCDateStamps'", 2)


def test_a_secret_in_the_line_is_masked() -> None:
    found = fatal_line(["Unrecognized option: --db.password=hunter2"])
    assert found is not None
    assert found.line == "Unrecognized option: --db.password=***"


@pytest.mark.parametrize(
    "line",
    [
        "2025-12-23 05:49:51 INFO Started ExchangeService in 5.1 seconds",
        "ERROR c.e.Options - Unrecognized option: colour",
        "OpenJDK 64-Bit Server VM warning: Ignoring option MaxPermSize; support was removed in 8.0",
        "[0.000s][warning][gc] -Xloggc is deprecated. Will use -Xlog:gc:/log/gc.log instead.",
        "Picked up JAVA_TOOL_OPTIONS: -Dmessage=Unrecognized VM option",
    ],
)
def test_no_last_words(line: str) -> None:
    assert fatal_line([line]) is None


@given(st.lists(st.text()))
def test_no_text_breaks_it(lines: list[str]) -> None:
    assert fatal_line(lines) is None or lines

"""Flags: how a text becomes flags, which one wins, and what is said when the JVM has another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.flags import (
    Flag,
    FlagComparison,
    Source,
    compare,
    effective,
    flags,
    jvm_words,
    last_wins,
    masked,
    split,
    split_vm_args,
)

ARGS1 = "-Xms3072m -Xmx4096m -XX:+UseG1GC -XX:+HeapDumpOnOutOfMemoryError -Xloggc:/forex/log/exchange-service/gc.log"


def named(*tokens: str) -> dict[str, str]:
    return {flag.name: flag.value for flag in flags(tokens)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ARGS1, tuple(ARGS1.split(" "))),
        ("", ()),
        (" \t\n ", ()),
        ("  -Xmx1g\n-Xms1g\r\n", ("-Xmx1g", "-Xms1g")),
        ("-Dname='two words' -Xmx1g", ("-Dname=two words", "-Xmx1g")),
        ('-Dname="two words"', ("-Dname=two words",)),
        ('-Dname="it\'s"', ("-Dname=it's",)),
        ("-Dname=two\\ words", ("-Dname=two words",)),
        ("-Dname='a\\b'", ("-Dname=a\\b",)),
        ('-Dname="a\\"b"', ('-Dname=a"b',)),
        ("''", ("",)),
        ('-Dname="never closed -Xmx1g', ("-Dname=never closed -Xmx1g",)),
        ("-Dname=end\\", ("-Dname=end\\",)),
    ],
)
def test_a_text_is_split_as_a_shell_would_without_one(text: str, words: tuple[str, ...]) -> None:
    assert split(text) == words


@given(st.text())
def test_any_text_can_be_split(text: str) -> None:
    assert all(isinstance(word, str) for word in split(text))


def test_the_jvm_joins_its_arguments_by_blanks() -> None:
    assert split_vm_args("-Dtitle=two words -Xmx1g @more") == ("-Dtitle=two words", "-Xmx1g", "@more")
    assert split_vm_args("lost -Xmx1g") == ("lost", "-Xmx1g")
    assert split_vm_args("") == ()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["java", "-Xmx1g", "-jar", "app.jar", "-Xmx9g"], ("-Xmx1g",)),
        (["java", "-cp", "a:b", "-Xmx1g", "Main", "-Xmx9g"], ("-cp=a:b", "-Xmx1g")),
        (["java", "-Xmx1g", "-m", "app/Main"], ("-Xmx1g",)),
        (["java", "@flags", "Main"], ("@flags",)),
        (["java", "-cp"], ("-cp=",)),
        (["java"], ()),
        ([], ()),
    ],
)
def test_a_command_line_has_words_for_the_jvm_and_words_for_the_program(
    argv: list[str], words: tuple[str, ...]
) -> None:
    assert jvm_words(argv) == words


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("-Xmx4096m", {"MaxHeapSize": "4294967296"}),
        ("-Xms3g", {"InitialHeapSize": "3221225472"}),
        ("-mx4g", {"MaxHeapSize": "4294967296"}),
        ("-Xmn512m", {"NewSize": "536870912", "MaxNewSize": "536870912"}),
        ("-Xss1m", {"ThreadStackSize": "1048576"}),
        ("-XX:ThreadStackSize=1024", {"ThreadStackSize": "1048576"}),
        ("-XX:ThreadStackSize=many", {"ThreadStackSize": "many"}),
        ("-XX:MaxHeapSize=4g", {"MaxHeapSize": "4294967296"}),
        ("-XX:+UseG1GC", {"UseG1GC": "true"}),
        ("-XX:-UseG1GC", {"UseG1GC": "false"}),
        ("-XX:MaxRAMPercentage=75.0", {"MaxRAMPercentage": "75"}),
        ("-XX:HeapDumpPath=/dumps/a=b.hprof", {"HeapDumpPath": "/dumps/a=b.hprof"}),
        ("-Dspring.profiles.active=prod", {"-Dspring.profiles.active": "prod"}),
        ("-Dbare", {"-Dbare": ""}),
        ("-server", {"-server": "true"}),
        ("-Xmxfoo", {"-Xmxfoo": "true"}),
        ("$JAVA_OPTS", {"$JAVA_OPTS": "true"}),
    ],
)
def test_one_token(token: str, expected: dict[str, str]) -> None:
    assert named(token) == expected


@pytest.mark.parametrize(
    "same",
    [
        "-Xlog:gc:/log/gc.log",
        "-Xlog:gc:file=/log/gc.log",
        '-Xlog:gc:"/log/gc.log"',
        '-Xlog:gc:file="/log/gc.log"',
        "-Xlog:gc:/log/gc.log:",
    ],
)
def test_xloggc_is_xlog_gc(same: str) -> None:
    assert named(same) == named("-Xloggc:/log/gc.log")


@pytest.mark.parametrize(
    "other",
    [
        "-Xlog:gc*:/log/gc.log",
        "-Xlog:gc:/log/other.log",
        "-Xlog:gc:/log/gc.log:time",
        "-Xlog:gc",
        "-Xlog:",
        "-Xlog:gc::time",
    ],
)
def test_another_log_is_another_log(other: str) -> None:
    assert named(other) != named("-Xloggc:/log/gc.log")


def test_logs_to_two_outputs_stand_side_by_side() -> None:
    assert named("-Xlog:gc*:/a.log", "-Xlog:safepoint:/b.log", "-Xlog:") == {
        "Xlog:/a.log": "gc*",
        "Xlog:/b.log": "safepoint",
        "Xlog:stdout": "all",
    }


def test_of_duplicates_the_last_wins() -> None:
    given_twice = last_wins(flags(("-Xmx1g", "-XX:+UseG1GC", "-Xmx2g")))
    assert [(flag.name, flag.token) for flag in given_twice] == [("MaxHeapSize", "-Xmx2g"), ("UseG1GC", "-XX:+UseG1GC")]


# Measured on JDK 17: 32m, 48m, 64m and 40m given in this order run with 40m.
FOUR_WAYS = [("java_tool_options", "-Xmx32m"), ("jdk_java_options", "-Xmx48m"), ("java_options", "-Xmx40m")]


def test_the_order_of_the_inputs() -> None:
    (flag,) = effective(**dict(FOUR_WAYS), command_line=["-Xmx64m"])
    assert flag == Flag("MaxHeapSize", str(40 * 1024 * 1024), "-Xmx40m", Source.JAVA_OPTIONS)
    (flag,) = effective(java_tool_options="-Xmx32m", jdk_java_options="-Xmx48m", command_line=["-Xmx64m"])
    assert flag.source is Source.COMMAND_LINE
    (flag,) = effective(java_tool_options="-Xmx32m", jdk_java_options="-Xmx48m")
    assert flag.source is Source.JDK_JAVA_OPTIONS
    assert effective() == ()


def test_what_was_asked_for_runs_in_other_words() -> None:
    running = flags(split("-Xms3g -XX:MaxHeapSize=4294967296 -XX:+UseG1GC -Xlog:gc:/log/gc.log"), Source.PERFDATA)
    compared = compare(split("-Xms3072m -Xmx4096m -XX:+UseG1GC -Xloggc:/log/gc.log"), running)
    assert [each.name for each in compared] == ["InitialHeapSize", "MaxHeapSize", "UseG1GC", "Xlog:/log/gc.log"]
    assert all(each.agrees for each in compared)
    assert compared[0] == FlagComparison("InitialHeapSize", "-Xms3072m", "-Xms3g", Source.PERFDATA, agrees=True)


def test_another_value_and_a_missing_flag_are_told() -> None:
    running = flags(("-Xmx2g", "-XX:-UseG1GC"), Source.PERFDATA)
    assert compare(("-Xmx4g", "-XX:+UseG1GC", "-XX:+AlwaysPreTouch"), running) == (
        FlagComparison("MaxHeapSize", "-Xmx4g", "-Xmx2g", Source.PERFDATA, agrees=False),
        FlagComparison("UseG1GC", "-XX:+UseG1GC", "-XX:-UseG1GC", Source.PERFDATA, agrees=False),
        FlagComparison("AlwaysPreTouch", "-XX:+AlwaysPreTouch", None, None, agrees=False),
    )


def test_of_an_expectation_said_twice_the_last_counts() -> None:
    (only,) = compare(("-Xmx1g", "-Xmx2g"), flags(("-Xmx2g",)))
    assert only.agrees


def test_secrets_are_compared_but_not_shown() -> None:
    (only,) = compare(("-Ddb.password=one",), flags(("-Ddb.password=two",)))
    assert (only.specified, only.effective, only.agrees) == ("-Ddb.password=***", "-Ddb.password=***", False)


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("-Dspring.datasource.password=hunter2", "-Dspring.datasource.password=***"),
        ("-Dspring.datasource.password=hunter2,b c=d", "-Dspring.datasource.password=***"),
        ("-DAPI_TOKEN=abc", "-DAPI_TOKEN=***"),
        ("-Dclient-secret=abc", "-Dclient-secret=***"),
        ("-Djasypt.encryptor.key=abc", "-Djasypt.encryptor.key=***"),
        ("-Dproxy.credentials=abc", "-Dproxy.credentials=***"),
        ("-Ddb.url=jdbc:postgresql://fx:hunter2@db/fx", "-Ddb.url=jdbc:postgresql://fx:***@db/fx"),
        ("-Ddb.url=jdbc:mysql://db/fx?user=fx&password=hunter2", "-Ddb.url=jdbc:mysql://db/fx?user=fx&password=***"),
        ("-javaagent:/a.jar=server=x,token=abc,port=1", "-javaagent:/a.jar=server=x,token=***,port=1"),
        ("--spring.datasource.password=hunter2", "--spring.datasource.password=***"),
        ("-Dspring.profiles.active=prod", "-Dspring.profiles.active=prod"),
        ("-XX:+UseG1GC", "-XX:+UseG1GC"),
        ("-XX:HeapDumpPath=/dumps/key=1", "-XX:HeapDumpPath=/dumps/key=1"),
        ("-Dpassword", "-Dpassword"),
    ],
)
def test_a_token_can_be_shown(token: str, shown: str) -> None:
    assert masked(token) == shown

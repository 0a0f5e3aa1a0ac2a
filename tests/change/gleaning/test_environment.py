"""The environment of a container, and the JVM options in it that may be shown."""

import pytest

from seatrial.change.gleaning.environment import is_showable, options, variables
from seatrial.model.writes import Body


def secret(name: str, **data: str) -> Body:
    """A Secret with its values as text."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "shop"},
        "stringData": dict(data),
    }


def test_the_last_of_equal_names_wins_and_env_goes_before_env_from() -> None:
    """As the kubelet has it."""
    container: Body = {
        "envFrom": [{"secretRef": {"name": "one"}}, {"prefix": "P_", "configMapRef": {"name": "two"}}],
        "env": [
            {"name": "B", "value": "own"},
            {"name": "C", "valueFrom": {"secretKeyRef": {"name": "one", "key": "A"}}},
            {"name": "D", "valueFrom": {"secretKeyRef": {"name": "absent", "key": "A"}}},
        ],
    }
    config: Body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "two", "namespace": "shop"},
        "data": {"A": "a of two"},
    }

    found = variables(container, "shop", [secret("one", A="a of one", B="b of one"), config])

    assert {name: one.value for name, one in found.items()} == {
        "A": "a of one",
        "P_A": "a of two",
        "B": "own",
        "C": "a of one",
    }
    assert found["B"].holder is None
    assert found["C"].holder is not None


def test_options_come_in_the_order_in_which_the_jvm_takes_them() -> None:
    """JAVA_TOOL_OPTIONS, then JDK_JAVA_OPTIONS, then the command line; secrets are counted, not shown."""
    body = secret("one", ARGS1="-Xmx4g -Ddb.password=hunter2 -javaagent:/a.jar", JAVA_TOOL_OPTIONS="-Xmx1g")
    container: Body = {"envFrom": [{"secretRef": {"name": "one"}}]}

    found = options(container, variables(container, "shop", [body]))

    assert [(flag.token, flag.source.name) for flag in found.flags] == [
        ("-Xmx1g", "JAVA_TOOL_OPTIONS"),
        ("-Xmx4g", "COMMAND_LINE"),
    ]
    assert found.hidden == 2


def test_the_containers_own_command_line_counts_too() -> None:
    """What stands behind -jar belongs to the program."""
    container: Body = {"command": ["/usr/bin/java"], "args": ["-Xmx512m", "-jar", "/app.jar", "-Xfake"]}

    found = options(container, {})

    assert [flag.token for flag in found.flags] == ["-Xmx512m"]
    assert found.on_command_line == 1


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("-Xmx4096m", True),
        ("-XX:+UseG1GC", True),
        ("-XX:HeapDumpPath=/forex/log/", True),
        ("-Xlog:gc*:file=/log/gc.log:time,uptime", True),
        ("-Xloggc:/forex/log/gc.log", True),
        ("-Xshare", True),
        ("-Dspring.datasource.password=x", False),
        ("-Dharmless=x", False),
        ("-javaagent:/a.jar=licence=1", False),
        ("-XX:OnOutOfMemoryError=curl https://u:p@x", False),
        ("-XX:VaultToken=abc", False),
        ("$(OTHER)", False),
        ("-jar", False),
    ],
)
def test_only_what_can_hold_no_secret_is_shown(word: str, shown: bool) -> None:
    """Switches, sizes, names and paths."""
    assert is_showable(word) is shown

"""The built programs are found again exactly as long as nothing that they are made of has changed."""

from pathlib import Path

import pytest

from seatrial.rehearsal.build import SOURCES, build_key, go_build_argv, source_files

SAME = {"main.go": b"package main", "go.sum": b"x"}


@pytest.mark.parametrize(
    ("sources", "go"),
    [
        ({"main.go": b"package main ", "go.sum": b"x"}, "go1.26.8 linux amd64"),
        ({"main.go": b"package main"}, "go1.26.8 linux amd64"),
        ({"main2.go": b"package main", "go.sum": b"x"}, "go1.26.8 linux amd64"),
        (SAME, "go1.26.9 linux amd64"),
        (SAME, "go1.26.8 linux arm64"),
    ],
)
def test_any_change_is_another_key(sources: dict[str, bytes], go: str) -> None:
    assert build_key(sources, go) != build_key(SAME, "go1.26.8 linux amd64")


def test_the_order_of_the_sources_is_no_change() -> None:
    assert build_key(dict(reversed(SAME.items())), "go") == build_key(SAME, "go")


def test_moving_bytes_between_files_is_a_change() -> None:
    assert build_key({"a": b"1\nb 1\n2"}, "go") != build_key({"a": b"1", "b": b"2"}, "go")


def test_the_sources_are_a_module_with_its_sums_and_nothing_that_is_not_compiled() -> None:
    names = {str(file.relative_to(SOURCES)) for file in source_files(SOURCES)}
    assert {"go.mod", "go.sum", "main.go", "pause/main.go"} <= names
    assert not any(name.endswith(".yaml") for name in names)


def test_clients_see_the_version() -> None:
    argv = go_build_argv("go", ".", Path("/x/seatrial-node"))
    assert "k8s.io/component-base/version.gitVersion=v1.35.4" in " ".join(argv)
    assert argv[-3:] == ["-o", "/x/seatrial-node", "."]

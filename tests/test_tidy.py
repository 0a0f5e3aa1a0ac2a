"""House rules that no linter has: sizes, one writer, words that must not appear."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src" / "seatrial").rglob("*.py"))
FUNCTION_LINES_MAX = 50
FILE_LINES_MAX = 450
NO_NAMES = {"utils", "helpers", "common", "manager", "handler", "info", "misc"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    """Files and functions have a hard limit; the views of Kubernetes objects are one long list."""
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX
    long = [node.name for node in functions(path) if (node.end_lineno or 0) - node.lineno > FUNCTION_LINES_MAX]
    assert long == []


def test_no_file_is_named_after_nothing() -> None:
    """A file's name says what it is about."""
    assert [path for path in SOURCES if path.stem in NO_NAMES] == []


def test_only_writing_calls_the_writing_side() -> None:
    """`tools.writes` is used in one file, which announces every write in the journal first."""
    users = [path.name for path in SOURCES if "tools.writes" in path.read_text()]

    assert users == ["writing.py"]


def test_public_functions_say_what_they_are_for() -> None:
    """Every public function and method has a docstring; one inside another speaks for itself."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in outer_functions(ast.parse(path.read_text()))
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert silent == []


def outer_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods, but none that stands inside another function."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield child
            else:
                waiting.append(child)

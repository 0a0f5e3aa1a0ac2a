"""The documents say what the program does: every exit code, command and plan field is in them, and printed pages are fresh."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from seatrial.cli.handbook import EXAMPLES, all_commands
from seatrial.cli.main import COMMANDS
from seatrial.judge.offline import EXIT_CODES
from seatrial.plan.checking import complaints
from seatrial.plan.document import parse
from seatrial.plan.handbook import CARDS, Described, described
from seatrial.plan.schema import PlanFile

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
# Promised for callers that bound a run from outside; nothing of ours ends with them by itself.
PROMISED = {124}


def pages() -> dict[str, str]:
    """What docs/print.py would write."""
    spec = importlib.util.spec_from_file_location("printing", DOCS / "print.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    printed = module.pages()
    assert isinstance(printed, dict)
    return printed


def exit_codes() -> set[int]:
    """Every exit code that the sources name: WayOutError's, what commands and the command line return, and lifecycle's."""
    found = set(EXIT_CODES.values())
    for path in [*(ROOT / "src" / "seatrial" / "cli").glob("*.py"), ROOT / "src" / "seatrial" / "lifecycle.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "WayOutError":
                found |= set(_numbers(node.args[1]))
            if isinstance(node, ast.FunctionDef) and any(
                part in node.name for part in ("exit_code", "_clicked", "command")
            ):
                found |= {
                    number for inner in ast.walk(node) if isinstance(inner, ast.Return) for number in _numbers(inner)
                }
    return found


def _numbers(node: ast.AST) -> Iterator[int]:
    """Whole numbers in an expression; a dictionary's keys and a comparison's sides are no codes."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, int) and not isinstance(inner.value, bool):
            yield inner.value


def test_every_exit_code_has_its_heading() -> None:
    """And every heading is of a code that can happen, or that is promised."""
    headed = {int(code) for code in re.findall(r"^## (\d+)$", (DOCS / "exit-codes.md").read_text(), re.MULTILINE)}
    in_table = {int(code) for code in re.findall(r"^\| \[(\d+)\]", (DOCS / "exit-codes.md").read_text(), re.MULTILINE)}

    assert headed == exit_codes() | PROMISED
    assert in_table == headed


@pytest.mark.parametrize("name", ["rules.md", "lifecycle.md", "plan.md", "commands.md"])
def test_printed_pages_are_fresh(name: str) -> None:
    """`make docs` prints them anew."""
    assert (DOCS / name).read_text() == pages()[name], "run `make docs`"


def test_every_command_has_a_section_and_an_example() -> None:
    """Those below a group too."""
    text = (DOCS / "commands.md").read_text()
    names = [name for name, _ in all_commands()]

    assert set(COMMANDS) <= set(names)
    assert [name for name in names if f"\n## seatrial {name}\n" not in text] == []
    assert set(EXAMPLES) == set(names)


def test_every_option_in_an_example_is_one_of_the_commands() -> None:
    """So that nobody types an example in vain."""
    known = dict(all_commands())
    for name, example in EXAMPLES.items():
        options = {flag for one in known[name].params for flag in one.opts}
        for line in example.splitlines():
            if line.startswith("seatrial "):
                assert line.startswith(f"seatrial {name}")
                used = set(re.findall(r" (--?[a-z][a-z-]*)", re.sub(r"'[^']*'", "''", line)))
                assert used <= options, line


def test_every_field_of_the_plan_has_a_row() -> None:
    """And no row is of a field that is gone."""
    assert {one.path for one in described()} == set(CARDS)
    assert (DOCS / "plan.md").read_text().count("\n| `") >= len(CARDS)


@pytest.mark.parametrize("one", described(), ids=lambda one: one.path)
def test_every_example_fits_its_field(one: Described) -> None:
    """As `check` would judge it."""
    value = parse(f"x: {CARDS[one.path].example}\n").value
    assert isinstance(value, dict)

    assert list(complaints(value["x"], one.wanted)) == []


def test_a_plan_of_all_examples_is_a_plan() -> None:
    """The examples fit together as well."""
    whole: dict[str, object] = {}
    for one in described():
        if "[]" in one.path:
            continue
        *parts, last = one.path.split(".")
        here = whole
        for part in parts:
            here = here.setdefault(part, {})  # type: ignore[assignment]  # nested mappings, made on the way
        value = parse(f"x: {CARDS[one.path].example}\n").value
        assert isinstance(value, dict)
        here[last] = value["x"]

    assert msgspec.convert(whole, PlanFile).metadata.name == "exchange-service-oom-fix"

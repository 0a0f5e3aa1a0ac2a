"""Rendering: the tool's objects or its own words; what was rendered by what is known."""

import shutil
import sys
from pathlib import Path

import pytest

from seatrial.model.preflight import Kustomization
from seatrial.sources.kustomize import directories, kustomization, render
from seatrial.sources.rendered import Rendered, SourceError

KUBECTL = """#!PYTHON
import json, os, sys
if sys.argv[1] == "version":
    print(json.dumps({"kustomizeVersion": "v5.7.1"}))
elif sys.argv[1] == "kustomize":
    told = open(os.path.join(sys.argv[2], "says")).read()
    if told.startswith("fails"):
        sys.exit(told)
    print("# Warning: 'commonLabels' is deprecated", file=sys.stderr)
    print(told)
    print("env: " + json.dumps(sorted(os.environ)))
"""


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kubectl that says what a file tells it to; no kustomize is installed."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(KUBECTL.replace("PYTHON", sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("KUBECONFIG", "/elsewhere")
    return str(program)


def team_directory(path: Path, says: str, *resources: str) -> Path:
    """A kustomization whose rendering is given."""
    path.mkdir(parents=True)
    (path / "kustomization.yml").write_text(f"resources: [{', '.join(resources)}]\n")
    (path / "says").write_text(says)
    return path


def test_a_rendering_names_its_tool(tmp_path: Path, kubectl: str) -> None:
    """And hands on its warnings; the tool sees a clean environment."""
    says = "apiVersion: v1\nkind: Secret\nmetadata: {name: rates}"

    found = render(team_directory(tmp_path / "prod", says), kubectl)

    assert isinstance(found, Rendered)
    assert (found.tool, found.version) == ("kubectl kustomize", "v5.7.1")
    assert found.warnings == ("# Warning: 'commonLabels' is deprecated",)
    environment = str(found.bodies[0]["env"])
    assert "KUBECONFIG" not in environment
    assert "GIT_DIR" not in environment
    assert "GIT_TERMINAL_PROMPT" in environment


def test_remote_bases_are_named_wherever_they_hide(tmp_path: Path, kubectl: str) -> None:
    """In a local base too."""
    says = "apiVersion: v1\nkind: Secret\nmetadata: {name: rates}"
    team_directory(tmp_path / "base", says, "https://example.com/rates?ref=v1", "deployment.yml")
    prod = team_directory(tmp_path / "prod", says, "../base")

    found = render(prod, kubectl)

    assert isinstance(found, Rendered)
    assert [one for one in found.warnings if one.startswith("https://example.com/rates?ref=v1 is a remote base")]
    assert directories(prod) == (prod, tmp_path / "base")


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("fails: no such file 'hpa.yml'", "fails: no such file 'hpa.yml'"),
        ('fails: E1125 01:57:55.1 7 run.go:72] "command failed" err="no \\"hpa.yml\\""', "fails: "),
        ("# nothing", "the object has no apiVersion"),
        ("a: 1\na: 2", "`a` is given twice; the first is in line 1"),
    ],
)
def test_the_tools_own_words_are_told(tmp_path: Path, kubectl: str, says: str, words: str) -> None:
    """With the directory."""
    found = render(team_directory(tmp_path / "prod", says), kubectl)

    assert isinstance(found, SourceError)
    assert words in found.because
    assert found.place.startswith(str(tmp_path / "prod"))


def test_without_a_tool_or_a_kustomization_nothing_is_rendered(tmp_path: Path, kubectl: str) -> None:
    """And it is said what is missing."""
    assert str(render(tmp_path, kubectl)) == f"{tmp_path}: there is no kustomization.yaml in it"
    missing = render(team_directory(tmp_path / "prod", ""), str(tmp_path / "nothing"))
    assert str(missing) == "neither kustomize nor kubectl is on PATH; install one of them"


def test_what_the_kustomization_lists_and_what_lies_beside_it(tmp_path: Path) -> None:
    """A forgotten `hpa.yml` is seen by the difference."""
    prod = team_directory(tmp_path / "prod", "", "deployment.yml")
    (prod / "hpa.yml").touch()
    (prod / "deployment.yml").touch()

    expected = Kustomization(str(prod / "kustomization.yml"), ("deployment.yml",), ("deployment.yml", "hpa.yml"))
    assert kustomization(prod) == expected


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_a_real_kubectl_renders(tmp_path: Path) -> None:
    """A generated Secret with a fixed name."""
    (tmp_path / "kustomization.yaml").write_text(
        "namespace: forex-prod\nsecretGenerator: [{name: env, literals: [ARGS1=-Xmx4g]}]\n"
        "generatorOptions: {disableNameSuffixHash: true}\n"
    )

    found = render(tmp_path)

    assert isinstance(found, Rendered), str(found)
    assert found.bodies[0]["data"] == {"ARGS1": "LVhteDRn"}
    assert found.version.startswith("v")

"""Render a kustomization: by kustomize where it is installed, by kubectl's own otherwise."""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import yaml

from seatrial.change.objects import items, mapping, text_at
from seatrial.model.preflight import Kustomization
from seatrial.model.writes import Body
from seatrial.sources.manifests import ManifestError, bodies
from seatrial.sources.programs import Ran, run
from seatrial.sources.rendered import Rendered, SourceError, digest_of

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SUFFIXES = (".yaml", ".yml")
_BASES = ("resources", "bases", "components", "crds", "configurations", "transformers", "generators", "validators")
_BASES_MAX = 200
_LOG_LINE = re.compile(r'[EF][0-9]{4} .*?err="(.*)"', re.DOTALL)
# How kustomize itself tells an address from a path (kustomize/api/internal/git/repospec.go).
_REMOTE = ("://", "git@", "git::", "github.com/", "gh:", "?ref=", "?version=", "bitbucket.org/", "gitlab.com/")


class Tool(msgspec.Struct, frozen=True):
    """A program that renders."""

    argv: tuple[str, ...]
    name: str
    version: str


def render(directory: Path, kubectl: str = "kubectl") -> Rendered | SourceError:
    """The objects of the kustomization in the directory, or the tool's own words why there are none."""
    told = kustomization(directory)
    if isinstance(told, SourceError):
        return told
    tool = _tool(kubectl)
    if isinstance(tool, SourceError):
        return tool
    done = run((*tool.argv, str(directory)))
    if done.code != 0:
        return SourceError(_words(done.words) or f"{tool.name} ended with {done.code}", str(directory))
    return _taken(done, tool, directory, tuple(_walk(directory)[1]))


def kustomization(directory: Path) -> Kustomization | SourceError:
    """The kustomization file: what it lists, and which manifests lie beside it."""
    file = next((directory / name for name in FILES if (directory / name).is_file()), None)
    if file is None:
        return SourceError(f"there is no {FILES[0]} in it", str(directory))
    content = _content(file)
    if isinstance(content, SourceError):
        return content
    listed = tuple(str(one) for one in items(content.get("resources")))
    beside = sorted(one.name for one in directory.iterdir() if one.suffix in _SUFFIXES and one != file)
    return Kustomization(str(file), listed, tuple(beside))


def _words(printed: str) -> str:
    """The tool's words without the log line that some builds of kubectl wrap around them."""
    logged = _LOG_LINE.fullmatch(printed)
    return (logged[1].replace('\\"', '"') if logged else printed).removeprefix("error: ").removeprefix("Error: ")


def _taken(done: Ran, tool: Tool, directory: Path, remote: Sequence[str]) -> Rendered | SourceError:
    try:
        text = done.out.decode()
        found = bodies(text, f"{directory} (as rendered)")
    except UnicodeDecodeError:
        return SourceError("what it renders is not UTF-8 text", str(directory))
    except ManifestError as error:
        return SourceError(error.because, error.place)
    if not found:
        return SourceError("it renders no object", str(directory))
    warnings = [f"{one} is a remote base: what it holds tomorrow is not under your control" for one in remote]
    warnings += done.words.splitlines()
    return Rendered(found, tool.name, tool.version, digest_of(text), tuple(warnings))


def _tool(kubectl: str) -> Tool | SourceError:
    if kustomize := shutil.which("kustomize"):
        version = run((kustomize, "version"))
        return Tool((kustomize, "build"), "kustomize", version.out.decode(errors="replace").strip() or "unknown")
    found = shutil.which(kubectl)
    if found is None:
        return SourceError("neither kustomize nor kubectl is on PATH; install one of them")
    answer = run((found, "version", "--client", "-o", "json"))
    return Tool((found, "kustomize"), "kubectl kustomize", _version(answer.out))


def _version(answer: bytes) -> str:
    try:
        return text_at(json.loads(answer), "kustomizeVersion") or "unknown"
    except ValueError:
        return "unknown"


def directories(directory: Path) -> tuple[Path, ...]:
    """The kustomization's directory and those of its local bases, as far as they can be followed."""
    return tuple(_walk(directory)[0])


def _walk(directory: Path) -> tuple[dict[Path, None], dict[str, None]]:
    """Local directories and remote addresses among the bases. What can't be read is kustomize's to complain about."""
    seen: dict[Path, None] = {}
    remote: dict[str, None] = {}
    waiting = [directory.resolve()]
    while waiting and len(seen) < _BASES_MAX:
        here = waiting.pop()
        file = next((here / name for name in FILES if (here / name).is_file()), None)
        if here in seen or file is None:
            continue
        seen[here] = None
        content = _content(file)
        named = [] if isinstance(content, SourceError) else _bases(content)
        remote |= dict.fromkeys(name for name in named if any(mark in name for mark in _REMOTE))
        waiting += [(here / name).resolve() for name in named if (here / name).is_dir()]
    return seen, remote


def _bases(content: Body) -> list[str]:
    return [one for field in _BASES for one in items(content.get(field)) if isinstance(one, str) and "\n" not in one]


def _content(file: Path) -> Body | SourceError:
    try:
        return mapping(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (OSError, UnicodeDecodeError) as error:
        return SourceError(f"can't be read: {error}", str(file))
    except yaml.YAMLError as error:
        return SourceError(" ".join(str(error).split()), str(file))

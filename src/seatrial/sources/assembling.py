"""A simple kustomization put together without a program: its files, a namespace, and Secrets and ConfigMaps of env files.

For looking only, never for applying: rendering by kubectl costs more than everything else that `check` does (docs/decisions).
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from msgspec import Struct

from seatrial.change.objects import CLUSTER_SCOPED, items, mapping, text_at, with_at
from seatrial.model.writes import Body
from seatrial.sources.manifests import ManifestError
from seatrial.sources.placing import Generated, Sources
from seatrial.sources.sheets import Sheet, plain_text, read_file, sheet, shown

_TAKEN = frozenset(
    {"apiVersion", "kind", "namespace", "resources", "secretGenerator", "configMapGenerator", "generatorOptions"}
)
_GENERATOR_FIELDS = frozenset({"name", "type", "envs", "env", "literals", "options"})
_OPTIONS = frozenset({"disableNameSuffixHash"})
GENERATORS = (("secretGenerator", "Secret"), ("configMapGenerator", "ConfigMap"))
_DEPTH_MAX = 20
FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
Strictness = Callable[[bool], None]


class NotSimpleError(Exception):
    """Only kustomize itself can render this."""


class Assembled(Struct, frozen=True, eq=False):
    """The objects, and the files that they come from."""

    bodies: tuple[Body, ...]
    sources: Sources


class _Parts(Struct, eq=False):
    bodies: list[Body] = []
    sheets: list[Sheet] = []
    generated: dict[tuple[str, str], Generated] = {}


def assemble(directory: Path) -> Assembled | None:
    """The objects of a simple kustomization; None where it is not simple, or anything is wrong with it."""
    parts = _Parts()
    try:
        _add(directory, parts, 0)
    except (NotSimpleError, ManifestError, OSError, yaml.YAMLError):
        return None
    names = {(text_at(one, "kind"), text_at(one, "metadata", "name")) for one in parts.bodies}
    if len(names) != len(parts.bodies) or not names:
        return None
    return Assembled(tuple(parts.bodies), Sources(tuple(parts.sheets), parts.generated))


def written(directory: Path) -> Sources:
    """The files behind any kustomization, simple or not: whatever can be read of it."""
    from seatrial.sources.kustomize import directories  # it runs programs: that import is as dear as this whole file

    parts = _Parts()
    for base in reversed(directories(directory)):
        file = _file_of(base)
        for path in sorted(base.iterdir()):
            if path.suffix in (".yaml", ".yml") and path != file and path.is_file():
                try:
                    parts.sheets.append(read_file(path))
                except (ManifestError, OSError):
                    continue
        try:
            _generators(base, parts, _content(file) if file else {}, strictly=_nothing)
        except (NotSimpleError, ManifestError, OSError, yaml.YAMLError):
            continue
    return Sources(tuple(parts.sheets), parts.generated)


def _nothing(_: bool) -> None:
    """Whatever a generator says is fine where only its files are looked for."""


def _only(condition: bool) -> None:
    if not condition:
        raise NotSimpleError


def _file_of(directory: Path) -> Path | None:
    return next((directory / name for name in FILES if (directory / name).is_file()), None)


def _content(file: Path) -> Body:
    return mapping(yaml.load(plain_text(file), Loader=yaml.CSafeLoader))


def _add(directory: Path, parts: _Parts, depth: int) -> None:
    file = _file_of(directory)
    _only(file is not None and depth < _DEPTH_MAX)
    content = _content(file) if file else {}
    _only(set(content) <= _TAKEN and text_at(content, "kind") in ("", "Kustomization"))
    first = len(parts.bodies)
    for name in items(content.get("resources")):
        path = directory / str(name)
        if path.is_dir():
            _add(path, parts, depth + 1)
        else:
            _only(path.is_file())
            found = read_file(path)
            parts.sheets.append(found)
            parts.bodies += [body for body, _ in found.objects]
    parts.bodies += _generators(directory, parts, content, strictly=_only)
    if namespace := text_at(content, "namespace"):
        parts.bodies[first:] = [_placed(body, namespace) for body in parts.bodies[first:]]


def _placed(body: Body, namespace: str) -> Body:
    """kustomize puts every namespaced object into its namespace, whatever the file says; what names others is not simple."""
    kind = text_at(body, "kind")
    _only(
        kind not in ("Namespace", "CustomResourceDefinition")
        and not kind.endswith(("RoleBinding", "WebhookConfiguration", "List"))
    )
    return body if kind in CLUSTER_SCOPED else with_at(body, ("metadata", "namespace"), namespace)


def _generators(directory: Path, parts: _Parts, content: Body, strictly: Strictness) -> list[Body]:
    shared = mapping(content.get("generatorOptions"))
    strictly(set(shared) <= _OPTIONS)
    made: list[Body] = []
    for field_name, kind in GENERATORS:
        for index, one in enumerate(items(content.get(field_name))):
            generator = mapping(one)
            own = mapping(generator.get("options"))
            strictly(set(generator) <= _GENERATOR_FIELDS and set(own) <= _OPTIONS)
            strictly({**shared, **own}.get("disableNameSuffixHash") is True)
            envs = tuple(
                _env_sheet(directory / str(name))
                for name in (*items(generator.get("envs")), generator.get("env"))
                if name
            )
            name = text_at(generator, "name")
            parts.generated[kind, name] = Generated(envs, {}, _entry(directory, field_name, index))
            made.append(_made(kind, name, generator, envs, strictly))
    return made


def _env_sheet(path: Path) -> Sheet:
    return sheet(shown(path), plain_text(path))


def _entry(directory: Path, field_name: str, index: int) -> tuple[Sheet, yaml.Node] | None:
    """The generator's own place in the kustomization file."""
    file = _file_of(directory)
    if file is None:
        return None
    text = plain_text(file)
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    listed = next((value for key, value in pairs if key.value == field_name), None)
    if not isinstance(listed, yaml.SequenceNode) or index >= len(listed.value):
        return None
    return sheet(shown(file), text), listed.value[index]


def _made(kind: str, name: str, generator: Body, envs: tuple[Sheet, ...], strictly: Strictness) -> Body:
    """The object as kustomize generates it."""
    strictly(bool(name))
    pairs = [pair for one in envs for pair in _env_pairs(one.text, strictly)]
    for literal in items(generator.get("literals")):
        key, sign, value = str(literal).partition("=")
        strictly(bool(sign and key))
        is_quoted = len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]
        pairs.append((key, value[1:-1] if is_quoted else value))
    strictly(len({key for key, _ in pairs}) == len(pairs))
    head: Body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}
    if kind == "Secret":
        data = {key: base64.b64encode(value.encode()).decode() for key, value in pairs}
        return {**head, "type": text_at(generator, "type") or "Opaque", "data": data}
    return {**head, "data": dict(pairs)}


def _env_pairs(text: str, strictly: Strictness) -> Iterator[tuple[str, str]]:
    """KEY=VALUE lines, as kustomize reads them (api/kv/kv.go): nothing is unquoted; a name alone would be taken from the shell."""
    for line in text.removeprefix("\ufeff").split("\n"):
        stripped = line.removesuffix("\r").lstrip()
        if stripped and not stripped.startswith("#"):
            key, sign, value = stripped.partition("=")
            strictly(bool(sign))
            if sign:
                yield key, value

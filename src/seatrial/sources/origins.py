"""Which file of a kustomization an object was written in, for people to find it again."""

import os
from collections.abc import Iterator
from pathlib import Path

import yaml

from seatrial.change.objects import items, mapping, text_at
from seatrial.model.writes import Body
from seatrial.sources import files, kustomize
from seatrial.sources.rendered import SourceError

GENERATORS = (("secretGenerator", "Secret"), ("configMapGenerator", "ConfigMap"))


def origins(directory: Path) -> dict[tuple[str, str], str]:
    """The file of each (kind, name), relative to the directory; names before any prefix or hash. What can't be read is left out."""
    found: dict[tuple[str, str], str] = {}
    for base in kustomize.directories(directory):
        for key, path in (*_of_resources(base), *_of_generators(base)):
            found.setdefault(key, os.path.relpath(path, directory.resolve()))
    return found


def _of_resources(base: Path) -> Iterator[tuple[tuple[str, str], Path]]:
    listed = kustomize.kustomization(base)
    for name in () if isinstance(listed, SourceError) else listed.resources:
        path = base / name
        loaded = files.load(path) if path.is_file() else SourceError("a directory or an address")
        for body in () if isinstance(loaded, SourceError) else loaded.bodies:
            yield (text_at(body, "kind"), text_at(body, "metadata", "name")), path


def _of_generators(base: Path) -> Iterator[tuple[tuple[str, str], Path]]:
    """A generator's one env file; the kustomization itself where it has several sources."""
    file = next((base / name for name in kustomize.FILES if (base / name).is_file()), None)
    content = _content(file) if file else {}
    for field, kind in GENERATORS:
        for one in items(content.get(field)):
            named = [str(name) for name in (*items(mapping(one).get("envs")), mapping(one).get("env")) if name]
            sources = len(named) + len(items(mapping(one).get("literals"))) + len(items(mapping(one).get("files")))
            path = base / named[0] if len(named) == sources == 1 else file
            if path is not None:
                yield (kind, text_at(one, "name")), path


def _content(file: Path) -> Body:
    try:
        return mapping(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}

"""Manifests from YAML or JSON files: one file, a directory, or a text from standard input."""

from pathlib import Path

from seatrial.sources.manifests import ManifestError, bodies
from seatrial.sources.rendered import Rendered, SourceError, digest_of

SUFFIXES = (".yaml", ".yml", ".json")
FILES_MAX = 1000
BYTES_MAX = 64 * 2**20


def load(path: Path) -> Rendered | SourceError:
    """The objects of a file, or of the manifest files of a directory in the order of their names (not below it)."""
    try:
        if not path.is_dir():
            return read_text(path.read_text(encoding="utf-8"), str(path))
        files = sorted(one for one in path.iterdir() if one.suffix in SUFFIXES and one.is_file())
        if len(files) > FILES_MAX or sum(one.stat().st_size for one in files) > BYTES_MAX:
            return SourceError(f"more than {FILES_MAX} files or {BYTES_MAX // 2**20} MiB of manifests", str(path))
        texts = [(one.read_text(encoding="utf-8"), str(one)) for one in files]
    except OSError as error:
        return SourceError(f"can't be read: {error.strerror or error}", str(path))
    except UnicodeDecodeError as error:
        return SourceError(f"is not UTF-8 text (byte {error.start})", str(path))
    return _together(texts, str(path))


def read_text(text: str, name: str) -> Rendered | SourceError:
    """The objects of one text."""
    return _together([(text, name)], name)


def _together(texts: list[tuple[str, str]], place: str) -> Rendered | SourceError:
    try:
        found = [body for text, name in texts for body in bodies(text, name)]
    except ManifestError as error:
        return SourceError(error.because, error.place)
    if not found:
        return SourceError(f"no object in it; files end in {', '.join(SUFFIXES)}", place)
    return Rendered(tuple(found), "files", "", digest_of("\n---\n".join(text for text, _ in texts)))

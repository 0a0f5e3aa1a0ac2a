"""Manifests from files and directories."""

from pathlib import Path

from seatrial.sources.files import load, read_text
from seatrial.sources.rendered import Rendered, SourceError


def manifest(kind: str) -> str:
    """A small object."""
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: rates}}\n"


def test_a_directory_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    """Manifests only, and not what lies below."""
    (tmp_path / "b.yml").write_text(manifest("Service"))
    (tmp_path / "a.json").write_text('{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "rates"}}')
    (tmp_path / "README.md").write_text("no manifest")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.yaml").write_text(manifest("ConfigMap"))

    found = load(tmp_path)

    assert isinstance(found, Rendered)
    assert [body["kind"] for body in found.bodies] == ["Secret", "Service"]
    assert found.digest.startswith("sha256:")


def test_one_file_or_a_text_will_do(tmp_path: Path) -> None:
    """The digest is of the text."""
    file = tmp_path / "rates.yaml"
    file.write_text(manifest("Service"))

    from_file, from_text = load(file), read_text(manifest("Service"), "standard input")

    assert isinstance(from_file, Rendered)
    assert isinstance(from_text, Rendered)
    assert from_file.digest == from_text.digest


def test_what_can_not_be_read_is_said(tmp_path: Path) -> None:
    """With its place."""
    (tmp_path / "broken.yaml").write_text(f"{manifest('Secret')}kind: Service\n")
    (tmp_path / "latin.txt").write_bytes(b"\xe9")
    (tmp_path / "empty").mkdir()

    said = [str(load(tmp_path / name)) for name in ("broken.yaml", "latin.txt", "empty", "missing")]

    assert said == [
        f"{tmp_path}/broken.yaml:4:1: `kind` is given twice; the first is in line 2",
        f"{tmp_path}/latin.txt: is not UTF-8 text (byte 0)",
        f"{tmp_path}/empty: no object in it; files end in .yaml, .yml, .json",
        f"{tmp_path}/missing: can't be read: No such file or directory",
    ]
    assert isinstance(load(tmp_path), SourceError)

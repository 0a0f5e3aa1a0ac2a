"""An image archive holds what the trees hold, the same for everyone who builds it."""

import hashlib
import json
import os
import tarfile
from pathlib import Path
from typing import Any

from seatrial.rehearsal.image import Entry, write_image, write_layer

ENTRY = Entry(("/opt/launch",), "10001:10001", {"LOG_DIR": "/forex/log"}, "/opt/app")


def a_tree(root: Path) -> Path:
    """A program, a text, a link and a directory that is open to all."""
    (root / "opt").mkdir(parents=True)
    (root / "opt" / "launch").write_text("#!/bin/sh\n")
    (root / "opt" / "launch").chmod(0o700)
    (root / "opt" / "notes").write_text("words")
    (root / "opt" / "notes").chmod(0o600)
    (root / "opt" / "link").symlink_to("notes")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1700)
    return root


def members(tar: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(tar) as archive:
        return {member.name: member for member in archive.getmembers()}


def content(tar: Path, name: str) -> bytes:
    with tarfile.open(tar) as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read()


def an_image(directory: Path) -> Path:
    layer = write_layer(a_tree(directory / "tree"), directory / "layer")
    write_image(directory / "image.tar", "docker.io/library/demo:1.0", [layer], ENTRY)
    return directory / "image.tar"


def test_files_of_a_strict_umask_are_readable_by_the_containers_user(tmp_path: Path) -> None:
    layer = write_layer(a_tree(tmp_path / "tree"), tmp_path / "layer")
    found = members(layer.tar)
    assert {name: oct(member.mode) for name, member in found.items() if not member.issym()} == {
        "opt": "0o755",
        "opt/launch": "0o755",
        "opt/notes": "0o644",
        "tmp": "0o1777",
    }
    assert found["opt/link"].linkname == "notes"
    assert {(member.uid, member.gid, member.uname) for member in found.values()} == {(0, 0, "")}


def test_the_same_tree_gives_the_same_image_whenever_it_was_written(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    archives = [an_image(place) for place in (first, second)]
    os.utime(second / "tree" / "opt" / "notes", (1, 1))
    again = write_layer(second / "tree", second / "again")
    assert archives[0].read_bytes() == archives[1].read_bytes()
    assert again.digest == hashlib.sha256((first / "layer").read_bytes()).hexdigest()


def test_the_archive_says_what_an_importer_asks(tmp_path: Path) -> None:
    archive = an_image(tmp_path)
    manifest: list[dict[str, Any]] = json.loads(content(archive, "manifest.json"))
    assert [image["RepoTags"] for image in manifest] == [["docker.io/library/demo:1.0"]]
    config: dict[str, Any] = json.loads(content(archive, manifest[0]["Config"]))
    assert config["config"] == {
        "Entrypoint": ["/opt/launch"],
        "Env": ["LOG_DIR=/forex/log"],
        "User": "10001:10001",
        "WorkingDir": "/opt/app",
    }
    packed = [hashlib.sha256(content(archive, name)).hexdigest() for name in manifest[0]["Layers"]]
    assert config["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in packed]}
    assert manifest[0]["Config"] == f"{hashlib.sha256(content(archive, manifest[0]['Config'])).hexdigest()}.json"

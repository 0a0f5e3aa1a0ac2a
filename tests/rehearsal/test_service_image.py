"""The service's images are built once for the same sources, and hold what a JVM needs to be looked into."""

import json
import tarfile
from pathlib import Path

import pytest

from seatrial.rehearsal.service_image import IMAGES, Flavour, build_key, build_service_image, libraries_in

LDD = """\
	linux-vdso.so.1 (0x00007ff30b2a0000)
	libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007ff30b26a000)
	libjli.so => /tmp/jre/bin/../lib/libjli.so (0x00007ff30b25a000)
	/lib64/ld-linux-x86-64.so.2 (0x00007ff30b2a2000)
"""


def test_libraries_are_taken_from_where_the_linker_finds_them() -> None:
    assert [str(path) for path in libraries_in(LDD)] == [
        "/lib/x86_64-linux-gnu/libz.so.1",
        "/tmp/jre/bin/../lib/libjli.so",
        "/lib64/ld-linux-x86-64.so.2",
    ]


def test_the_key_changes_with_every_source_its_name_and_the_tools() -> None:
    keys = [
        build_key({"pom.xml": b"a", "Main.java": b"b"}, "17"),
        build_key({"pom.xml": b"a", "Main.java": b"c"}, "17"),
        build_key({"pom.xml": b"a", "Other.java": b"b"}, "17"),
        build_key({"pom.xml": b"ab", "Main.java": b""}, "17"),
        build_key({"pom.xml": b"a", "Main.java": b"b"}, "21"),
    ]
    assert len(set(keys)) == len(keys)
    assert build_key({"Main.java": b"b", "pom.xml": b"a"}, "17") == keys[0]


@pytest.mark.cluster
def test_both_images_are_built_once_and_only_one_has_a_shell(tmp_path: Path) -> None:
    said: list[str] = []
    archives = build_service_image(tmp_path, said.append)
    assert build_service_image(tmp_path, said.append) == archives
    assert len(said) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".tar"] == [
        tmp_path / "service" / ".lock"
    ]
    names = {flavour: _files_in(archive, IMAGES[flavour]) for flavour, archive in archives.items()}
    for files in names.values():
        assert {"opt/launch", "opt/java/bin/java", "opt/app/exchange-service.jar", "etc/passwd"} <= files
        assert not {"opt/java/bin/jcmd", "opt/java/bin/jps"} & files
    assert "bin/sh" in names[Flavour.SHELL]
    assert not [name for name in names[Flavour.NO_SHELL] if name.startswith("bin")]


def _files_in(archive: Path, tag: str) -> set[str]:
    with tarfile.open(archive) as image:
        manifest = image.extractfile("manifest.json")
        assert manifest is not None
        [described] = json.load(manifest)
        assert described["RepoTags"] == [tag]
        names: set[str] = set()
        for layer in described["Layers"]:
            with tarfile.open(fileobj=image.extractfile(layer)) as content:
                names.update(content.getnames())
    return names

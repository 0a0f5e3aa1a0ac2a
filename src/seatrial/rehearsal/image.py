"""Writes a container image as a docker archive, layer by layer from directory trees, without a registry or a daemon."""

import hashlib
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

# One fixed time for every file: the same trees give the same image, byte for byte.
MTIME_S = 1766448000
CREATED = "2025-12-23T00:00:00Z"
CHUNK_BYTES = 1 << 20
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Layer:
    """A layer's tar file and the sha256 of it, in hexadecimal."""

    tar: Path
    digest: str


@dataclass(frozen=True)
class Entry:
    """How a container of the image begins."""

    entrypoint: Sequence[str]
    user: str
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = "/"


def write_layer(tree: Path, tar: Path) -> Layer:
    """Pack what lies in `tree`, owned by root, readable by everyone, sorted by name."""
    with tarfile.open(tar, "w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(tree.rglob("*")):
            archive.add(path, str(path.relative_to(tree)), recursive=False, filter=normalised)
    return Layer(tar, digest_of(tar))


def write_image(archive: Path, name: str, layers: Sequence[Layer], entry: Entry) -> None:
    """Write the archive that `ctr images import` and `docker load` take."""
    config = json.dumps(image_config(layers, entry), sort_keys=True).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": [f"{layer.digest}.tar" for layer in layers]}]
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as whole:
        _add_bytes(whole, config_name, config)
        for layer in layers:
            whole.add(layer.tar, f"{layer.digest}.tar", recursive=False, filter=normalised)
        _add_bytes(whole, "manifest.json", json.dumps(manifest).encode())


def image_config(layers: Sequence[Layer], entry: Entry) -> dict[str, object]:
    """The image's configuration, as the image specification has it."""
    return {
        "created": CREATED,
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {
            "Entrypoint": list(entry.entrypoint),
            "Env": [f"{name}={value}" for name, value in entry.environment.items()],
            "User": entry.user,
            "WorkingDir": entry.working_directory,
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.digest}" for layer in layers]},
    }


def normalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Independent of who builds, when, and with which umask; a sticky directory such as /tmp stays open to all."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = MTIME_S
    if member.isdir():
        member.mode = 0o1777 if member.mode & 0o1000 else 0o755
    elif member.isfile():
        member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def digest_of(file: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(normalised(member), BytesIO(content))

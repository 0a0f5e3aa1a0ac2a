"""A small image with a shell, made here: there is no registry to take it from."""

import shutil
from pathlib import Path

from seatrial.rehearsal.image import Entry, write_image, write_layer
from seatrial.rehearsal.packages import busybox
from seatrial.rehearsal.paths import cache_dir
from seatrial.rehearsal.programs import Programs
from seatrial.rehearsal.progress import Durations, Progress

APPLETS = ("sh", "echo", "printf", "mkdir", "httpd", "sleep")


def busybox_archive(directory: Path, name: str) -> Path:
    """The archive of the image `name`."""
    binary = busybox(Programs(), Progress(lambda _: None, Durations(cache_dir() / "durations.json")))
    tree = directory / "tree"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(binary, tree / "bin" / "busybox")
    for applet in APPLETS:
        (tree / "bin" / applet).symlink_to("busybox")
    archive = directory / "image.tar"
    layer = write_layer(tree, directory / "layer.tar")
    write_image(archive, name, [layer], Entry(["/bin/busybox"], "0", {"PATH": "/bin"}))
    return archive

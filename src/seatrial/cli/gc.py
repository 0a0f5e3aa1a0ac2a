"""gc: what GC logs say, in constant memory, from files, directories, archives or standard input."""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from seatrial.cli.trouble import WayOutError
from seatrial.jvm.gclog import GcReport, LogFile, analyse, encoded, in_order, unpacked
from seatrial.report.gctext import gc_comparison, gc_text

PIECE_BYTES = 1 << 20
HEAD_BYTES = 4096
FILES_MAX = 1000


@click.command("gc")
@click.argument("logs", metavar="FILE|DIR|- …", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--before", metavar="FILE|DIR", help="Another log, to compare with: before the fix, say.")
def gc_command(logs: tuple[str, ...], output: str, before: str | None) -> int:
    """Analyse GC logs: unified logging of JDK 9 to 25 and JDK 8; a rotated set is read as one log."""
    report = read_logs(logs)
    if before is not None:
        click.echo(gc_comparison(read_logs((before,)), report), nl=False)
    elif output == "json":
        click.echo(encoded(report).decode())
    else:
        click.echo(gc_text(report), nl=False)
    return 0


def read_logs(names: tuple[str, ...]) -> GcReport:
    """One report of all files together, the oldest first. Exit code 2 where one can't be read."""
    return analyse(_bytes_of(names))


def _bytes_of(names: tuple[str, ...]) -> Iterator[bytes]:
    if names == ("-",):
        yield from unpacked(_pieces(sys.stdin.buffer))
        return
    for path in _ordered([file for name in names for file in _files(name)]):
        try:
            yield from _file(path)
        except (OSError, zipfile.BadZipFile, EOFError) as error:
            raise WayOutError(f"{path}: can't be read: {error}", 2) from error


def _files(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
        if not found:
            raise WayOutError(f"{name}: there is no file in it", 2)
        return found[:FILES_MAX]
    if not path.exists():
        raise WayOutError(f"{name}: there is no such file", 2)
    return [path]


def _ordered(paths: list[Path]) -> list[Path]:
    """The oldest first: a rotated set is told apart by what its files say, not by their numbers."""
    if len(paths) < 2:
        return paths
    by_name = {str(path): path for path in paths}
    heads = [LogFile(str(path), next(iter(_file(path)), b"")[:HEAD_BYTES], path.stat().st_mtime) for path in paths]
    return [by_name[one.name] for one in in_order(heads)]


def _file(path: Path) -> Iterator[bytes]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist()[:FILES_MAX]:
                if not member.is_dir():
                    with archive.open(member) as inner:
                        yield from unpacked(_pieces(inner))
        return
    with path.open("rb") as file:
        yield from unpacked(_pieces(file))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece

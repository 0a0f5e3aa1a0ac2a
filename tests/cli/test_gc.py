"""`seatrial gc`: files, directories, archives and pipes; figures for people and for machines."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from seatrial.cli.main import run

LOG = b"""[0.010s][info][gc] Using G1
[61.123s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->4M(96M) 2.345ms
[72.500s][info][gc] GC(1) Pause Full (G1 Compaction Pause) 90M->80M(96M) 123.456ms
"""


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command prints; it must succeed."""
    assert run(["gc", *arguments]) == 0
    return capsys.readouterr().out


def test_a_file_is_told_in_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, percentiles, full collections."""
    log = tmp_path / "gc.log"
    log.write_bytes(LOG)

    text = told(capsys, str(log))

    assert "Pauses:             2, 125.8 ms in all" in text
    assert "Full GCs:           1, 123.5 ms" in text


def test_json_has_the_documented_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stable names, the log's own digits."""
    log = tmp_path / "gc.log"
    log.write_bytes(LOG)

    report = json.loads(told(capsys, str(log), "-o", "json"))

    assert report["kind"] == "GcReport"
    assert report["pauses"]["totalMs"] == 125.801
    assert report["fullGcs"] == {"count": 1, "totalMs": 123.456}


def test_gzip_zip_and_a_directory_are_the_same_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """However it was packed."""
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "gc.log").write_bytes(LOG)
    (tmp_path / "gc.log.gz").write_bytes(gzip.compress(LOG))
    with zipfile.ZipFile(tmp_path / "gc.zip", "w") as archive:
        archive.writestr("gc.log", LOG)

    told_of = {name: told(capsys, str(tmp_path / name)) for name in ("set", "gc.log.gz", "gc.zip")}

    assert len(set(told_of.values())) == 1


def test_two_logs_are_compared_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and after the fix."""
    (tmp_path / "before.log").write_bytes(LOG)
    (tmp_path / "after.log").write_bytes(LOG.replace(b"123.456ms", b"20.000ms"))

    text = told(capsys, str(tmp_path / "after.log"), "--before", str(tmp_path / "before.log"))

    assert "The longest pause went down from 123.5 ms to 20.0 ms." in text


def test_what_is_no_gc_log_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Garbage never raises, and never passes for a quiet log."""
    log = tmp_path / "x.bin"
    log.write_bytes(bytes(range(256)) * 40)

    assert "this is no GC log" in told(capsys, str(log))


def test_a_file_that_is_not_there_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its name."""
    assert run(["gc", str(tmp_path / "none.log")]) == 2
    assert "there is no such file" in capsys.readouterr().err

"""The difference by somebody else's program: KUBECTL_EXTERNAL_DIFF, obeyed as `kubectl diff` obeys it, with secrets masked."""

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from seatrial.change.lastapplied import LAST_APPLIED
from seatrial.change.masking import Redactor
from seatrial.change.objects import without_at, without_server_fields
from seatrial.cli.trouble import WayOutError
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

VARIABLE = "KUBECTL_EXTERNAL_DIFF"
# kubectl passes on these arguments and drops all others (kubectl/pkg/cmd/diff, DiffProgram.getCommand).
ARGUMENT = re.compile(r"[A-Za-z0-9=-]+")


def program_of(environment: Mapping[str, str]) -> list[str]:
    """The program and its arguments; none where the variable is not set."""
    words = shlex.split(environment.get(VARIABLE, ""))
    return [word for index, word in enumerate(words) if index == 0 or ARGUMENT.fullmatch(word)]


def compare(
    argv: list[str], before: Mapping[ObjectRef, Body | None], after: Mapping[ObjectRef, Body], redactor: Redactor
) -> int:
    """Write both sides, masked, into directories that go away, and let the program compare them; its exit code, 0 or 1."""
    with tempfile.TemporaryDirectory(prefix="seatrial-diff-") as place:
        live, merged = Path(place) / "LIVE", Path(place) / "MERGED"
        for directory, bodies in ((live, before), (merged, after)):
            directory.mkdir(mode=0o700)
            for ref in after:
                if (body := bodies.get(ref)) is not None:
                    (directory / _file_name(ref)).write_text(_text(body, redactor))
        try:
            code = subprocess.run([*argv, str(live), str(merged)], check=False).returncode
        except OSError as error:
            raise WayOutError(f"{VARIABLE}: {argv[0]} can't be run: {error.strerror}", 2) from error
    if code not in (0, 1):
        raise WayOutError(f"{VARIABLE}: {argv[0]} ended with {code}; 0 and 1 are what a diff ends with", 2)
    return code


def _file_name(ref: ObjectRef) -> str:
    """As kubectl names them: `apps.v1.Deployment.forex-prod.exchange-service`."""
    group, _, version = ref.api_version.rpartition("/")
    parts = (group, version, ref.kind, ref.namespace, ref.name)
    return ".".join(part for part in parts if part).replace(os.sep, "_")


def _text(body: Body, redactor: Redactor) -> str:
    """kubectl's own record left out: masked, it would only be noise."""
    shown = redactor.body(without_at(without_server_fields(body), ("metadata", "annotations", LAST_APPLIED)))
    return str(yaml.dump(shown, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=True, width=10_000))

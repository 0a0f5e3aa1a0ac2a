"""Running a program: argv only, a clean environment, a time limit; its words are returned, never raised."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

# A render or a look at a repository takes a tenth of a second; a remote base may take longer.
TIMEOUT_S = 60.0
STDERR_MAX = 4000
# What a program needs to find itself, its home and a proxy; nothing that steers git or kubectl from outside.
_KEPT = ("PATH", "HOME", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_FIXED = {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "KUBECTL_KUBERC": "false"}


class Ran(Struct, frozen=True):
    """What a program printed. code is None where it could not be started or did not end in time."""

    code: int | None
    out: bytes
    words: str


def run(argv: Sequence[str], timeout_s: float = TIMEOUT_S) -> Ran:
    """Run it and wait."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _FIXED
    try:
        done = subprocess.run(
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
    except OSError as error:
        return Ran(None, b"", f"{argv[0]} can't be started: {error.strerror or error}")
    except subprocess.TimeoutExpired:
        return Ran(None, b"", f"{Path(argv[0]).name} did not end within {timeout_s:.0f} s")
    words = done.stderr.decode(errors="replace").strip()
    return Ran(done.returncode, done.stdout, words[-STDERR_MAX:])

"""Asks a local cluster by its own kubectl: the few questions that bringing it up and telling its state need."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Answer:
    """How a program ended and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Kubectl:
    """kubectl with one kubeconfig; it leaves nothing in the user's ~/.kube."""

    program: Path
    kubeconfig: Path

    def run(self, arguments: Sequence[str], *, given: str | None = None, timeout_s: float = TIMEOUT_S) -> Answer:
        """Run it; an answer that does not come is an answer too."""
        argv = [str(self.program), f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.kubeconfig.parent}/cache"]
        environment = {**os.environ, "KUBERC": "off"}
        try:
            done = subprocess.run(
                [*argv, f"--request-timeout={timeout_s:.0f}s", *arguments],
                input=given or "",
                capture_output=True,
                text=True,
                timeout=timeout_s + 5,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Answer(124, "", f"no answer within {timeout_s:.0f} s")
        return Answer(done.returncode, done.stdout, done.stderr.strip())

    def raw(self, path: str, *, timeout_s: float = TIMEOUT_S) -> Answer:
        """GET a path of the API server as it is."""
        return self.run(["get", "--raw", path], timeout_s=timeout_s)

    def conditions(self, path: str) -> dict[str, str]:
        """The status of each condition of one object; empty if it can't be read."""
        answer = self.raw(path)
        if answer.code != 0:
            return {}
        found = json.loads(answer.out).get("status", {}).get("conditions", [])
        return {str(one["type"]): str(one["status"]) for one in found}

"""What these tests believe instead of Seatrial: kubectl, the API server's audit log, and the files on the disk."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.run.clock import pause, ticks

Body = dict[str, Any]  # objects as the API server tells them; a view of our own would be no independent witness
WRITING = frozenset({"create", "update", "patch", "delete", "deletecollection"})
HARMLESS = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"})
LOOKING_IN = frozenset({"exec", "proxy", "portforward", "log"})
RESTARTED = "kubectl.kubernetes.io/restartedAt"
CONTROL_PLANE = ("kube-", "kubelet", "metrics-server", "seatrial-node")


@dataclass(frozen=True)
class Request:
    """One request that the API server saw."""

    agent: str
    verb: str
    kind: str
    name: str
    code: int
    dry_run: bool
    subresource: str

    @property
    def changes_something(self) -> bool:
        """Whether it was sent to change the cluster's state."""
        looks = self.kind in HARMLESS or self.subresource in LOOKING_IN
        return self.verb in WRITING and not self.dry_run and not looks

    @property
    def is_seatrial(self) -> bool:
        """Whether it says that it comes from Seatrial."""
        return self.agent.startswith("seatrial/")


class AuditLog:
    """The API server's own record. A mark in it is a size in bytes."""

    def __init__(self, path: Path, namespace: str) -> None:
        self._path = path
        self._namespace = namespace

    def mark(self) -> int:
        """Here and now."""
        return self._path.stat().st_size

    def requests(self, since: int) -> list[Request]:
        """Every finished request about the namespace since a mark."""
        return list(self._requests(since))

    def seatrials_writes(self, since: int) -> list[tuple[str, str, str]]:
        """Verb, plural and name of each write of Seatrial's that the API server took."""
        return [
            (one.verb, one.kind, one.name)
            for one in self._requests(since)
            if one.is_seatrial and one.changes_something and one.code < 400
        ]

    def strangers(self, since: int) -> set[str]:
        """Who else wrote, besides the control plane, Seatrial, and the team's own kubectl."""
        known = (*CONTROL_PLANE, "seatrial/", "kubectl")
        writers = {one.agent for one in self._requests(since) if one.changes_something}
        return {agent for agent in writers if not agent.startswith(known)}

    def _requests(self, since: int) -> Iterator[Request]:
        with self._path.open("rb") as log:
            log.seek(since)
            for line in log:
                if line.endswith(b"\n") and self._namespace.encode() in line:
                    told = json.loads(line)
                    about = told.get("objectRef", {})
                    if about.get("namespace") == self._namespace and told["stage"] == "ResponseComplete":
                        yield Request(
                            agent=told.get("userAgent", ""),
                            verb=told["verb"],
                            kind=_plural(about),
                            name=about.get("name", ""),
                            code=told.get("responseStatus", {}).get("code", 0),
                            dry_run="dryRun=All" in told["requestURI"],
                            subresource=about.get("subresource", ""),
                        )


def _plural(about: Body) -> str:
    """Pods of the metrics API are samples, and no pods."""
    kind, group = str(about.get("resource", "")), about.get("apiGroup", "")
    return f"{kind}.{group}" if group == "metrics.k8s.io" else kind


@dataclass(frozen=True)
class Answer:
    """How a program ended, and what it said."""

    code: int
    out: str
    err: str


def run(argv: Sequence[str], environment: Mapping[str, str], *, cwd: Path, given: str = "", at_most_s: float) -> Answer:
    """A program, run to its end."""
    done = subprocess.run(
        argv,
        env={**os.environ, **environment},
        cwd=cwd,
        input=given,
        capture_output=True,
        text=True,
        timeout=at_most_s,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


class Team:
    """The people whose namespace it is, at their kubectl."""

    def __init__(self, kubectl: Path, kubeconfig: Path, namespace: str, cwd: Path) -> None:
        self._argv = [str(kubectl), f"--kubeconfig={kubeconfig}", f"--cache-dir={cwd / 'kube-cache'}"]
        self._argv.append(f"--namespace={namespace}")
        self._cwd = cwd

    def ask(self, *argv: str, given: str = "") -> Answer:
        """Whatever kubectl says."""
        return run([*self._argv, *argv], {"KUBERC": "off"}, cwd=self._cwd, given=given, at_most_s=200)

    def do(self, *argv: str, given: str = "") -> str:
        """What kubectl prints; it has to succeed."""
        answer = self.ask(*argv, given=given)
        assert answer.code == 0, f"kubectl {' '.join(argv)}: {answer.err}"
        return answer.out

    def objects(self, kinds: str) -> list[Body]:
        """All objects of some kinds in the namespace."""
        found: list[Body] = json.loads(self.do("get", kinds, "--output=json"))["items"]
        return found

    def one(self, kind: str, name: str) -> Body | None:
        """One object; None where it is not there."""
        return next((one for one in self.objects(kind) if one["metadata"]["name"] == name), None)

    def node_samples(self) -> list[Body]:
        """What metrics-server has measured of the nodes."""
        answer = self.ask("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes")
        found: list[Body] = json.loads(answer.out)["items"] if answer.code == 0 else []
        return found

    def state(self) -> dict[str, object]:
        """What of the workload a rollback has to bring back, without what controllers count."""
        return {
            f"{one['kind']}/{one['metadata']['name']}": _wanted(one)
            for one in self.objects("deployment,secret,service,networkpolicy,hpa")
        }

    def environment_of_pods(self, container: str) -> dict[str, str]:
        """The variables of each pod's main process, read in the pod."""
        pods = [one["metadata"]["name"] for one in self.objects("pods") if "deletionTimestamp" not in one["metadata"]]
        return {
            pod: self.do("exec", pod, f"--container={container}", "--", "cat", "/proc/1/environ").replace("\0", "\n")
            for pod in pods
        }


def _wanted(body: Body) -> Body:
    """Spec and data, labels and identity; apart from the mark of a `kubectl rollout restart`, which a rollback may leave."""
    template = body.get("spec", {}).get("template", {}).get("metadata", {})
    template.get("annotations", {}).pop(RESTARTED, None)
    if not template.get("annotations"):
        template.pop("annotations", None)
    metadata = {name: body["metadata"].get(name) for name in ("labels", "uid")}
    return {"metadata": metadata, **{name: body[name] for name in ("spec", "data", "type") if name in body}}


def wait_until(what: str, is_so: Callable[[], object], at_most_s: float, every_s: float = 0.2) -> None:
    """Wait for something outside of Seatrial; fails with its name."""
    began = ticks()
    while not is_so():
        assert ticks() - began < at_most_s, f"not within {at_most_s:.0f} s: {what}"
        pause(every_s)

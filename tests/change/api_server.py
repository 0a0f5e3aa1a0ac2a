"""The real API server as these tests use it: a team's kubectl, and plain requests through kubectl's proxy."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from seatrial.change.foresight import foreseen_patch
from seatrial.change.objects import at, items, mapping, precondition_of, ref_of, text_at, with_at
from seatrial.change.ownership import MANAGER, adopted_fields
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

PLURALS = {
    "Secret": "secrets",
    "ConfigMap": "configmaps",
    "Service": "services",
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers",
}


@dataclass(frozen=True)
class ApiServer:
    """Reads and writes whole bodies in one namespace."""

    http: httpx2.Client
    kubectl: Path
    kubeconfig: Path
    namespace: str

    def team(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What the team types, with its own kubectl."""
        argv = [str(self.kubectl), "--kubeconfig", str(self.kubeconfig), "-n", self.namespace, *words]
        return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)

    def team_does(self, *words: str) -> str:
        """What the team types, and it must work."""
        done = self.team(*words)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}{done.stdout}"
        return done.stdout

    def get(self, ref: ObjectRef) -> Body | None:
        """The object as it is now."""
        answer = self.http.get(_path(ref))
        return None if answer.status_code == 404 else _body(answer)

    def lives(self, refs: list[ObjectRef]) -> dict[ObjectRef, Body]:
        """All of them that are there."""
        return {ref: body for ref in refs if (body := self.get(ref)) is not None}

    def replica_sets(self) -> list[Body]:
        """All ReplicaSets of the namespace."""
        path = f"/apis/apps/v1/namespaces/{self.namespace}/replicasets"
        return [mapping(one) for one in items(_body(self.http.get(path)).get("items"))]

    def would_become(self, body: Body, live: Body | None) -> Body:
        """A dry run: of the apply, or of what the apply will come to once kubectl's fields are ours."""
        patch = foreseen_patch(live, body) if live else None
        if patch is None:
            return self._apply(body, {"dryRun": "All"})
        headers = {"content-type": "application/merge-patch+json"}
        params = {"fieldManager": MANAGER, "dryRun": "All"}
        return _body(self.http.patch(_path(ref_of(body)), content=json.dumps(patch), headers=headers, params=params))

    def put(self, body: Body) -> Body:
        """Take ownership over, then apply; create where there is nothing."""
        live = self.get(ref_of(body))
        if live is None:
            path = _path(ref_of(body)).rpartition("/")[0]
            return _body(self.http.post(path, json=body, params={"fieldManager": MANAGER}))
        live = self._adopt(live)
        only_if = precondition_of(live)
        body = with_at(body, ("metadata", "uid"), only_if.uid)
        return self._apply(with_at(body, ("metadata", "resourceVersion"), only_if.resource_version), {})

    def remove(self, ref: ObjectRef) -> None:
        """Delete it."""
        _body(self.http.delete(_path(ref)))

    def _adopt(self, live: Body) -> Body:
        fields = adopted_fields(items(at(live, "metadata", "managedFields")))
        if fields is None:
            return live
        patch = [
            {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            {
                "op": "replace",
                "path": "/metadata/resourceVersion",
                "value": text_at(live, "metadata", "resourceVersion"),
            },
        ]
        headers = {"content-type": "application/json-patch+json"}
        return _body(self.http.patch(_path(ref_of(live)), content=json.dumps(patch), headers=headers))

    def _apply(self, body: Body, more: dict[str, str]) -> Body:
        return _body(
            self.http.patch(
                _path(ref_of(body)),
                content=json.dumps(body),
                headers={"content-type": "application/apply-patch+yaml"},
                params={"fieldManager": MANAGER, "force": "true", **more},
            )
        )


@contextmanager
def api_server(kubectl: Path, kubeconfig: Path, namespace: str) -> Iterator[ApiServer]:
    """A namespace of its own on the cluster, removed at the end."""
    with TemporaryDirectory() as directory:
        socket = Path(directory) / "api"
        argv = [str(kubectl), "--kubeconfig", str(kubeconfig), "proxy", f"--unix-socket={socket}", "--reject-paths=^$"]
        proxy = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        try:
            assert proxy.stdout is not None
            proxy.stdout.readline()
            with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(socket)), base_url="http://localhost") as http:
                server = ApiServer(http, kubectl, kubeconfig, namespace)
                server.team_does("create", "namespace", namespace)
                try:
                    yield server
                finally:
                    server.team_does("delete", "namespace", namespace, "--wait=false")
        finally:
            proxy.terminate()
            proxy.wait(10)
            assert proxy.stdout is not None
            proxy.stdout.close()


def _path(ref: ObjectRef) -> str:
    root = "/api/v1" if ref.api_version == "v1" else f"/apis/{ref.api_version}"
    return f"{root}/namespaces/{ref.namespace}/{PLURALS[ref.kind]}/{ref.name}"


def _body(answer: httpx2.Response) -> Body:
    told = mapping(answer.json())
    assert answer.status_code < 300, text_at(told, "message") or answer.text
    return told

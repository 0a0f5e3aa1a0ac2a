"""Inside of a real pod: logs, commands and their exit codes, the proxy; and all of it through kubectl as well. Needs a real node."""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.contract.conftest import Side, Tell
from tests.contract.things import deployment
from tests.support.busybox import busybox_archive

from seatrial.cluster.connect import connect
from seatrial.cluster.proxied import KubectlProxy
from seatrial.model.observation import CouldNotLook, ExecResult, HttpAnswer, LogTail, Look
from seatrial.model.writes import Body
from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.settings import Cluster, NodeKind
from seatrial.run.clock import SystemClock
from seatrial.run.tools import Reads

pytestmark = pytest.mark.cluster

IMAGE = "docker.io/library/seatrial-contract:1"
SERVES = "echo started; printf '\\033[31mred\\033[0m\\n'; mkdir -p /www; echo UP > /www/health; exec httpd -f -p 8080 -h /www"
CRASHES = "echo last words; sleep 0.2; exit 3"


@pytest.fixture(scope="module")
def image(local_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with a busybox, known to the node."""
    if local_cluster.kind is NodeKind.SIMULATED:
        pytest.skip(f"no real node here, so nothing runs in a pod: {local_cluster.settings.because}")
    import_image(local_cluster.name, busybox_archive(tmp_path_factory.mktemp("image"), IMAGE))
    return IMAGE


@dataclass(frozen=True)
class Inside:
    """A pod to look into."""

    reads: Reads
    namespace: str
    pod: str

    async def runs(self, *argv: str, deadline_s: float = 10, bytes_max: int = 1_000_000) -> ExecResult | CouldNotLook:
        """Run a command in it."""
        return await self.reads.run_in(self.namespace, self.pod, "main", argv, deadline_s, bytes_max)

    async def has_said(self, lines: int) -> LogTail | CouldNotLook:
        """Its log, once it has that many lines: without a probe, Ready comes before the first of them."""
        log = await self.reads.log(self.namespace, self.pod, "main", 10)
        for _ in range(100):
            if isinstance(log, LogTail) and len(log.lines) >= lines:
                break
            await SystemClock().sleep(0.1)
            log = await self.reads.log(self.namespace, self.pod, "main", 10)
        return log


InPod = Callable[[Inside], Awaitable[None]]


async def first_pod(side: Side, body: Body, is_so: Callable[[Look], bool]) -> str:
    """The name of the Deployment's pod, once this is so."""
    await side.writes.create(body)
    async for look in side.reads.follow(side.ref("Deployment", "thing", "apps/v1")):
        if is_so(look):
            return look.pods[0].metadata.name
    raise AssertionError("the looks ended")


def is_serving(look: Look) -> bool:
    return look.deployment is not None and look.deployment.status.ready_replicas == 1


def has_restarted(look: Look) -> bool:
    return any(one.restart_count for pod in look.pods for one in pod.status.container_statuses or ())


@pytest.fixture(params=["direct", "kubectl"])
def in_pod(
    request: pytest.FixtureRequest, image: str, tell_real: Tell, local_cluster: Cluster, tmp_path: Path
) -> Callable[[InPod], None]:
    """Tell a story in a serving pod: by requests of our own, and by way of `kubectl proxy`."""

    def tell(story: InPod) -> None:
        async def through(side: Side) -> None:
            body = deployment(side, image=image, replicas=1, command=["/bin/busybox", "sh", "-c", SERVES])
            pod = await first_pod(side, body, is_serving)
            if request.param == "direct":
                await story(Inside(side.reads, side.namespace, pod))
                return
            config = with_a_plugin(local_cluster, tmp_path)
            async with await connect(str(config), None, SystemClock(), kubectl=str(local_cluster.kubectl)) as cluster:
                assert isinstance(cluster.proxy, KubectlProxy)
                await story(Inside(cluster.reads, side.namespace, pod))

        tell_real(through)

    return tell


def with_a_plugin(local: Cluster, directory: Path) -> Path:
    """The cluster's kubeconfig, its certificate handed out by a credential plugin: that is kubectl's business."""
    config = json.loads(local.kubeconfig.read_text())
    user = config["users"][0]["user"]

    status = {
        "clientCertificateData": base64.b64decode(user["client-certificate-data"]).decode(),
        "clientKeyData": base64.b64decode(user["client-key-data"]).decode(),
    }
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    secret = directory / "answer.json"
    secret.write_text(json.dumps(answer))
    plugin = {"apiVersion": answer["apiVersion"], "command": "cat", "args": [str(secret)], "interactiveMode": "Never"}
    config["users"][0]["user"] = {"exec": plugin}
    path = directory / "kubeconfig"
    path.write_text(json.dumps(config))
    return path


def test_a_command_says_what_it_has_to_say(in_pod: Callable[[InPod], None]) -> None:
    async def story(inside: Inside) -> None:
        both = await inside.runs("/bin/busybox", "sh", "-c", "echo out; echo bad >&2; exit 7")
        assert both == ExecResult(b"out\n", "bad\n", 7)
        fine = await inside.runs("/bin/busybox", "true")
        assert fine == ExecResult(b"", "", 0)
        big = await inside.runs("/bin/busybox", "head", "-c", "300000", "/dev/zero")
        assert isinstance(big, ExecResult)
        assert (len(big.stdout), big.exit_code, big.truncated) == (300_000, 0, False)

    in_pod(story)


def test_a_command_ends_at_its_bounds(in_pod: Callable[[InPod], None]) -> None:
    async def story(inside: Inside) -> None:
        capped = await inside.runs("/bin/busybox", "head", "-c", "300000", "/dev/zero", bytes_max=1000)
        assert capped == ExecResult(bytes(1000), "", None, truncated=True)
        began_s = time.perf_counter()
        late = await inside.runs("/bin/busybox", "sleep", "5", deadline_s=0.5)
        assert isinstance(late, CouldNotLook)
        assert time.perf_counter() - began_s < 3
        missing = await inside.runs("nosuchprogram")
        assert isinstance(missing, CouldNotLook)
        assert "executable file not found" in missing.because
        nowhere = await inside.reads.run_in(inside.namespace, inside.pod, "other", ["x"], 5, 100)
        assert isinstance(nowhere, CouldNotLook)

    in_pod(story)


def test_the_log_comes_without_terminal_escapes(in_pod: Callable[[InPod], None]) -> None:
    async def story(inside: Inside) -> None:
        log = await inside.has_said(2)
        assert log == LogTail(inside.pod, "main", ("started", "red"))
        last = await inside.reads.log(inside.namespace, inside.pod, "main", 1)
        assert isinstance(last, LogTail)
        assert last.lines == ("red",)
        assert isinstance(await inside.reads.previous_log(inside.namespace, inside.pod, "main", 1), CouldNotLook)

    in_pod(story)


def test_the_pod_answers_through_the_proxy_or_it_is_said_who_did_not(in_pod: Callable[[InPod], None]) -> None:
    async def story(inside: Inside) -> None:
        health = await inside.reads.ask_pod(inside.namespace, inside.pod, 8080, "/health", 5)
        assert isinstance(health, HttpAnswer)
        assert (health.status, health.body, health.via_proxy_error) == (200, b"UP\n", False)
        missing = await inside.reads.ask_pod(inside.namespace, inside.pod, 8080, "/missing", 5)
        assert isinstance(missing, HttpAnswer)
        assert (missing.status, missing.via_proxy_error) == (404, False)
        closed = await inside.reads.ask_pod(inside.namespace, inside.pod, 9999, "/", 5)
        assert isinstance(closed, HttpAnswer)
        assert closed.via_proxy_error

    in_pod(story)


def test_the_life_before_the_last_restart_is_not_lost(image: str, tell_real: Tell) -> None:
    async def story(side: Side) -> None:
        body = deployment(side, image=image, replicas=1, command=["/bin/busybox", "sh", "-c", CRASHES])
        pod = await first_pod(side, body, has_restarted)
        log = await side.reads.previous_log(side.namespace, pod, "main", 5)
        for _ in range(100):
            if isinstance(log, LogTail):
                break
            # While it restarts, the kubelet may have thrown one log away and not have the next.
            await side.clock.sleep(0.2)
            log = await side.reads.previous_log(side.namespace, pod, "main", 5)
        assert isinstance(log, LogTail)
        assert log.lines == ("last words",)
        assert log.previous

    tell_real(story)


def test_nothing_of_kubectl_is_left(local_cluster: Cluster, tmp_path: Path) -> None:
    async def story() -> tuple[int | None, bool]:
        config = with_a_plugin(local_cluster, tmp_path)
        cluster = await connect(str(config), None, SystemClock(), kubectl=str(local_cluster.kubectl))
        assert cluster.proxy
        directory = Path(cluster.proxy.socket).parent
        assert directory.stat().st_mode & 0o777 == 0o700
        await cluster.aclose()
        return cluster.proxy._process.returncode, directory.exists()

    returncode, is_there = asyncio.run(story())
    assert returncode is not None
    assert not is_there

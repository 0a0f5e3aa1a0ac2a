"""The two clusters that the contract is tried on: the one in memory, and the real one. The fake may not lie."""

import asyncio
import secrets
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import pytest
from tests.support.fake_clock import FakeClock
from tests.support.fake_cluster import FakeCluster

from seatrial.cluster.connect import connect
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body
from seatrial.rehearsal.settings import Cluster
from seatrial.run.clock import Clock, SystemClock
from seatrial.run.tools import Reads, Writes

T = TypeVar("T")


@dataclass(frozen=True)
class Side:
    """One of the clusters, with a namespace of its own."""

    reads: Reads
    writes: Writes
    clock: Clock
    namespace: str
    team_applies: Callable[[Body], None]

    def ref(self, kind: str, name: str, api_version: str = "v1") -> ObjectRef:
        """An object in our namespace."""
        return ObjectRef(api_version, kind, self.namespace, name)


Story = Callable[[Side], Awaitable[T]]
Tell = Callable[[Story[None]], None]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.cluster)])
def tell(request: pytest.FixtureRequest) -> Iterator[Tell]:
    """Tell a story to one of the clusters."""
    if request.param == "fake":
        yield _on_the_fake
    else:
        yield from _on_the_real(request.getfixturevalue("local_cluster"))


def _on_the_fake(story: Story[None]) -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock, namespace="contract")

    async def run() -> None:
        await story(Side(cluster.reads, cluster.writes, clock, "contract", cluster.given))

    clock.run(run())


@pytest.fixture
def tell_real(local_cluster: Cluster) -> Iterator[Tell]:
    """Tell a story to the real cluster."""
    yield from _on_the_real(local_cluster)


def _on_the_real(local: Cluster) -> Iterator[Tell]:
    namespace = f"contract-{secrets.token_hex(4)}"

    def kubectl(*argv: str, given: bytes = b"") -> None:
        command = [str(local.kubectl), f"--kubeconfig={local.kubeconfig}", *argv]
        done = subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def team_applies(body: Body) -> None:
        kubectl("apply", f"--namespace={namespace}", "--filename=-", given=msgspec.json.encode(body))

    def tell(story: Story[None]) -> None:
        asyncio.run(_connected(story, local, namespace, team_applies))

    kubectl("create", "namespace", namespace)
    yield tell
    kubectl("delete", "namespace", namespace, "--wait=false")


async def _connected(story: Story[None], local: Cluster, namespace: str, team_applies: Callable[[Body], None]) -> None:
    clock = SystemClock()
    async with await connect(str(local.kubeconfig), None, clock) as cluster:
        await clock.within(60, story(Side(cluster.reads, cluster.writes, clock, namespace, team_applies)))

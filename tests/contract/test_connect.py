"""Connecting to a real API server: only where its certificate is vouched for, and each refusal with its way out."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.cluster.connect import connect
from seatrial.cluster.troubles import (
    ConnectError,
    InsecureRefused,
    KubectlNeeded,
    NoSuchContext,
    Unauthorized,
    Unreachable,
)
from seatrial.rehearsal.settings import Cluster
from seatrial.run.clock import SystemClock

pytestmark = pytest.mark.cluster

Config = dict[str, Any]  # a kubeconfig is changed in the middle here, and nothing else
Change = Callable[[Config, Config], object]


def other_ca(cluster: Config, user: Config) -> None:
    cluster["certificate-authority-data"] = user["client-certificate-data"]


def known_by(**credentials: object) -> Change:
    """The user has these credentials, and no others."""

    def change(cluster: Config, user: Config) -> None:
        user.clear()
        user.update(credentials)

    return change


ROWS: list[tuple[str, Change, type[ConnectError] | None, str]] = [
    ("as it is", lambda cluster, user: None, None, ""),
    ("the server's other name", lambda cluster, user: cluster.update({"tls-server-name": "kubernetes"}), None, ""),
    ("no CA", lambda cluster, user: cluster.pop("certificate-authority-data"), Unreachable, "vouches"),
    ("another CA", other_ca, Unreachable, "vouches"),
    ("a wrong name", lambda cluster, user: cluster.update({"tls-server-name": "x.example"}), Unreachable, "vouches"),
    (
        "TLS off",
        lambda cluster, user: cluster.update({"insecure-skip-tls-verify": True}),
        InsecureRefused,
        "remove that line",
    ),
    ("plain http", lambda cluster, user: cluster.update(server="http://198.18.0.1"), InsecureRefused, "use https"),
    (
        "nobody there",
        lambda cluster, user: cluster.update(server="https://127.0.0.1:1"),
        Unreachable,
        "does not answer",
    ),
    ("a bad token", known_by(token="x"), Unauthorized, "log in again"),
    ("half a certificate", lambda cluster, user: user.pop("client-key-data"), NoSuchContext, "can't be read"),
    (
        "a plugin, no kubectl",
        known_by(exec={"command": "x"}),
        KubectlNeeded,
        "PATH",
    ),
]


@pytest.mark.parametrize(("change", "error", "says"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_it_connects_only_where_it_must(
    local_cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    error: type[ConnectError] | None,
    says: str,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    config = json.loads(local_cluster.kubeconfig.read_text())
    change(config["clusters"][0]["cluster"], config["users"][0]["user"])
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))

    async def story() -> str:
        async with await connect(str(path), None, SystemClock()) as cluster:
            return cluster.server

    if error is None:
        assert asyncio.run(story()) == config["clusters"][0]["cluster"]["server"]
        return
    with pytest.raises(error) as refused:
        asyncio.run(story())
    assert says in str(refused.value)

"""End to end: the real command, a real node, real JVMs. Every test names the scene that it looks at."""

import sys
from collections.abc import Iterator

import pytest
from tests.e2e.theatre import Theatre

from seatrial.rehearsal.inside import import_image
from seatrial.rehearsal.paths import cache_dir
from seatrial.rehearsal.service_image import build_service_image
from seatrial.rehearsal.settings import Cluster, NodeKind


def pytest_configure(config: pytest.Config) -> None:
    """The mark by which a test names its scene."""
    config.addinivalue_line("markers", "scene(act): the scene that a test looks at; scenes are played side by side")


@pytest.fixture(scope="session")
def theatre(
    request: pytest.FixtureRequest, local_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theatre]:
    """All scenes that the selected tests name are started at once."""
    if local_cluster.kind is not NodeKind.REAL:
        pytest.skip("this machine may not run containers: no JVM, no end-to-end run")
    for archive in build_service_image(cache_dir(), _say).values():
        import_image(local_cluster.name, archive)
    acts = {mark.args[0] for item in request.session.items for mark in item.iter_markers("scene")}
    made = Theatre(local_cluster, tmp_path_factory.mktemp("e2e"), acts, _say)
    yield made
    made.close()


@pytest.fixture
def outcome(request: pytest.FixtureRequest, theatre: Theatre) -> object:
    """What the test's scene brought."""
    return theatre.outcome(request.node.get_closest_marker("scene").args[0])


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")

"""What tests of any part may ask for: the real local cluster, brought up where it is not there yet."""

import os
import sys

import pytest

from seatrial.rehearsal.cluster import find, up
from seatrial.rehearsal.machine import why_no_real_node
from seatrial.rehearsal.settings import Cluster
from seatrial.rehearsal.troubles import NotUp


@pytest.fixture(scope="session")
def local_cluster() -> Cluster:
    """The cluster named by SEATRIAL_TEST_CLUSTER (`test`). It is left running: the next test run starts in seconds."""
    if because := why_no_real_node():
        pytest.skip(f"left out, it needs a real node: {because}")
    name = os.environ.get("SEATRIAL_TEST_CLUSTER", "test")
    try:
        return find(name)
    except NotUp:
        return up(name, out=_say, contexts=("forex-prod",))


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")

"""What tests of any part may ask for: the real local cluster, brought up where it is not there yet."""

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

from seatrial.rehearsal.cluster import find, up
from seatrial.rehearsal.machine import why_no_real_node
from seatrial.rehearsal.settings import Cluster
from seatrial.rehearsal.troubles import NotUp

# The same examples on every machine, however busy: a check that fails must fail for everybody.
# HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile(
    "steady",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


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

"""Manifests as public charts of JVM services have them: what is said of each, and nothing that their start scripts make untrue."""

from pathlib import Path

import pytest

from seatrial.judge.manifest import case_of, judge
from seatrial.sources.manifests import bodies

CHARTS = Path(__file__).parent / "charts"
SAID = {
    "spring-boot": {
        "warn options-unread",
        "warn replicas-written",
        "warn probes-allow-start",
        "warn probes-differ",
        "warn request-is-limit",
        "warn collector-by-chance",
        "warn autoscaler-warm-up",
        "warn autoscaler-ratchet",
        "warn exit-on-out-of-memory",
        "info disruption-budget",
        "info spread-over-nodes",
        "info graceful-end",
        "info rollout-deadlines",
    },
    "kafka": {
        "block heap-in-limit",
        "warn request-is-limit",
        "warn request-holds-heap",
        "warn probes-allow-start",
        "info graceful-end",
    },
    "elasticsearch": {"info graceful-end"},
    "keycloak": {
        "warn environment-reaches-pods",
        "warn heap-share",
        "info disruption-budget",
        "info spread-over-nodes",
        "info graceful-end",
        "info malloc-arenas",
    },
    "tomcat": {
        "block heap-in-limit",
        "warn rollout-keeps-serving",
        "warn probes-allow-start",
        "warn kill-as-first-process",
        "warn gc-log-settings",
        "info flags-ignored",
        "info graceful-end",
        "info rollout-deadlines",
        "info malloc-arenas",
    },
    "nightly-job": {"block heap-in-limit", "warn exit-on-out-of-memory", "info malloc-arenas"},
    "no-jvm": set(),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in CHARTS.iterdir()))
def test_what_is_said_of_a_chart(name: str) -> None:
    """Written out, so that a rule that grows louder is seen here."""
    found = judge(case_of(bodies((CHARTS / f"{name}.yaml").read_text(), name)))
    assert {f"{one.severity.value} {one.rule}" for one in found} == SAID[name]

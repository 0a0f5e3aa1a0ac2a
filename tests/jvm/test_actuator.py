"""Requests and 5xx from an actuator's Prometheus page."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.jvm.actuator import Served, served

PAGE = b"""# HELP http_server_requests_seconds Duration of HTTP server request handling
# TYPE http_server_requests_seconds summary
http_server_requests_seconds_count{status="200",uri="/rates/{base}/{quote}"} 120
http_server_requests_seconds_sum{status="200",uri="/rates/{base}/{quote}"} 0.9
http_server_requests_seconds_count{method="GET",outcome="SERVER_ERROR",status="503",uri="/rates/{base}/{quote}"} 1.5E1
http_server_requests_seconds_count{error="none",exception="none",method="GET",outcome="CLIENT_ERROR",status="404",uri="/**"} 3
http_server_requests_seconds_count{error="none",exception="none",method="GET",outcome="SERVER_ERROR",status="503",uri="/actuator/health"} 40
jvm_threads_live_threads 33
"""


def test_requests_and_errors_without_the_actuators_own() -> None:
    """Probes that ask the actuator are no users."""
    assert served(PAGE) == Served(requests=138, errors=15)


def test_a_page_without_the_counter_says_nothing() -> None:
    """None is not zero."""
    assert served(b"jvm_threads_live_threads 33\n") is None
    assert served(b"<html>") is None


@given(st.binary(max_size=300))
def test_garbage_never_raises(page: bytes) -> None:
    """Whatever comes: counters or None."""
    found = served(METRIC_LINE + page)

    assert found is None or found.requests >= found.errors >= 0


METRIC_LINE = b'http_server_requests_seconds_count{status="500",uri="/x'

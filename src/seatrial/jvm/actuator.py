"""What Spring Boot's actuator counts: requests served and those that ended in 5xx, from its Prometheus page."""

import re

from msgspec import Struct

METRIC = b"http_server_requests_seconds_count{"
_STATUS = re.compile(rb'\bstatus="(\d{3})"')
_OWN = re.compile(rb'\buri="/actuator')
_NUMBER = re.compile(rb"\}\s+([0-9.eE+]+)")


class Served(Struct, frozen=True):
    """Counters of one process since its start; the actuator's own pages are left out."""

    requests: int
    errors: int


def served(page: bytes) -> Served | None:
    """The counters of a Prometheus page; None where it has none (no Micrometer, or another page).

    Source: Micrometer's `http.server.requests`, as Spring Boot 2 and 3 export it.
    """
    requests = errors = 0
    found = False
    for line in page.splitlines():
        if not line.startswith(METRIC):
            continue
        status, number = _STATUS.search(line), _NUMBER.search(line)
        if not status or not number:
            continue
        found = True
        if _OWN.search(line):
            continue
        count = _count(number[1])
        requests += count
        errors += count if status[1].startswith(b"5") else 0
    return Served(requests, errors) if found else None


def _count(text: bytes) -> int:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0

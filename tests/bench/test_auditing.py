"""The benchmark's reading of an audit log: whose requests, of which kind, and which of them are polling."""

import json
from itertools import count
from pathlib import Path

import pytest
from bench.auditing import by_kind, polled, requests

NUMBERS = count()
PODS = "/api/v1/namespaces/shop/pods"


def line(verb: str, path: str, **about: str) -> str:
    """One line of the log."""
    return json.dumps(
        {
            "auditID": about.pop("audit", f"id-{next(NUMBERS)}"),
            "requestURI": path,
            "verb": verb,
            "user": {"username": about.pop("user", "me")},
            "userAgent": about.pop("agent", "seatrial/0.1.0"),
            "objectRef": about,
        }
    )


def logged(tmp_path: Path, *lines: str) -> Path:
    """A log of these lines."""
    path = tmp_path / "audit.log"
    path.write_text("".join(f"{one}\n" for one in lines))
    return path


def test_only_our_own_requests_count_and_each_once(tmp_path: Path) -> None:
    """By user and User-Agent; a stream is logged when it begins and when it ends."""
    log = logged(
        tmp_path,
        line("get", "/before", resource="pods"),
        line("get", PODS, resource="pods", user="somebody"),
        line("get", PODS, resource="pods", agent="kubectl/v1.35"),
        line("watch", PODS, resource="pods", audit="one"),
        line("watch", PODS, resource="pods", audit="one"),
        "not JSON",
        line("patch", f"{PODS}?dryRun=All", resource="pods"),
    )
    offset = log.read_text().index("\n") + 1

    asked = requests(log, offset, "me")

    assert by_kind(asked) == [("watch pods", 1), ("patch (dry run) pods", 1)]


@pytest.mark.parametrize(
    ("verb", "path", "about", "polling"),
    [
        ("list", PODS, {"resource": "pods"}, True),
        ("get", f"{PODS}/a", {"resource": "pods"}, True),
        ("get", f"{PODS}/a/proxy/health", {"resource": "pods", "subresource": "proxy"}, False),
        ("list", "/apis/metrics.k8s.io/v1beta1/pods", {"resource": "pods", "apiGroup": "metrics.k8s.io"}, False),
        ("watch", PODS, {"resource": "pods"}, False),
    ],
)
def test_the_same_question_again_and_again_is_polling_where_a_watch_serves(
    verb: str, path: str, about: dict[str, str], polling: bool, tmp_path: Path
) -> None:
    """Metrics and a pod's own answers can't be watched."""
    log = logged(tmp_path, *(line(verb, f"{path}?limit={number}", **about) for number in range(20)))

    assert bool(polled(requests(log, 0, "me"))) is polling


def test_the_list_that_begins_a_watch_is_no_polling(tmp_path: Path) -> None:
    """As every informer does it."""
    pair = [("list", PODS), ("watch", PODS)] * 20
    log = logged(tmp_path, *(line(verb, path, resource="pods") for verb, path in pair))

    assert polled(requests(log, 0, "me")) == []

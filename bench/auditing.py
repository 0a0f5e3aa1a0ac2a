"""The audit log of a local cluster: which requests one user sent with our User-Agent, and which of them look like polling."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

# What no watch serves: metrics are computed when asked for, the others are answers of a pod, not of the API server.
UNWATCHABLE_SUBRESOURCES = frozenset({"proxy", "exec", "log", "portforward"})
METRICS_GROUP = "metrics.k8s.io"
# Beside the list that begins a watch: the preflight, the diff, the baseline, just before a write, and the last comparison.
READS_OF_ONE_MAX = 5


class Asked(msgspec.Struct, frozen=True):
    """One request: verb, what it is about, and whether a watch would have served."""

    verb: str
    resource: str
    path: str
    watchable: bool

    @property
    def kind(self) -> str:
        """`get deployments`, `create pods/exec`."""
        return f"{self.verb} {self.resource}"


def requests(log: Path, offset: int, user: str) -> list[Asked]:
    """The requests of this user since that offset of the log, by Seatrial's User-Agent."""
    with log.open("rb") as file:
        file.seek(offset)
        lines = file.read().splitlines()
    return list(_requests(lines, user))


def by_kind(asked: Iterable[Asked]) -> list[tuple[str, int]]:
    """How many of each kind, the most frequent first."""
    return Counter(one.kind for one in asked).most_common()


def polled(asked: Sequence[Asked]) -> list[tuple[str, int]]:
    """GETs and LISTs of the same path, oftener than one run has reasons for, where a watch would have served."""
    kept = [one for one in asked if one.watchable]
    begun = Counter(one.path for one in kept if one.verb == "watch")
    counted = Counter((one.verb, one.path) for one in kept if one.verb in ("get", "list"))
    beyond = {key: count - begun[key[1]] for key, count in counted.items()}
    return [(f"{verb} {path}", count) for (verb, path), count in beyond.items() if count > READS_OF_ONE_MAX]


def _requests(lines: Iterable[bytes], user: str) -> Iterator[Asked]:
    """Each request once: watches and streams are logged when they start, the rest when they are answered."""
    seen: set[str] = set()
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        is_ours = entry.get("user", {}).get("username") == user and entry.get("userAgent", "").startswith("seatrial/")
        if is_ours and entry["auditID"] not in seen:
            seen.add(entry["auditID"])
            yield _asked(entry)


def _asked(entry: dict[str, object]) -> Asked:
    about = entry.get("objectRef")
    about = about if isinstance(about, dict) else {}
    sub = str(about.get("subresource", ""))
    path = str(entry["requestURI"]).partition("?")[0]
    resource = str(about.get("resource", path))
    verb = str(entry["verb"])
    if verb == "patch" and "dryRun" in str(entry["requestURI"]):
        verb = "patch (dry run)"
    is_watchable = bool(about) and sub not in UNWATCHABLE_SUBRESOURCES and about.get("apiGroup") != METRICS_GROUP
    name = f"{resource}/{sub}" if sub else resource
    return Asked(
        verb, f"{name}.{METRICS_GROUP}" if about.get("apiGroup") == METRICS_GROUP else name, path, is_watchable
    )

"""What a sentence of a runbook says, by its words and figures: a rule that stands for it, or that it was not understood."""

import re
from functools import lru_cache

from msgspec import Struct

from seatrial.runbook.measures import plain
from seatrial.runbook.vocabulary import ACTIONS, CONCEPTS, FILLERS, HYPHENED, TAKEN, Concept

C = Concept
UNREAD_SHARE_MAX = 0.5

_CONCEPTS = tuple((concept, re.compile(pattern, re.IGNORECASE)) for concept, pattern in CONCEPTS)
_FILLERS = re.compile(FILLERS, re.IGNORECASE)
_FIGURE = re.compile(
    r"[-+]?\d[\d.,:/%]*\s*(?:[KMGT]i?B?|ms|m|s|h|minutes?|mins?|hours?|seconds?|secs?|days?|weeks?|分鐘|小時|秒|天|週|個)?\b|T\+\d+s?"
)
_WORD = re.compile(r"[A-Za-z][\w.'-]*|[\u3400-\u9fff]")
_CODE = re.compile(r"`([^`]+)`")
_TAKEN = re.compile(TAKEN, re.IGNORECASE)
_OF_FILES = {C.MANIFEST, C.KUSTOMIZATION, C.COMMIT, C.BACKUP}
_HYPHENED = re.compile(HYPHENED, re.IGNORECASE)
_ARROW = re.compile(r"\s*(?:→|->|=>|⇒|,? then\b|,? 則|,\s*就)\s*")
_IF = re.compile(r"^(?:如果?|若|當|if|when|in case)\s*", re.IGNORECASE)


class Meaning(Struct, frozen=True):
    """What a sentence stands for: rules by their names, the criterion that asks for it, and what Seatrial does, in our words."""

    says: str
    rules: tuple[str, ...] = ()
    subject: str = ""


class Statement(Struct, frozen=True):
    """A sentence's concepts, its meaning where it has one, and the words that were not read."""

    text: str
    concepts: frozenset[Concept]
    meaning: Meaning | None = None
    unread: tuple[str, ...] = ()


_POD_RULES = ("pods-ready", "pods-available")

MEANINGS: tuple[tuple[frozenset[Concept], Meaning], ...] = tuple(
    (frozenset(needed), Meaning(says, rules, subject))
    for needed, says, rules, subject in (
        ({C.OOM_ERROR}, "no log has an OutOfMemoryError", ("out-of-memory-error", "log-absent"), "logs"),
        ({C.CRASH_LOOP}, "no container is in a crash loop", ("crash-loop", "restarts-allowed", "pods-ready"), "pods"),
        ({C.OOM}, "no container was killed for memory: asked of the containers, not of events", ("out-of-memory",), "out-of-memory"),
        ({C.CREATING}, "a pod does not stay ContainerCreating", ("container-creating", "pod-scheduled"), "pods"),
        ({C.IMAGE}, "images can be had", ("image-pull",), "pods"),
        ({C.UNSCHEDULED}, "every pod finds a node", ("pod-scheduled", "surge-room"), "pods"),
        ({C.PROBE}, "an old pod goes when a new one is ready", ("readiness", "old-replicas-gone"), "pods"),
        ({C.OLD, C.TERMINATING}, "the old pods go", ("old-replicas-gone",), "pods"),
        ({C.HPA, C.TARGETS}, "the autoscaler's targets have values", ("autoscaler-metrics",), "autoscaler"),
        ({C.TARGETS}, "the autoscaler's targets have values", ("autoscaler-metrics",), "autoscaler"),
        ({C.METRICS}, "the metrics API answers with fresh samples", ("metrics-fresh",), ""),
        ({C.NODE, C.USAGE}, "the nodes' samples are fresh", ("metrics-fresh", "nodes-ready"), ""),
        ({C.HPA, C.CONDITION}, "the autoscaler can scale", ("autoscaler-target", "autoscaler-metrics"), "autoscaler"),
        ({C.HPA, C.SCALED}, "who made the pods is said", ("autoscaler-scale",), "autoscaler"),
        ({C.HPA, C.REPLICA}, "the autoscaler's count", ("autoscaler-scale", "autoscaler-spec"), "autoscaler"),
        ({C.HPA, C.NONE}, "there is no autoscaler before the change", ("autoscaler-absent",), "autoscaler"),
        ({C.HPA, C.MANIFEST}, "the autoscaler's manifest is in the kustomization", ("kustomization-lists",), "autoscaler"),
        ({C.HPA}, "the autoscaler is there and as planned", ("autoscaler-present", "autoscaler-spec"), "autoscaler"),
        ({C.CONDITION}, "the autoscaler can scale", ("autoscaler-target",), "autoscaler"),
        ({C.SCALED}, "who made the pods is said", ("autoscaler-scale",), "autoscaler"),
        ({C.GC_LOG, C.TUNE}, "the GC log's figures are in the report; another flag is another change", ("gc-log",), ""),
        ({C.GC_LOG}, "the GC log is there and grows", ("gc-log",), "gc-log"),
        ({C.JVM, C.MEMORY}, "each pod's working set is within its window", ("memory-window", "jvm-flags"), "memory"),
        ({C.JVM}, "every JVM runs with the planned flags", ("jvm-flags",), "jvm"),
        ({C.SERVER_ERROR}, "answers do not end in 5xx", ("server-errors",), "health"),
        ({C.HEALTH}, "the service answers, each pod and through the Service", ("health-of-pods", "health-through-service"), "health"),
        ({C.MEMORY}, "each pod's working set is within its window", ("memory-window", "memory-above"), "memory"),
        ({C.NODE}, "the nodes are ready", ("nodes-ready",), ""),
        ({C.LOG, C.STARTED}, "the start-up line is in the log", ("log-present",), "logs"),
        ({C.LOG, C.WRONG}, "the log has none of the texts that must be absent", ("log-absent",), "logs"),
        ({C.LOG}, "the logs of every new pod are read", ("log-absent", "log-present"), "logs"),
        ({C.RESTART}, "no new pod restarted", ("restarts-allowed", "restarts"), "restarts"),
        ({C.CONTEXT, C.CLUSTER}, "the context and the cluster are the planned ones", ("context-matches",), ""),
        ({C.ACCESS, C.CLUSTER}, "the cluster can be reached, and what will be done is allowed", ("context-matches", "access-allowed"), ""),
        ({C.ACCESS}, "what will be done is allowed", ("access-allowed",), ""),
        ({C.COMMIT}, "the planned commit is checked out and clean", ("commit-matches", "work-tree-clean"), ""),
        ({C.BACKUP}, "Seatrial records the state itself before it changes anything", ("objects-restored",), ""),
        ({C.MANIFEST, C.KUSTOMIZATION}, "the kustomization lists every manifest", ("kustomization-lists",), ""),
        ({C.MANIFEST}, "what the manifests change must reach the pods", ("change-reaches-pods",), ""),
        ({C.SECRET}, "a changed Secret must reach the pods", ("change-reaches-pods",), ""),
        ({C.EVENT}, "warnings about the new pods", ("events-quiet",), "events"),
        ({C.POD, C.WRONG}, "the pods are looked at before anything is changed", ("pods-running",), "pods"),
        ({C.POD, C.RUNNING}, "all pods run and are ready", _POD_RULES, "pods"),
        ({C.POD, C.READY}, "all pods are ready", _POD_RULES, "pods"),
        ({C.POD, C.AGE}, "the pods are new", ("pods-ready",), "pods"),
        ({C.POD, C.NEW}, "new pods come", ("pods-ready", "replicas-updated"), "pods"),
        ({C.POD, C.OLD}, "old pods go", ("old-replicas-gone",), "pods"),
        ({C.ROLLOUT}, "the rollout is watched to its end", ("replicas-updated", "pods-available", "progress-deadline"), "pods"),
        ({C.APPLY, C.DEPLOYMENT}, "each object's result is recorded", ("spec-observed",), ""),
        ({C.APPLY, C.WRONG}, "an object that is refused takes back what was applied", (), ""),
        ({C.REPLICA}, "the count of pods", ("pods-available", "replicas-and-autoscaler"), "pods"),
        ({C.DEPLOYMENT}, "the Deployment's counts agree", ("replicas-updated", "pods-available"), "pods"),
        ({C.RUNNING}, "all pods run", ("pods-ready",), "pods"),
        ({C.READY}, "all pods are ready", ("pods-ready",), "pods"),
        ({C.AGE}, "the pods are new", ("pods-ready",), "pods"),
        ({C.ROLLBACK}, "going back is owed from before the first change, and verified", ("objects-restored", "old-pods-serve"), ""),
        ({C.POD}, "the pods are as planned", _POD_RULES, "pods"),
        ({C.CHANGE}, "what is changed is shown, with its consequences, and approved", ("change-reaches-pods",), ""),
        ({C.CLUSTER, C.WRONG}, "the cluster is reached, or nothing is touched", ("context-matches",), ""),
    )
)  # fmt: skip
"""In this order: the first whose concepts a sentence has is what it says."""


@lru_cache(maxsize=8192)
def read_statement(text: str, known: frozenset[str] = frozenset()) -> Statement:
    """The sentence; `known` are names of this runbook (its workload, its namespace) that need no other reading."""
    words = plain(text)
    left = words
    concepts: set[Concept] = set()
    for concept, pattern in _CONCEPTS:
        left, times = pattern.subn(" ", left)
        if times:
            concepts.add(concept)
    meaning = next((one for needed, one in MEANINGS if needed <= concepts), None)
    unread = _unread(left, known)
    strange = _strangers(text, unread)
    taken = _TAKEN.match(words) and not concepts & _OF_FILES
    if taken or strange or _share(unread, words) >= UNREAD_SHARE_MAX:
        meaning = None
    return Statement(text, frozenset(concepts), meaning, unread)


def _strangers(text: str, unread: tuple[str, ...]) -> tuple[str, ...]:
    """Names of things that are not this runbook's own: what is said of them is not said of the trial's workload."""
    quoted = {word for code in _CODE.findall(text) for word in _WORD.findall(code)}
    return tuple(word for word in unread if word in quoted or ("-" in word.strip("-") and not _HYPHENED.match(word)))


def _unread(left: str, known: frozenset[str]) -> tuple[str, ...]:
    for name in known:
        left = left.replace(name, " ")
    return tuple(_WORD.findall(_FILLERS.sub(" ", _FIGURE.sub(" ", left))))


def _share(unread: tuple[str, ...], words: str) -> float:
    whole = _WORD.findall(_FILLERS.sub(" ", _FIGURE.sub(" ", words)))
    return _weight(unread) / _weight(whole) if whole else 0.0


def _weight(words: tuple[str, ...] | list[str]) -> float:
    """A word of letters says as much as two signs."""
    return sum(2.0 if word.isascii() else 1.0 for word in words)


class Decision(Struct, frozen=True):
    """`如 … → …`: when, what the runbook would do, and what Seatrial does."""

    when: Statement
    action: str
    instead: str
    then: str


def read_decision(text: str, known: frozenset[str] = frozenset()) -> Decision | None:
    """A condition and what follows; None where the sentence has no such form."""
    words = plain(text)
    if not _IF.match(words) and not re.search(r"→|->|=>|⇒", words):
        return None
    parts = _ARROW.split(_IF.sub("", words), maxsplit=1)
    if len(parts) < 2:
        parts = re.split(r"\s*[,:;]\s*", _IF.sub("", words), maxsplit=1)
    if len(parts) < 2:
        return None
    when, then = parts
    named = next(
        ((name, instead) for name, pattern, instead in ACTIONS if re.search(pattern, then, re.IGNORECASE)), None
    )
    if named is None:
        return None
    return Decision(read_statement(when, known), *named, then)

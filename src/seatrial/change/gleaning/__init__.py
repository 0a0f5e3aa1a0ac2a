"""What manifests, commit and cluster already say of a workload, gathered into a plan that expects just that."""

from collections.abc import Iterable, Mapping

from seatrial.change.gleaning.facts import Facts, has_containers
from seatrial.change.gleaning.health import health_words
from seatrial.change.gleaning.jvm import FAIL, jvm_words, memory_words
from seatrial.change.gleaning.pods import autoscaler_words, before_words, reach_words, ready_words
from seatrial.change.objects import at, text_at
from seatrial.model.writes import Body
from seatrial.plan.writing import Given, LeftOut, Said, Word, plan_text

UNKNOWN_CONTEXT = "name-of-your-context"
PROPOSED = "a proposal"
DEFAULT = "Seatrial's default"


def written_plan(facts: Facts) -> str:
    """The whole plan file."""
    name = facts.ref.name
    opening = [
        f"A plan for deployment/{name}, written by `seatrial init`. Read it, change it, then: seatrial check PLAN",
        "Behind each value stands where it comes from; what could not be known is left out, with the reason.",
    ]
    if facts.live.not_seen:
        opening.append(f"The cluster was not looked at: {facts.live.not_seen}.")
    return plan_text(name, opening, words_of(facts))


def words_of(facts: Facts) -> list[Word]:
    """Every field, in the order of the file."""
    expected = [
        *before_words(facts),
        *ready_words(facts),
        Said(("expect", "pods", "restarts"), 0, DEFAULT),
        *autoscaler_words(facts),
        *jvm_words(facts),
        *memory_words(facts),
        *health_words(facts),
        LeftOut(("expect", "logs", "present"), "a line that your service writes when it has started, like [Started]"),
        Said(("expect", "logs", "absent"), ["OutOfMemoryError"], DEFAULT),
    ]
    window = '{days: [tue, wed, thu], from: "02:00", until: "04:00", timezone: Asia/Taipei}'
    return [
        *_target(facts),
        LeftOut(("window",), f"any time will do; or {window}"),
        *expected,
        *reach_words(facts),
        *_timeout(facts),
        *_rollback(expected),
        Said(("soak", "for"), "1h", DEFAULT),
        Said(("soak", "every"), "10m", DEFAULT),
        Said(("accept",), _criteria(expected), PROPOSED),
    ]


def workloads(bodies: Iterable[Body]) -> list[Body]:
    """The Deployments among the bodies that make pods."""
    return [body for body in bodies if text_at(body, "kind") == "Deployment" and has_containers(body)]


def _target(facts: Facts) -> list[Word]:
    context = facts.live.context
    known = Said(("target", "context"), context, "the kubeconfig; any other context is refused")
    unknown = Said(("target", "context"), UNKNOWN_CONTEXT, "TO BE FILLED IN: no kubeconfig named a context")
    return [
        known if context else unknown,
        Said(("target", "namespace"), facts.ref.namespace, facts.namespace_from),
        Said(("target", "kustomize"), facts.directory, "a directory, relative to this file"),
        Said(("target", "workload"), f"deployment/{facts.ref.name}", facts.origin(facts.workload)),
        _commit(facts),
    ]


def _commit(facts: Facts) -> Word:
    path = ("target", "commit")
    if facts.git is None:
        return LeftOut(path, "the directory is in no git repository")
    named = facts.git.commit[:10]
    if facts.holds_the_plan:
        why = f"{named} is checked out; name it where this file lies outside of the directory, or git is told to ignore it"
        return LeftOut(path, why)
    if facts.git.dirty:
        return LeftOut(path, f"{', '.join(facts.git.dirty[:3])} differ from {named}: commit them, then name it")
    return Said(path, named, "git: HEAD")


def _timeout(facts: Facts) -> list[Word]:
    seconds = at(facts.workload, "spec", "progressDeadlineSeconds")
    if isinstance(seconds, int) and seconds > 0:
        return [
            Said(("rollout", "timeout"), f"{seconds}s", facts.origin(facts.workload, "spec.progressDeadlineSeconds"))
        ]
    return [Said(("rollout", "timeout"), "10m", f"{DEFAULT}, and Kubernetes' progressDeadlineSeconds")]


def _rollback(expected: list[Word]) -> list[Word]:
    triggers = ["rollout-failed", "crash-loop", "out-of-memory"]
    path = ("rollback", "on")
    most = next((word.value for word in expected if isinstance(word, Said) and word.path == FAIL), None)
    words: list[Word] = [Said(("rollback", "to"), "baseline", "the state that is recorded before the change")]
    words.append(Said(path, triggers, f"{DEFAULT}: these roll back at once, anything else asks"))
    if most is not None:
        words.append(
            LeftOut(path, f"may also have {{memory: above {most}, samples: 3}} and {{server-errors: 5% for 2m}}")
        )
    return words


def _criteria(expected: list[Word]) -> list[Mapping[str, Given]]:
    """What is expected, within half an hour; no kill and no restart within a day."""
    said = [word.path[1:] for word in expected if isinstance(word, Said)]
    parts = {path[0] for path in said}
    soon = [one for one in ("pods", "autoscaler", "jvm", "memory", "health", "logs") if one in parts]
    later = ["out-of-memory", "restarts", *(["autoscaler"] if "autoscaler" in parts else [])]
    return [
        {"by": "30m", "that": soon},
        {"by": "24h", "that": [*later, "gc-log"] if ("jvm", "gcLog") in said else later},
    ]

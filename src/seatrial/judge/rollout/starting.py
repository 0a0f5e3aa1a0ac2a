"""From a pod on a node to a container that runs: the image, its environment, and the runtime's start."""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import (
    Role,
    Seat,
    age_s,
    clean,
    first_seen,
    of_container,
    said,
    scheduled_at,
    seats,
    times_seen,
)
from seatrial.judge.rollout.terms import Case, failed, judged_seats, new_endings, waits
from seatrial.model.judgement import Judgement
from seatrial.model.kube import KubeEvent
from seatrial.model.quantities import say_s

NEVER_PULLED = ("InvalidImageName", "ErrImageNeverPull")
PULL_FAILED = ("ErrImagePull", "ImagePullBackOff")
IMAGE_BACKEND = ("ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed")
START_FAILED = ("CreateContainerError", "RunContainerError", "PostStartHookError")
START_ENDED = ("StartError", "ContainerCannotRun")


class Refusal(Enum):
    """Why an image could not be pulled, as far as its message tells."""

    REFUSED = "refused"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"


_TRANSIENT = re.compile(
    r"i/o timeout|\b429\b|\b50[0-9]\b|toomanyrequests|connection refused|no such host|connection reset|no route to host"
    r"|TLS handshake timeout|deadline exceeded|server misbehaving|\bEOF\b|network is unreachable|temporarily unavailable",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"x509|not found|manifest unknown|name unknown|unauthorized|denied|forbidden|authorization failed|authentication required"
    r"|no basic auth credentials|does not exist|\b40[134]\b|no match for platform",
    re.IGNORECASE,
)
_NAMES = re.compile(r'"[^"]*"|https?://\S+|\b\S+@sha256:[0-9a-f]+')


def refusal(message: str, image: str = "") -> Refusal:
    """Which kind of trouble a pull's message tells of. Names of images and addresses in it are no words of it."""
    told = _NAMES.sub("", message.replace(image, "") if image else message)
    if _TRANSIENT.search(told):
        return Refusal.TRANSIENT
    return Refusal.REFUSED if _REFUSED.search(told) else Refusal.UNKNOWN


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "rollout", looks_at, says, source, what_to_do, triggers=("rollout-failed",), subject="pods")


def since_when(case: Case, seat: Seat, events: list[KubeEvent]) -> datetime | None:
    """Since when: by the oldest event, else by what earlier looks saw, else by when the container could start at all."""
    by_event = min((time for event in events if (time := first_seen(event))), default=None)
    return by_event or case.sightings.since(seat) or could_start_at(seat)


def could_start_at(seat: Seat) -> datetime | None:
    """When the pod had its node and the init containers before it had ended."""
    ends = [end.finished_at for one in seats(seat.pod) if one.role is Role.INIT for end in one.endings]
    return max((time for time in (*ends, scheduled_at(seat.pod)) if time), default=seat.pod.metadata.creation_timestamp)


def failures(case: Case, seat: Seat) -> list[KubeEvent]:
    """The kubelet's Failed events about one container, oldest first."""
    about = case.events_of(seat.pod)
    return [event for event in about if event.reason == "Failed" and of_container(event, seat.spec.name)]


@rule(
    _card(
        "image-pull",
        "waiting reasons of images, and the kubelet's Failed events, which hold the cause where the status does not "
        "(kubelet < 1.32)",
        "FAIL at once for a name that can't be pulled; FAIL after 20 s where the registry says that the image is not "
        "there or not "
        "for us, or its certificate is not trusted; 3 min for trouble that heals (timeouts, 429, 5xx, DNS) and for "
        "any cause that "
        "is not known; 60 s for an image service that does not answer.",
        "D16, D17, D18, D19, D20; kubernetes PR 127918",
        "Check the image's name and tag, and the pull secret.",
    )
)
def image_pull(case: Case) -> Iterator[Judgement]:
    """The image comes from its registry."""
    for seat in judged_seats(case):
        reason = seat.waiting_reason
        if reason in NEVER_PULLED:
            because = f"{reason}: {seat.spec.image or seat.waiting_message} can't be pulled as written"
            yield failed("image-pull", seat.about, because, (seat.waiting_message,), "Correct the image's name.")
        elif reason in IMAGE_BACKEND:
            yield _in_time(case, seat, case.graces.image_backend_s, seat.waiting_message)
        elif reason in PULL_FAILED:
            cause = _cause(case, seat)
            kind = refusal(cause, seat.spec.image)
            grace = case.graces.image_refused_s if kind is Refusal.REFUSED else case.graces.image_pull_s
            yield _in_time(case, seat, grace, cause)


def _pull_failures(case: Case, seat: Seat) -> list[KubeEvent]:
    return [event for event in failures(case, seat) if "pull" in event.message.lower()]


def _cause(case: Case, seat: Seat) -> str:
    """The registry's words: in the status, or in the newest event that says more than ErrImagePull."""
    message, image = seat.waiting_message, seat.spec.image
    if refusal(message, image) is not Refusal.UNKNOWN:
        return message
    pulls = (event.message for event in _pull_failures(case, seat))
    told = [text for text in pulls if refusal(text, image) is not Refusal.UNKNOWN]
    return clean(told[-1]) if told else message


def _in_time(case: Case, seat: Seat, grace_s: float, cause: str) -> Judgement:
    pulls = _pull_failures(case, seat)
    since = since_when(case, seat, pulls)
    left, reason = case.left_s(since, grace_s), seat.waiting_reason
    evidence = (f"{reason}: {seat.waiting_message}", *(said(event) for event in pulls[-2:]))
    if _pulled_since(case, seat, pulls):
        return waits(
            "image-pull", seat.about, f"the image has been pulled since ({reason} still shown)", grace_s, evidence
        )
    if left > 0:
        return waits("image-pull", seat.about, f"{reason}: {cause}; waits {say_s(left)} more", left, evidence)
    because = f"the image {seat.spec.image} can't be pulled for {say_s(age_s(case.at, since))}: {cause}"
    return failed("image-pull", seat.about, because, evidence, "Check the image's name and tag, and the pull secret.")


def _pulled_since(case: Case, seat: Seat, pulls: list[KubeEvent]) -> bool:
    """A repaired pull secret helps only when the back-off is over (kubernetes#119891): the kubelet's own Pulled says it has."""
    failed_at = max((time for event in pulls if (time := event.last_seen)), default=None)
    pulled = (
        event for event in case.events_of(seat.pod) if event.reason == "Pulled" and of_container(event, seat.spec.name)
    )
    return failed_at is not None and any(event.last_seen and event.last_seen > failed_at for event in pulled)


@rule(
    _card(
        "container-config",
        "CreateContainerConfigError and its message",
        "FAIL after 10 s where a Secret, a ConfigMap or a key is missing (60 s where a controller makes it); 60 s "
        "where the "
        "kubelet could not sync its cache in time.",
        "D21, D22",
        "The message names the object and the key.",
    )
)
def container_config(case: Case) -> Iterator[Judgement]:
    """The container's environment and files can be put together."""
    for seat in judged_seats(case):
        if seat.waiting_reason != "CreateContainerConfigError":
            continue
        message = seat.waiting_message
        told = [event for event in failures(case, seat) if event.message.startswith("Error:")]
        since = since_when(case, seat, told)
        left = case.left_s(since, _config_grace_s(case, message))
        evidence = tuple(said(event) for event in told[-2:])
        if left > 0:
            yield waits("container-config", seat.about, f"{message}; waits {say_s(left)} more", left, evidence)
        else:
            because = f"the container can't be configured for {say_s(age_s(case.at, since))}: {message}"
            yield failed(
                "container-config", seat.about, because, evidence, "Create what the message names, or correct the name."
            )


def _config_grace_s(case: Case, message: str) -> float:
    if "sync" in message and "cache" in message:
        return case.graces.secret_cache_s
    if any(name and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", message) for name in case.terms.controlled):
        return case.graces.config_made_by_controller_s
    return case.graces.config_missing_s


@rule(
    _card(
        "container-start",
        "CreateContainerError, RunContainerError, PostStartHookError; containers that ended with StartError or "
        "ContainerCannotRun",
        "WAIT at the first time, FAIL at the second: a command that is not in the image does not appear.",
        "D23",
        "The message names the command, the mount or the hook.",
    )
)
def container_start(case: Case) -> Iterator[Judgement]:
    """The runtime can start it."""
    for seat in judged_seats(case):
        ended = [end for end in new_endings(case, seat) if end.reason in START_ENDED]
        waiting = seat.waiting_reason in START_FAILED
        if not waiting and not ended:
            continue
        message = seat.waiting_message if waiting else clean(ended[0].message)
        told = [event for event in failures(case, seat) if event.message.startswith("Error:")]
        evidence = tuple(said(event) for event in told[-2:])
        reason = seat.waiting_reason if waiting else ended[0].reason
        left = case.left_s(since_when(case, seat, told), case.graces.start_error_s) if waiting else None
        again = seat.restarts >= 1 or len(ended) > 1 or max(map(times_seen, told), default=0) > 1
        if again or left == 0:
            because = f"{reason}, again: {message}"
            yield failed(
                "container-start",
                seat.about,
                because,
                evidence,
                "Check the command, mounts and hooks that the message names.",
            )
        else:
            yield waits("container-start", seat.about, f"{reason}, once: {message}", left, evidence)

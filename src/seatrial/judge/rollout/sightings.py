"""What earlier looks saw, folded into as little as the rules need: since when a trouble lasts, and how readiness came and went."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from seatrial.judge.reading import Seat, condition, seats
from seatrial.model.kube import Pod
from seatrial.model.observation import Look

TROUBLES_MAX = 4096
FALLS_MAX = 16
REMEMBERED_S = 900.0

_CLASSES = {
    "ErrImagePull": "image",
    "ImagePullBackOff": "image",
    "ImageInspectError": "image",
    "RegistryUnavailable": "image",
    "SignatureValidationFailed": "image",
    "CreateContainerConfigError": "config",
    "CreateContainerError": "start",
    "RunContainerError": "start",
    "PostStartHookError": "start",
    "ContainerCreating": "creating",
    "PodInitializing": "creating",
}


class Sightings(Struct, frozen=True):
    """The fold of all looks so far. began: the first look. troubles: key → first seen. falls: pod uid → when it stopped being Ready."""

    began: datetime | None = None
    troubles: dict[str, datetime] = {}
    readiness: dict[str, bool] = {}
    falls: dict[str, tuple[datetime, ...]] = {}

    def since(self, seat: Seat) -> datetime | None:
        """Since when the container has been in this kind of trouble, if its beginning was seen: what the first look showed is older."""
        first = self.troubles.get(key_of(seat))
        return first if first and self.began and first > self.began else None

    def falls_of(self, pod: Pod) -> tuple[datetime, ...]:
        """When the pod stopped being Ready, as far as it was watched."""
        return self.falls.get(pod.metadata.uid or pod.metadata.name, ())


def remember(sightings: Sightings, look: Look) -> Sightings:
    """The fold with one more look in it. A doubled look changes nothing."""
    return Sightings(
        began=sightings.began or look.at,
        troubles=_troubles(sightings, look),
        readiness={_uid(pod): _ready(pod) for pod in look.pods},
        falls=_falls(sightings, look),
    )


def key_of(seat: Seat) -> str:
    """One kind of trouble of one container of one pod: an image error and the back-off after it are the same."""
    kind = _CLASSES.get(seat.waiting_reason, seat.waiting_reason)
    return f"{_uid(seat.pod)}/{seat.spec.name}/{kind}"


def _troubles(sightings: Sightings, look: Look) -> dict[str, datetime]:
    shown = {key_of(seat) for seat in _waiting(look)}
    kept = [(key, sightings.troubles.get(key, look.at)) for key in sorted(shown)]
    return dict(kept[:TROUBLES_MAX])


def _waiting(look: Look) -> Iterator[Seat]:
    for pod in look.pods:
        yield from (seat for seat in seats(pod) if seat.waiting_reason)


def _falls(sightings: Sightings, look: Look) -> dict[str, tuple[datetime, ...]]:
    oldest = look.at - timedelta(seconds=REMEMBERED_S)
    falls: dict[str, tuple[datetime, ...]] = {}
    for pod in look.pods:
        before = tuple(one for one in sightings.falls.get(_uid(pod), ()) if one >= oldest)
        fell = sightings.readiness.get(_uid(pod)) is True and not _ready(pod)
        now = (*before, look.at)[-FALLS_MAX:] if fell else before
        if now:
            falls[_uid(pod)] = now
    return falls


def _ready(pod: Pod) -> bool:
    ready = condition(pod.status.conditions, "Ready")
    return ready is not None and ready.status == "True"


def _uid(pod: Pod) -> str:
    return pod.metadata.uid or pod.metadata.name

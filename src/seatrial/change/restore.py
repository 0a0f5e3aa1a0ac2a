"""The way back to the recorded state: what is sent, in which order, and what still differs afterwards."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from seatrial.change.difference import changed_paths
from seatrial.change.objects import (
    Bodies,
    Source,
    at,
    autoscaled,
    pod_template,
    reads,
    with_at,
    without_at,
    without_server_fields,
)
from seatrial.change.ordering import refs_in_rollback_order
from seatrial.change.stamp import RESTARTED_AT, content, restarted
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

# What a comparison with the record may leave out, where it is known why it differs.
RESTART = ("spec", "template", "metadata", "annotations", RESTARTED_AT)
REPLICAS = ("spec", "replicas")


class Return(Struct, frozen=True):
    """One step back. verb: delete, apply, create; a delete has no body."""

    verb: str
    ref: ObjectRef
    body: Body | None = None


def way_back(recorded: Mapping[ObjectRef, Body | None], live: Bodies, when: datetime) -> tuple[Return, ...]:
    """What to send, in this order, so that the recorded state is there again; what is back already is left out.

    recorded: None for an object that was not there. when: the time of a restart, where only a Secret brings pods back.
    """
    created = {ref for ref, body in recorded.items() if body is None and ref in live}
    gone = {ref for ref, body in recorded.items() if body is not None and ref not in live}
    ordered = refs_in_rollback_order(recorded, created, gone)
    steps = (_step(ref, recorded[ref], live.get(ref), recorded, live, when) for ref in ordered)
    return tuple(step for step in steps if step is not None)


def _step(
    ref: ObjectRef,
    record: Body | None,
    now: Body | None,
    recorded: Mapping[ObjectRef, Body | None],
    live: Bodies,
    when: datetime,
) -> Return | None:
    if record is None:
        return Return("delete", ref) if now is not None else None
    if now is None:
        return Return("create", ref, restored(record))
    body = _with_scaled_replicas(restored(record), now, autoscaled(ref, _present(recorded)))
    if tuple(environment_goes_back(record, now, recorded, live)):
        return Return("apply", ref, restarted(body, when))
    return Return("apply", ref, body) if differs_from_record(body, now) else None


def _present(recorded: Mapping[ObjectRef, Body | None]) -> Iterator[Body]:
    return (body for body in recorded.values() if body is not None)


def _with_scaled_replicas(body: Body, now: Body, autoscaler: Body | None) -> Body:
    """The replicas that a recorded autoscaler has made meanwhile, within its bounds: going back takes no pods from under a load."""
    scaled, least, most = (
        at(now, *REPLICAS),
        at(autoscaler, "spec", "minReplicas") or 1,
        at(autoscaler, "spec", "maxReplicas"),
    )
    if not (isinstance(scaled, int) and isinstance(least, int) and isinstance(most, int)):
        return body
    return with_at(body, REPLICAS, max(least, min(most, scaled)))


def restored(record: Body) -> Body:
    """The recorded object as it is sent: all that was there, kubectl's record and earlier stamps too, less what is the server's.

    All of it, and not only the fields of one manager: what others had set and the change overwrote must come back as well.
    """
    return without_server_fields(record)


def environment_goes_back(
    record: Body, now: Body, recorded: Mapping[ObjectRef, Body | None], live: Bodies
) -> Iterator[Source]:
    """The Secrets and ConfigMaps whose bytes go back under a workload whose pod template is the recorded one already.

    Its pods would not restart by themselves, and would keep the environment of the change.
    """
    if not pod_template(record) or pod_template(record) != pod_template(now):
        return
    for source in reads(record):
        old = recorded.get(source.ref)
        if source.ref in recorded and _bytes(old, source) != _bytes(live.get(source.ref), source):
            yield source


def _bytes(body: Body | None, source: Source) -> dict[str, bytes] | None:
    return None if body is None else content(body, source.keys)


def differs_from_record(
    recorded: Body | None, live: Body | None, apart: Collection[tuple[str, ...]] = ()
) -> tuple[str, ...]:
    """The paths at which the live object is not the recorded one, server fields and `apart` left out; none: it is back."""
    if recorded is None or live is None:
        return () if recorded is live else (".",)
    return changed_paths(_comparable(recorded, apart), _comparable(live, apart))


def _comparable(body: Body, apart: Collection[tuple[str, ...]]) -> Body:
    body = without_server_fields(body)
    for path in apart:
        body = without_at(body, path)
        if at(body, *path[:-1]) == {}:
            body = without_at(body, path[:-1])
    return body

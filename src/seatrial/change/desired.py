"""What is sent for each object of the change: the manifest, kubectl's record kept true, and the stamp that the plan asks for."""

import base64
from collections.abc import Iterable
from datetime import datetime

from seatrial.change.lastapplied import (
    LAST_APPLIED,
    is_client_side_managed,
    last_applied_text,
    team_applies_client_side,
)
from seatrial.change.objects import (
    SERVER_METADATA,
    Bodies,
    at,
    autoscaled,
    mapping,
    ref_of,
    template_path,
    text_at,
    with_at,
    without_at,
)
from seatrial.change.stamp import content, environment_changes, restarted, stamped, with_earlier_stamps
from seatrial.model.writes import Body


def sent(
    rendered: Body, change: Iterable[Body], live: Bodies, reach: str, when: datetime, before: Bodies | None = None
) -> Body:
    """The body for server-side apply, without its precondition.

    live: the change's objects as they are now, so that a Secret that was just created has its uid. before: as they were in the
    baseline, where some of them were written since. reach: the plan's word. when: the time of a restart, the same again after a crash.
    """
    everything = tuple(change)
    body = desired(rendered, everything, live)
    if not template_path(rendered):
        return body
    if reach == "stamp":
        return stamped(body, everything, live)
    if reach == "restart" and environment_changes(rendered, everything, live if before is None else before):
        return restarted(body, when)
    return body


def desired(rendered: Body, change: Iterable[Body], live: Bodies) -> Body:
    """The body for server-side apply, without any new stamp."""
    now = live.get(ref_of(rendered))
    body = _sendable(rendered)
    if now is not None:
        body = with_earlier_stamps(body, now) if template_path(body) else body
        body = _with_replicas_of_autoscaler(body, now, (*change, *live.values()))
    is_due = team_applies_client_side(live.values()) if now is None else is_client_side_managed(now)
    return with_at(body, ("metadata", "annotations", LAST_APPLIED), last_applied_text(rendered)) if is_due else body


def _sendable(rendered: Body) -> Body:
    """Without what only the server may say, and a Secret's stringData as data: ownership is kept by the stored field."""
    body = {key: value for key, value in rendered.items() if key != "status"}
    body["metadata"] = {
        key: value for key, value in mapping(rendered.get("metadata")).items() if key not in SERVER_METADATA
    }
    if text_at(rendered, "kind") != "Secret" or "stringData" not in rendered:
        return body
    data = {key: base64.b64encode(value).decode() for key, value in content(rendered).items()}
    return {**without_at(body, ("stringData",)), "data": data}


def _with_replicas_of_autoscaler(body: Body, now: Body, around: tuple[Body, ...]) -> Body:
    """The replicas that are there, where the manifest leaves them to an autoscaler: given up at once they would fall to 1."""
    replicas = at(now, "spec", "replicas")
    if replicas is None or at(body, "spec", "replicas") is not None or autoscaled(ref_of(body), around) is None:
        return body
    return with_at(body, ("spec", "replicas"), replicas)

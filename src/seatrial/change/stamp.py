"""How pods are reached where only their environment changes: a digest of it, or a time, in the pod template's annotations.

The digest is the same for the same bytes, so that a second run changes nothing. Everybody who may read a Deployment reads it, so it
must not help to guess a short Secret: it is salted with the Secret's uid, which is shown only to who may read the Secret itself
(a plain hash, or one salted with names, could be tried offline), and it is made by scrypt, so that a uid that leaked still makes each
guess dear. The price: a Secret deleted and made anew has another uid, and pods restart once.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from seatrial.change.canonical import go_json
from seatrial.change.objects import (
    Bodies,
    Source,
    at,
    by_ref,
    mapping,
    pod_template,
    reads,
    template_path,
    text_at,
    with_at,
)
from seatrial.change.ownership import owned_by_the_team
from seatrial.model.writes import Body

ENVIRONMENT_DIGEST = "seatrial.dev/environment-digest"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
STAMPS = (ENVIRONMENT_DIGEST, RESTARTED_AT)
PENDING = "pending"
"""The digest where a Secret does not exist yet, and so has no uid: right for a dry run, never applied."""

# RFC 7914's interactive cost: 16 MiB and some 40 ms for each guess.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P, _DIGEST_BYTES = 2**14, 8, 1, 16


def content(source: Body, keys: Iterable[str] = ()) -> dict[str, bytes]:
    """The bytes that pods read from a Secret or ConfigMap, however the manifest writes them; all keys where none are named."""
    wanted = set(keys)
    coded = "data" if text_at(source, "kind") == "Secret" else "binaryData"
    plain = "stringData" if text_at(source, "kind") == "Secret" else "data"
    found = {key: _decoded(str(value)) for key, value in mapping(source.get(coded)).items()}
    found |= {key: str(value).encode() for key, value in mapping(source.get(plain)).items()}
    return {key: value for key, value in found.items() if not wanted or key in wanted}


def environment_digest(workload: Body, change: Iterable[Body], lives: Bodies) -> str:
    """The digest of what the pods read from the Secrets and ConfigMaps of the change; empty where they read none of them."""
    rendered = by_ref(change)
    sources = [source for source in reads(workload) if source.ref in rendered]
    uids = [text_at(lives.get(source.ref, {}), "metadata", "uid") for source in sources]
    if not sources:
        return ""
    if not all(uids):
        return PENDING
    read = [(str(source.ref), _coded(content(rendered[source.ref], source.keys))) for source in sources]
    salt = ",".join(uids).encode()
    made = hashlib.scrypt(go_json(read).encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, dklen=_DIGEST_BYTES)
    return made.hex()


def stamped(body: Body, change: Iterable[Body], lives: Bodies) -> Body:
    """The workload with the digest of its environment in the pod template."""
    digest = environment_digest(body, change, lives)
    return _noted(body, ENVIRONMENT_DIGEST, digest) if digest else body


def restarted(body: Body, when: datetime) -> Body:
    """The workload with the annotation that `kubectl rollout restart` writes."""
    return _noted(body, RESTARTED_AT, when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def with_earlier_stamps(body: Body, live: Body) -> Body:
    """The stamps of earlier runs kept: taking one away would restart every pod for nothing."""
    earlier = mapping(at(pod_template(live), "metadata", "annotations"))
    given = mapping(at(pod_template(body), "metadata", "annotations"))
    for name in STAMPS:
        if name in earlier and name not in given:
            body = _noted(body, name, str(earlier[name]))
    return body


def environment_changes(workload: Body, change: Iterable[Body], before: Bodies) -> tuple[Source, ...]:
    """The Secrets and ConfigMaps of the change that the pods read and whose bytes differ from those before."""
    rendered = by_ref(change)
    return tuple(
        source
        for source in reads(workload)
        if source.ref in rendered and _is_other(rendered[source.ref], before.get(source.ref), source)
    )


def _is_other(rendered: Body, before: Body | None, source: Source) -> bool:
    if before is None:
        return True
    old, new = content(before, source.keys), content(rendered, source.keys)
    team = owned_by_the_team(before)
    if team is not None:  # a key that somebody else added stays, and is no change
        fields = mapping(team.get("f:data")) | mapping(team.get("f:stringData")) | mapping(team.get("f:binaryData"))
        old = {key: value for key, value in old.items() if key in new or f"f:{key}" in fields}
    return old != new


def _noted(body: Body, name: str, value: str) -> Body:
    path = template_path(body)
    return with_at(body, (*path, "metadata", "annotations", name), value) if path else body


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return text.encode()  # the API server will refuse it, in its own words


def _coded(read: dict[str, bytes]) -> dict[str, str]:
    return {key: base64.b64encode(value).decode() for key, value in read.items()}

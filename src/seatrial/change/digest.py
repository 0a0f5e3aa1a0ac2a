"""The digest of a change: what was approved is what is applied.

Keyed by a secret of the run: a change holds the bytes of its Secrets, and whoever reads a plain hash of it in the journal, and knows
the rest from git, could try short passwords until one fits.
"""

import hmac
from collections.abc import Iterable

from seatrial.change.canonical import canonical
from seatrial.change.objects import without_server_fields
from seatrial.change.ordering import in_apply_order
from seatrial.model.writes import Body


def change_digest(rendered: Iterable[Body], key: bytes) -> str:
    """The digest of the objects as rendered, in whatever order they come, without the stamps that Seatrial adds."""
    return _keyed(b"\n".join(canonical(body) for body in in_apply_order(rendered)), key)


def body_digest(body: Body, key: bytes) -> str:
    """The digest of one object, server fields left out."""
    return _keyed(canonical(without_server_fields(body)), key)


def _keyed(content: bytes, key: bytes) -> str:
    return f"hmac-sha256:{hmac.digest(key, content, 'sha256').hex()}"

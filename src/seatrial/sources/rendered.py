"""What a source gives: the objects as rendered and what rendered them, or why there are none."""

import hashlib

from msgspec import Struct

from seatrial.model.writes import Body


class Rendered(Struct, frozen=True):
    """Objects in the order of the source. digest is a plain hash of the text, which holds Secrets: it is never written down."""

    bodies: tuple[Body, ...]
    tool: str
    version: str
    digest: str
    warnings: tuple[str, ...] = ()


class SourceError(Struct, frozen=True):
    """Why there is nothing to apply, in the tool's own words. place is a file, with line and column where they are known."""

    because: str
    place: str = ""

    def __str__(self) -> str:
        """Place first, as compilers print it."""
        return f"{self.place}: {self.because}" if self.place else self.because


def digest_of(text: str) -> str:
    """The hash of a rendered text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

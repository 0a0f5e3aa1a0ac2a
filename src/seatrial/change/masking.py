"""The last sieve: no value of a Secret leaves in any text, whoever wrote the text and however the value is coded in it."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from seatrial.change.secrecy import MASK, keyed, masked, public_words, secrets_of, shown_text
from seatrial.model.writes import Body

# Shorter values ("5", "prod") stand in every text by chance; where they lie in an object they are masked all the same.
SHORTEST = 6
# From here on a value is looked for inside of longer words too.
ANYWHERE_FROM = 10
# Of a longer piece (a certificate, a key store) this much is looked for, and the rest of the word or line goes with it.
LONGEST = 96
# A change with more secret pieces than this is beyond what one expression should look for.
PIECES_MAX = 5000
_ALNUM = "[A-Za-z0-9]"


@dataclass(frozen=True, slots=True)
class Redactor:
    """Takes the secrets of a run out of texts and bodies. key: secret bytes of the run."""

    key: bytes
    pattern: re.Pattern[str] | None

    def text(self, text: str) -> str:
        """The text with every known value, and every password that stands in it by name, replaced by `***`."""
        return shown_text(self.pattern.sub(MASK, text) if self.pattern else text).text

    def body(self, body: Body) -> Body:
        """A copy that may be shown: masked by place and name, then by value; what is hidden bears a keyed digest."""
        shown = self._walked(masked(body, self.key))
        return shown if isinstance(shown, dict) else {}

    def _walked(self, value: object) -> object:
        if isinstance(value, dict):
            return {self.text(str(name)): self._walked(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._walked(one) for one in value]
        if not isinstance(value, str):
            return value
        sieved = self.pattern.sub(MASK, value) if self.pattern else value
        return value if sieved == value else f"{sieved} ({keyed(value, self.key)})"


def redactor(bodies: Iterable[Body], key: bytes) -> Redactor:
    """The sieve for the secrets of these bodies: give it everything that was rendered and everything that was recorded."""
    everything = tuple(bodies)
    public = frozenset(word for body in everything for word in public_words(body))
    secrets = {secret for body in everything for secret in secrets_of(body)}
    return Redactor(key, _pattern(secrets, public))


def masked_text(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, however they are coded."""
    return Redactor(b"", _pattern(secrets, frozenset())).text(text)


def _pattern(secrets: Iterable[str], public: frozenset[str]) -> re.Pattern[str] | None:
    pieces = {piece for secret in secrets for piece in _pieces(secret) if piece not in public}
    forms = {form for piece in sorted(pieces)[:PIECES_MAX] for form in _forms(piece)}
    alternatives = [_looked_for(form) for form in sorted(forms, key=lambda one: (-len(one), one))]
    return re.compile("|".join(alternatives)) if alternatives else None


def _pieces(secret: str) -> Iterator[str]:
    """The value, its lines, and the passwords that lie inside of it."""
    whole = secret.strip()
    inner = shown_text(whole).hidden
    lines = (line.strip() for line in whole.splitlines())
    for piece in (whole, *lines, *inner):
        if len(piece) >= SHORTEST:
            yield piece


def _forms(piece: str) -> Iterator[str]:
    """The piece as it may be written: plain, base64 (with a newline behind it too), in a URL, in JSON, in HTML."""
    raw = piece.encode("utf-8", "surrogatepass")
    yield piece
    for content in (raw, raw + b"\n"):
        for coded in (base64.b64encode(content), base64.urlsafe_b64encode(content)):
            yield coded.decode().rstrip("=")
    yield from (quote(raw), quote(raw, safe=""), quote_plus(raw))
    yield json.dumps(piece)[1:-1]
    yield json.dumps(piece, ensure_ascii=False)[1:-1]
    yield html.escape(piece)


def _looked_for(form: str) -> str:
    if len(form) > LONGEST:
        return re.escape(form[:LONGEST]) + r"[^\n\"']*"
    escaped = re.escape(form)
    if len(form) >= ANYWHERE_FROM:
        return escaped
    before = f"(?<!{_ALNUM})" if form[0].isalnum() else ""
    after = f"(?!{_ALNUM})" if form[-1].isalnum() else ""
    return before + escaped + after

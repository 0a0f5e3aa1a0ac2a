"""What of an object may be shown: Secrets and passwords blotted out by their place and name, yet seen to change."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from seatrial.change.lastapplied import LAST_APPLIED
from seatrial.change.objects import items, mapping, text_at
from seatrial.jvm import flags
from seatrial.model.writes import Body

MASK = flags.MASK
DIGEST_LETTERS = 6

_NAMED = r"passw|passphrase|pwd|secret|token|credential|api[_.-]?key|private[_.-]?key"
SECRET_NAME = re.compile(rf"{_NAMED}|(?:^|[_.-])key(?:$|[_.-])|[a-z]Key$", re.IGNORECASE)
_USER_INFO = re.compile(r"(://[^/\s:@'\"]*:)([^/\s'\"]+)(?=@)")
_NAMED_VALUE = re.compile(rf"((?:{_NAMED})[\w.-]{{0,80}}[\"']?\s?=\s?[\"']?)([^\s\"',;&]+)", re.IGNORECASE)
# A colon is common in prose ("volume "secret" : not found"), so after it only names that are never said in passing.
_NAMED_FIELD = re.compile(
    r"((?:passw|passphrase|pwd|api[_.-]?key)[\w.-]{0,80}[\"']?\s?:\s?[\"']?)([^\s\"',;&]+)", re.IGNORECASE
)
_BEARER = re.compile(r"(\b(?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_IN_ANY_TEXT = (_USER_INFO, _NAMED_VALUE, _NAMED_FIELD, _BEARER)

# An option of the java launcher. What of it is no secret even in a Secret: sizes, switches, paths of logs; of -D only these names.
_JVM_OPTION = re.compile(
    r"-(?:X|D|server$|client$|ea\b|da\b|esa$|dsa$|verbose|javaagent:|agentlib:|agentpath:|-add-|-enable-)"
)
_JVM_PLAIN = re.compile(
    r"-XX:[+-]\w+|-XX:\w+=[\w.,:%/+*-]*|-Xlog(?:gc)?[\w.,:%/+*=-]*|-X(?:mx|ms|ss|mn)[0-9]\w{0,12}"
    r"|-X(?:int|comp|mixed|batch|rs|noclassgc|debug|prof|diag|future|share:\w+|verify:\w+|check:jni|showSettings(?::\w+)?)"
    r"|-(?:server|client|ea|da|esa|dsa)|--(?:add-(?:opens|exports|reads|modules)|enable-native-access)=[\w.,/=-]+"
)
_JVM_PROPERTY = re.compile(
    r"-D(?:file\.encoding|user\.timezone|java\.(?:awt|net|io|util|security\.egd)[\w.]*|sun\.[\w.]+"
    r"|server\.port|spring\.profiles\.active)=.*|-D[\w.]+=(?:true|false)"
)
_OPTION_HEAD = re.compile(r"-(?:XX:|D)[^=]*=|-(?:javaagent|agentlib|agentpath|verbose):|")


class Shown(Struct, frozen=True):
    """A text as it may be shown, and the pieces that it hides."""

    text: str
    hidden: tuple[str, ...] = ()


def keyed(value: str, key: bytes) -> str:
    """Six letters that differ where values differ, and say nothing to who has not the run's key."""
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256").hex()[:DIGEST_LETTERS]


def shown_text(text: str) -> Shown:
    """Any text, with passwords in URLs and after telling names blotted out."""
    hidden: list[str] = []

    def blot(found: re.Match[str]) -> str:
        if found[2] == MASK:
            return found[0]
        hidden.append(found[2])
        return found[1] + MASK

    for pattern in _IN_ANY_TEXT:
        text = pattern.sub(blot, text)
    return Shown(text, tuple(hidden))


def shown_secret(text: str) -> Shown:
    """A value of a Secret: hidden whole, but JVM options are shown, less what may be a password in them."""
    words = flags.split(text)
    if not words or not all(_JVM_OPTION.match(word) for word in words):
        return Shown(MASK, (text,)) if text else Shown("")
    shown = [_shown_option(word) for word in words]
    return Shown(" ".join(one.text for one in shown), tuple(part for one in shown for part in one.hidden))


def _shown_option(word: str) -> Shown:
    if _JVM_PLAIN.fullmatch(word):
        return Shown(word)
    if _JVM_PROPERTY.fullmatch(word):
        return shown_text(word)
    head = _OPTION_HEAD.match(word)
    name = head[0] if head else ""
    return Shown(name + MASK, (word[len(name) :],))


def decoded(text: str) -> str | None:
    """A Secret's value as text; None where it is no text, or no base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def secrets_of(body: Body) -> Iterator[str]:
    """Every secret text of an object: hidden pieces of a Secret's values, and what hides in environment, arguments and data."""
    found: list[str] = []

    def note(shown: Shown, raw: str) -> str:
        found.extend(shown.hidden)
        return raw

    _rewritten(body, note)
    yield from found


def masked(body: Body, key: bytes) -> Body:
    """A copy that may be shown. A Secret's data is decoded; what is hidden bears a keyed digest, so that a change is seen."""

    def show(shown: Shown, raw: str) -> str:
        return shown.text if shown.text == raw else f"{shown.text} ({keyed(raw, key)})"

    return _rewritten(body, show)


Show = Callable[[Shown, str], str]


def _rewritten(body: Body, show: Show) -> Body:
    """The body with every text given to `show`, together with what of it may be seen."""
    kind = text_at(body, "kind")
    copy: Body = {}
    for field, value in body.items():
        if kind == "Secret" and field in ("data", "stringData"):
            copy[field] = {name: _secret_value(field, one, show) for name, one in mapping(value).items()}
        elif kind == "ConfigMap" and field == "data":
            copy[field] = {name: _named_value(name, one, show) for name, one in mapping(value).items()}
        else:
            copy[field] = _walked(value, show)
    return copy


def _secret_value(field: str, value: object, show: Show) -> str:
    raw = str(value)
    text = decoded(raw) if field == "data" else raw
    return show(Shown(MASK, (raw,)), raw) if text is None else show(shown_secret(text), text)


def _named_value(name: str, value: object, show: Show) -> object:
    if isinstance(value, str) and value and SECRET_NAME.search(name):
        return show(Shown(MASK, (value,)), value)
    return _walked(value, show)


def _walked(value: object, show: Show) -> object:
    match value:
        case str():
            return show(shown_text(value), value)
        case list():
            return _walked_list(value, show)
        case {"name": str(name), "value": str(text), **rest}:
            return {"name": name, "value": _named_value(name, text, show), **mapping(_walked(rest, show))}
        case dict():
            return {
                name: show(Shown(MASK), str(one)) if name == LAST_APPLIED else _walked(one, show)
                for name, one in value.items()
            }
        case _:
            return value


def _walked_list(values: list[object], show: Show) -> list[object]:
    """A list; after an argument like `--password` the next one is hidden."""
    shown: list[object] = []
    before: object = ""
    for value in values:
        is_named = isinstance(before, str) and before.startswith("-") and "=" not in before
        name = before if is_named and isinstance(before, str) else ""
        is_option = isinstance(value, str) and value.startswith("-")
        shown.append(_walked(value, show) if is_option else _named_value(name, value, show))
        before = value
    return shown


def public_words(body: Body) -> frozenset[str]:
    """Words that stand in clear outside of any Secret: whoever reads the manifests knows them, so they are no secrets."""
    seen: list[str] = []

    def note(shown: Shown, raw: str) -> str:
        seen.append(shown.text if len(shown.text) < 1000 else "")
        return ""

    _rewritten(
        {key: value for key, value in body.items() if text_at(body, "kind") != "Secret" or key == "metadata"}, note
    )
    words = {word for text in seen for word in (text, *re.split(r"[^A-Za-z0-9]+", text))}
    return frozenset(words | {str(item) for item in _names(body)}) - {MASK}


def _names(value: object) -> Iterator[object]:
    """Field names, of data too, and numbers."""
    if isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _names(one)
    elif isinstance(value, list):
        for one in items(value):
            yield from _names(one)
    elif isinstance(value, int | float):
        yield value

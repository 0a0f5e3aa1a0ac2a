"""HTML and SVG built from elements: text becomes markup in one place, and only there is it escaped."""

from collections.abc import Iterable
from html import escape

from msgspec import Struct

from seatrial.report.figures import clean

_VOID = frozenset({"meta", "br", "hr", "path", "line", "rect", "circle"})


class Markup(Struct, frozen=True):
    """Source that is markup already: nobody else's text is in it unescaped."""

    source: str


Child = Markup | str | None


def text(value: str) -> str:
    """The choke point: every text of a page goes through here, made visible and escaped, quotes too."""
    return escape(clean(value), quote=True)


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """An element. Text children and attribute values are escaped; `class_` is class, `stroke_width` is stroke-width."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{named}>" if name in ("meta", "br", "hr") else f"<{name}{named}/>")
    return Markup(f"<{name}{named}>{together(children).source}</{name}>")


def together(children: Iterable[Child]) -> Markup:
    """Several pieces one after the other."""
    return Markup("".join(_source(child) for child in children))


def _source(child: Child) -> str:
    match child:
        case None:
            return ""
        case Markup(source=source):
            return source
        case _:
            return text(child)


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")

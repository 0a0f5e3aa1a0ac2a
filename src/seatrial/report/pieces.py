"""The small pieces that the sections of a page are made of: tables, chips, cards, times."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.figures import clock_time, full_time
from seatrial.report.markup import Child, Markup, tag, together
from seatrial.report.parts import Tone
from seatrial.report.sentences import VERDICT_TONES, judged_because

NOTHING = Markup("")


def section(name: str, title: str, *children: Child, lead: str = "") -> Markup:
    """A titled part of the page; left out where it has nothing to say."""
    if not any(child is not None and child != NOTHING for child in children):
        return NOTHING
    heading = tag("h2", title, id=f"{name}-title")
    intro = tag("p", lead, class_="lead") if lead else None
    return tag("section", heading, intro, *children, id=name, aria_labelledby=f"{name}-title")


def table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[Child]], class_: str = "") -> Markup:
    """A table with a caption and column headers; it scrolls by itself where it is too wide."""
    body = [tag("tr", *(_cell(cell, head) for cell, head in zip(row, headers, strict=True))) for row in rows]
    if not body:
        return NOTHING
    head = tag("tr", *(tag("th", one, scope="col") for one in headers))
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", head),
        tag("tbody", *body),
        class_=class_ or None,
    )
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _cell(cell: Child, head: str) -> Markup:
    return tag("td", cell, data_head=head)


def chip(word: str, tone: Tone) -> Markup:
    """A word that has a colour, and says the same without it."""
    return tag("span", word, class_=f"chip {tone.value}")


def verdict_chip(verdict: Verdict) -> Markup:
    """A verdict's word."""
    return chip(verdict.value, VERDICT_TONES[verdict])


def mono(words: str) -> Markup:
    """A name or a value as a machine writes it."""
    return tag("span", words, class_="mono")


def muted(words: str) -> Markup:
    """Words of the second rank."""
    return tag("span", words, class_="muted")


def joined(children: Iterable[Child], between: str = " ") -> Markup:
    """Pieces with something between them."""
    pieces: list[Child] = []
    for child in children:
        pieces += [between, child] if pieces else [child]
    return together(pieces)


def at(moment: datetime, zone: tzinfo) -> Markup:
    """A time of day; the whole date is in its title."""
    stamp = moment.isoformat()
    return tag("time", clock_time(moment, zone), datetime=stamp, title=full_time(moment, zone), class_="mono")


def judgement_item(one: Judgement) -> Markup:
    """A judgement with what it rests on."""
    evidence = tag("pre", "\n".join(one.evidence), class_="evidence", tabindex="0") if one.evidence else None
    way_out = tag("p", tag("b", "Way out: "), one.next_step, class_="way-out") if one.next_step else None
    words = tag("div", tag("p", judged_because(one), " ", mono(one.rule)), evidence, way_out)
    return tag("li", verdict_chip(one.verdict), words, class_="judgement")


def more(summary: Child, *children: Child, opened: str | None = None) -> Markup:
    """A part that opens on demand; on paper it is always open."""
    return tag("details", tag("summary", summary), *children, open=opened)

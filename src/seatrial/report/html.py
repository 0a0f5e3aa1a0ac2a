"""A run's report as one HTML file that asks nobody for anything: no script, no request, no link from a cluster's data."""

from datetime import UTC, tzinfo

from seatrial.report import details, sections
from seatrial.report.figures import full_time
from seatrial.report.markup import Markup, tag
from seatrial.report.parts import Story
from seatrial.report.pieces import NOTHING
from seatrial.report.style import CSS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def html(story: Story, zone: tzinfo = UTC) -> str:
    """The whole page, the verdict first. Times are in `zone`, with their offset."""
    parts = _parts(story, zone)
    title = f"{story.verdict.partition(':')[0]}: {story.subject.plan or 'a run'}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        Markup(f"<style>{CSS}</style>"),
    )
    body = tag(
        "body",
        tag("a", "To the verdict", href="#verdict", class_="skip"),
        _banner(story),
        tag(
            "main",
            sections.verdict(story),
            sections.facts(story, zone),
            _contents(parts),
            *(part for _name, _title, part in parts),
        ),
        _foot(story, zone),
    )
    return "<!doctype html>\n" + tag("html", head, body, lang="en").source + "\n"


def _parts(story: Story, zone: tzinfo) -> list[tuple[str, str, Markup]]:
    parts = [
        ("course", "Course", sections.course(story, zone)),
        ("criteria", "Acceptance", sections.criteria(story, zone)),
        ("pods", "Pods", details.pods(story, zone)),
        ("jvm", "JVM", details.jvms(story)),
        ("comparison", "Before and after", details.comparison(story)),
        ("change", "Change", details.change(story, zone)),
        ("decisions", "Decisions", sections.decisions(story, zone)),
        ("warnings", "Warnings", sections.warnings(story, zone)),
        ("unseen", "Not checked", details.unseen(story)),
        ("judgements", "Judgements", details.judgements(story, zone)),
        ("evidence", "Evidence", details.evidence(story)),
    ]
    return [(name, title, part) for name, title, part in parts if part != NOTHING]


def _banner(story: Story) -> Markup:
    name = tag("span", "Seatrial", class_="brand")
    about = tag("span", story.subject.plan, class_="about")
    return tag("header", tag("div", name, about), class_="banner")


def _contents(parts: list[tuple[str, str, Markup]]) -> Markup:
    links = (tag("li", tag("a", title, href=f"#{name}")) for name, title, _part in parts)
    return tag("nav", tag("ul", *links), aria_label="Contents")


def _foot(story: Story, zone: tzinfo) -> Markup:
    until = f" up to {full_time(story.last_at, zone)}" if story.last_at else ""
    words = f"Written by Seatrial {story.subject.version} from the journal of run {story.subject.run_id}{until}."
    return tag("footer", tag("p", words))

"""The report's page: one file, no script, no request, nothing that a cluster wrote becomes markup."""

import re
from datetime import UTC, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from tests.support.journals import (
    MIB,
    NEW_1,
    NEW_2,
    PLAN,
    STORIES,
    JournalByHand,
    healthy,
    held,
    hostile,
    new_pod,
    oom_rollback,
)

from seatrial.model import events as e
from seatrial.model.events import Entry
from seatrial.report.html import POLICY, html
from seatrial.report.story import tell

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!-- -->",
    "]]><svg onload=alert(1)>",
    "javascript:alert(1)",
    "https://evil.example/?q=",
    "&lt;script&gt;",
    "url(https://evil.example/x.png)",
    "a\x00b\x1b[31m\u202etxt",
    "</pre></details><a href=//evil.example>",
)
VOID = {"meta", "br", "hr"}


class Page(HTMLParser):
    """What a browser would make of the page: elements, their attributes, and whether they nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_field_stays_text(payload: str) -> None:
    calm, attacked = Page(html(tell(hostile("calm"), PLAN))), Page(html(tell(hostile(payload), PLAN)))
    assert [name for name, _ in attacked.elements] == [name for name, _ in calm.elements]
    assert [sorted(attributes) for _, attributes in attacked.elements] == [
        sorted(attributes) for _, attributes in calm.elements
    ]
    assert {a.get("style", "") for _, a in attacked.elements} == {a.get("style", "") for _, a in calm.elements}


@pytest.mark.parametrize("name", STORIES)
def test_the_page_asks_nobody_for_anything(name: str) -> None:
    page = Page(html(tell(STORIES[name](), PLAN)))
    names = {element for element, _ in page.elements}
    assert not names & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "video",
        "audio",
        "use",
        "image",
    }
    assert all(link["href"].startswith("#") for link in page.all("a"))
    assert not any(
        key.startswith("on") or key in ("src", "srcset", "xlink:href") for _, a in page.elements for key in a
    )
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in page.all("meta")
    assert "default-src 'none'" in POLICY
    assert "url(" not in html(tell(STORIES[name](), PLAN))


@pytest.mark.parametrize("name", STORIES)
def test_the_verdict_comes_first(name: str) -> None:
    story = tell(STORIES[name](), PLAN)
    page = Page(html(story))
    headings = [one for one in page.elements if re.fullmatch("h[1-6]", one[0])]
    assert headings[0][0] == "h1"
    assert len(page.all("h1")) == 1
    body = " ".join(page.words)
    assert body.index(story.verdict.partition(":")[0][1:]) < body.index("What it rests on") if story.rests_on else True


@pytest.mark.parametrize("name", STORIES)
def test_it_can_be_read_by_ear_and_keyboard(name: str) -> None:
    page = Page(html(tell(STORIES[name](), PLAN)))
    assert len(page.all("main")) == len(page.all("header")) == len(page.all("footer")) == 1
    assert page.all("html")[0]["lang"] == "en"
    assert all(cell.get("scope") == "col" for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for chart in page.all("svg"):
        assert chart.get("aria-hidden") == "true" or set(chart["aria-labelledby"].split()) <= set(ids)
    assert {link["href"][1:] for link in page.all("a")} <= set(ids)


def test_everything_that_happened_is_there() -> None:
    page = " ".join(Page(html(tell(healthy(), PLAN), ZoneInfo("Asia/Taipei"))).words)
    for words in (
        "Every pod does what the plan says",
        "2026-11-25 02:03:10 +08:00",
        "1 old + 1 new pod, ContainerCreating",
        "Measured beside the runbook's estimate",
        "MaxHeapSize",
        "as specified",
        "replicas: 2",
        "absent",
        "the API server did not answer (connection refused)",
        "approved the change",
        "gc.log grew by 18Ki on each pod",
        "fail above 5.5Gi",
        "no source of 5xx counts was reachable",
        NEW_1,
    ):
        assert words in page, words


def test_a_rollback_shows_its_evidence_and_what_was_deleted() -> None:
    page = " ".join(Page(html(tell(oom_rollback(), PLAN))).words)
    for words in (
        "Rolled back, verified",
        "lastState.terminated.reason OOMKilled",
        "deleted",
        "previous.log",
        "heap dump",
        "going back",
    ):
        assert words in page, words


def test_a_run_that_went_back_is_not_reproached_with_criteria_it_never_came_to() -> None:
    assert "Acceptance" not in " ".join(Page(html(tell(oom_rollback(), PLAN))).words)


def test_an_open_question_says_until_when_and_how_to_answer() -> None:
    page = " ".join(Page(html(tell(held(), PLAN))).words)
    assert "until 2026-11-24 18:20:18 UTC" in page
    assert "seatrial approve" in page


def test_a_week_of_looks_makes_a_page_that_can_be_mailed() -> None:
    page = html(tell(_week(looks=10_080, pods=10), PLAN), UTC)
    assert len(page) < 3_000_000
    assert Page(page).all("svg")


def _week(looks: int, pods: int) -> list[Entry]:
    journal = JournalByHand()
    journal.entries = [one for one in healthy() if one.at < healthy()[-1].at - timedelta(minutes=59)]
    names = [f"{NEW_1}-{n}" for n in range(pods - 1)] + [NEW_2]
    for look in range(looks):
        seen = tuple(new_pod(name, memory_bytes=(400 + look % 97 + n) * MIB) for n, name in enumerate(names))
        journal.say(100 + 60 * look, e.Sampled(pods, pods, pods, seen, pods, f"{look % 70}%/70%"))
    return journal.entries

"""Markdown for a pull request: it reads, it mentions nobody, it links nowhere."""

import re

import pytest
from markdown_it import MarkdownIt
from tests.support.journals import NEW_1, PLAN, STORIES, healthy, hostile, oom_rollback

from seatrial.report.markdown import block, code, markdown, words
from seatrial.report.story import tell

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "a | b | c",
    "``` \n# title\n```",
    "`` ` ``",
    "**bold** _it_ ~~no~~",
    "line\n\n# heading\n\n- item",
    "<https://evil.example>",
    "&lt;b&gt; &amp;",
    "\\",
    "$x$",
    "</details>",
)


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_field_changes_no_structure(payload: str) -> None:
    calm = _tags(rendered(markdown(tell(hostile("calm"), PLAN))))
    assert _tags(rendered(markdown(tell(hostile(payload), PLAN)))) == calm


def test_nobody_is_mentioned_and_nothing_is_linked() -> None:
    text = markdown(tell(hostile("@octocat see #1 https://evil.example www.evil.example"), PLAN))
    outside = "\n".join(line for line in text.splitlines() if not line.startswith(("+", "-")))
    for part in _without_code(outside).split("\n"):
        assert "@octocat" not in part
        assert "#1" not in part
        assert "https://" not in part
        assert "www.evil" not in part


def test_it_reads_from_the_verdict_down() -> None:
    text = markdown(tell(oom_rollback(), PLAN))
    assert text.startswith("# ↩️ Rolled back, verified\n")
    assert f"**OOM-killed by the kernel on pod {NEW_1}: exit 137, limit 6Gi**" in text
    assert "- **FAIL** OOM-killed" in text
    assert "| rollout | 25s | 3m to 5m |" in text
    assert "| `MaxHeapSize` |" not in text
    assert "`MaxHeapSize` | `4096m` | `4g` | command line | yes |" in markdown(tell(healthy(), PLAN))


@pytest.mark.parametrize("name", STORIES)
def test_every_story_is_well_formed(name: str) -> None:
    text = markdown(tell(STORIES[name](), PLAN))
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith("\n")


def test_fences_are_longer_than_what_they_hold() -> None:
    assert code("a ``b`` c") == "```a ``b`` c```"
    assert block("x\n````\ny").startswith("`````\n")
    assert words("a_b*c") == "a\\_b\\*c"


def _tags(source: str) -> list[str]:
    return re.findall(r"</?[a-z0-9]+", source)


def _without_code(text: str) -> str:
    return re.sub(r"(`+).+?\1", "", text)

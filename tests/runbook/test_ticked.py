"""The runbook given back: its boxes ticked by evidence, every other byte as it was."""

import re
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.runbook.runbooks import first
from tests.support.journals import PLAN, healthy, oom_rollback

from seatrial.report.story import Story, tell
from seatrial.runbook.ticked import ticked

TAIPEI = ZoneInfo("Asia/Taipei")
ACCEPTED = tell(healthy(), PLAN)


def renamed(story: Story, **rules: str) -> Story:
    """The story with other names of rules: old to new, underscores for dashes."""
    names = {old.replace("_", "-"): new for old, new in rules.items()}
    rulings = (
        replace(one, judgement=replace(one.judgement, rule=names.get(one.judgement.rule, one.judgement.rule)))
        for one in story.rulings
    )
    return replace(story, rulings=tuple(rulings))


def box(text: str, story: Story = ACCEPTED) -> str:
    """One box below the criteria of half an hour, given back."""
    return ticked(f"## 成功標準\n### 立即驗證（30 分鐘內）\n{text}\n", story, TAIPEI).split("\n")[2]


def test_a_box_is_ticked_by_what_was_seen() -> None:
    """With the time in the plan's zone, the place on the timeline and the values."""
    line = box("- [ ] 記憶體使用在預期範圍")

    assert line.startswith("- [x] 記憶體使用在預期範圍 — 2026-11-25 02:34:39 +08:00 (T+31m29s): 620Mi to 710Mi")


@pytest.mark.parametrize("text", ["記憶體使用在預期範圍（3-4.5GB）", "3 個 Pod Running"])
def test_a_box_with_another_figure_stays_open(text: str) -> None:
    """The rule passed, the box's own words are not what was seen: both are written."""
    assert box(f"- [x] {text}").startswith(f"- [ ] {text} — passed, but not as the box says: 2026-11-25")


def test_a_box_with_another_commit_stays_open() -> None:
    """Whatever the rule says of the plan's."""
    story = renamed(ACCEPTED, commit="commit-matches")

    assert "- [x] Git commit (a9dffc6) — " in ticked("## 部署前\n- [ ] Git commit (a9dffc6)\n", story, TAIPEI)
    assert "not as the box says" in ticked("## 部署前\n- [x] Git commit (1ebecb5)\n", story, TAIPEI)


def test_a_box_that_was_ticked_before_is_unticked_where_nothing_was_shown() -> None:
    """Nobody is believed."""
    assert box("- [x] 服務響應正常") == "- [ ] 服務響應正常 — not shown by this run"


def test_what_no_rule_can_check_is_not_shown() -> None:
    """Whatever the run did."""
    assert box("- [x] 財務對帳一致") == "- [ ] 財務對帳一致 — not shown by this run"


ROLLED_BACK = renamed(tell(oom_rollback(), PLAN), oom_killed="out-of-memory", context="context-matches")


def test_a_proven_failure_is_written_beside_its_box() -> None:
    """Whatever had been ticked."""
    line = box("- [x] 無 OOMKilled 事件", ROLLED_BACK)

    assert line.startswith("- [ ] 無 OOMKilled 事件 — FAIL, 2026-11-25 ")
    assert "exit 137" in line


def test_a_run_that_went_back_keeps_its_preflight_and_no_success() -> None:
    """What was true before the change was seen; what was true for a while is not any more."""
    assert "- [x] kubectl context — 2026-11-25" in ticked("## 部署前\n- [ ] kubectl context\n", ROLLED_BACK, TAIPEI)
    later = ticked("## Verification\n- [ ] kubectl context\n", ROLLED_BACK, TAIPEI)
    assert "- [ ] kubectl context — seen " in later
    assert "rolled back since" in later


def test_a_week_is_not_over_after_an_hour() -> None:
    """A PASS so far is told, and ticks nothing."""
    text = "## 成功標準\n### 長期驗證（1 週）\n- [ ] OOM 頻率: 0\n"

    assert "- [ ] OOM 頻率: 0 — so far " in ticked(text, ACCEPTED, UTC)


def test_every_other_byte_stays() -> None:
    """Of the first users' runbook, and with carriage returns."""
    text = first()
    for given_text in (text, text.replace("\n", "\r\n"), "\ufeff" + text.rstrip("\n")):
        made = ticked(given_text, ACCEPTED, TAIPEI)
        before, after = given_text.split("\n"), made.split("\n")
        assert len(before) == len(after)
        for old, new in zip(before, after, strict=True):
            if re.match(r"\s*- \[[ x]\]", old):
                assert new.startswith(old[:3])
                assert new[5:].startswith(old[5:].rstrip("\r"))
                assert new.endswith("\r") == old.endswith("\r")
            else:
                assert new == old


def test_foreign_words_obey_markdown_no_more() -> None:
    """What a cluster said is escaped."""
    assert "<script>" not in ticked(first(), tell(oom_rollback(), PLAN), UTC)


@given(st.text(alphabet="-*[] xX\r\n#`pods無OM", max_size=120))
def test_any_text_comes_back(text: str) -> None:
    """Line by line; only boxes are longer."""
    made = ticked(text, ACCEPTED, UTC)

    assert len(made.split("\n")) == len(text.split("\n"))

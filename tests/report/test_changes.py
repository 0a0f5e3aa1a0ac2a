"""A change shown before it is made: to people, to programs, and as a page."""

import pytest

from seatrial.change.difference import Change, Difference
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.observation import ObjectRef
from seatrial.report.changes import ShownChange, change_html, change_text, change_value

REF = ObjectRef("apps/v1", "Deployment", "forex-prod", "rates")
CONFIGURED = Difference(
    REF, "configured", (Change("spec.replicas", "1", "2"),), "deployment.apps/rates: configured\n-1\n+2\n"
)
SAME = Difference(ObjectRef("v1", "Service", "forex-prod", "rates"), "unchanged", (), "")
FAILS = Judgement("change-reaches-pods", "rates", Verdict.FAIL, "no pod would restart", next_step="Say `stamp`.")
WARNS = Judgement("replicas-and-autoscaler", "rates", Verdict.PASS, "fine", warning="two hands on one number")
SHOWN = ShownChange("the fix", (SAME, CONFIGURED), ("Every pod is replaced.",), (FAILS, WARNS))


def test_people_see_the_difference_then_what_follows() -> None:
    assert change_text(SHOWN) == (
        "service/rates: unchanged\ndeployment.apps/rates: configured\n-1\n+2\n"
        "  Every pod is replaced.\n"
        "FAIL  rates: no pod would restart. Say `stamp`.  [change-reaches-pods]\n"
        "WARN  rates: two hands on one number  [replicas-and-autoscaler]\n"
    )


def test_programs_get_each_path() -> None:
    told = change_value(SHOWN)
    assert told["differs"] is True
    assert told["objects"][1]["changes"] == [{"path": "spec.replicas", "before": "1", "after": "2"}]  # type: ignore[index]
    assert [one["verdict"] for one in told["findings"]] == ["FAIL", "PASS"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("shown", "differs"),
    [(ShownChange("x", (SAME,), (), ()), False), (ShownChange("x", (SAME,), (), (), ("service/rates: no",)), True)],
)
def test_what_is_refused_differs_too(shown: ShownChange, differs: bool) -> None:
    assert shown.differs is differs


def test_a_page_escapes_what_it_shows() -> None:
    page = change_html(ShownChange("<b>", (CONFIGURED,), ("a < b",), (FAILS,), ("x & y",), ("note",)))
    assert "<b>" not in page
    for text in ("a &lt; b", "x &amp; y", "note", '<span class="add">+2', "no pod would restart"):
        assert text in page

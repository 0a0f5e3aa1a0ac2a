"""JUnit: what failed fails, what was not seen is never passed."""

import xml.etree.ElementTree as ET

import pytest
from tests.support.journals import PLAN, STORIES, healthy, hostile, oom_rollback

from seatrial.report.junit import junit
from seatrial.report.story import tell


def suite(text: str) -> ET.Element:
    found = ET.fromstring(text).find("testsuite")  # noqa: S314 - our own output
    assert found is not None
    return found


@pytest.mark.parametrize("name", STORIES)
def test_the_counts_agree_with_the_cases(name: str) -> None:
    whole = suite(junit(tell(STORIES[name](), PLAN)))
    assert int(whole.attrib["tests"]) == len(whole.findall("testcase"))
    assert int(whole.attrib["failures"]) == len(whole.findall("testcase/failure"))
    assert int(whole.attrib["skipped"]) == len(whole.findall("testcase/skipped"))


def test_a_rollback_fails_with_its_cause() -> None:
    first, *_rest = suite(junit(tell(oom_rollback(), PLAN))).findall("testcase")
    failure = first.find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("rolled back, verified: OOM-killed by the kernel")


def test_an_accepted_run_has_no_failure_and_skips_what_it_did_not_see() -> None:
    whole = suite(junit(tell(healthy(), PLAN)))
    assert whole.attrib["failures"] == "0"
    skipped = [case.attrib["name"] for case in whole.findall("testcase") if case.find("skipped") is not None]
    assert "server-errors exchange-service" in skipped


@pytest.mark.parametrize("payload", ["]]>&<\"'\x00\x0b\ufffe", "<failure/>"])
def test_hostile_text_is_well_formed_xml(payload: str) -> None:
    assert suite(junit(tell(hostile(payload), PLAN))).findall("testcase")

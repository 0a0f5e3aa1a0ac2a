"""The report for machines: stable names, one version, every story."""

import msgspec
import pytest
from tests.support.journals import PLAN, RUN, STORIES, hostile, oom_rollback

from seatrial.report.json import json
from seatrial.report.story import tell


def report(name: str) -> dict[str, object]:
    return msgspec.json.decode(json(tell(STORIES[name](), PLAN)), type=dict[str, object])


@pytest.mark.parametrize("name", STORIES)
def test_it_has_a_kind_a_version_and_an_outcome(name: str) -> None:
    told = report(name)
    assert (told["apiVersion"], told["kind"]) == ("seatrial.dev/v1alpha1", "RunReport")
    assert told["metadata"] == {"name": RUN, "namespace": "forex-prod"}
    assert told["outcome"] in ("accepted", "rolled-back", "refused", "held")


def test_names_are_camel_case_all_the_way_down() -> None:
    assert not [name for name in _names(report("healthy")) if "_" in name or name[0].isupper()]


def test_the_names_that_scripts_rely_on() -> None:
    told = report("oom")
    assert set(told) >= {
        "verdict",
        "restsOn",
        "stages",
        "timeline",
        "pods",
        "jvms",
        "writes",
        "criteria",
        "comparison",
        "unseen",
    }
    rests_on = told["restsOn"]
    assert isinstance(rests_on, list)
    assert rests_on[0]["rule"] == "oom-killed"
    assert rests_on[0]["verdict"] == "FAIL"
    assert told["appliedAt"] == "2026-11-24T18:03:10Z"


def test_the_same_journal_gives_the_same_bytes() -> None:
    assert json(tell(oom_rollback(), PLAN)) == json(tell(oom_rollback(), PLAN))


def test_hostile_text_is_text() -> None:
    assert msgspec.json.decode(json(tell(hostile('"}\x1b\n{'), PLAN)))["subject"]["plan"] == '"}\x1b\n{'


def _names(value: object) -> list[str]:
    match value:
        case dict():
            return [*map(str, value), *(name for one in value.values() for name in _names(one))]
        case list():
            return [name for one in value for name in _names(one)]
        case _:
            return []

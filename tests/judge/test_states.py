"""Every row of the verdict table as a saved state: YAML in, verdict out. Each doomed state has a twin that recovers."""

from collections.abc import Iterator
from typing import cast

import msgspec
import pytest
import yaml
from tests.support.saved_states import STATES, Tree, look_of, terms_of, timed

from seatrial.judge import autoscaling, rollout
from seatrial.judge.autoscaling import AutoscalerTerms
from seatrial.judge.rollout import Sightings, remember
from seatrial.model.judgement import Judgement, Verdict, deciding, verdict_of


def judged(case: Tree) -> tuple[Judgement, ...]:
    """The judgements of the last look, after the earlier ones were seen."""
    if case.get("family") == "autoscaling":
        terms = msgspec.convert(cast(Tree, timed(case.get("terms", {}))), AutoscalerTerms)
        return autoscaling.judge(look_of(case), terms)
    sightings = Sightings()
    for earlier in cast(list[Tree], case.get("earlier", [])):
        sightings = remember(sightings, look_of(case | earlier))
    look = look_of(case)
    return rollout.judge(look, terms_of(case), remember(sightings, look))


def cases() -> Iterator[object]:
    """All cases of all files."""
    for file in sorted(STATES.glob("*.yaml")):
        if file.stem not in ("base", "presets"):
            for case in cast(list[Tree], yaml.safe_load(file.read_text())):
                family = {"family": "autoscaling"} if file.stem.startswith("autoscal") else {}
                yield pytest.param(case | family, id=f"{case['row']}: {case['name']}")


@pytest.mark.parametrize("case", list(cases()))
def test_the_state_gets_its_verdict(case: Tree) -> None:
    """The verdict, the rule that gave it, and the words that a person needs."""
    judgements = judged(case)
    told = "\n".join(
        f"{one.verdict.value} {one.rule} {one.about}: {one.because} {one.evidence} {one.warning} {one.next_step}"
        for one in judgements
    )
    verdict, _, name = str(case["expect"]).partition(" by ")
    decides = deciding(judgements)
    assert decides is not None
    assert all(one.next_step for one in judgements if one.verdict in (Verdict.FAIL, Verdict.HOLD)), told
    assert verdict_of(judgements) is Verdict(verdict), told
    assert not name or decides.rule == name, told
    for words in cast(list[str], case.get("says", [])):
        assert words in told, told
    if "waits" in case:
        assert decides.waits_s == pytest.approx(case["waits"], abs=1), told
    if "warns" in case:
        assert [one.rule for one in judgements if one.warning] == [case["warns"]], told
    for name in cast(list[str], case.get("silent", [])):
        assert name not in [one.rule for one in judgements], told

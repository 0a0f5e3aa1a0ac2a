"""A run's report as JUnit XML, as Jenkins, GitLab and GitHub show it: every judgement is a test case, the verdict is the first."""

from seatrial.lifecycle import Phase
from seatrial.model.judgement import Judgement, Verdict
from seatrial.report.markup import Markup, tag
from seatrial.report.parts import CriterionStory, Ruling, Story
from seatrial.report.sentences import judged_text, phase_label

_FAILED = (Phase.REFUSED, Phase.ROLLED_BACK, Phase.NEEDS_PERSON, Phase.ROLLING_BACK, Phase.VERIFYING)


def junit(story: Story) -> str:
    """One suite. What was not seen is skipped, never passed; what is held or still waits is skipped too."""
    cases = [_verdict(story), *map(_ruling, story.rulings), *(_criterion(one, story) for one in story.criteria)]
    failures = sum("<failure" in one.source for one in cases)
    skipped = sum("<skipped" in one.source for one in cases)
    suite = tag(
        "testsuite",
        *cases,
        name=story.subject.plan or "seatrial",
        tests=len(cases),
        failures=failures,
        errors=0,
        skipped=skipped,
        time=story.lasted_s,
        timestamp=story.started_at.isoformat() if story.started_at else None,
        hostname=story.subject.host or None,
    )
    whole = tag("testsuites", suite, name="seatrial", tests=len(cases), failures=failures, errors=0)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{whole.source}\n'


def _verdict(story: Story) -> Markup:
    fails = story.phase in _FAILED
    said = tag("failure", story.verdict, message=story.verdict) if fails else None
    waits = tag("skipped", message=story.verdict) if not story.ended and not fails else None
    return tag("testcase", said, waits, classname="seatrial.verdict", name=story.verdict, time=story.lasted_s)


def _ruling(one: Ruling) -> Markup:
    judged = one.judgement
    name = f"{judged.rule} {judged.about}".strip()
    details = "\n".join((judged_text(judged), *judged.evidence, judged.next_step)).strip()
    return tag("testcase", _outcome(judged, details), classname=f"seatrial.{phase_label(one.phase)}", name=name)


def _outcome(judged: Judgement, details: str) -> Markup:
    match judged.verdict:
        case Verdict.PASS:
            return tag("system-out", details)
        case Verdict.FAIL:
            return tag("failure", details, message=judged.because, type=judged.rule)
        case Verdict.HOLD | Verdict.WAIT | Verdict.UNKNOWN:
            return tag("skipped", message=f"{judged.verdict.value}: {judged.because}")


def _criterion(one: CriterionStory, story: Story) -> Markup:
    missed = tag("skipped", message="not seen" if story.ended else "still to come") if one.met_at is None else None
    name = f"{one.subject} by {one.by_s:g} s"
    return tag("testcase", missed, classname="seatrial.acceptance", name=name)

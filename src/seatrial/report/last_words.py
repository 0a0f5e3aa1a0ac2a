"""The last words of a run or of a process: the verdict, what it rests on, what is owed, and where the report lies."""

from seatrial.report.figures import count, one_line
from seatrial.report.outlook import how_to_go_on, next_step
from seatrial.report.parts import Story
from seatrial.report.sentences import judged_text

GROUNDS_SHOWN = 6


def last_words(story: Story, report_path: str = "", parting: str = "") -> tuple[str, ...]:
    """Lines, the verdict first. parting: how the process ended where the run has not (held, detached, later, crashed)."""
    lines = [one_line(story.verdict)]
    for one in story.rests_on[:GROUNDS_SHOWN]:
        lines.append(f"  {one.verdict.value:<7} {one_line(judged_text(one))}  [{one_line(one.rule)}]")
        lines += [f"          | {one_line(line)}" for line in one.evidence[:3]]
    more = len(story.rests_on) - GROUNDS_SHOWN
    lines += [f"  and {more} more in the report"] if more > 0 else []
    lines += _parting(story, parting)
    lines += [f"next: {one_line(next_step(story))}"] if next_step(story) else []
    if story.unseen:
        lines.append(f"not checked: {count(len(story.unseen), 'thing')}, named in the report")
    lines += [f"report: {one_line(report_path)}"] if report_path else []
    return tuple(lines)


def _parting(story: Story, parting: str) -> list[str]:
    words = {
        "held": "the run is held for a person",
        "detached": "this process lets go, the run is not over",
        "later": "the soak is over; later criteria are ticked when the run is resumed",
        "crashed": "this process broke off",
    }
    said = [words[parting]] if parting in words else []
    owed = ["a rollback is owed until the run is settled"] if story.owed and not story.ended else []
    go_on = [how_to_go_on(story)] if (said or owed) and how_to_go_on(story) else []
    return [one_line(line) for line in said + owed + go_on]

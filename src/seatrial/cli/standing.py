"""Where a run stands: the words that `seatrial status` prints."""

from seatrial.cli.loading import frozen_plan, is_driven, load_entries, load_run, zone_of
from seatrial.report.story import tell
from seatrial.report.table import status_text
from seatrial.run.clock import utc_now


def standing(name: str) -> str:
    """Phase, verdict, what is owed, what it waits for and what comes next, of the run of that name or of the newest."""
    directory = load_run(name)
    plan = frozen_plan(directory)
    story = tell(load_entries(directory), plan)
    said = status_text(story, utc_now(), zone_of(plan))
    if story.ended or is_driven(plan):
        return said
    return f"{said}\nNo process drives this run now: `seatrial resume {directory.run_id}` goes on.\n"

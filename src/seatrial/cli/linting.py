"""Run the rules of manifests over objects, find the places, and leave out what somebody has ignored with a reason."""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from seatrial.cli.trouble import WayOutError
from seatrial.judge.manifest import case_of, judge
from seatrial.model.findings import Finding, Located, Position
from seatrial.model.plan import Plan
from seatrial.model.writes import Body
from seatrial.report.findings import Lint, in_order
from seatrial.sources.placing import Placing, Sources

IGNORE_FILE = ".seatrialignore"
IGNORE_LINES_MAX = 1000


class Ignored(Struct, frozen=True):
    """A line of the ignore file: a rule, an object (`*`: any), and why."""

    rule: str
    about: str
    reason: str

    def takes(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        return self.rule == finding.rule and self.about in ("*", finding.about)


def lint(
    bodies: tuple[Body, ...],
    sources: Sources,
    directory: Path,
    jdk: str | None = None,
    plan: Plan | None = None,
    plan_file: str = "",
) -> Lint:
    """Every finding with its place."""
    placing = Placing(sources, bodies)
    in_plan = _PlanPlaces(plan_file)
    by_file = ignore_file(directory)
    found: list[Located] = []
    ignored: list[tuple[Located, str]] = []
    for finding in judge(case_of(bodies, plan, int(jdk) if jdk else None)):
        one = in_plan.located(finding) if finding.spot.body is None else placing.located(finding)
        reason = _reason(one, placing, by_file)
        if reason:
            ignored.append((one, reason))
        else:
            found.append(_with_word_on_ignoring(one) if reason == "" else one)
    return Lint(in_order(found), tuple(ignored), len(bodies))


def _reason(one: Located, placing: Placing, by_file: tuple[Ignored, ...]) -> str | None:
    """Why it is ignored; empty where somebody ignores it without a reason, None where nobody does."""
    line = next((line for line in by_file if line.takes(one.finding)), None)
    return line.reason if line else placing.ignored(one)


def _with_word_on_ignoring(one: Located) -> Located:
    said = f"{one.finding.because} (the ignore comment gives no reason)"
    return replace(one, finding=replace(one.finding, because=said))


def ignore_file(directory: Path) -> tuple[Ignored, ...]:
    """The lines of the ignore file beside the manifests; none where there is no such file. WayOutError for a line that says too little."""
    path = directory / IGNORE_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[:IGNORE_LINES_MAX] if path.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise WayOutError(f"{path}: can't be read: {error}", 2) from error
    found: list[Ignored] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        rule, about, reason = (*line.split(maxsplit=2), "", "")[:3]
        if not reason:
            raise WayOutError(f"{path}:{number}: RULE KIND/NAME reason is expected", 2)
        found.append(Ignored(rule, about.lower(), reason.strip()))
    return tuple(found)


class _PlanPlaces:
    """Places in the plan file, read again only where a finding is about it."""

    def __init__(self, file: str) -> None:
        self._file = file

    def located(self, finding: Finding) -> Located:
        """A finding about the plan, with its line and column there."""
        from seatrial.plan.document import parse

        text = Path(self._file).read_text(encoding="utf-8")
        document = parse(text)
        place = document.place(finding.spot.path)
        line, column = place.line, place.column
        if finding.spot.token:
            rest = text.splitlines()[line - 1 : line + 20]
            found = next((n for n, one in enumerate(rest) if finding.spot.token in one), None)
            if found is not None:
                line, column = line + found, rest[found].index(finding.spot.token) + 1
        return Located(finding, Position(self._file, line, column))

"""What a story is made of: the one frozen value, derived from a journal, from which every output is written."""

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from seatrial.lifecycle import Phase
from seatrial.model.events import JvmSeen, PodSeen
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.observation import CouldNotLook, Identity


class Tone(Enum):
    """How a thing should look: as it should be, look twice, wrong, or neither."""

    GOOD = "good"
    WARY = "wary"
    BAD = "bad"
    CALM = "calm"


class Part(Struct, frozen=True):
    """A part of a story."""


class Subject(Part, frozen=True):
    """What the run is about, and who started it."""

    run_id: str = ""
    plan: str = ""
    plan_digest: str = ""
    version: str = ""
    host: str = ""
    user: str = ""
    workload: str = ""
    namespace: str = ""


class Stage(Part, frozen=True):
    """One phase that the run went through. ended is None where the run still is in it."""

    phase: Phase
    began: datetime
    ended: datetime | None
    lasted_s: float
    offset_s: float | None = None


class Estimate(Part, frozen=True):
    """A measured duration beside the estimate of the runbook. measured_s is None for what did not happen."""

    name: str
    low_s: float
    high_s: float
    measured_s: float | None


class Moment(Part, frozen=True):
    """A line of the timeline. offset_s counts from the first change; None before it."""

    at: datetime
    offset_s: float | None
    phase: Phase
    kind: str
    text: str
    tone: Tone = Tone.CALM


class Point(Part, frozen=True):
    """One value of a series."""

    at: datetime
    value: float


class Series(Part, frozen=True):
    """One line of a chart. A long one is thinned so that its peaks stay; a count keeps the points where it changes."""

    name: str
    points: tuple[Point, ...]
    new: bool = False


class Threshold(Part, frozen=True):
    """A value that a series should stay under, or should cross."""

    label: str
    value: float
    tone: Tone = Tone.WARY


class PodStory(Part, frozen=True):
    """A pod over the whole run: how it was last seen, and what it used.

    new: the change brought it. gone: it is not in the newest sample. memory_bytes is the newest that is known.
    """

    last: PodSeen
    new: bool
    first_at: datetime
    last_at: datetime
    gone: bool
    memory_bytes: int | None = None
    memory_peak_bytes: int | None = None


class Counts(Part, frozen=True):
    """The newest sample's counts."""

    at: datetime
    replicas: int
    updated: int
    ready: int
    hpa_replicas: int | None
    hpa_targets: str


class Ruling(Part, frozen=True):
    """The newest judgement of a rule about one thing in one phase."""

    at: datetime
    phase: Phase
    family: str
    judgement: Judgement


class WriteStory(Part, frozen=True):
    """One write and its outcome: kubectl's word, `refused`, or `not known`."""

    at: datetime
    verb: str
    ref: str
    outcome: str
    because: str = ""
    ok: bool | None = None


class Question(Part, frozen=True):
    """What a person was asked, and what came of it. word is empty while it is open; `lifted` where it healed by itself."""

    at: datetime
    question: str
    judgements: tuple[Judgement, ...]
    answer_within_s: float
    fallback: str
    word: str = ""
    by: str = ""
    because: str = ""
    answered_at: datetime | None = None

    @property
    def due(self) -> datetime:
        """When the fallback comes."""
        return self.at + timedelta(seconds=self.answer_within_s)


class Word(Part, frozen=True):
    """A person's word that nobody had asked for, or a hand-over between processes."""

    at: datetime
    word: str
    by: str
    because: str = ""


class Caution(Part, frozen=True):
    """Told once."""

    at: datetime
    rule: str
    text: str


class CriterionStory(Part, frozen=True):
    """An acceptance criterion: when it was seen, or by when it is due. Both are None where nothing was applied."""

    subject: str
    by_s: float
    due: datetime | None = None
    met_at: datetime | None = None
    because: str = ""


class Gap(Part, frozen=True):
    """A time in which nothing was seen."""

    ended: datetime
    lasted_s: float
    because: str


class Comparison(Part, frozen=True):
    """One point before and after."""

    point: str
    before: str
    after: str
    changed: bool


class Unseen(Part, frozen=True):
    """Something that was not checked, and why. It does not count as good."""

    what: str
    because: str


class Story(Part, frozen=True):
    """All that a journal tells. verdict is one sentence; rests_on are the judgements that decided; phase is the newest."""

    subject: Subject
    phase: Phase
    verdict: str
    tone: Tone
    ended: bool
    owed: bool
    rests_on: tuple[Judgement, ...]
    cluster: Identity | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    applied_at: datetime | None = None
    stages: tuple[Stage, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    timeline: tuple[Moment, ...] = ()
    counts: Counts | None = None
    pods: tuple[PodStory, ...] = ()
    memory: tuple[Series, ...] = ()
    memory_marks: tuple[Threshold, ...] = ()
    restarts: tuple[Series, ...] = ()
    replicas: tuple[Series, ...] = ()
    jvms: tuple[JvmSeen, ...] = ()
    diff: str = ""
    consequences: tuple[str, ...] = ()
    digest: str = ""
    objects: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    writes: tuple[WriteStory, ...] = ()
    questions: tuple[Question, ...] = ()
    words: tuple[Word, ...] = ()
    warnings: tuple[Caution, ...] = ()
    criteria: tuple[CriterionStory, ...] = ()
    gaps: tuple[Gap, ...] = ()
    comparison: tuple[Comparison, ...] = ()
    evidence: tuple[str, ...] = ()
    missing: tuple[CouldNotLook, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    @property
    def open_question(self) -> Question | None:
        """What is asked and not answered yet."""
        newest = self.questions[-1] if self.questions else None
        return newest if newest and not newest.word and not self.ended else None

    @property
    def outcome(self) -> str:
        """The verdict in one word for machines: accepted, rolled-back, refused, rollback-failed, held, in-progress, …"""
        if self.ended or self.phase is Phase.NEEDS_PERSON:
            return self.phase.value.replace(" ", "-")
        return "held" if self.open_question else "in-progress"

    @property
    def lasted_s(self) -> float:
        """From the first entry to the newest."""
        return (self.last_at - self.started_at).total_seconds() if self.last_at and self.started_at else 0.0

    @property
    def waiting_for(self) -> tuple[Judgement, ...]:
        """What the newest phase still waits for."""
        here = (ruling.judgement for ruling in self.rulings if ruling.phase is self.phase)
        return tuple(one for one in here if one.verdict is not Verdict.PASS)

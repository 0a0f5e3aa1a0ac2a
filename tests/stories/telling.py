"""Tell a whole run: the runbook's change on the cluster in memory, by the fake clock; what is asserted is the journal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace
from tests.support import exchange_service as service
from tests.support.fake_clock import FakeClock
from tests.support.fake_cluster import FakeCluster
from tests.support.fake_pods import Script

from seatrial.journal.book import Journal, in_memory
from seatrial.journal.inbox import Word
from seatrial.lifecycle import State
from seatrial.model import events as e
from seatrial.model.judgement import Judgement
from seatrial.model.plan import Plan
from seatrial.model.preflight import GitState, Kustomization
from seatrial.model.writes import Body
from seatrial.plan.reading import read_plan
from seatrial.run.attention import Attention
from seatrial.run.engine import run
from seatrial.run.tools import Tools
from seatrial.sources.git import NoGit
from seatrial.sources.rendered import Rendered, SourceError

PLAN = """
apiVersion: seatrial.dev/v1alpha1
kind: Trial
metadata: {name: story}
spec:
  target: {context: forex-prod, namespace: forex-prod, workload: deployment/exchange-service}
  expect:
    pods: {ready: 2, restarts: 0}
    autoscaler: {name: exchange-service-hpa, before: absent, min: 2, max: 10, cpu: 70%, memory: 75%}
    memory: {usual: 3Gi to 4.5Gi, warnAbove: 5Gi, failAbove: 5.5Gi}
    health: {port: 10320}
  rollout: {reach: stamp}
  rollback: {on: [rollout-failed, crash-loop, out-of-memory, {memory: above 5.5Gi, samples: 3}]}
  soak: {for: 1h, every: 10m}
  accept:
    - {by: 30m, that: [pods, health, memory]}
    - {by: 2h, that: [out-of-memory, restarts]}
"""


class StoryStore:
    """Sealed bodies and evidence in memory; survives a crash of the run, as files do."""

    def __init__(self) -> None:
        self.sealed: dict[str, Body] = {}
        self.kept: dict[str, bytes] = {}
        self.shredded = False

    def key(self) -> bytes:
        """The same for the whole story."""
        return b"k" * 32

    def seal(self, name: str, body: Body) -> None:
        """Keep a body."""
        self.sealed[name] = body

    def unseal(self) -> dict[str, Body]:
        """All of them."""
        return dict(self.sealed)

    def shred(self) -> None:
        """Forget them."""
        self.sealed.clear()
        self.shredded = True

    def keep(self, name: str, content: bytes) -> str:
        """Keep evidence."""
        self.kept[name] = content
        return name


class StorySources:
    """The team's directory: whatever the story says it renders to."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = tuple(bodies)
        self.error: SourceError | None = None
        self.git: GitState | NoGit = GitState("a9dffc6" + "0" * 33)

    async def render(self, directory: str) -> Rendered | SourceError:
        """The manifests of the change."""
        return self.error or Rendered(self.bodies, "kustomize", "v5", "sha256:x")

    async def git_state(self, directory: str) -> GitState | NoGit:
        """A clean tree."""
        return self.git

    async def kustomization(self, directory: str) -> Kustomization | None:
        """It lists its autoscaler."""
        return Kustomization("kustomization.yml", ("deployment.yml", "hpa.yml"), ("deployment.yml", "hpa.yml"))


@dataclass
class StoryPerson:
    """Somebody at the terminal, or nobody."""

    yes: bool = True
    answers: list[bool | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def name(self) -> str:
        """Anna."""
        return "anna"

    def approved_beforehand(self) -> bool:
        """--yes."""
        return self.yes

    async def ask(self, question: str) -> bool | None:
        """The next answer; nobody is there after the last one."""
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else None


class Stage:
    """A cluster that runs the old version, a directory with the new one, and a run between them."""

    def __init__(self, *scripts: Script, plan: str = PLAN, change: Sequence[Body] | None = None) -> None:
        self.clock = FakeClock()
        self.cluster = FakeCluster(self.clock)
        self.cluster.given(service.secret(), service.deployment(), service.service())
        self.cluster.pass_time(3600)
        if scripts:
            self.cluster.script(*scripts)
        after = [service.secret("LVhteDQwOTZt"), service.deployment(replicas=2), service.service(), service.hpa()]
        self.sources = StorySources(after if change is None else change)
        self.plan: Plan = read_plan(plan, "/team/plan.yaml")
        self.store = StoryStore()
        self.journal: Journal = in_memory(self.clock)
        self.person = StoryPerson()
        self.words: list[tuple[float, Word]] = []
        self.signals: list[tuple[float, str]] = []
        self.shown: list[tuple[Judgement, ...]] = []
        self.parting = ""
        self.patience_s = 300.0
        self._start()

    def run(self) -> State:
        """Let the engine go on from where the journal stands, until the run ends or the process leaves it."""
        state, self.parting = self.clock.run(self._run())
        return state

    async def _run(self) -> tuple[State, str]:
        attention = Attention(self.clock, self._due_words, inbox_every_s=10.0)
        for at_s, name in self.signals:
            self.cluster.at(at_s, _interrupting(attention, name))
        self.signals.clear()
        return await run(self.plan, self._tools(attention))

    def _tools(self, attention: Attention) -> Tools:
        return Tools(
            clock=self.clock,
            reads=self.cluster.reads,
            writes=self.cluster.writes,
            journal=self.journal,
            store=self.store,
            sources=self.sources,
            approver=self.person,
            attention=attention,
            show=self.shown.append,
            patience_s=self.patience_s,
        )

    def _start(self) -> None:
        self.began = self.clock.now()
        workload = f"deployment/{service.NAME}"
        self.journal.append(e.RunStarted("r1", "story", self.plan.digest, "0", "host", "anna", workload, "forex-prod"))

    def _due_words(self) -> tuple[Word, ...]:
        now_s = (self.clock.now() - self.began).total_seconds()
        due = tuple(word for at_s, word in self.words if at_s <= now_s)
        self.words = [(at_s, word) for at_s, word in self.words if at_s > now_s]
        return due

    # ── what is asserted ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def story(self) -> list[str]:
        """The transitions with their times: `+ 65s RolloutHealthy`."""
        kinds = e.Transition.__args__
        return [
            f"+{(one.at - self.began).total_seconds():.0f}s {type(one.event).__name__}"
            for one in self.journal.entries()
            if isinstance(one.event, kinds)
        ]

    def events(self, kind: type[e.Event]) -> list[e.Event]:
        """All entries of a kind."""
        return [one.event for one in self.journal.entries() if isinstance(one.event, kind)]

    def names(self) -> list[str]:
        """The transitions without their times."""
        return [line.split(" ")[1] for line in self.story()]

    @property
    def written(self) -> list[str]:
        """What reached the writing side, in order."""
        return list(self.cluster.writes.done)

    def without_reach(self) -> "Stage":
        """The same plan, as the runbook has it: nothing makes the pods restart."""
        self.plan = replace(self.plan, rollout=replace(self.plan.rollout, reach="template"))
        return self


def _interrupting(attention: Attention, name: str) -> Callable[[], None]:
    return lambda: attention.interrupt(name)

"""A stage: a namespace, a team's repository, the old version running in it, and the `seatrial` command as its user types it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.oracles import AuditLog, Body, Team, wait_until

from seatrial.rehearsal.scenario import Edit, Fault, Repository, Setting, Variant, apply_edits, export, git
from seatrial.rehearsal.scenario import make_repository as make
from seatrial.rehearsal.settings import Cluster

SEATRIAL = Path(sys.executable).parent / "seatrial"
WORKLOAD = "exchange-service"
AUTOSCALER = "exchange-service-hpa"
SECRET = "exchange-service-env"
CONTEXT = "forex-prod"
RUN_AT_MOST_S = 280.0

# A short watch: what the soak of a minute shows, these tests show in the stories and in the leak.
QUICK = (
    Edit("plan.yaml", "soak: {for: 60s, every: 10s}", "soak: {for: 12s, every: 4s}"),
    Edit("plan.yaml", "{by: 2m, that:", "{by: 20s, that:"),
)
# Scenes are played side by side: with a smaller request the pods of several fit on one node.
SMALLER = Edit("deployment.yml", "cpu: 200m", "cpu: 100m")
# The old version at peace: a kill every minute belongs to the demo, and would be one more thing that moves.
AT_PEACE = Edit("env/forex.env", "LOAD_HISTORY_AFTER_S=60", "LOAD_HISTORY_AFTER_S=86400")


@dataclass(frozen=True)
class Ran:
    """One command, its end, and what it left behind."""

    code: int
    out: str
    err: str
    directory: Path | None
    since: int
    until: int

    @property
    def said(self) -> str:
        """Everything that a person saw."""
        return self.out + self.err

    @property
    def events(self) -> list[Body]:
        """The journal, read as the plain text that it is."""
        return events_of(self.directory) if self.directory else []

    def happened(self, name: str) -> list[Body]:
        """All events of a type."""
        return [one for one in self.events if one["type"] == name]

    def judged(self) -> set[tuple[str, str]]:
        """Every rule with every verdict that it came to."""
        return judged_in(self.events)


def judged_in(events: list[Body]) -> set[tuple[str, str]]:
    """Every rule with every verdict that it came to in a journal."""
    told = [one for event in events if event["type"] == "Judged" for one in event["judgements"]]
    return {(one["rule"], one["verdict"]) for one in told}


def events_of(directory: Path) -> list[Body]:
    """The events of a run's journal; a last line that is still being written is left out."""
    lines = (directory / "journal.jsonl").read_text().split("\n")[:-1]
    return [json.loads(line)["event"] for line in lines]


@dataclass
class Stage:
    """Everything that one scene has to itself."""

    cluster: Cluster
    namespace: str
    place: Path

    def __post_init__(self) -> None:
        """The namespace and the directories."""
        self.going: list[Going] = []
        self.home = self.place / "home"
        self.home.mkdir(parents=True)
        self.kubeconfig = self.place / "kubeconfig"
        self.team = Team(self.cluster.kubectl, self.kubeconfig, self.namespace, self.place)
        self.audit = AuditLog(self.cluster.audit_log, self.namespace)
        self.write_kubeconfig(self.kubeconfig)
        self.team.do("create", "namespace", self.namespace)
        # A cluster that was brought up a moment ago has no samples yet, and every run would be refused for it.
        wait_until("samples of the node", lambda: self.team.node_samples(), 60)

    def close(self) -> None:
        """End what a scene that broke off left running, and give the namespace back."""
        for one in self.going:
            one.kill()
        self.team.ask("delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found")

    def write_kubeconfig(self, path: Path, user: Body | None = None, server: str = "", current: str = CONTEXT) -> Path:
        """The cluster's kubeconfig under the names of the plan; for another user or another server if wanted."""
        known = json.loads(self.cluster.kubeconfig.read_text())
        cluster, who = known["clusters"][0]["cluster"], known["users"][0]["user"]
        pair = {"cluster": "forex", "user": "team"}
        told = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "forex", "cluster": {**cluster, **({"server": server} if server else {})}}],
            "users": [{"name": "team", "user": user or who}],
            "contexts": [{"name": name, "context": pair} for name in (CONTEXT, "forex-staging")],
            "current-context": current,
        }
        path.write_text(json.dumps(told))
        path.chmod(0o600)
        return path

    def repository(
        self,
        name: str,
        fault: Fault = Fault.NONE,
        change: Sequence[Edit] = (),
        plan: Sequence[Edit] = QUICK,
        image_tag: str = "1.0",
    ) -> Repository:
        """The team's repository; `change` goes into its newest commit, `plan` into the plan beside it."""
        setting = Setting(context=CONTEXT, namespace=self.namespace, image_tag=image_tag)
        made = make(self.place / name, Variant.SMALL, fault, setting)
        apply_edits(made.path, plan)
        apply_edits(made.path, [SMALLER, *change])
        who = ("-c", "user.name=Exchange team", "-c", "user.email=exchange@forex.example")
        git(made.path, *who, "commit", "--quiet", "--all", "--no-gpg-sign", "--message", "Smaller requests")
        newest = git(made.path, "rev-parse", "HEAD").decode().strip()
        apply_edits(made.path, [Edit("plan.yaml", made.after_commit[:10], newest[:10])])
        return Repository(made.path, made.before_commit, newest)

    def old_version_runs(self, repository: Repository) -> Path:
        """The state before, applied as the team does it, and Ready; where its files lie."""
        before = self.place / "before"
        export(repository, repository.before_commit, before)
        apply_edits(before, [SMALLER, AT_PEACE])
        self.team.do("apply", "-k", str(before))
        self.team.do("rollout", "status", f"deployment/{WORKLOAD}", "--timeout=180s")
        return before

    def environment(self, kubeconfig: Path | None = None) -> dict[str, str]:
        """What the user's shell has."""
        path = f"{self.cluster.kubectl.parent}:{os.environ['PATH']}"
        return {
            "SEATRIAL_HOME": str(self.home),
            "KUBECONFIG": str(kubeconfig or self.kubeconfig),
            "PATH": path,
            "HOME": str(self.place),
        }

    def start(self, *argv: str, kubeconfig: Path | None = None) -> "Going":
        """Type a command; it goes on beside the test."""
        return Going(self, argv, self.environment(kubeconfig))

    def seatrial(self, *argv: str, kubeconfig: Path | None = None) -> Ran:
        """Type a command, and wait for its end."""
        return self.start(*argv, kubeconfig=kubeconfig).end()

    def deploy(self, repository: Repository, *argv: str, kubeconfig: Path | None = None) -> Ran:
        """`seatrial deploy plan.yaml --yes`."""
        return self.seatrial("deploy", str(repository.plan), "--yes", *argv, kubeconfig=kubeconfig)

    def runs(self) -> list[Path]:
        """The directories of all runs, the oldest first."""
        return sorted(path.parent for path in self.home.glob("runs/*/journal.jsonl"))


class Going:
    """A command that has been typed and has not ended."""

    def __init__(self, stage: Stage, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self._stage = stage
        self._before = stage.runs()
        self._begins_one = argv[0] == "deploy"
        self._since = stage.audit.mark()
        stage.going.append(self)
        self._said = [stage.place / f"{len(stage.going)}-{argv[0]}.{name}" for name in ("out", "err")]
        with self._said[0].open("w") as out, self._said[1].open("w") as err:
            self._process = subprocess.Popen(
                [str(SEATRIAL), *argv],
                env={**os.environ, **environment},
                cwd=stage.place,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def directory(self) -> Path | None:
        """Its run: the one that it begins, or the newest where it carries one on."""
        runs = [one for one in self._stage.runs() if not self._begins_one or one not in self._before]
        return runs[-1] if runs else None

    def until(self, event: str, at_most_s: float = 120.0) -> None:
        """Wait until the journal has an event of that type; the process must still be alive then."""

        def has_it() -> bool:
            directory = self.directory
            there = directory is not None and any(one["type"] == event for one in events_of(directory))
            assert there or self._process.poll() is None, f"it ended without {event}: {self._text()}"
            return there

        wait_until(f"{event} in the journal", has_it, at_most_s)

    def until_judged(self, wanted: set[tuple[str, str]], at_most_s: float) -> None:
        """Wait until rules have come to verdicts; what is missing is named."""
        missing = set(wanted)

        def all_there() -> bool:
            if self.directory is not None:
                missing.difference_update(judged_in(events_of(self.directory)))
            return not missing

        try:
            wait_until("verdicts in the journal", all_there, at_most_s)
        except AssertionError as late:
            raise AssertionError(f"{late}: {sorted(missing)}") from late

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self, at_most_s: float = RUN_AT_MOST_S) -> Ran:
        """Wait for its end."""
        try:
            code = self._process.wait(at_most_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end within {at_most_s:.0f} s:\n{self._text()}") from None
        said = [one.read_text() for one in self._said]
        return Ran(code, said[0], said[1], self.directory, self._since, self._stage.audit.mark())

    def _text(self) -> str:
        return "".join(one.read_text() for one in self._said)

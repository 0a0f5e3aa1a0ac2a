"""Runs that must not begin: each says why and what to do, has its exit code, and the audit log shows no write."""

import json
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.e2e.stage import QUICK, WORKLOAD, Ran, Stage
from tests.e2e.theatre import looks_at

from seatrial.rehearsal.scenario import Edit, Repository, apply_edits, git
from seatrial.run.clock import utc_now

pytestmark = pytest.mark.cluster

UNLISTED = Edit("kustomization.yml", "  - hpa.yml\n", "")
AUTOSCALER_OF_OTHERS = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: of-others}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: exchange-service}
  minReplicas: 1
  maxReplicas: 1
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 90}}}]
"""
DEPLOYER = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer}
rules:
  - {apiGroups: [""], resources: ["*"], verbs: ["*"]}
  - {apiGroups: [apps, networking.k8s.io, metrics.k8s.io], resources: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects: [{kind: ServiceAccount, name: deployer}]
"""


@dataclass(frozen=True)
class Refusals:
    """Every refused run by its name, and what happened in the namespace meanwhile."""

    runs: dict[str, Ran]
    token: str
    home: Path
    writes: list[tuple[str, str, str]]
    strangers: set[str]
    before: dict[str, object]
    after: dict[str, object]


Refused = Callable[[Stage, Repository], Ran]


def refused(stage: Stage) -> Refusals:
    """Try all of them over one old pod."""
    repository = stage.repository("team")
    stage.old_version_runs(repository)
    before, mark = stage.team.state(), stage.audit.mark()
    runs = {}
    for case in CASES:
        runs[case.name] = case.act(stage, stage.repository(case.name, plan=[*QUICK, *case.plan]))
    token = json.loads((stage.place / "deployer").read_text())["users"][0]["user"]["token"]
    return Refusals(
        runs,
        token,
        stage.home,
        stage.audit.seatrials_writes(mark),
        stage.audit.strangers(mark),
        before,
        stage.team.state(),
    )


def plainly(stage: Stage, repository: Repository) -> Ran:
    """With nothing else about it."""
    return stage.deploy(repository)


def in_another_context(stage: Stage, repository: Repository) -> Ran:
    """The kubeconfig's current context is another one."""
    other = stage.write_kubeconfig(stage.place / "staging", current="forex-staging")
    return stage.deploy(repository, kubeconfig=other)


def in_no_context(stage: Stage, repository: Repository) -> Ran:
    """A context that is not there."""
    return stage.deploy(repository, "--context", "nowhere")


def with_five_megabytes(stage: Stage, repository: Repository) -> Ran:
    """A plan that is no plan."""
    repository.plan.write_text("# much\n" * 750_000)
    return stage.deploy(repository)


def nobody_listens(stage: Stage, repository: Repository) -> Ran:
    """The server's port is closed."""
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    return stage.deploy(repository, kubeconfig=_at_port(stage, port))


def nobody_answers(stage: Stage, repository: Repository) -> Ran:
    """The server takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        return stage.deploy(repository, kubeconfig=_at_port(stage, silent.getsockname()[1]))


def _at_port(stage: Stage, port: int) -> Path:
    return stage.write_kubeconfig(stage.place / f"port-{port}", server=f"https://127.0.0.1:{port}")


def without_rights_to_autoscalers(stage: Stage, repository: Repository) -> Ran:
    """A deployer who may do anything in the namespace but autoscalers."""
    stage.team.do("apply", "--filename=-", given=DEPLOYER)
    token = stage.team.do("create", "token", "deployer").strip()
    return stage.deploy(repository, kubeconfig=stage.write_kubeconfig(stage.place / "deployer", user={"token": token}))


def with_an_uncommitted_change(stage: Stage, repository: Repository) -> Ran:
    """Somebody edited a manifest, and did not commit it."""
    apply_edits(repository.path, [Edit("hpa.yml", "maxReplicas: 10", "maxReplicas: 11")])
    return stage.deploy(repository)


def with_hpa_yml_unlisted(stage: Stage, repository: Repository) -> Ran:
    """The kustomization does not name hpa.yml."""
    return stage.deploy(stage.repository("unlisted-2", change=[UNLISTED]))


def at_another_commit(stage: Stage, repository: Repository) -> Ran:
    """The commit before is checked out."""
    git(repository.path, "checkout", "--quiet", repository.before_commit)
    return stage.deploy(repository)


def beside_an_autoscaler(stage: Stage, repository: Repository) -> Ran:
    """An autoscaler is there already."""
    stage.team.do("apply", "--filename=-", given=AUTOSCALER_OF_OTHERS)
    try:
        return stage.deploy(repository)
    finally:
        stage.team.do("delete", "hpa", "of-others")


def while_paused(stage: Stage, repository: Repository) -> Ran:
    """Somebody paused the workload."""
    stage.team.do("rollout", "pause", f"deployment/{WORKLOAD}")
    try:
        return stage.deploy(repository)
    finally:
        stage.team.do("rollout", "resume", f"deployment/{WORKLOAD}")


def with_a_field_that_the_server_refuses(stage: Stage, repository: Repository) -> Ran:
    """A number where the API wants another one."""
    return stage.deploy(stage.repository("invalid-2", change=[Edit("hpa.yml", "maxReplicas: 10", "maxReplicas: 1")]))


def outside_of_its_window(stage: Stage, repository: Repository) -> Ran:
    """The window opens in three days."""
    day = f"{utc_now() + timedelta(days=3):%a}".lower()
    return _with_window(stage, repository, f'{{days: [{day}], from: "02:00", until: "04:00", timezone: UTC}}')


def interrupted_at_the_question(stage: Stage, repository: Repository) -> Ran:
    """Ctrl-C while it waits for an approval."""
    going = stage.start("deploy", str(repository.plan))
    going.until("Asked")
    going.signal(signal.SIGINT)
    return going.end()


def turned_down(stage: Stage, repository: Repository) -> Ran:
    """Somebody says no."""
    going = stage.start("deploy", str(repository.plan))
    going.until("Asked")
    stage.seatrial("abort", "--because", "not tonight")
    return going.end()


def nobody_approves(stage: Stage, repository: Repository) -> Ran:
    """Nobody says anything in the plan's time."""
    return stage.seatrial("deploy", str(repository.plan))


def within_its_window(stage: Stage, repository: Repository) -> Ran:
    """The window is open for hours yet; something else is wrong."""
    now = utc_now()
    began, ends = now - timedelta(hours=2), now + timedelta(hours=2)
    days = ", ".join(sorted({f"{one:%a}".lower() for one in (began, now)}))
    window = f'{{days: [{days}], from: "{began:%H:%M}", until: "{ends:%H:%M}", timezone: UTC}}'
    return _with_window(stage, repository, window)


def at_the_end_of_its_window(stage: Stage, repository: Repository) -> Ran:
    """The window is open, and closes before a rollback would be done."""
    now = utc_now()
    began, ends = now - timedelta(hours=2), now + timedelta(minutes=10)
    days = ", ".join(sorted({f"{one:%a}".lower() for one in (began, now)}))
    window = f'{{days: [{days}], from: "{began:%H:%M}", until: "{ends:%H:%M}", timezone: UTC}}'
    return _with_window(stage, repository, window)


def _with_window(stage: Stage, repository: Repository, window: str) -> Ran:
    apply_edits(repository.path, [Edit("plan.yaml", "  expect:\n", f"  window: {window}\n  expect:\n")])
    return stage.deploy(repository)


@dataclass(frozen=True)
class Case:
    """A run that must not begin, and what it has to say."""

    name: str
    code: int
    words: tuple[str, ...]
    act: Refused = plainly
    plan: tuple[Edit, ...] = ()


def edit(old: str, new: str) -> tuple[Edit, ...]:
    """One edit of the plan."""
    return (Edit("plan.yaml", old, new),)


CASES = [
    Case(
        "no-way-to-the-pods",
        3,
        ("change-reaches-pods", "stamp"),
        plan=edit("reach: stamp", "reach: template"),
    ),
    Case("unknown-field", 2, ("stuckafter", "plan.yaml:", "stuckAfter"), plan=edit("stuckAfter", "stuckafter")),
    Case("two-keys-alike", 2, ("timeout", "plan.yaml:"), plan=edit("timeout: 2m", "timeout: 2m, timeout: 3m")),
    Case("five-megabytes", 2, ("plan.yaml", "1 MiB"), with_five_megabytes),
    Case("wrong-context", 3, ("forex-staging", "forex-prod", "context-matches"), in_another_context),
    Case("no-such-context", 2, ("nowhere", "forex-prod"), in_no_context),
    Case("nobody-listens", 7, ("127.0.0.1", "Nothing was touched"), nobody_listens),
    Case("nobody-answers", 7, ("127.0.0.1", "Nothing was touched"), nobody_answers),
    Case("no-rights", 3, ("horizontalpodautoscalers", "access-allowed"), without_rights_to_autoscalers),
    Case("uncommitted", 3, ("work-tree-clean",), with_an_uncommitted_change),
    Case("unlisted", 3, ("hpa.yml", "kustomization-lists"), with_hpa_yml_unlisted),
    Case("another-commit", 3, ("commit-matches",), at_another_commit),
    Case("autoscaler-there", 3, ("of-others", "autoscaler-absent"), beside_an_autoscaler),
    Case("paused", 3, ("paused", "no-rollout-under-way"), while_paused),
    Case(
        "too-few-pods", 3, ("pods-running", "3"), within_its_window, plan=edit("before: {pods: 1}", "before: {pods: 3}")
    ),
    Case("invalid", 3, ("maxReplicas",), with_a_field_that_the_server_refuses),
    Case("interrupted", 130, ("approve", "interrupted"), interrupted_at_the_question),
    Case("turned-down", 3, ("not tonight",), turned_down),
    Case(
        "nobody-approves",
        3,
        ("nobody approved",),
        nobody_approves,
        plan=edit("to: baseline", "to: baseline\n    answerWithin: 2s"),
    ),
    Case("window-closed", 3, ("window-open", "closed"), outside_of_its_window),
    Case("window-closes", 3, ("window-open", "closes in"), at_the_end_of_its_window),
]


@looks_at(refused)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_says_why_and_ends_with_its_code(outcome: Refusals, case: Case) -> None:
    ran = outcome.runs[case.name]
    assert ran.code == case.code, ran.said
    for word in case.words:
        assert word in ran.said
    assert "Traceback" not in ran.said
    assert "ARGS1=" not in ran.said


@looks_at(refused)
def test_nothing_was_touched(outcome: Refusals) -> None:
    assert outcome.writes == []
    assert outcome.strangers == set()
    assert outcome.after == outcome.before


@looks_at(refused)
def test_the_deployers_token_is_written_down_nowhere(outcome: Refusals) -> None:
    texts = [path.read_bytes() for path in outcome.home.rglob("*") if path.is_file()]
    texts += [ran.said.encode() for ran in outcome.runs.values()]
    assert len(texts) > len(outcome.runs)
    assert not [text for text in texts if outcome.token.encode() in text]


@looks_at(refused)
def test_none_of_them_owes_anything(outcome: Refusals) -> None:
    for name, ran in outcome.runs.items():
        assert not ran.happened("ApplyStarted"), name


def no_node(stage: Stage) -> Ran:
    """The only node is cordoned: for a moment, and when all other scenes are over."""
    repository = stage.repository("team")
    stage.old_version_runs(repository)
    node = json.loads(stage.team.do("get", "nodes", "--output=json"))["items"][0]["metadata"]["name"]
    stage.team.do("cordon", node)
    try:
        return stage.deploy(repository)
    finally:
        stage.team.do("uncordon", node)


@looks_at(no_node)
def test_a_cordoned_node_takes_no_pods(outcome: Ran) -> None:
    assert outcome.code == 3
    assert "nodes-ready" in outcome.said
    assert not outcome.happened("ApplyStarted")

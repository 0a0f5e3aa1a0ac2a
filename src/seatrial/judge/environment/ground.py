"""The ground under a run: which cluster, which commit, which files, which hour, which rights."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import clean
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.observation import CouldNotLook, Identity
from seatrial.model.plan import Plan, Window
from seatrial.model.preflight import GitState, Preflight
from seatrial.model.quantities import say_s

PROOF_S = 600.0
"""How long a proof is given in the window: the runbook's own ten minutes of verification."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _card(name: str, looks_at: str, says: str, source: str, what_to_do: str) -> RuleCard:
    return RuleCard(name, "environment", looks_at, says, source, what_to_do)


@rule(
    _card(
        "context-matches",
        "the kubeconfig's context, and the cluster's server, CA and kube-system uid against those that were pinned",
        "FAIL when the context is not the plan's, or the cluster is not the one that this run began with. UNKNOWN when it can't be "
        "reached.",
        "the runbook, 1.2; context names differ from laptop to laptop",
        "kubectl config use-context, or correct the plan.",
    )
)
def context_matches(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """The right cluster, or nothing is touched."""
    seen, about = facts.identity, f"context/{plan.target.context}"
    if isinstance(seen, CouldNotLook):
        yield Judgement(
            "context-matches", about, Verdict.UNKNOWN, f"the cluster could not be reached: {clean(seen.because)}"
        )
    elif seen.context != plan.target.context:
        because = f"the current context is {seen.context}, the plan is for {plan.target.context}"
        step = f"kubectl config use-context {plan.target.context}"
        yield Judgement("context-matches", about, Verdict.FAIL, because, next_step=step)
    elif facts.pinned and not _same_cluster(seen, facts.pinned):
        because = f"behind this context is another cluster now ({seen.server}) than when the run began ({facts.pinned.server})"
        yield Judgement(
            "context-matches", about, Verdict.FAIL, because, next_step="Start a new run for the other cluster."
        )
    else:
        yield Judgement("context-matches", about, Verdict.PASS, f"{seen.server}, Kubernetes {seen.version}")


def _same_cluster(one: Identity, other: Identity) -> bool:
    return (one.kube_system_uid, one.ca_digest) == (other.kube_system_uid, other.ca_digest)


@rule(
    _card(
        "commit-matches",
        "the commit that is checked out and the plan's `target.commit`",
        "FAIL when they differ; UNKNOWN when git can't tell. Says nothing when the plan names no commit.",
        "the runbook: configuration changed and committed",
        "git checkout the planned commit, or correct the plan.",
    )
)
def commit_matches(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """What is deployed is what was reviewed."""
    planned = plan.target.commit
    if not planned:
        return
    about = f"commit/{planned}"
    if not isinstance(facts.git, GitState):
        because = (
            f"git could not tell: {clean(facts.git.because)}" if facts.git else "the manifests lie in no git repository"
        )
        yield Judgement("commit-matches", about, Verdict.UNKNOWN, because)
    elif not facts.git.commit.startswith(planned):
        because = f"checked out is {facts.git.commit[:12]}, the plan deploys {planned}"
        yield Judgement("commit-matches", about, Verdict.FAIL, because, next_step=f"git checkout {planned}")
    else:
        yield Judgement("commit-matches", about, Verdict.PASS, f"{facts.git.commit[:12]} is checked out")


@rule(
    _card(
        "work-tree-clean",
        "files of the rendered directory that differ from the commit",
        "FAIL when the plan names a commit and files differ from it; PASS with a warning when it names none.",
        "the runbook: configuration changed and committed",
        "Commit the files, or put them aside.",
    )
)
def work_tree_clean(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """Nothing that nobody has committed is deployed."""
    if not isinstance(facts.git, GitState):
        return
    about, dirty = plan.target.kustomize or "work tree", facts.git.dirty
    if not dirty:
        yield Judgement("work-tree-clean", about, Verdict.PASS, "no file differs from the commit")
        return
    because = f"{len(dirty)} file(s) differ from the commit"
    if plan.target.commit:
        yield Judgement(
            "work-tree-clean",
            about,
            Verdict.FAIL,
            because,
            evidence=dirty[:8],
            next_step="Commit them, or put them aside.",
        )
    else:
        yield Judgement(
            "work-tree-clean", about, Verdict.PASS, "the plan names no commit", evidence=dirty[:8], warning=because
        )


@rule(
    _card(
        "kustomization-lists",
        "the resources of the kustomization, and the manifests that lie beside it",
        "FAIL when the plan expects an autoscaler and its manifest lies there unlisted; PASS with a warning for other files left out.",
        "the runbook's checklist: kustomization.yml updated (includes hpa.yml)",
        "Add the file to `resources`.",
    )
)
def kustomization_lists(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """A manifest that is not listed is not applied."""
    seen = facts.kustomization
    if seen is None:
        return
    if isinstance(seen, CouldNotLook):
        yield Judgement(
            "kustomization-lists", seen.what, Verdict.UNKNOWN, f"it could not be read: {clean(seen.because)}"
        )
        return
    listed = {name.removeprefix("./") for name in seen.resources}
    left_out = tuple(name for name in seen.beside if name not in listed)
    scalers = tuple(name for name in left_out if "hpa" in name.lower() or "autoscal" in name.lower())
    if plan.expect.autoscaler and scalers:
        because = f"{scalers[0]} is not among its resources, so the expected autoscaler would not be applied"
        step = f"Add {scalers[0]} to `resources`."
        yield Judgement("kustomization-lists", seen.file, Verdict.FAIL, because, next_step=step)
        return
    warning = f"not listed, so not applied: {', '.join(left_out)}" if left_out else ""
    yield Judgement(
        "kustomization-lists", seen.file, Verdict.PASS, f"{len(listed)} resources are listed", warning=warning
    )


@rule(
    _card(
        "access-allowed",
        "one SelfSubjectAccessReview for each verb that the run will use",
        "FAIL with every verb that is missing; UNKNOWN when the reviews could not be made.",
        "the runbook's checklist: permission to deploy in the namespace",
        "Ask for a Role with these verbs.",
    )
)
def access_allowed(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """What is missing is named before any write."""
    about = f"namespace/{plan.target.namespace}"
    if isinstance(facts.access, CouldNotLook):
        because = f"the permissions could not be asked for: {clean(facts.access.because)}"
        yield Judgement("access-allowed", about, Verdict.UNKNOWN, because)
        return
    missing = tuple(str(answer.access) for answer in facts.access if not answer.allowed)
    if missing:
        because = f"{len(missing)} permission(s) are missing: {'; '.join(missing)}"
        yield Judgement(
            "access-allowed",
            about,
            Verdict.FAIL,
            because,
            evidence=missing,
            next_step="Ask for a Role with these verbs.",
        )
    else:
        yield Judgement("access-allowed", about, Verdict.PASS, f"all {len(facts.access)} verbs are allowed")


@rule(
    _card(
        "window-open",
        "the time, and the plan's window in its own time zone",
        "FAIL when the window is closed, or when rollout, proof and rollback do not all fit before it closes.",
        "the runbook: Tuesday to Thursday, 02:00-04:00",
        "Wait for the window, or override it with a reason, which is recorded.",
    )
)
def window_open(facts: Preflight, plan: Plan) -> Iterator[Judgement]:
    """A run that starts can also be taken back before the window closes."""
    if plan.window is None:
        return
    about = f"window/{plan.window.timezone}"
    try:
        zone = ZoneInfo(plan.window.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Judgement("window-open", about, Verdict.FAIL, f"{plan.window.timezone} is no time zone")
        return
    closes = closes_at(plan.window, facts.at, zone)
    needs = plan.rollout.timeout_s + PROOF_S + plan.rollback.verify_timeout_s
    if closes is None:
        opens = opens_at(plan.window, facts.at, zone)
        because = f"the window is closed at {facts.at.astimezone(zone):%a %H:%M}"
        step = f"It opens {opens:%a %Y-%m-%d %H:%M %Z}." if opens else "The plan's window never opens."
        yield Judgement("window-open", about, Verdict.FAIL, because, next_step=step)
    elif (left := (closes - facts.at).total_seconds()) < needs:
        because = f"the window closes in {say_s(left)}; rollout, proof and rollback may take {say_s(needs)}"
        yield Judgement("window-open", about, Verdict.FAIL, because, next_step="Wait for the next window.")
    else:
        yield Judgement("window-open", about, Verdict.PASS, f"open for {say_s(left)} more; {say_s(needs)} are enough")


def closes_at(window: Window, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the window that is open now closes; None where none is. One that began yesterday may reach past midnight."""
    for back in (0, 1):
        opens, closes = _on_day(window, at, zone, -back)
        if opens and closes and opens <= at < closes:
            return closes
    return None


def opens_at(window: Window, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the window opens next, within eight days."""
    for ahead in range(8):
        opens, _ = _on_day(window, at, zone, ahead)
        if opens and opens > at:
            return opens
    return None


def _on_day(window: Window, at: datetime, zone: ZoneInfo, days: int) -> tuple[datetime | None, datetime | None]:
    """The window of a day, by the clock on the wall: on the day of a clock change too."""
    day = at.astimezone(zone).date() + timedelta(days=days)
    if _DAYS[day.weekday()] not in window.days:
        return None, None
    until = window.until_min if window.until_min > window.from_min else window.until_min + 24 * 60
    return _on_wall(day, window.from_min, zone), _on_wall(day, until, zone)


def _on_wall(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    on = day + timedelta(days=minutes // (24 * 60))
    hour, minute = divmod(minutes % (24 * 60), 60)
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=zone)

"""Preflight: look at everything that could stand in the way, and say all of it at once."""

import asyncio
from collections.abc import Iterable

from seatrial.change.objects import placed, ref_of
from seatrial.judge.environment import judge
from seatrial.lifecycle import State
from seatrial.model.events import Interrupted, Judged, Pinned, PreflightPassed, Refused, Warned
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.observation import Access, CouldNotLook, ObjectRef
from seatrial.model.plan import Plan
from seatrial.model.preflight import GitState, Preflight
from seatrial.model.writes import Body
from seatrial.run.tools import Outcome, Tools, workload_of
from seatrial.sources.git import NoGit
from seatrial.sources.rendered import SourceError


async def preflight(plan: Plan, state: State, tools: Tools) -> Outcome:
    """Refused with every finding, or passed with the rendered manifests sealed."""
    identity = await tools.reads.identity()
    if isinstance(identity, CouldNotLook):
        return Refused(f"the cluster can't be reached: {identity.because}", unreachable=True)
    tools.journal.append(Pinned(identity))
    rendered = await tools.sources.render(plan.target.kustomize)
    if isinstance(rendered, SourceError):
        return Refused(f"the manifests can't be rendered: {rendered.because} {rendered.place}".strip())
    for warning in rendered.warnings:
        tools.journal.append(Warned("render", warning))
    bodies = [placed(body, plan.target.namespace) for body in rendered.bodies]
    strangers = [str(ref_of(body)) for body in bodies if ref_of(body).namespace not in ("", plan.target.namespace)]
    if strangers:
        return Refused(f"outside of the plan's namespace {plan.target.namespace}: {', '.join(strangers)}")
    if workload_of(plan) not in [ref_of(body) for body in bodies]:
        return Refused(f"{plan.target.kustomize} renders no {workload_of(plan)} in {plan.target.namespace}")
    facts = await _facts(plan, tools, bodies)
    judgements = judge(facts, plan)
    tools.journal.append(Judged("environment", judgements))
    tools.show(judgements)
    if tools.attention.signal:
        return Interrupted(tools.attention.signal)
    refusal = await _refusal(tools, judgements)
    if refusal:
        return Refused(refusal)
    for one in judgements:
        if one.warning:
            tools.journal.append(Warned(one.rule, one.warning))
    tools.store.seal("rendered", {"bodies": bodies})
    return PreflightPassed()


async def _facts(plan: Plan, tools: Tools, bodies: list[Body]) -> Preflight:
    namespace, directory = plan.target.namespace, plan.target.kustomize
    in_cluster = asyncio.gather(
        tools.reads.identity(), tools.reads.nodes(), tools.reads.node_metrics(), tools.reads.placed_pods()
    )
    in_namespace = asyncio.gather(
        tools.reads.look(workload_of(plan)),
        tools.reads.hpas(namespace),
        tools.reads.access(wants(plan, [ref_of(body) for body in bodies])),
    )
    in_files = asyncio.gather(tools.sources.git_state(directory), tools.sources.kustomization(directory))
    identity, nodes, node_metrics, placed = await in_cluster
    look, hpas, access = await in_namespace
    git, kustomization = await in_files
    return Preflight(
        at=tools.clock.now(),
        identity=identity,
        look=look,
        nodes=nodes,
        node_metrics=node_metrics,
        hpas=hpas,
        access=access,
        git=_git(plan, git, tools),
        kustomization=kustomization,
        pods_on_nodes=placed,
    )


def _git(plan: Plan, git: GitState | NoGit, tools: Tools) -> GitState | CouldNotLook:
    """The working tree's state. The plan itself may lie beside the manifests without being committed: it names the commit."""
    if isinstance(git, NoGit):
        return CouldNotLook(tools.clock.now(), "git", git.because)
    others = tuple(path for path in git.dirty if not plan.file.endswith(f"/{path}"))
    return GitState(git.commit, others)


async def _refusal(tools: Tools, judgements: tuple[Judgement, ...]) -> str:
    """Why the run ends here: all FAILs and UNKNOWNs; a HOLD may be taken by a person at the terminal."""
    against = [one for one in judgements if one.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    if against:
        return "; ".join(f"{one.because} [{one.rule}]" for one in against)
    for one in judgements:
        if one.verdict in (Verdict.HOLD, Verdict.WAIT):
            said = await tools.approver.ask(f"{one.because} [{one.rule}]. Go on all the same?")
            if said is not True:
                nobody = " (nobody to ask at this terminal)" if said is None else ""
                return f"{one.because} [{one.rule}]{nobody}"
    return ""


_PLURALS = {
    "Deployment": ("apps", "deployments"),
    "HorizontalPodAutoscaler": ("autoscaling", "horizontalpodautoscalers"),
    "NetworkPolicy": ("networking.k8s.io", "networkpolicies"),
    "Ingress": ("networking.k8s.io", "ingresses"),
    "PodDisruptionBudget": ("policy", "poddisruptionbudgets"),
    "StatefulSet": ("apps", "statefulsets"),
    "DaemonSet": ("apps", "daemonsets"),
    "CronJob": ("batch", "cronjobs"),
    "Job": ("batch", "jobs"),
    "Role": ("rbac.authorization.k8s.io", "roles"),
    "RoleBinding": ("rbac.authorization.k8s.io", "rolebindings"),
}


def resource_of(ref: ObjectRef) -> tuple[str, str]:
    """Group and plural of a kind, as access reviews want them; a regular plural where the kind is none of the usual ones."""
    group = ref.api_version.partition("/")[0] if "/" in ref.api_version else ""
    return _PLURALS.get(ref.kind, (group, ref.kind.lower() + "s"))


def wants(plan: Plan, refs: Iterable[ObjectRef]) -> list[Access]:
    """Every verb that the run will use, for one access review each."""
    namespace = plan.target.namespace
    found = {
        Access(verb, group, resource, namespace)
        for group, resource in (("apps", "deployments"), ("apps", "replicasets"), ("", "pods"), ("", "events"))
        for verb in ("list", "watch")
    }
    found |= {
        Access(verb, "autoscaling", "horizontalpodautoscalers", namespace) for verb in ("list", "watch", "delete")
    }
    found |= {
        Access("get", "", "pods", namespace, subresource="log"),
        Access("list", "metrics.k8s.io", "pods", namespace),
    }
    for ref in refs:
        group, resource = resource_of(ref)
        found |= {Access(verb, group, resource, namespace, ref.name) for verb in ("get", "patch")}
        found.add(Access("create", group, resource, namespace))
    if plan.expect.jvm_flags or plan.expect.gc_log:
        found |= {Access(verb, "", "pods", namespace, subresource="exec") for verb in ("create", "get")}
    if plan.expect.health:
        found |= {Access("get", "", kind, namespace, subresource="proxy") for kind in ("pods", "services")}
    return sorted(found)

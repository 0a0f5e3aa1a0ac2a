"""From manifests, commit and cluster to a plan that expects just that, and that can be read back."""

import pytest
from msgspec.structs import replace
from tests.support.exchange_service import deployment, hpa, secret, service

from seatrial.change.gleaning import UNKNOWN_CONTEXT, words_of, workloads, written_plan
from seatrial.change.gleaning.facts import Facts, Live, is_hashed
from seatrial.change.gleaning.jvm import size
from seatrial.change.objects import at, items, mapping, with_at
from seatrial.model.observation import ObjectRef
from seatrial.model.plan import Plan
from seatrial.model.preflight import GitState
from seatrial.model.writes import Body
from seatrial.plan.reading import read_plan
from seatrial.plan.writing import LeftOut, Said

ARGS = "-Xms3072m -Xmx4096m -XX:+UseG1GC -Xloggc:/forex/log/exchange-service/gc.log -Dtoken=s3cret"
GIB = 1 << 30


def secret_with(args: str) -> Body:
    """The Secret, its flags as text."""
    body = {key: value for key, value in secret().items() if key != "data"}
    return {**body, "stringData": {"ARGS1": args}}


def facts_of(*more: Body, workload: Body | None = None, live: Live | None = None) -> Facts:
    """What is known of the runbook's service before the change."""
    body = workload or deployment(replicas=2)
    return Facts(
        workload=body,
        bodies=(body, *more),
        directory=".",
        live=live or Live("forex-prod", deployment(replicas=1)),
        origins={
            ("Deployment", "exchange-service"): "deployment.yml",
            ("Secret", "exchange-service-env"): "env/forex.env",
        },
        git=GitState("a9dffc6" + "0" * 33),
        namespace_from="the manifests",
    )


def whole(live: Live | None = None, git: GitState | None = None) -> Facts:
    """The runbook's service with all that belongs to it."""
    facts = facts_of(secret_with(ARGS), service(), hpa(), live=live)
    return replace(facts, git=git) if git else facts


def read(facts: Facts) -> Plan:
    """The written plan, read as `check` reads it."""
    return read_plan(written_plan(facts), "/plans/plan.yaml")


def changed(**fields: object) -> Body:
    """The Deployment with other fields in its container."""
    body, path = deployment(replicas=2), ("spec", "template", "spec", "containers")
    own = mapping(items(at(body, *path))[0])
    return with_at(body, path, [{**own, **fields}])


def said(facts: Facts, *path: str) -> Said | LeftOut:
    """The word about one field."""
    return next(word for word in words_of(facts) if word.path == path)


def test_the_runbooks_service_gives_about_the_runbooks_plan() -> None:
    """What the manifests say need not be typed again."""
    plan = read(whole())

    assert (plan.target.context, plan.target.namespace, plan.target.commit) == (
        "forex-prod",
        "forex-prod",
        "a9dffc6000",
    )
    assert (plan.expect.before_pods, plan.expect.pods_ready) == (1, 2)
    autoscaler = plan.expect.autoscaler
    assert autoscaler is not None
    assert (autoscaler.name, autoscaler.before, autoscaler.replicas_min) == ("exchange-service-hpa", "absent", 2)
    assert (autoscaler.replicas_max, autoscaler.cpu_percent, autoscaler.memory_percent) == (10, 70, 75)
    assert plan.expect.jvm_flags == tuple(ARGS.split()[:4])
    assert plan.expect.gc_log == "/forex/log/exchange-service/gc.log"
    assert plan.expect.memory.warn_above_bytes == 5 * GIB
    assert plan.expect.memory.fail_above_bytes == 5.5 * GIB
    assert plan.expect.health is not None
    assert (plan.expect.health.port, plan.expect.health.path, plan.expect.health.service) == (
        10320,
        "/actuator/health",
        "",
    )
    assert plan.rollout.reach == "stamp"
    assert [one.that[-1] for one in plan.accept] == ["logs", "gc-log"]


def test_every_value_says_where_it_comes_from() -> None:
    """File first, then the field."""
    text = written_plan(whole())

    assert "flags:" in text
    assert "# env/forex.env: ARGS1; 1 more may hold secrets and were left out" in text
    assert "6Gi, deployment.yml: container exchange-service, resources.limits.memory" in text
    assert "s3cret" not in text
    silent = [word.path for word in words_of(whole()) if isinstance(word, Said) and not word.source]
    assert silent == []


def test_without_a_cluster_a_plan_is_written_all_the_same() -> None:
    """What only the cluster could say is left out and said."""
    text = written_plan(whole(live=Live(not_seen="No kubeconfig")))
    plan = read_plan(text, "/plans/plan.yaml")

    assert "# The cluster was not looked at: No kubeconfig." in text
    assert plan.target.context == UNKNOWN_CONTEXT
    assert plan.expect.before_pods is None
    assert plan.expect.autoscaler is not None
    assert plan.expect.autoscaler.before == "any"
    assert "# before: absent or any" in text


@pytest.mark.parametrize(("live", "before"), [(Live("c"), "absent"), (Live("c", autoscaler=hpa()), "any")])
def test_an_autoscaler_that_is_there_already_is_not_called_absent(live: Live, before: str) -> None:
    """The cluster decides."""
    autoscaler = read(whole(live=live)).expect.autoscaler

    assert autoscaler is not None
    assert autoscaler.before == before


def test_a_bare_deployment_gives_a_plan_that_says_what_is_missing() -> None:
    """No Secret, no autoscaler, no probes, no limit, no repository."""
    body: Body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {"template": {"spec": {"containers": [{"name": "main", "image": "shop"}]}}},
    }
    facts = Facts(body, (body,), "../shop", Live("c"), namespace_from="the kubeconfig's context")
    text = written_plan(facts)
    plan = read_plan(text, "/plans/plan.yaml")

    assert (plan.expect.autoscaler, plan.expect.health, plan.expect.jvm_flags) == (None, None, ())
    assert (plan.expect.before_pods, plan.expect.pods_ready, plan.rollout.reach) == (0, None, "template")
    for left_out in ("autoscaler", "jvm", "memory", "health", "commit", "ready"):
        assert f"# {left_out}: " in text or f".{left_out}: " in text


def test_a_port_by_name_is_resolved() -> None:
    """Probes may give the name that the container has for it."""
    probe = {"httpGet": {"path": "/actuator/health/readiness?full=1", "port": "web"}}
    body = changed(readinessProbe=probe, ports=[{"name": "web", "containerPort": 8443}])

    health = read(facts_of(workload=body)).expect.health

    assert health is not None
    assert (health.port, health.path) == (8443, "/actuator/health/readiness")


@pytest.mark.parametrize(
    ("probe", "because"),
    [
        ({"httpGet": {"path": "/", "port": 80}}, "{port: 80, path: /, status: UP} where"),
        ({"httpGet": {"path": "/h", "port": "nowhere"}}, "no port of the container"),
        ({"httpGet": {"path": "/h", "port": 1, "scheme": "HTTPS"}}, "asks by HTTPS"),
        ({"tcpSocket": {"port": 1}}, "no probe asks by HTTP"),
    ],
)
def test_a_probe_that_can_not_be_used_is_said(probe: object, because: str) -> None:
    """Left out with the reason."""
    word = said(facts_of(workload=changed(readinessProbe=probe)), "expect", "health")

    assert isinstance(word, LeftOut)
    assert because in word.because


def test_a_service_of_another_name_is_found_by_its_selector() -> None:
    """Health through the Service needs its name."""
    other = {**service(), "metadata": {"name": "rates", "namespace": "forex-prod"}}

    word = said(facts_of(other), "expect", "health", "service")

    assert isinstance(word, Said)
    assert word.value == "rates"


def test_names_that_change_with_their_content_need_no_stamp() -> None:
    """kustomize's hash makes the pod template change by itself."""
    name = "exchange-service-env-8h7g6f5d4c"
    hashed = {**secret_with(ARGS), "metadata": {"name": name, "namespace": "forex-prod"}}
    body = changed(envFrom=[{"secretRef": {"name": name}}])
    facts = facts_of(hashed, workload=body)

    assert read(facts).rollout.reach == "template"
    assert read(facts).expect.jvm_flags == tuple(ARGS.split()[:4])
    assert "# env/forex.env: ARGS1" in written_plan(facts)


@pytest.mark.parametrize(
    ("kind", "name", "hashed"),
    [
        ("Secret", "env-8h7g6f5d4c", True),
        ("Secret", "exchange-service-env", False),
        ("Secret", "env-8h7g6f5d4a", False),
        ("Deployment", "env-8h7g6f5d4c", False),
    ],
)
def test_a_hash_is_told_from_a_name(kind: str, name: str, hashed: bool) -> None:
    """Ten letters of kustomize's own alphabet."""
    assert is_hashed(ObjectRef("v1", kind, "n", name)) is hashed


@pytest.mark.parametrize(
    ("args", "because"),
    [
        ("-Xmx4g", "no -Xloggc"),
        ("-Xmx4g -Xlog:gc:stdout", "no -Xloggc"),
        ("-Xmx4g -Xloggc:/log/gc-%p.log", "names no fixed absolute path"),
        ("-Xmx4g -Xlog:safepoint:file=/log/x.log", "no -Xloggc"),
    ],
)
def test_a_gc_log_without_a_fixed_place_is_left_out(args: str, because: str) -> None:
    """It could not be looked at."""
    word = said(facts_of(secret_with(args)), "expect", "jvm", "gcLog")

    assert isinstance(word, LeftOut)
    assert because in word.because


def test_a_window_beyond_the_limit_is_said_instead_of_written() -> None:
    """A heap as large as the limit leaves nothing for the rest."""
    word = said(facts_of(secret_with("-Xmx6g")), "expect", "memory", "usual")

    assert isinstance(word, LeftOut)
    assert "a tight limit" in word.because


def test_changes_that_are_not_committed_are_named() -> None:
    """A plan can't name a commit that does not hold them."""
    word = said(whole(git=GitState("a9dffc6" + "0" * 33, ("hpa.yml",))), "target", "commit")

    assert isinstance(word, LeftOut)
    assert word.because.startswith("hpa.yml differ")


def test_a_plan_in_the_directory_names_no_commit() -> None:
    """It would differ from every commit that it could name, and the preflight wants a clean directory."""
    word = said(replace(whole(), holds_the_plan=True), "target", "commit")

    assert isinstance(word, LeftOut)
    assert word.because.startswith("a9dffc6000 is checked out")


def test_only_deployments_are_candidates() -> None:
    """The plan knows no other kind yet."""
    assert workloads([secret(), deployment(), hpa()]) == [deployment()]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (6 * GIB, "6Gi"),
        (11 * GIB // 2, "5.5Gi"),
        (352 << 20, "352Mi"),
        (GIB + (1 << 20), "1025Mi"),
        (2048, "2Ki"),
        (1, "1Ki"),
    ],
)
def test_sizes_are_written_as_people_write_them(count: int, text: str) -> None:
    """Exact where it is short."""
    assert size(count) == text

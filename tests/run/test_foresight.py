"""A change looked at before it is made: by the server where it lets us ask, by ourselves where it does not."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from msgspec.structs import replace
from tests.support.exchange_service import deployment, hpa, secret, service
from tests.support.fake_clock import FakeClock
from tests.support.fake_cluster import FakeCluster
from tests.support.fake_reads import FakeReads

from seatrial.change.objects import placed
from seatrial.model.judgement import Verdict
from seatrial.model.observation import CouldNotLook
from seatrial.model.writes import Body, Rejected
from seatrial.run.foresight import Foreseen, asked_of, foresee, standing

AT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
KEY = b"k" * 32
FORBIDDEN = (
    'deployments.apps "exchange-service" is forbidden: User "u" cannot patch resource "deployments" in API group "apps"'
)
CHANGE = (secret("LVhteDEwMjRt"), deployment(2), service(), hpa())


class Refusing(FakeReads):
    """The fake's reads, but for one kind whose dry runs are answered otherwise."""

    def __init__(self, cluster: FakeCluster, kind: str, answer: Rejected | CouldNotLook) -> None:
        super().__init__(cluster)
        self._kind = kind
        self._instead = answer

    async def would_become(self, body: Body, live: Body | None = None) -> Body | Rejected | CouldNotLook:
        """As set for the kind."""
        return self._instead if body["kind"] == self._kind else await super().would_become(body, live)


def seen(
    *change: Body,
    reach: str = "template",
    reads: Callable[[FakeCluster], FakeReads] = FakeReads,
    given: tuple[Body, ...] = (secret(), deployment(1), service()),
) -> Foreseen:
    """What is foreseen of the change, with the runbook's service standing there."""
    clock = FakeClock()
    cluster = FakeCluster(clock)
    cluster.given(*given)
    cluster.pass_time(90)

    async def look() -> Foreseen:
        bodies = [placed(body, "forex-prod") for body in change or CHANGE]
        before = await standing(bodies, cluster.reads)
        assert not isinstance(before, CouldNotLook)
        return await foresee(asked_of(bodies, before, reach, AT), reads(cluster), KEY)

    return _run(clock, look)


def _run(clock: FakeClock, look: Callable[[], Awaitable[Foreseen]]) -> Foreseen:
    found: list[Foreseen] = []

    async def story() -> None:
        found.append(await look())

    clock.run(story())
    return found[0]


def test_every_object_with_what_follows_from_it() -> None:
    told = seen()
    assert [(one.ref.kind, one.word) for one in told.differences] == [
        ("Secret", "configured"),
        ("Service", "unchanged"),
        ("Deployment", "configured"),
        ("HorizontalPodAutoscaler", "created"),
    ]
    assert not told.changes_nothing
    assert any("two kinds of pods side by side" in one for one in told.words)
    assert [one.rule for one in told.judgements if one.verdict is Verdict.FAIL] == ["change-reaches-pods"]


def test_the_autoscaler_is_foretold_from_what_the_pods_use_now() -> None:
    assert any("as seen now" in one for one in seen().words)


def test_an_autoscaler_that_stands_beside_the_change_is_foretold_too() -> None:
    told = seen(deployment(3), given=(deployment(1), hpa()))
    assert any(one.startswith("Each pod at") for one in told.words)


def test_nothing_to_change_is_seen_as_such() -> None:
    assert seen(secret(), deployment(1), service()).changes_nothing


def test_who_may_not_patch_sees_the_difference_all_the_same() -> None:
    told = seen(reads=lambda cluster: Refusing(cluster, "Deployment", Rejected(403, FORBIDDEN)))
    assert [ref.kind for ref in told.unasked] == ["Deployment"]
    changed = next(one for one in told.differences if one.ref.kind == "Deployment")
    assert "spec.replicas" in [one.path for one in changed.changes]


def test_what_admission_denies_is_refused_and_not_reckoned_here() -> None:
    told = seen(reads=lambda cluster: Refusing(cluster, "Deployment", Rejected(403, "denied by policy: no")))
    assert told.unasked == ()
    assert told.refused == ("deployment.apps/exchange-service: denied by policy: no",)
    assert not told.changes_nothing


def test_a_field_that_cannot_be_changed_is_named() -> None:
    other = deployment(1)
    other = {**other, "spec": {**dict(other["spec"]), "selector": {"matchLabels": {"app": "another"}}}}  # type: ignore[call-overload]
    told = seen(other, reads=lambda cluster: Refusing(cluster, "Deployment", Rejected(422, "field is immutable")))
    assert "spec.selector can't be changed. Give the object another name" in told.refused[0]


def test_an_answer_that_was_lost_is_no_refusal() -> None:
    gap = CouldNotLook(AT, "dry run", "no answer within 30 s")
    told = seen(reads=lambda cluster: Refusing(cluster, "Service", gap))
    assert (told.lost, told.refused) == (("service/exchange-service: no answer within 30 s",), ())


def test_no_secret_leaves_by_the_servers_words() -> None:
    said = Rejected(422, "invalid value: hunter2-hunter2")
    planted = {**secret(), "data": {"password": "aHVudGVyMi1odW50ZXIy"}}
    told = seen(planted, deployment(2), reads=lambda cluster: Refusing(cluster, "Deployment", said))
    assert "hunter2" not in repr(replace(told, after={}, redactor=told.redactor).refused)

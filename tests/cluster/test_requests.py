"""Requests in trouble: throttled, refused, cut off, late; and what a write may claim afterwards."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.support.api_server import Reply, refused
from tests.support.connected import Connected, told

from seatrial.cluster.status import Failed
from seatrial.cluster.wire import Answer, Request, warning_text
from seatrial.model.observation import CouldNotLook, HttpAnswer, ObjectRef
from seatrial.model.writes import Body, Conflict, Precondition, Rejected, Unanswered, Written

SECRET = ObjectRef("v1", "Secret", "shop", "env")
PATH = "/api/v1/namespaces/shop/secrets/env"
BODY: Body = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "env", "namespace": "shop", "uid": "old", "managedFields": []},
}
VERSION = Precondition("uid-1", "42")
STORED = {**BODY, "metadata": {"name": "env", "namespace": "shop", "resourceVersion": "43"}}


@pytest.mark.parametrize(
    ("retry_after", "at_least_s", "at_most_s"),
    [
        ("3", 3, 3.1),
        ("3600", 10, 10.1),
        ("", 0.09, 0.5),
        ("-5", 0.09, 0.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.09, 0.5),
    ],
)
def test_a_throttled_read_waits_as_it_is_told_within_reason(
    retry_after: str, at_least_s: float, at_most_s: float
) -> None:
    async def story(both: Connected) -> None:
        both.server.on(
            PATH,
            refused(429, "too many requests", **({"Retry-After": retry_after} if retry_after else {})),
            Reply(body=STORED),
        )
        assert await both.reads.get(SECRET) == STORED
        assert at_least_s <= both.clock.monotonic_s() <= at_most_s

    told(story)


@pytest.mark.parametrize(
    "trouble", [refused(500, "x"), refused(503, "x"), Reply(504, b"gateway"), Reply(then="vanish")]
)
def test_a_read_gets_over_a_short_trouble(trouble: Reply) -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, trouble, trouble, Reply(body=STORED))
        assert await both.reads.get(SECRET) == STORED

    told(story)


def test_a_read_that_never_succeeds_ends_and_says_why() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, refused(503, "etcd is away"))
        found = await both.reads.get(SECRET)
        assert isinstance(found, CouldNotLook)
        assert (found.what, found.because, found.forbidden) == ("secret/env", "503 etcd is away", False)
        assert len(both.server.asked) == 4

    told(story)


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, Reply(then="hang"))
        found = await both.reads.get(SECRET)
        assert isinstance(found, CouldNotLook)
        assert found.because == "no answer within 20 s"
        assert both.clock.monotonic_s() == pytest.approx(20, abs=0.5)

    told(story)


@pytest.mark.parametrize(("code", "is_forbidden"), [(403, True), (401, True), (400, False)])
def test_a_refusal_is_not_asked_for_again(code: int, is_forbidden: bool) -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, refused(code, "no\x1b[31m"))
        found = await both.reads.get(SECRET)
        assert isinstance(found, CouldNotLook)
        assert found.forbidden == is_forbidden
        assert found.because == f"{code} no"
        assert len(both.server.asked) == 1

    told(story)


def test_a_token_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")

    async def story(both: Connected) -> None:
        both.server.on(PATH, Reply(body=STORED), refused(401, "expired"), Reply(body=STORED))
        await both.reads.get(SECRET)
        file.write_text("second\n")
        assert await both.reads.get(SECRET) == STORED
        assert [one.headers["authorization"] for one in both.server.asked] == [
            "Bearer first",
            "Bearer first",
            "Bearer second",
        ]

    told(story, token_file=str(file))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"metadata": {"uid": 7}}'])
def test_an_answer_that_is_no_object_is_not_taken_for_one(body: bytes) -> None:
    async def story(both: Connected) -> None:
        both.server.on("/api/v1/namespaces/shop/pods", Reply(body=body))
        look = await both.reads.look(ObjectRef("apps/v1", "Deployment", "shop", "x"))
        assert {gap.what for gap in look.blind} >= {"deployment", "pods"}
        both.server.on(PATH, Reply(body=body))
        assert isinstance(await both.reads.get(SECRET), CouldNotLook) or body.startswith(b'{"')

    told(story)


def test_a_name_does_not_climb_out_of_its_path() -> None:
    async def story(both: Connected) -> None:
        await both.reads.get(ObjectRef("v1", "Secret", "shop", "../../../../version"))
        await both.reads.get(ObjectRef("v1", "Secret", "..", "a?b#c"))
        await both.reads.ask_pod("shop", "x", 80, "/../../../secrets", 5)
        for asked in both.server.asked:
            assert asked.path.startswith("/api/v1/namespaces/")
            assert "/../" not in asked.path
            assert asked.query == {}

    told(story)


# ── writes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(body=STORED), Written("configured", STORED)),
        (Reply(body=STORED, headers={"Warning": '299 - "old \\"x\\""'}), Written("configured", STORED, ('old "x"',))),
        (refused(409, "modified"), Conflict("409 modified")),
        (refused(422, "metadata.uid: field is immutable"), Conflict("422 metadata.uid: field is immutable")),
        (refused(422, "invalid"), Rejected(422, "422 invalid")),
        (refused(403, "exceeded quota"), Rejected(403, "403 exceeded quota")),
        (refused(500, 'failed calling webhook "x"'), Rejected(500, '500 failed calling webhook "x"')),
        (refused(500, "failed to create typed patch object"), Rejected(500, "500 failed to create typed patch object")),
        (refused(500, "etcdserver: request timed out"), Unanswered("500 etcdserver: request timed out")),
        (Reply(504, b"gateway time-out"), Unanswered("504 gateway time-out")),
        (Reply(then="hang"), Unanswered("no answer within 30 s")),
        (Reply(201, b"{"), None),
    ],
)
def test_a_write_is_sent_once_and_claims_no_more_than_is_known(reply: Reply, expected: object) -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, reply)
        answer = await both.writes.apply(BODY, VERSION)
        assert answer == expected if expected else isinstance(answer, Unanswered)
        assert len(both.server.asked) == 1

    told(story)


def test_a_lost_answer_is_said_and_not_sent_again() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, Reply(then="vanish"))
        assert isinstance(await both.writes.apply(BODY, VERSION), Unanswered)
        assert isinstance(await both.writes.delete(SECRET, VERSION), Unanswered)
        assert len(both.server.asked) == 2

    told(story)


def test_a_throttled_write_is_sent_again_but_not_for_ever() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, refused(429, "slow down", **{"Retry-After": "1"}), Reply(body=STORED))
        assert isinstance(await both.writes.apply(BODY, VERSION), Written)
        both.server.on(PATH, refused(429, "slow down", **{"Retry-After": "1"}))
        assert await both.writes.apply(BODY, VERSION) == Rejected(429, "429 slow down")
        assert len(both.server.asked) < 10

    told(story)


def test_an_apply_names_what_it_may_change_and_nothing_of_the_servers() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, Reply(body=STORED))
        await both.writes.apply(BODY | {"status": {}}, VERSION)
        asked = both.server.asked[0]
        assert (asked.method, asked.headers["content-type"]) == ("PATCH", "application/apply-patch+yaml")
        assert asked.query == {"fieldManager": ["seatrial"], "force": ["true"], "fieldValidation": ["Strict"]}
        sent = msgspec.json.decode(asked.body)
        assert sent["metadata"] == {"name": "env", "namespace": "shop", "uid": "uid-1", "resourceVersion": "42"}
        assert "status" not in sent

    told(story)


def test_a_deletion_has_its_preconditions() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, Reply(body={}))
        assert await both.writes.delete(SECRET, VERSION) == Written("deleted", {})
        options = msgspec.json.decode(both.server.asked[0].body)
        assert options["preconditions"] == {"uid": "uid-1", "resourceVersion": "42"}
        assert options["propagationPolicy"] == "Background"

    told(story)


def test_a_kind_that_is_not_built_in_is_asked_for_once() -> None:
    async def story(both: Connected) -> None:
        thing = ObjectRef("example.dev/v1", "Thing", "shop", "one")
        kinds = {
            "resources": [
                {"name": "things/status", "kind": "Thing"},
                {"name": "things", "kind": "Thing", "namespaced": True},
            ]
        }
        both.server.on("/apis/example.dev/v1", Reply(body=kinds))
        both.server.on("/apis/example.dev/v1/namespaces/shop/things/one", Reply(body={"kind": "Thing"}))
        assert await both.reads.get(thing) == {"kind": "Thing"}
        assert await both.reads.get(thing) == {"kind": "Thing"}
        assert len(both.server.asked_for("/apis/example.dev/v1")) == 1
        unknown = await both.reads.get(ObjectRef("example.dev/v1", "Other", "shop", "one"))
        assert isinstance(unknown, CouldNotLook)

    told(story)


# ── proxies ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "status", "of_the_proxy"),
    [
        (Reply(body=b'{"status":"UP"}'), 200, False),
        (Reply(503, b'{"status":"DOWN"}'), 503, False),
        (refused(503, "no endpoints available"), 503, True),
        (Reply(502, b"error trying to reach service: refused"), 502, True),
        (Reply(404, b"not found"), 404, False),
        (Reply(500, b"boom"), 500, False),
    ],
)
def test_the_pods_own_troubles_are_told_from_the_proxys(reply: Reply, status: int, of_the_proxy: bool) -> None:
    async def story(both: Connected) -> None:
        both.server.on("/api/v1/namespaces/shop/pods/p:80/proxy/health", reply)
        answer = await both.reads.ask_pod("shop", "p", 80, "/health?deep=1", 5)
        assert isinstance(answer, HttpAnswer)
        assert (answer.status, answer.via_proxy_error) == (status, of_the_proxy)
        assert both.server.asked[0].query == {"deep": ["1"]}
        assert len(both.server.asked) == 1

    told(story)


@pytest.mark.parametrize(("code", "is_forbidden"), [(403, True), (404, False)])
def test_what_the_api_server_itself_refuses_is_no_answer_of_the_pod(code: int, is_forbidden: bool) -> None:
    async def story(both: Connected) -> None:
        both.server.on("/api/v1/namespaces/shop/pods/p:80/proxy/health", refused(code, "no"))
        answer = await both.reads.ask_pod("shop", "p", 80, "/health", 5)
        assert isinstance(answer, CouldNotLook)
        assert answer.forbidden == is_forbidden

    told(story)


def test_a_pod_that_hangs_is_left_at_the_deadline() -> None:
    async def story(both: Connected) -> None:
        both.server.on("/api/v1/namespaces/shop/services/s:80/proxy/health", Reply(then="hang"))
        answer = await both.reads.ask_service("shop", "s", 80, "/health", 3)
        assert isinstance(answer, CouldNotLook)
        assert both.clock.monotonic_s() == pytest.approx(3, abs=0.1)

    told(story)


def test_a_log_that_is_gone_does_not_pass_for_a_clean_one() -> None:
    async def story(both: Connected) -> None:
        both.server.on(
            "/api/v1/namespaces/shop/pods/p/log", Reply(body=b"unable to retrieve container logs for containerd://07a2")
        )
        assert isinstance(await both.reads.previous_log("shop", "p", "main", 10), CouldNotLook)
        both.server.on("/api/v1/namespaces/shop/pods/p/log", Reply(body=b""))
        log = await both.reads.log("shop", "p", "main", 10)
        assert not isinstance(log, CouldNotLook)
        assert log.lines == ()

    told(story)


def test_no_more_than_a_few_requests_run_at_once() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, Reply(pieces=((1.0, b"{}"),)))
        answers = await asyncio.gather(*(both.wire.read(Request("GET", PATH)) for _ in range(40)))
        assert all(isinstance(one, Answer) for one in answers)
        assert both.clock.monotonic_s() == pytest.approx(3, abs=0.5)

    told(story)


def test_an_answer_without_end_is_cut() -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, Reply(body=b"x" * 5000))
        answer = await both.wire.read(Request("GET", PATH, bytes_max=100))
        assert isinstance(answer, Answer)
        assert len(answer.body) == 100

    told(story)


@pytest.mark.parametrize(
    ("header", "text"),
    [('299 - "unknown field"', "unknown field"), ("299 - bare", "299 - bare"), ('299 x "a \\"b\\" \x1b[1m"', 'a "b" ')],
)
def test_a_warning_is_read(header: str, text: str) -> None:
    assert warning_text(header) == text


def test_a_failure_without_an_answer_is_no_refusal() -> None:
    assert not Failed(0, "cut off").forbidden

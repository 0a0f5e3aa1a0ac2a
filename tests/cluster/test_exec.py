"""A command in a container: what comes over the channels, in any order, size and state of the wire."""

import json

import pytest
from tests.cluster.test_frames import frame
from tests.support.api_server import Reply, refused
from tests.support.connected import Connected, told

from seatrial.cluster.exec import exit_code
from seatrial.cluster.status import Failed
from seatrial.model.observation import CouldNotLook, ExecResult

PATH = "/api/v1/namespaces/shop/pods/p/exec"
SUCCESS = json.dumps({"kind": "Status", "status": "Success"}).encode()


def ended_with(code: int) -> bytes:
    causes = [{"reason": "ExitCode", "message": str(code)}]
    status = {"kind": "Status", "status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
    return json.dumps(status).encode()


def channel(number: int, content: bytes) -> bytes:
    return frame(bytes((number,)) + content)


def upgraded(*pieces: bytes, then: str = "close") -> Reply:
    headers = {"sec-websocket-protocol": "v5.channel.k8s.io"}
    return Reply(101, headers=headers, pieces=tuple((0.01, one) for one in pieces), then=then)


# containerd 1.6 under Kubernetes 1.35, word for word
NO_SUCH_PROGRAM = (
    "Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: "
    'failed to start exec "e17799f07802fcfe": OCI runtime exec failed: exec failed: unable to start container process: '
    'exec: "ls": executable file not found in $PATH: unknown'
)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (SUCCESS, 0),
        (ended_with(7), 7),
        (ended_with(137), 137),
        (b"", None),
        (b"not json", None),
        (
            json.dumps({"status": "Failure", "message": "no such\x1b[1m program", "code": 500}).encode(),
            Failed(500, "no such program"),
        ),
        (json.dumps({"status": "Failure"}).encode(), Failed(500, "the command could not be started")),
        (
            json.dumps({"status": "Failure", "message": NO_SUCH_PROGRAM, "code": 500}).encode(),
            Failed(500, "the container has no ls: executable file not found in $PATH"),
        ),
    ],
)
def test_the_error_channel_is_read(verdict: bytes, code: object) -> None:
    assert exit_code(verdict) == code


@pytest.mark.parametrize(
    ("pieces", "result"),
    [
        ((channel(1, b"out"), channel(2, b"bad\x1b[31m"), channel(3, SUCCESS)), ExecResult(b"out", "bad", 0)),
        (
            (frame(b""), channel(1, b""), channel(1, b"o") + channel(1, b"ut"), channel(3, ended_with(3))),
            ExecResult(b"out", "", 3),
        ),
        ((channel(1, b"out"),), ExecResult(b"out", "", None)),
        ((channel(1, b"x" * 5000), channel(3, SUCCESS)), ExecResult(b"x" * 1000, "", None, truncated=True)),
        ((channel(1, b"x" * 1000), channel(3, SUCCESS)), ExecResult(b"x" * 1000, "", 0)),
        ((channel(9, b"?"), channel(3, SUCCESS)), ExecResult(b"", "", 0)),
    ],
    ids=["plain", "empty frames", "no verdict", "over the cap", "at the cap", "unknown channel"],
)
def test_what_a_command_says(pieces: tuple[bytes, ...], result: ExecResult) -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, upgraded(*pieces))
        assert await both.reads.run_in("shop", "p", "main", ["cat", "a file", "-x&y=z"], 5, 1000) == result
        asked = both.server.asked[0]
        assert asked.query["command"] == ["cat", "a file", "-x&y=z"]
        assert asked.query["container"] == ["main"]
        assert "stdin" not in asked.query
        assert asked.headers["sec-websocket-protocol"] == "v5.channel.k8s.io, v4.channel.k8s.io"

    told(story)


@pytest.mark.parametrize(
    ("reply", "because"),
    [
        (upgraded(channel(1, b"started"), then="hang"), "no end within 5 s"),
        (refused(403, 'pods "p" is forbidden'), '403 pods "p" is forbidden'),
        (refused(404, 'pods "p" not found'), '404 pods "p" not found'),
        (Reply(then="vanish"), "Server disconnected without sending a response."),
        (upgraded(b"\x83\x00"), "unknown frame 3"),
    ],
)
def test_a_command_that_can_not_be_heard(reply: Reply, because: str) -> None:
    async def story(both: Connected) -> None:
        both.server.on(PATH, reply)
        blind = await both.reads.run_in("shop", "p", "main", ["cat", "x"], 5, 1000)
        assert isinstance(blind, CouldNotLook)
        assert (blind.what, blind.because) == ("cat in p", because)
        assert blind.forbidden == ("403" in because)

    told(story)

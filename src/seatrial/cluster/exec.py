"""A command in a container: its output within a cap, its exit code from the error channel, all within a deadline."""

import contextlib
import re
from collections.abc import Sequence
from typing import cast

import httpcore2
import httpx2
import msgspec

from seatrial.cluster.frames import BadFrame, NetworkStream, Opcode, framed, handshake, messages
from seatrial.cluster.paths import safe
from seatrial.cluster.redact import clean
from seatrial.cluster.status import Failed, Status, refusal
from seatrial.cluster.wire import Request, Wire, said
from seatrial.model.observation import ExecResult

# v5 adds closing of single channels, which matters for input only; older servers speak v4.
PROTOCOLS = "v5.channel.k8s.io, v4.channel.k8s.io"
STDOUT, STDERR, ERROR = 1, 2, 3
STDERR_BYTES_MAX = 64 * 1024
REFUSAL_BYTES_MAX = 64 * 1024
ARGV_MAX = 64
NO_PROGRAM = re.compile(
    r'exec: "([^"]+)": (?:stat [^:]+: )?(executable file not found in \$PATH|no such file or directory)'
)


class Heard:
    """What the channels have brought."""

    def __init__(self, bytes_max: int) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.verdict = b""
        self.bytes_max = bytes_max
        self.is_full = False

    def hear(self, message: bytes) -> None:
        """One message: the first byte names the channel. Empty ones come at the start, and mean nothing."""
        if not message:
            return
        channel, content = message[0], message[1:]
        if channel == STDOUT:
            room = self.bytes_max - len(self.stdout)
            self.stdout += content[:room]
            self.is_full = len(content) > room
        elif channel == STDERR:
            self.stderr += content[: STDERR_BYTES_MAX - len(self.stderr)]
        elif channel == ERROR:
            self.verdict += content[:REFUSAL_BYTES_MAX]

    def result(self) -> ExecResult | Failed:
        """The command's result; Failed where it was not even started."""
        code = exit_code(self.verdict)
        if isinstance(code, Failed):
            return code
        stderr = clean(self.stderr.decode("utf-8", "replace"))
        return ExecResult(bytes(self.stdout), stderr, code, truncated=self.is_full)


def exit_code(verdict: bytes) -> int | Failed | None:
    """0 for Success, the number of a NonZeroExitCode, None where the server did not say, Failed where nothing ran."""
    try:
        status = msgspec.json.decode(verdict, type=Status)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None
    if status.status == "Success":
        return 0
    causes = (status.details and status.details.causes) or ()
    found = next((one.message for one in causes if one.reason == "ExitCode"), "")
    if found.lstrip("-").isdecimal():
        return int(found)
    return Failed(status.code or 500, clean(_why_not_started(status.message)))


def _why_not_started(message: str) -> str:
    """A program that the image does not have is named; of the runtime's other troubles, its own words."""
    missing = NO_PROGRAM.search(message)
    if missing:
        return f"the container has no {missing[1]}: {missing[2]}"
    return message or "the command could not be started"


async def run_in(
    wire: Wire, namespace: str, pod: str, container: str, argv: Sequence[str], deadline_s: float, bytes_max: int
) -> ExecResult | Failed:
    """Run it, without input and without a terminal."""
    request = Request("GET", _path(namespace, pod, container, argv))
    heard = Heard(bytes_max)
    try:
        return await wire.clock.within(deadline_s, _converse(wire, request, heard))
    except TimeoutError:
        return Failed(0, f"no end within {deadline_s:.0f} s")
    except (httpx2.TransportError, httpcore2.NetworkError, BadFrame) as error:
        return Failed(0, said(error))


def _path(namespace: str, pod: str, container: str, argv: Sequence[str]) -> str:
    if not argv or len(argv) > ARGV_MAX:
        raise ValueError("a command has 1 to 64 words")
    query = httpx2.QueryParams(
        [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in argv)]
    )
    return f"/api/v1/namespaces/{safe(namespace)}/pods/{safe(pod)}/exec?{query}"


async def _converse(wire: Wire, request: Request, heard: Heard) -> ExecResult | Failed:
    async with wire.stream(request, handshake(PROTOCOLS)) as response:
        if response.status_code != 101:
            return refusal(response.status_code, await response.aread())
        stream = cast(NetworkStream, response.extensions["network_stream"])
        async for message in messages(stream):
            heard.hear(message)
            if heard.is_full:
                break
        with contextlib.suppress(httpcore2.NetworkError):
            await stream.write(framed(Opcode.CLOSE, b"\x03\xe8"))
        return heard.result()

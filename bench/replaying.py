"""The same requests with nothing around them: what the network and the server take, and no program could save."""

import asyncio
import base64
import json
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from seatrial.change.objects import placed
from seatrial.cluster.connect import connect
from seatrial.cluster.read import ReadingCluster
from seatrial.cluster.whose import Whose
from seatrial.cluster.wire import AT_ONCE_MAX, Answer, Request, Wire
from seatrial.model.observation import CouldNotLook
from seatrial.run.clock import SystemClock, ticks
from seatrial.run.foresight import asked_of, foresee, standing
from seatrial.sources.files import load
from seatrial.sources.rendered import SourceError


class Recording(Wire):
    """Sends as the wire that it is made of, and remembers."""

    def __init__(self, other: Wire) -> None:
        self.__dict__.update(other.__dict__)
        self.sent: list[Request] = []

    async def send(self, request: Request, deadline_s: float) -> Answer:
        """Ask once."""
        self.sent.append(request)
        return await super().send(request, deadline_s)


async def recorded(config: Path, manifests: Path, namespace: str) -> list[Request]:
    """The requests of one difference."""
    rendered = load(manifests)
    if isinstance(rendered, SourceError):
        raise SystemExit(str(rendered))
    async with await connect(str(config), None, SystemClock()) as cluster:
        wire = Recording(cluster.wire)
        reads = ReadingCluster(wire, Whose(cluster.context, cluster.server, ""))
        bodies = [placed(body, namespace) for body in rendered.bodies]
        before = await standing(bodies, reads)
        if isinstance(before, CouldNotLook):
            raise SystemExit(before.because)
        await foresee(asked_of(bodies, before, "template", SystemClock().now()), reads, b"k" * 32)
        return wire.sent


async def replay_ms(config: Path, requests: Sequence[Request]) -> float:
    """All of them, as many at once as the wire allows, the answers read and thrown away."""
    with tempfile.TemporaryDirectory() as place:
        server, tls = _credentials(config, Path(place))
    parts = urlsplit(server)
    waiting = [_bytes_of(one, parts.netloc) for one in reversed(requests)]
    began = ticks()
    await asyncio.gather(*(_worker(parts.hostname or "", parts.port or 443, tls, waiting) for _ in range(AT_ONCE_MAX)))
    return round((ticks() - began) * 1000, 1)


def _credentials(config: Path, place: Path) -> tuple[str, ssl.SSLContext]:
    told = json.loads(config.read_text())
    cluster, user = told["clusters"][0]["cluster"], told["users"][0]["user"]
    files = {name: place / name for name in ("client-certificate-data", "client-key-data")}
    for name, file in files.items():
        file.write_bytes(base64.b64decode(user[name]))
        file.chmod(0o600)
    tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    tls.load_cert_chain(*map(str, files.values()))
    return str(cluster["server"]), tls


def _bytes_of(request: Request, host: str) -> bytes:
    target = request.path + (f"?{urlencode(dict(request.params))}" if request.params else "")
    head = [f"{request.method} {target} HTTP/1.1", f"host: {host}", f"accept: {request.accept}"]
    if request.body:
        head += [f"content-type: {request.content_type}", f"content-length: {len(request.body)}"]
    return "\r\n".join([*head, "", ""]).encode() + request.body


async def _worker(host: str, port: int, tls: ssl.SSLContext, waiting: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        while waiting:
            writer.write(waiting.pop())
            await _read_answer(reader)
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
    if length:
        await reader.readexactly(int(length))
        return
    while size := int((await reader.readline()).strip() or b"0", 16):
        await reader.readexactly(size + 2)
    await reader.readline()

"""What container tools wrap around log lines: the time stamps of kubectl and CRI, pod names, compose names, Docker's JSON."""

import re

import msgspec

_STAMP = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) "
_WRAPPED = re.compile(
    rb"(?:\[pod/[^\]\s]{1,300}\] |[A-Za-z0-9._-]{1,100} +\| )?(?:%s(?:(?:stdout|stderr) [FP] )?)?(?=\S)" % _STAMP
)
_WRAPPED_LINES = re.compile(rb"(?m)^" + _WRAPPED.pattern)


class _DockerLine(msgspec.Struct):
    log: str


_DOCKER = msgspec.json.Decoder(_DockerLine)


def bare(block: bytes) -> bytes:
    """The block as the JVM wrote it, line for line. Most are: then this is a look at their first bytes."""
    if b"\0" in block:
        block = block.replace(b"\0", b"")
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    if block.startswith(b"{"):
        return b"\n".join(_undockered(line) for line in block.split(b"\n"))
    first = _WRAPPED.match(block)
    if first is None or first.end() == 0:
        return block
    return _WRAPPED_LINES.sub(b"", block)


def _undockered(line: bytes) -> bytes:
    try:
        return _DOCKER.decode(line).log.rstrip("\r\n").replace("\n", " ").encode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return line

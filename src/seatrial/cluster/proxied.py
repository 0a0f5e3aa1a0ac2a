"""`kubectl proxy` on a private socket: it carries requests with every kind of credentials that kubectl accepts."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from seatrial.cluster.redact import clean
from seatrial.cluster.timing import Clock
from seatrial.cluster.troubles import KubectlNeeded, Unreachable

STARTS_WITHIN_S = 30.0
LOOKS_EVERY_S = 0.02
ENDS_WITHIN_S = 3.0
ERROR_BYTES_MAX = 4000


class KubectlProxy:
    """A running `kubectl proxy`; its socket lies in a directory that nobody else may enter."""

    def __init__(self, process: asyncio.subprocess.Process, directory: str, clock: Clock) -> None:
        self._process = process
        self._directory = directory
        self._clock = clock

    @property
    def socket(self) -> str:
        """Where it listens."""
        return str(Path(self._directory) / "socket")

    async def aclose(self) -> None:
        """End it, and remove its directory."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await self._clock.within(ENDS_WITHIN_S, self._process.wait())
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)


async def start_proxy(
    kubectl: str | None, kubeconfig: str | None, context: str, why: str, clock: Clock
) -> KubectlProxy:
    """Start it and wait until it listens."""
    program = kubectl or shutil.which("kubectl")
    if not program:
        raise KubectlNeeded(f"Context '{context}' needs {why}, which only kubectl handles: put kubectl on the PATH.")
    directory = tempfile.mkdtemp(prefix="seatrial-")  # 0700
    process = await asyncio.create_subprocess_exec(
        *_argv(program, kubeconfig, context, directory),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # A session of its own: Ctrl-C at the terminal is for us, and a write in flight must still come to its end.
        start_new_session=True,
    )
    proxy = KubectlProxy(process, directory, clock)
    try:
        await clock.within(STARTS_WITHIN_S, _listening(proxy, clock))
    except TimeoutError:
        await proxy.aclose()
        raise Unreachable(f"kubectl proxy did not start within {STARTS_WITHIN_S:.0f} s.") from None
    except BaseException:
        await proxy.aclose()
        raise
    return proxy


def _argv(program: str, kubeconfig: str | None, context: str, directory: str) -> Sequence[str]:
    # By default it refuses exec; the socket is ours alone, so nothing has to be refused.
    argv = [program, "proxy", f"--unix-socket={directory}/socket", "--reject-paths=^$", f"--context={context}"]
    if kubeconfig:
        argv.append(f"--kubeconfig={kubeconfig}")
    # Where it is there, setpriv has the kernel end kubectl when we are killed.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *argv] if setpriv else argv


async def _listening(proxy: KubectlProxy, clock: Clock) -> None:
    while not await asyncio.to_thread(Path(proxy.socket).is_socket):
        if proxy._process.returncode is not None:
            raise Unreachable(f"kubectl proxy ended: {await _complaint(proxy._process)}")
        await clock.sleep(LOOKS_EVERY_S)


async def _complaint(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None  # noqa: S101 - a pipe was asked for
    said = await process.stderr.read(ERROR_BYTES_MAX)
    return clean(said.decode("utf-8", "replace")).strip() or f"exit code {process.returncode}"

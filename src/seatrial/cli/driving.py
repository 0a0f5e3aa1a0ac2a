"""Build the tools of a run, let the engine go, and turn its end into an exit code."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import TypeVar

from seatrial import __version__
from seatrial.cli.living import View, view_for
from seatrial.cli.loading import lock_of, zone_of
from seatrial.cli.trouble import WayOutError
from seatrial.cluster.connect import Cluster, connect
from seatrial.cluster.troubles import ConnectError, NoSuchContext
from seatrial.journal.book import Journal, JournalError
from seatrial.journal.inbox import take, user_name
from seatrial.journal.runs import RunDirectory, RunLock, RunsError, write_private
from seatrial.lifecycle import State, exit_code, fold
from seatrial.model.events import Resumed
from seatrial.model.plan import Plan
from seatrial.report.html import html
from seatrial.report.story import tell
from seatrial.run.attention import Attention
from seatrial.run.clock import SystemClock
from seatrial.run.engine import run
from seatrial.run.sources import LocalSources
from seatrial.run.tools import Tools

T = TypeVar("T")


class Terminal:
    """The person at this terminal. Nobody is asked where the input is no terminal."""

    def __init__(self, attention: Attention, view: View, *, approved: bool) -> None:
        self._attention = attention
        self._view = view
        self._approved = approved

    def name(self) -> str:
        """Who types here."""
        return user_name()

    def approved_beforehand(self) -> bool:
        """Whether `--yes` was given."""
        return self._approved

    async def ask(self, question: str) -> bool | None:
        """A y or an n; None off a terminal; no where a signal comes first."""
        if not sys.stdin.isatty():
            return None
        self._view.suspend()
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        try:
            return (await self._line()).strip().lower() in ("y", "yes")
        finally:
            self._view.resume()

    async def _line(self) -> str:
        """A typed line; empty where a signal comes first."""
        loop = asyncio.get_running_loop()
        typed: asyncio.Future[str] = loop.create_future()

        def read() -> None:
            if not typed.done():
                typed.set_result(sys.stdin.readline())

        loop.add_reader(sys.stdin, read)
        try:
            while not typed.done() and not self._attention.signal:
                await self._attention.wait(0.2)
            return typed.result() if typed.done() else ""
        finally:
            loop.remove_reader(sys.stdin)


def take_lock(plan: Plan, run_id: str) -> RunLock:
    """The workload's lock; exit code 3 with its holder's name where somebody has it."""
    try:
        lock = RunLock(lock_of(plan))
    except RunsError as error:
        raise WayOutError(f"{error}; `seatrial status` shows it, `seatrial abort` ends it", 3) from error
    lock.sign(f"run {run_id}, process {os.getpid()} of {user_name()} on {socket.gethostname()}")
    return lock


async def drive(
    plan: Plan,
    directory: RunDirectory,
    journal: Journal,
    kubeconfig: str | None,
    context: str | None,
    *,
    approved: bool,
    patience_s: float,
) -> int:
    """Carry a run on to its end or its parting; the exit code."""
    clock = SystemClock()
    attention = Attention(clock, lambda: take(directory.inbox))
    view = view_for(sys.stderr, clock.now, plan, zone_of(plan))
    view.past(journal.entries())
    async with _connected(kubeconfig, context, clock, journal) as cluster:
        tools = Tools(
            clock=clock,
            reads=cluster.reads,
            writes=cluster.writes,
            journal=journal,
            store=directory,
            sources=LocalSources(shutil.which("kubectl") or "kubectl"),
            approver=Terminal(attention, view, approved=approved),
            attention=attention,
            show=_gently(lambda judgements: view.waiting(tuple(journal.hidden(one) for one in judgements))),
            patience_s=patience_s,
        )
        journal.listen(_gently(view.entry))
        await _check_target(plan, tools)
        try:
            with _signals(attention):
                state, parting = await _with_ticks(view, clock, run(plan, tools))
        except BaseException:
            view.suspend()
            raise
        view.end(str(_write_report(directory, journal, plan)), parting)
    return exit_code(state, parting)


def _gently(draw: Callable[[T], None]) -> Callable[[T], None]:
    """A picture that can't be drawn must not end a run: it is said once, and the run goes on."""
    broken: list[str] = []

    def draw_or_say(what: T) -> None:
        try:
            draw(what)
        except Exception as error:  # noqa: BLE001 - a bug in the view; the run owes a rollback, the view owes nothing
            if not broken:
                broken.append(repr(error))
                sys.stderr.write(f"the view failed ({error!r}); the run goes on, `seatrial status` shows it\n")

    return draw_or_say


async def _check_target(plan: Plan, tools: Tools) -> None:
    """A resumed run goes on only against the cluster that it was pinned to."""
    state = fold(tools.journal.entries())
    if state.identity is None:
        return
    now = await tools.reads.identity()
    uid = getattr(now, "kube_system_uid", "")
    if not uid:
        raise WayOutError(f"the cluster can't be reached: {getattr(now, 'because', '')}", 7)
    if uid != state.identity.kube_system_uid:
        raise WayOutError(
            f"this run is about the cluster {state.identity.server}, and the context leads to another one;"
            " give the right --context or --kubeconfig",
            3,
        )
    blind_s = (tools.clock.now() - state.last_at).total_seconds() if state.last_at else 0.0
    tools.journal.append(Resumed(socket.gethostname(), user_name(), __version__, round(max(0.0, blind_s), 1)))


async def _with_ticks(
    view: View, clock: SystemClock, work: Coroutine[object, object, tuple[State, str]]
) -> tuple[State, str]:
    async def tick() -> None:
        while True:
            await clock.sleep(1.0)
            view.tick()

    ticking = asyncio.create_task(tick())
    try:
        return await work
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking


@contextlib.asynccontextmanager
async def _connected(
    kubeconfig: str | None, context: str | None, clock: SystemClock, journal: Journal
) -> AsyncIterator[Cluster]:
    owed = fold(journal.entries()).owed
    try:
        cluster = await connect(kubeconfig, context, clock)
    except ConnectError as error:
        more = "A rollback is owed: `seatrial resume` when it answers again." if owed else "Nothing was touched."
        code = 2 if isinstance(error, NoSuchContext) else 7
        raise WayOutError(f"{error} {more}", 5 if owed else code) from error
    try:
        yield cluster
    finally:
        await cluster.aclose()


@contextlib.contextmanager
def _signals(attention: Attention) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for one in names:
        loop.add_signal_handler(one, attention.interrupt, one.name)
    try:
        yield
    finally:
        for one in names:
            loop.remove_signal_handler(one)


def _write_report(directory: RunDirectory, journal: Journal, plan: Plan) -> Path:
    path = directory.path / "report.html"
    try:
        write_private(path, html(tell(journal.entries(), plan), zone_of(plan)).encode())
    except OSError as error:
        raise JournalError(f"{path}: can't be written: {error.strerror}") from error
    return path

"""A local Kubernetes to practise on: bring it up, find it, bring it down."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from seatrial.rehearsal import realnode, simulated
from seatrial.rehearsal.certificates import kubeconfig
from seatrial.rehearsal.keeper import clear_away
from seatrial.rehearsal.locks import within
from seatrial.rehearsal.machine import why_no_real_node
from seatrial.rehearsal.paths import Places, cache_dir, places
from seatrial.rehearsal.processes import end_marked, marked
from seatrial.rehearsal.programs import Programs
from seatrial.rehearsal.progress import Durations, Out, Progress
from seatrial.rehearsal.settings import Cluster, NodeKind, known, settings_of
from seatrial.rehearsal.site import Site, write_private
from seatrial.rehearsal.status import is_healthy, server_of
from seatrial.rehearsal.troubles import ClusterFailed, NotUp

LOCK_PATIENCE_S = 3.0
DEFAULT_NAME = "seatrial"
# Work of somebody else that is done while Go and apt are busy, for example a build with Maven.
Beside = Callable[[Programs, Progress], object]
KINDS = {NodeKind.REAL: realnode.bring_up, NodeKind.SIMULATED: simulated.bring_up}


def up(name: str = DEFAULT_NAME, *, out: Out, contexts: Sequence[str] = (), beside: Sequence[Beside] = ()) -> Cluster:
    """Bring up the cluster `name`: with a real node where the machine may run containers, otherwise with simulated
    ones, which is said. Safe to call again at any time."""
    because = why_no_real_node()
    if not because:
        return _up(Site.of(name, NodeKind.REAL, contexts, "", _progress(out)), beside)
    out(f"  No real node here: {because}. The nodes are simulated: pods become Ready, and nothing runs in them.")
    return _up(Site.of(name, NodeKind.SIMULATED, contexts, because, _progress(out)), beside)


def up_simulated(
    name: str = DEFAULT_NAME, *, out: Out, contexts: Sequence[str] = (), beside: Sequence[Beside] = ()
) -> Cluster:
    """The same control plane with simulated nodes, whatever the machine may do."""
    asked = "simulated nodes were asked for"
    return _up(Site.of(name, NodeKind.SIMULATED, contexts, asked, _progress(out)), beside)


def down(name: str = DEFAULT_NAME, *, out: Out) -> None:
    """End the cluster `name` and remove all that is left of it, also of one that was cut off or never came up."""
    where = places(name)
    with _alone(where):
        was_there = where.base.exists() or bool(marked(where.mark))
        _remove(where)
    out(f"  Cluster '{name}' is down; nothing is left of it." if was_there else f"  There is no cluster '{name}'.")


def find(name: str = DEFAULT_NAME) -> Cluster:
    """The running cluster `name`; NotUp if there is none."""
    cluster = known(places(name))
    if not marked(cluster.places.mark):
        raise NotUp(f"The cluster '{name}' has ended: bring it up again with `seatrial cluster up --name {name}`.")
    return cluster


def _up(site: Site, beside: Sequence[Beside]) -> Cluster:
    with _alone(site.places), _workers(site) as pool:
        asides = [pool.submit(work, site.programs, site.progress) for work in beside]
        cluster = _standing(site)
        if cluster is None:
            # What an earlier one left, or one that was cut off: nothing of it is used again.
            _remove(site.places)
            cluster = KINDS[site.kind](site, pool)
        for aside in asides:
            aside.result()
        return cluster


def _standing(site: Site) -> Cluster | None:
    """The same cluster if it is up and well already, under the contexts that are wanted now."""
    settings = settings_of(site.places)
    if settings is None or settings.kind is not site.kind:
        return None
    cluster = Cluster(site.places, settings)
    if not is_healthy(cluster):
        site.progress.out(f"  Cluster '{site.name}' is there but not well: it is started afresh.")
        return None
    site.progress.out(f"  Cluster '{site.name}' is up already.")
    contexts = tuple(dict.fromkeys((*site.contexts, *settings.contexts)))
    if contexts == settings.contexts:
        return cluster
    write_private(site.places.kubeconfig, kubeconfig(server_of(cluster), site.places.pki, "admin", contexts))
    return site.settle(settings.with_contexts(contexts))


def _remove(where: Places) -> None:
    """Processes first, then what they held. Twice over the same is harmless."""
    resisting: list[object] = [f"process {one.pid}" for one in end_marked(where.mark)]
    resisting += clear_away(where)
    shutil.rmtree(where.base, ignore_errors=True)
    if resisting or where.base.exists():
        left = ", ".join(map(str, [*resisting, *([where.base] if where.base.exists() else [])]))
        raise ClusterFailed(f"Not everything of '{where.name}' could be removed: {left}. Try again in a moment.")


def _progress(out: Out) -> Progress:
    return Progress(out, Durations(cache_dir() / "durations.json"))


@contextmanager
def _workers(site: Site) -> Iterator[ThreadPoolExecutor]:
    """Threads for what can be done at once. On any failure, Ctrl-C too, the programs they wait for are ended."""
    with ThreadPoolExecutor(thread_name_prefix="up") as pool:
        try:
            yield pool
        except BaseException:
            site.programs.end_all()
            raise


@contextmanager
def _alone(where: Places) -> Iterator[None]:
    """One command at a time for one cluster."""
    with ExitStack() as held:
        try:
            held.enter_context(within(LOCK_PATIENCE_S, where.lock))
        except TimeoutError as busy:
            raise ClusterFailed(
                f"Another command is bringing '{where.name}' up or down: wait for it, or end it, and try again."
            ) from busy
        yield

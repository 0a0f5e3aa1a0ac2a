"""Is it back? Every object as it was recorded, the old pods serving, and nothing left of the change."""

from collections.abc import Iterator

from msgspec import Struct

from seatrial.judge.catalogue import RuleCard, rule
from seatrial.judge.reading import about_pod, fleet, is_ready, restarts, revision
from seatrial.model.judgement import Judgement, Verdict
from seatrial.model.observation import CouldNotLook, Look


class Returned(Struct, frozen=True):
    """One object compared with its record: the paths that differ, or that it could not be looked at."""

    about: str
    differences: tuple[str, ...] = ()
    unseen: CouldNotLook | None = None
    gone: bool = False
    """It did not exist before the change, and does not now."""


class RollbackTerms(Struct, frozen=True):
    """What was there before: the replicas asked for, and the pods that served."""

    replicas_before: int
    serving_before: int
    revision_left: str = ""
    """The revision of the change, where going back changes the pod template."""


def judge(returned: tuple[Returned, ...], look: Look, terms: RollbackTerms) -> tuple[Judgement, ...]:
    """PASS of all together means: verified."""
    return (*objects_restored(returned), *old_pods_serve(look, terms))


@rule(
    RuleCard(
        "objects-restored",
        "rollback",
        "every object of the change, compared with its record, server fields apart",
        "PASS when it equals the record, or is gone where it was not there; WAIT while a path differs; UNKNOWN when it can't be read.",
        "R01; Helm's rollback does not always restore (helm#13346) and leaves new objects (helm#5143)",
        "`seatrial retry` sends the record again; `seatrial abort --keep --because …` leaves it as it is.",
    )
)
def objects_restored(returned: tuple[Returned, ...]) -> Iterator[Judgement]:
    """Each object by itself."""
    for one in returned:
        if one.unseen:
            yield Judgement("objects-restored", one.about, Verdict.UNKNOWN, f"can't be read: {one.unseen.because}")
        elif one.differences:
            paths = ", ".join(one.differences[:5])
            yield Judgement("objects-restored", one.about, Verdict.WAIT, f"differs from its record at {paths}")
        else:
            because = "gone, as before the change" if one.gone else "as it was recorded"
            yield Judgement("objects-restored", one.about, Verdict.PASS, because)


@rule(
    RuleCard(
        "old-pods-serve",
        "rollback",
        "the pods of the restored template",
        "PASS when as many are Ready as served before and no other is left; WAIT until then. Where none served before (an out-of-memory "
        "loop, say), going back can't give more: PASS with a warning as soon as the pods are there.",
        "R01, R02",
        "Look at the pods; the version that was restored may have its own trouble.",
    )
)
def old_pods_serve(look: Look, terms: RollbackTerms) -> Iterator[Judgement]:
    """The pods, counted; the trouble that they had before is said again."""
    if gap := look.is_blind_for("pods") or look.is_blind_for("replicasets") or look.is_blind_for("deployment"):
        yield Judgement("old-pods-serve", "pods", Verdict.UNKNOWN, f"can't be seen: {gap.because}")
        return
    live = look.deployment
    if live is None or live.status.observed_generation < live.metadata.generation:
        yield Judgement("old-pods-serve", "pods", Verdict.WAIT, "the controller has not seen the restored spec yet")
        return
    if terms.revision_left and str(revision(live.metadata)) == terms.revision_left:
        # It scales first, and notes the generation with it: the change's own pods would pass for restored ones.
        because = f"the controller has not begun to go back from revision {terms.revision_left}"
        yield Judgement("old-pods-serve", "pods", Verdict.WAIT, because)
        return
    found = fleet(look)
    ready = sum(is_ready(pod) for pod in found.new)
    wanted = min(terms.serving_before, terms.replicas_before)
    left = [*found.old, *found.old_going, *found.new_going]
    if ready < wanted or left or len(found.new) < terms.replicas_before:
        going = f", {len(left)} other still there" if left else ""
        because = f"{ready} of {wanted} restored pods are Ready{going}"
        yield Judgement("old-pods-serve", "pods", Verdict.WAIT, because)
        return
    looping = [about_pod(pod) for pod in found.new if restarts(pod)]
    warning = f"the restored version restarts: {', '.join(looping)}" if looping else ""
    if not wanted:
        warning = "no pod served before the change either"
    yield Judgement("old-pods-serve", "pods", Verdict.PASS, f"{ready} restored pod(s) Ready", warning=warning)

"""One write at a time: announce it, send it with its precondition, write down the answer; look again before sending again."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from seatrial.change.objects import annotations, labels, precondition_of, without_server_fields
from seatrial.change.ownership import adopted_fields
from seatrial.lifecycle import fold
from seatrial.model.events import LeftAlone, WriteDone, WriteFailed, WriteIntended
from seatrial.model.observation import CouldNotLook, ObjectRef
from seatrial.model.writes import Body, Conflict, Precondition, Rejected, Unanswered, WriteAnswer, Written
from seatrial.run.tools import Tools

TRIES_MAX = 5
"""How often a write is sent again after its object moved under it (a status or an autoscaler's write) or its answer was lost."""

PAUSE_S = 0.2


class Stopped(Struct, frozen=True):
    """The write was not done. foreign: somebody else changed or replaced the object, and it is left to them."""

    because: str
    foreign: bool = False


Build = Callable[[Body | None], Body]
"""What is to be sent, given the object as it is now: a scaling since the record must not be undone by the way."""


async def put(tools: Tools, ref: ObjectRef, build: Build, known: Body | None) -> Body | Stopped:
    """Create or apply the object, if it still is what `known` says (None: absent); the object as it is then.

    An object that the write would leave as it is, is left alone: no request, no new owner of its fields.
    """
    for _ in range(TRIES_MAX):
        done = await _put_once(tools, ref, build, known)
        if done is not None:
            return done
        await tools.clock.sleep(PAUSE_S)
    return Stopped(f"it could not be written in {TRIES_MAX} tries; the last answer is in the journal")


async def _put_once(tools: Tools, ref: ObjectRef, build: Build, known: Body | None) -> Body | Stopped | None:
    """One try; None where the object moved under it, or the answer was lost: look again."""
    live = await tools.reads.get(ref)
    if isinstance(live, CouldNotLook):
        return Stopped(f"could not look at it before writing: {live.because}")
    body = build(live)
    if live is None:
        if known is not None:
            return Stopped("somebody deleted it", foreign=True)
        return _settled(await _send(tools, "create", ref, None, lambda: tools.writes.create(body)))
    would = await tools.reads.would_become(body, live)
    is_there = isinstance(would, dict) and _content(would) == _content(live)
    if not (known is not None and same_hands(known, live)) and not (is_there and _announced(tools, ref)):
        return Stopped("somebody else changed it since it was recorded", foreign=True)
    if is_there:
        tools.journal.append(LeftAlone(ref))
        return live
    adopted = await _adopt(tools, ref, live)
    if adopted is None or isinstance(adopted, Stopped):
        return adopted
    only_if = precondition_of(adopted)
    return _settled(await _send(tools, "apply", ref, only_if, _applying(tools, body, only_if)))


def _settled(answer: WriteAnswer) -> Body | Stopped | None:
    match answer:
        case Written():
            return answer.body
        case Rejected():
            return Stopped(answer.because)
        case Conflict() | Unanswered():
            return None


async def remove(tools: Tools, ref: ObjectRef, known: Body | None) -> Stopped | None:
    """Delete the object, if it is still the one that we made; nothing where it is gone already."""
    for _ in range(TRIES_MAX):
        live = await tools.reads.get(ref)
        if isinstance(live, CouldNotLook):
            return Stopped(f"could not look at it before deleting: {live.because}")
        if live is None:
            return None
        if known is not None and _uid(live) != _uid(known):
            return Stopped("another object of that name stands there now", foreign=True)
        only_if = precondition_of(live)
        answer = await _send(tools, "delete", ref, only_if, _deleting(tools, ref, only_if))
        match answer:
            case Written():
                return None
            case Rejected():
                return Stopped(answer.because)
            case Conflict() | Unanswered():
                await tools.clock.sleep(PAUSE_S)
    return Stopped(f"it could not be deleted in {TRIES_MAX} tries")


def same_hands(known: Body, live: Body) -> bool:
    """Whether nobody but controllers touched the object: same uid, and the same content but for what controllers write.

    resourceVersion and generation move with every status write and every scaling: they say nothing here.
    """
    return _uid(known) == _uid(live) and _content(known) == _content(live)


_CONTROLLERS_ANNOTATIONS = ("deployment.kubernetes.io/revision",)


def _content(body: Body) -> tuple[object, ...]:
    bare = without_server_fields(body)
    spec = bare.get("spec")
    if isinstance(spec, dict) and body.get("kind") == "Deployment":
        spec = {name: value for name, value in spec.items() if name != "replicas"}
    kept = {name: text for name, text in annotations(body).items() if name not in _CONTROLLERS_ANNOTATIONS}
    rest = {name: value for name, value in bare.items() if name not in ("metadata", "spec", "status")}
    return (spec, labels(body), kept, rest)


def _announced(tools: Tools, ref: ObjectRef) -> bool:
    """Whether this run has written, or tried to write, the object: what stands there may be our own unanswered write."""
    return any(write.intended.ref == ref for write in fold(tools.journal.entries()).writes.values())


async def _adopt(tools: Tools, ref: ObjectRef, live: Body) -> Body | Stopped | None:
    """Move kubectl's client-side fields to our manager, so that fields which the manifest drops do go. None: look again."""
    metadata = live.get("metadata")
    managed = metadata.get("managedFields") if isinstance(metadata, dict) else None
    fields = adopted_fields(managed if isinstance(managed, list) else [])
    if fields is None:
        return live
    only_if = precondition_of(live)
    answer = await _send(tools, "adopt", ref, only_if, lambda: tools.writes.adopt(ref, fields, only_if))
    match answer:
        case Written():
            return answer.body
        case Rejected():
            return Stopped(f"its field owners can't be moved: {answer.because}")
        case Conflict() | Unanswered():
            return None


def _applying(tools: Tools, body: Body, only_if: Precondition) -> Callable[[], Awaitable[WriteAnswer]]:
    return lambda: tools.writes.apply(body, only_if)


def _deleting(tools: Tools, ref: ObjectRef, only_if: Precondition) -> Callable[[], Awaitable[WriteAnswer]]:
    return lambda: tools.writes.delete(ref, only_if)


async def _send(
    tools: Tools, verb: str, ref: ObjectRef, only_if: Precondition | None, call: Callable[[], Awaitable[WriteAnswer]]
) -> WriteAnswer:
    """Intent, request, outcome: all three or a crash between them, which `resume` finds."""
    op = f"{len(tools.journal.entries())}-{verb}"
    uid, version = (only_if.uid, only_if.resource_version) if only_if else ("", "")
    tools.journal.append(WriteIntended(op, verb, ref, uid, version))
    answer = await call()
    match answer:
        case Written():
            metadata = answer.body.get("metadata")
            said = metadata if isinstance(metadata, dict) else {}
            tools.journal.append(
                WriteDone(
                    op,
                    answer.word,
                    str(said.get("uid", uid)),
                    str(said.get("resourceVersion", "")),
                    int(said.get("generation", 0) or 0),
                )
            )
        case Conflict() | Rejected():
            tools.journal.append(WriteFailed(op, answer.because))
        case Unanswered():
            tools.journal.append(WriteFailed(op, answer.because, known=False))
    return answer


def _uid(body: Body) -> object:
    metadata = body.get("metadata")
    return metadata.get("uid") if isinstance(metadata, dict) else None

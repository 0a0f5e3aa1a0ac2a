"""What would become of every object of a change: asked of the server by dry runs, in parallel, and told with its consequences."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from seatrial.change.autoscaler.prospect import Seen, prospect
from seatrial.change.autoscaler.room import Ground
from seatrial.change.autoscaler.words import sentences
from seatrial.change.clientside import client_side
from seatrial.change.consequences import consequences
from seatrial.change.desired import sent
from seatrial.change.difference import Difference, difference
from seatrial.change.masking import Redactor, redactor
from seatrial.change.objects import at, autoscaled, mapping, pod_template, ref_of, text_at
from seatrial.change.ordering import in_apply_order
from seatrial.judge.change import Replaced, immutable_fields, judge
from seatrial.model.judgement import Judgement
from seatrial.model.kube import Hpa
from seatrial.model.observation import CouldNotLook, ObjectRef
from seatrial.model.writes import Body, Rejected
from seatrial.run.tools import Reads

FORBIDDEN = 403
FORBIDDEN_WORDS = "cannot patch resource"
"""The authorizer's own words; admission and quota say 403 too, of things that we may ask."""


class Asked(Struct, frozen=True):
    """A change to look at: its objects in apply order, each as it is now (None: not there), how pods are reached, and when."""

    bodies: tuple[Body, ...]
    before: Mapping[ObjectRef, Body | None]
    reach: str
    at: datetime

    @property
    def lives(self) -> dict[ObjectRef, Body]:
        """Those that are there."""
        return {ref: body for ref, body in self.before.items() if body is not None}


class Answered(Struct, frozen=True):
    """What the dry runs said."""

    after: dict[ObjectRef, Body]
    refused: tuple[str, ...]
    lost: tuple[str, ...]
    unasked: tuple[ObjectRef, ...]


class Foreseen(Struct, frozen=True):
    """The change as it would be.

    after: each object that the server would take. refused: what it would not, and why. lost: for what no answer came. unasked:
    objects that we may not patch, compared here, without the server's defaults and admission. No text in it shows a secret.
    """

    after: dict[ObjectRef, Body]
    differences: tuple[Difference, ...]
    words: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    refused: tuple[str, ...]
    lost: tuple[str, ...]
    unasked: tuple[ObjectRef, ...]
    redactor: Redactor

    @property
    def changes_nothing(self) -> bool:
        """Whether the cluster has it all already."""
        return not self.refused and not self.lost and all(one.word == "unchanged" for one in self.differences)


def asked_of(bodies: Iterable[Body], before: Mapping[ObjectRef, Body | None], reach: str, when: datetime) -> Asked:
    """The change in the order in which it would be applied."""
    return Asked(in_apply_order(bodies), before, reach, when)


async def standing(bodies: Iterable[Body], reads: Reads) -> dict[ObjectRef, Body | None] | CouldNotLook:
    """Each object as it is now, None where it is not there; or the first read that failed."""
    refs = [ref_of(body) for body in bodies]
    found = await asyncio.gather(*(reads.get(ref) for ref in refs))
    before: dict[ObjectRef, Body | None] = {}
    for ref, body in zip(refs, found, strict=True):
        if isinstance(body, CouldNotLook):
            return body
        before[ref] = body
    return before


async def foresee(asked: Asked, reads: Reads, key: bytes) -> Foreseen:
    """Ask for every object at once; then what follows from the answers."""
    to_send = [
        sent(body, asked.bodies, asked.lives, asked.reach, asked.at, before=asked.lives) for body in asked.bodies
    ]
    answers = await asyncio.gather(*(reads.would_become(body, asked.before[ref_of(body)]) for body in to_send))
    hide = redactor([*asked.bodies, *asked.lives.values()], key)
    after: dict[ObjectRef, Body] = {}
    refused: list[str] = []
    lost: list[str] = []
    unasked: list[ObjectRef] = []
    for body, answer in zip(to_send, answers, strict=True):
        ref = ref_of(body)
        if isinstance(answer, dict):
            after[ref] = answer
        elif isinstance(answer, CouldNotLook):
            lost.append(hide.text(f"{ref}: {answer.because}"))
        elif answer.status == FORBIDDEN and FORBIDDEN_WORDS in answer.because:
            unasked.append(ref)
            after[ref] = client_side(asked.before[ref], body)
        else:
            refused.append(hide.text(_refusal(asked, ref, body, answer)))
    answered = Answered(after, tuple(refused), tuple(lost), tuple(unasked))
    return await _with_what_follows(asked, answered, reads, hide)


async def _with_what_follows(asked: Asked, answered: Answered, reads: Reads, hide: Redactor) -> Foreseen:
    after = answered.after
    hpas, around = await _autoscalers(after, reads)
    words = (*consequences(asked.lives, after, around), *await _foretold(after, around, reads))
    judgements = judge(tuple(Replaced(ref, asked.before[ref], body) for ref, body in after.items()), asked.reach, hpas)
    return Foreseen(
        after=after,
        differences=tuple(difference(asked.before[ref], body, hide) for ref, body in after.items()),
        words=tuple(hide.text(one) for one in words),
        judgements=tuple(_masked(one, hide) for one in judgements),
        refused=answered.refused,
        lost=answered.lost,
        unasked=answered.unasked,
        redactor=hide,
    )


def _masked(one: Judgement, hide: Redactor) -> Judgement:
    return replace(one, because=hide.text(one.because), evidence=tuple(hide.text(line) for line in one.evidence))


def _refusal(asked: Asked, ref: ObjectRef, body: Body, answer: Rejected) -> str:
    """The server's own words, and which fields can't be changed, where that is why."""
    fields = immutable_fields((Replaced(ref, asked.before[ref], body),))
    return "; ".join([f"{ref}: {answer.because}", *(f"{one.because}. {one.next_step}" for one in fields)])


async def _autoscalers(after: Mapping[ObjectRef, Body], reads: Reads) -> tuple[tuple[Hpa, ...], tuple[Body, ...]]:
    """Those of the namespaces, and the whole bodies of those that scale a workload of the change without being part of it."""
    spaces = sorted({ref.namespace for ref, body in after.items() if pod_template(body)})
    found = await asyncio.gather(*(reads.hpas(space) for space in spaces))
    hpas = tuple(one for answer in found if isinstance(answer, tuple) for one in answer)
    scaled = {(ref.namespace, ref.kind, ref.name) for ref in after}
    others = [
        ObjectRef("autoscaling/v2", "HorizontalPodAutoscaler", one.metadata.namespace, one.metadata.name)
        for one in hpas
        if (one.metadata.namespace, one.spec.scale_target_ref.kind, one.spec.scale_target_ref.name) in scaled
    ]
    answers = await asyncio.gather(*(reads.get(ref) for ref in others if ref not in after))
    return hpas, tuple(body for body in answers if isinstance(body, dict))


async def _foretold(after: Mapping[ObjectRef, Body], around: tuple[Body, ...], reads: Reads) -> list[str]:
    """What the autoscalers will make of it, one after the other."""
    bodies = (*after.values(), *around)
    workloads = [body for ref, body in after.items() if pod_template(body) and autoscaled(ref, bodies)]
    if not workloads:
        return []
    ground = await _ground(reads)
    seen = await asyncio.gather(*(_seen(body, ground, reads) for body in workloads))
    prospects = [prospect(body, bodies, one) for body, one in zip(workloads, seen, strict=True)]
    return [line for one in prospects if one is not None for line in sentences(one)]


async def _ground(reads: Reads) -> Ground | None:
    nodes, pods = await asyncio.gather(reads.nodes(), reads.placed_pods())
    if isinstance(nodes, CouldNotLook):
        return None
    return Ground(nodes, None if isinstance(pods, CouldNotLook) else pods)


async def _seen(workload: Body, ground: Ground | None, reads: Reads) -> Seen:
    wanted = mapping(at(workload, "spec", "selector", "matchLabels"))
    selector = ",".join(f"{name}={value}" for name, value in sorted(wanted.items()))
    metrics = await reads.pod_metrics(text_at(workload, "metadata", "namespace"), selector) if selector else ()
    return Seen(metrics if isinstance(metrics, tuple) else (), ground)

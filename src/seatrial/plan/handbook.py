"""The plan's fields as a page: forms and defaults from the schema's classes, what each is for and an example from here."""

import types
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, UNSET, Meta, Struct, UnsetType
from msgspec.structs import FieldInfo, fields

from seatrial.plan import schema as s

OPENING = """\
# The plan file

Printed from the code by `make docs`. `seatrial check PLAN` names every fault with its line and column; `seatrial init` writes a first
plan from your manifests; `seatrial schema` prints the JSON Schema for editors (put `# yaml-language-server: $schema=FILE` on the first
line). The file is YAML 1.2: no anchors, no tags, no second key of the same name, at most 1 MiB.

What the manifests already say need not be said again. Where the plan says it all the same, a difference between the two is a finding.
"""

FORMS = """\
## How values are written

| Form | Unit | Examples |
|---|---|---|
| duration | `ms` `s` `m` `h` `d` `w`, several in a row | `90s`, `10m`, `1h30m`, `1w` |
| size | `K` `M` `G` `T` (1000) and `Ki` `Mi` `Gi` `Ti` (1024) bytes | `512Mi`, `5.5Gi` |
| percentage | of the request (autoscaler), of the answers (server-errors) | `70%` |
| time of day | hours and minutes in the window's time zone, quoted | `"02:00"` |
| commit | 4 to 40 hex digits, quoted if all of them are digits | `a9dffc6` |
"""


class Card(Struct, frozen=True):
    """What a field is for, and a value as it stands in a plan."""

    what: str
    example: str
    unset: str = "not looked at"


class Described(Struct, frozen=True):
    """One field: its path, the class that it stands in, its form in words, its default."""

    path: str
    part: type[Struct]
    form: str
    default: str
    wanted: object


CARDS: dict[str, Card] = {
    "apiVersion": Card("The version of this file's form.", "seatrial.dev/v1alpha1"),
    "kind": Card("Always `Trial`.", "Trial"),
    "metadata.name": Card("The plan's name, in reports and in `seatrial runs`.", "exchange-service-oom-fix"),
    "spec.target.context": Card("The one context of the kubeconfig that is taken; any other is refused.", "forex-prod"),
    "spec.target.namespace": Card("The namespace of the workload.", "forex-prod"),
    "spec.target.workload": Card("What is changed.", "deployment/exchange-service"),
    "spec.target.kustomize": Card("The kustomization's directory, relative to this file.", "overlays/prod"),
    "spec.target.commit": Card("The commit that is deployed; the working tree must be clean and at it.", "a9dffc6"),
    "spec.window.days": Card("The days on which a run may start, in the window's time zone.", "[tue, wed, thu]"),
    "spec.window.from": Card("From this time of day on.", '"02:00"'),
    "spec.window.until": Card(
        "Rollout, verification and a rollback must fit in before this time; one before `from` is on the next day.",
        '"04:00"',
    ),
    "spec.window.timezone": Card("A time zone of the tz database.", "Asia/Taipei"),
    "spec.expect.before.pods": Card("How many pods there must be before the change.", "1"),
    "spec.expect.pods.ready": Card(
        "At least so many pods of the newest ReplicaSet are Ready; how many there should be, the live Deployment says.",
        "2",
    ),
    "spec.expect.pods.restarts": Card("At most so many restarts of each new pod.", "0"),
    "spec.expect.autoscaler.name": Card("The HorizontalPodAutoscaler.", "exchange-service-hpa"),
    "spec.expect.autoscaler.before": Card("`absent`: if it is there already, a person is asked first.", "absent"),
    "spec.expect.autoscaler.min": Card("Its minReplicas.", "2"),
    "spec.expect.autoscaler.max": Card("Its maxReplicas.", "10"),
    "spec.expect.autoscaler.cpu": Card("Its target for CPU, in percent of the request.", "70%"),
    "spec.expect.autoscaler.memory": Card("Its target for memory, in percent of the request.", "75%"),
    "spec.expect.autoscaler.unknownFor": Card("So long its targets may be `<unknown>` after the change.", "5m"),
    "spec.expect.jvm.flags": Card(
        "Flags with which the JVM of every new pod must run, in any notation: `-Xmx4096m` agrees with `-Xmx4g`.",
        "[-Xms3072m, -Xmx4096m, -XX:+UseG1GC]",
    ),
    "spec.expect.jvm.gcLog": Card("The GC log in the container: it must be there and grow.", "/forex/log/gc.log"),
    "spec.expect.memory.usual": Card("The working set that is usual for a pod.", "3Gi to 4.5Gi"),
    "spec.expect.memory.warnAbove": Card("Above this working set there is a warning.", "5Gi"),
    "spec.expect.memory.failAbove": Card("Above this working set the rule fails.", "5.5Gi"),
    "spec.expect.health.port": Card("The port on which every pod, and the Service, is asked.", "10320"),
    "spec.expect.health.path": Card("The path that is asked for.", "/actuator/health"),
    "spec.expect.health.status": Card("The `status` in the JSON of the answer.", "UP"),
    "spec.expect.health.service": Card(
        "The Service, where it is not called as the workload is.", "rates", "the workload's name"
    ),
    "spec.expect.logs.present": Card("Texts that the log of every new pod must have.", "[Started]"),
    "spec.expect.logs.absent": Card(
        "Texts that no new pod's log may have, those of its earlier lives included.", "[OutOfMemoryError]"
    ),
    "spec.rollout.reach": Card(
        "How pods get the change. `template`: the pod template changes by itself. `stamp`: it gets a digest of the Secrets and"
        " ConfigMaps that the pods read. `restart`: it gets a time. A change that reaches no pod is refused.",
        "stamp",
    ),
    "spec.rollout.stuckAfter": Card("So long a pod may be in ContainerCreating before a person is asked.", "2m"),
    "spec.rollout.timeout": Card("So long the whole rollout may take.", "10m"),
    "spec.rollout.settle": Card("So long the new pods must stay as they are before the rollout counts as done.", "60s"),
    "spec.rollout.proofTimeout": Card(
        "So long the proof in every pod may wait or be unable to see before a person is asked.", "10m"
    ),
    "spec.rollback.to": Card("Where to go back to: the state recorded before the change.", "baseline"),
    "spec.rollback.on": Card(
        "What makes the run roll back by itself; everything else that fails asks.",
        "[rollout-failed, crash-loop, out-of-memory, {server-errors: 5% for 2m}, {memory: above 5.5Gi, samples: 3}]",
    ),
    "spec.rollback.on[].memory": Card("Roll back where a new pod's working set is above this.", "above 5.5Gi"),
    "spec.rollback.on[].samples": Card("In so many samples in a row.", "3"),
    "spec.rollback.on[].server-errors": Card(
        "Roll back where this share of the answers is 5xx, for so long.", "5% for 2m"
    ),
    "spec.rollback.answerWithin": Card(
        "So long a question waits. Unanswered, the change is kept while no fewer pods serve than before, else rolled back.",
        "15m",
    ),
    "spec.soak.for": Card("How long to watch after the rollout.", "1h"),
    "spec.soak.every": Card("How often to look at everything; between two looks the watch goes on.", "10m"),
    "spec.accept[].by": Card("Until then, counted from the apply, it must have been seen.", "30m"),
    "spec.accept[].that": Card(
        "The subjects that must be in order by then.", "[pods, autoscaler, jvm, memory, health, logs]"
    ),
}
"""Each field by its path; a test holds it to the schema, and each example to the field's form."""


def plan_markdown() -> str:
    """The whole page."""
    text = [OPENING, FORMS]
    for part, found in groupby(described(), key=lambda one: one.path.rpartition(".")[0]):
        rows = list(found)
        text += [f"## `{part}`" if part else "## The file", "", _about(rows[0].part), ""]
        text += ["| Field | What | Form | Default | Example |", "|---|---|---|---|---|"]
        text += [_row(one) for one in rows]
        text.append("")
    return "\n".join(text)


def described() -> tuple[Described, ...]:
    """Every field that holds a value, in the order of the file."""
    return tuple(_walk(s.PlanFile, ""))


def _row(one: Described) -> str:
    card = CARDS[one.path]
    name = one.path.rpartition(".")[2]
    cells = (f"`{name}`", card.what, one.form, one.default, f"`{name}: {card.example}`")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _walk(part: type[Struct], path: str) -> Iterator[Described]:
    """Values first, then the parts below: so that one part's fields stand together."""
    hints = get_type_hints(part, include_extras=True)
    known = [(one, _without_unset(hints[one.name]), f"{path}.{one.encode_name}".lstrip(".")) for one in fields(part)]
    below = [(wanted, name) for _, wanted, name in known if _part_of(wanted)]
    for one, wanted, name in known:
        if not _part_of(wanted):
            yield Described(name, part, _form(wanted), _default(name, one), wanted)
    for wanted, name in below:
        inner = _part_of(wanted)
        if inner is not None:
            yield from _walk(inner, name if wanted is inner else f"{name}[]")
    if part is s.RollbackPart:
        yield from (one for trigger in (s.MemoryTrigger, s.ErrorsTrigger) for one in _walk(trigger, f"{path}.on[]"))


def _without_unset(wanted: object) -> object:
    options = get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else ()
    kept = [option for option in options if option is not UnsetType]
    return kept[0] if len(kept) == 1 else wanted


def _part_of(wanted: object) -> type[Struct] | None:
    """The class of a mapping, or of the mappings in a list."""
    bare = _bare(wanted)
    inner = get_args(bare)[0] if get_origin(bare) is list else bare
    return inner if isinstance(inner, type) and issubclass(inner, Struct) else None


def _bare(wanted: object) -> object:
    return get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted


def _form(wanted: object) -> str:
    title = next(
        (meta.title for meta in getattr(wanted, "__metadata__", ()) if isinstance(meta, Meta) and meta.title), ""
    )
    bare = _bare(wanted)
    if title:
        return title
    if get_origin(bare) is Literal:
        return " or ".join(f"`{option}`" for option in get_args(bare))
    if get_origin(bare) is list:
        inner = get_args(bare)[0]
        options = [option for option in get_args(inner) if get_origin(option) is Literal]
        return f"a list of {_form(options[0])}, or a mapping as below" if options else f"a list: {_form(inner)}"
    return "a whole number" if bare is int else "text"


def _default(path: str, one: FieldInfo) -> str:
    if one.required:
        return "must be given"
    value = one.default_factory() if one.default_factory is not NODEFAULT else one.default
    if value is UNSET or value == []:
        return CARDS[path].unset if path in CARDS else ""
    return f"`[{', '.join(value)}]`" if isinstance(value, list) else f"`{value}`"


def _about(part: type[Struct]) -> str:
    if part in (s.MemoryTrigger, s.ErrorsTrigger):
        return "A trigger with a threshold of its own: one mapping in the list, with `memory` or with `server-errors`."
    return " ".join((part.__doc__ or "").split())

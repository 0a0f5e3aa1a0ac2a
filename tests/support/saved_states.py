"""Saved states in short: a base state as kubectl prints it, and cases that change it. `T+90s` is 90 s after the apply."""

import copy
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec
import yaml

from seatrial.judge.rollout import RolloutTerms
from seatrial.model.observation import CouldNotLook, LogTail, Look
from seatrial.sources.saved import look_from, read_state

Tree = dict[str, object]

STATES = Path(__file__).parents[1] / "judge" / "states"
T = datetime(2025, 12, 24, 2, 0, 0, tzinfo=UTC)
BASE, POD = list(yaml.safe_load_all((STATES / "base.yaml").read_text()))
PRESETS = cast(dict[str, Tree], yaml.safe_load((STATES / "presets.yaml").read_text()))
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def moment(text: str) -> datetime:
    """`T+90s` is 90 seconds after the apply."""
    found = re.fullmatch(r"T([+-])(\d+(?:\.\d+)?)([smhd])", text)
    if found is None:
        return T if text == "T" else datetime.fromisoformat(text)
    return T + (1 if found[1] == "+" else -1) * timedelta(seconds=float(found[2]) * UNITS[found[3]])


def timed(value: object) -> object:
    """The value with every `T+90s` in it as kubectl would print it."""
    if isinstance(value, dict):
        return {key: timed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [timed(part) for part in value]
    if isinstance(value, str) and re.fullmatch(r"T(?:[+-]\d+(?:\.\d+)?[smhd])?", value):
        return moment(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def merged(base: object, patch: object) -> object:
    """Patch over base: mappings key by key, lists of named things by name or type, the rest replaced."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return base | {key: merged(base.get(key), part) for key, part in patch.items()}
    if isinstance(base, list) and isinstance(patch, list) and base and patch:
        key = next(
            (one for one in ("name", "type") if all(isinstance(x, dict) and one in x for x in [*base, *patch])), ""
        )
        if key:
            found = {item[key]: item for item in base}
            return list((found | {item[key]: merged(found.get(item[key]), item) for item in patch}).values())
    return copy.deepcopy(patch)


def pod(name: str, case: Tree) -> object:
    """A pod of the template, changed by presets (`is`), shorthands and a patch."""
    new = not name.startswith("old")
    facts = {
        "@NAME": name,
        "@UID": f"uid-{name}",
        "@HASH": "7d9f8c" if new else "5b6c7d",
        "@OWNER": "rs-new" if new else "rs-old",
    }
    made = _filled(POD, facts)
    for preset in str(case.get("is", "")).split():
        made = merged(made, PRESETS[preset])
    return merged(merged(made, _shorthands(case)), case.get("patch", {}))


def _filled(value: object, facts: dict[str, str]) -> object:
    """The template with its marks filled in."""
    if isinstance(value, dict):
        return {key: _filled(part, facts) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, facts) for part in value]
    if isinstance(value, str) and "@" in value:
        for mark, text in facts.items():
            value = value.replace(mark, text)
    return value


def _shorthands(case: Tree) -> Tree:
    status: Tree = {"name": case.get("container", "app")}
    if "waiting" in case:
        reason, *message = cast(list[str], case["waiting"])
        status |= {
            "ready": False,
            "started": False,
            "state": {"running": None, "waiting": {"reason": reason, "message": "".join(message)}},
        }
    if "ended" in case:
        status |= {"ready": False, "started": False, "state": {"running": None, "terminated": case["ended"]}}
    if "running" in case:
        status["state"] = {"running": {"startedAt": case["running"]}}
    if "restarts" in case:
        status["restartCount"] = case["restarts"]
    if "last" in case:
        status["lastState"] = {"terminated": case["last"]}
    where = "initContainerStatuses" if case.get("init") else "containerStatuses"
    made: Tree = {"status": {where: [status]}}
    if "ready" in case:
        made = cast(
            Tree,
            merged(
                made,
                {"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": case["ready"]}]}},
            ),
        )
    if "unready" in case:
        both = [
            {"type": kind, "status": "False", "lastTransitionTime": case["unready"]}
            for kind in ("Ready", "ContainersReady")
        ]
        made = cast(Tree, merged(made, {"status": {"conditions": both}}))
    return made


def event(given: Tree, number: int) -> Tree:
    """A core/v1 event about a pod, from its shorthand."""
    at = given.get("at", "T+30s")
    about: Tree = {"kind": "Pod", "name": given["pod"], "uid": f"uid-{given['pod']}"}
    if "container" in given:
        about["fieldPath"] = f"spec.containers{{{given['container']}}}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"e-{number}", "namespace": "forex-prod", "creationTimestamp": given.get("first", at)},
        "involvedObject": about,
        "reason": given["reason"],
        "message": given.get("message", ""),
        "type": given.get("type", "Warning"),
        "count": given.get("count", 1),
        "firstTimestamp": given.get("first", at),
        "lastTimestamp": at,
    }


def objects_of(case: Tree) -> list[Tree]:
    """All objects of the state, as kubectl would give them."""
    counts = cast(Tree, case.get("counts", {}))
    names = {"spec": "replicas", "updated": "updatedReplicas", "available": "availableReplicas", "replicas": "replicas"}
    patch: Tree = {"status": {names[key]: value for key, value in counts.items() if key != "spec"}}
    if "spec" in counts:
        patch["spec"] = {"replicas": counts["spec"]}
    items: list[object] = []
    for item in BASE["items"]:
        key = {"Deployment": "deployment", "ReplicaSet": item["metadata"]["uid"]}[item["kind"]]
        changed = (
            merged(merged(item, patch), case.get("deployment", {}))
            if key == "deployment"
            else merged(item, case.get(key, {}))
        )
        if key not in str(case.get("without", "")).split():
            items.append(changed)
    pods = cast(dict[str, Tree], case.get("pods", {"new-1": {}, "new-2": {}}))
    items += [pod(name, given or {}) for name, given in pods.items()]
    items += [event(given, number) for number, given in enumerate(cast(list[Tree], case.get("events", [])))]
    items += cast(list[object], case.get("objects", []))
    return cast(list[Tree], timed(items))


def text_of(case: Tree) -> str:
    """The state as kubectl would print it."""
    return yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": objects_of(case)})


def look_of(case: Tree) -> Look:
    """The case as a look, by way of the text that kubectl would print, with its logs and with what could not be seen."""
    return _seen(case, read_state(text_of(case), at=_at(case)))


def quick_look_of(case: Tree) -> Look:
    """The same without the text in between, for stories of many looks."""
    return _seen(case, look_from(objects_of(case), at=_at(case)))


def _at(case: Tree) -> datetime:
    return moment(str(case.get("at", "T+5m")))


def _seen(case: Tree, look: Look) -> Look:
    at = _at(case)
    logs = tuple(
        LogTail(
            str(one["pod"]),
            str(one.get("container", "app")),
            tuple(cast(list[str], one["lines"])),
            bool(one.get("previous")),
        )
        for one in cast(list[Tree], case.get("logs", []))
    )
    blind = tuple(
        CouldNotLook(at, what, "pods is forbidden", forbidden=True) for what in str(case.get("blind", "")).split()
    )
    return msgspec.structs.replace(look, logs=logs, blind=blind)


def terms_of(case: Tree) -> RolloutTerms:
    """The case's terms; applied at T unless it says otherwise."""
    given = {"applied_at": "T"} | cast(Tree, case.get("terms", {}))
    return msgspec.convert(
        cast(Tree, timed({key: value for key, value in given.items() if value is not None})), RolloutTerms
    )

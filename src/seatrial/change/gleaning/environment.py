"""The environment of a container as far as the manifests hold it, and the JVM options in it that are fit to be shown."""

import re
from collections.abc import Iterable, Mapping
from itertools import chain

from msgspec import Struct

from seatrial.change.objects import at, by_ref, items, mapping, text_at
from seatrial.change.stamp import content
from seatrial.jvm.flags import Flag, Source, flags, jvm_words, split
from seatrial.model.observation import ObjectRef
from seatrial.model.writes import Body

# The order in which a JVM takes them; ARGS1 and JAVA_OPTS become its command line by the image's start script.
OPTION_VARIABLES = {
    "JAVA_TOOL_OPTIONS": Source.JAVA_TOOL_OPTIONS,
    "JDK_JAVA_OPTIONS": Source.JDK_JAVA_OPTIONS,
    "JAVA_OPTS": Source.COMMAND_LINE,
    "ARGS1": Source.COMMAND_LINE,
    "_JAVA_OPTIONS": Source.JAVA_OPTIONS,
}
# Switches, sizes, names and paths. Free text may hold anything: -D, -javaagent, OnOutOfMemoryError="curl https://…".
_SHOWABLE = re.compile(r"-X[a-z]{1,3}[0-9]+[kmgtKMGT]?|-X[a-z]+|-X(?:X|log|loggc):[\w:+.,=*/%-]+", re.ASCII)
_SECRET_NAME = re.compile(r"passw|passphrase|pwd|secret|token|credential|key", re.IGNORECASE)


class Variable(Struct, frozen=True):
    """One variable of a container: its value, and the Secret or ConfigMap that holds it; None where the container does."""

    name: str
    value: str
    holder: ObjectRef | None = None


class Options(Struct, frozen=True):
    """What the JVM of a container will be given: the flags that may be shown, how many may not, and where they were read."""

    flags: tuple[Flag, ...]
    hidden: int
    read_from: tuple[Variable, ...]
    on_command_line: int = 0


def variables(container: Body, namespace: str, bodies: Iterable[Body]) -> dict[str, Variable]:
    """The variables by name: envFrom in its order, then env, of equal names the last, as the kubelet has it."""
    known = by_ref(bodies)
    found: dict[str, Variable] = {}
    for whole in items(container.get("envFrom")):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            ref = ObjectRef("v1", kind, namespace, text_at(whole, field, "name"))
            prefix = text_at(whole, "prefix")
            for key, value in _contents(known.get(ref)).items():
                found[prefix + key] = Variable(prefix + key, value, ref)
    for one in items(container.get("env")):
        if (variable := _variable(one, namespace, known)) is not None:
            found[variable.name] = variable
    return found


def options(container: Body, environment: Mapping[str, Variable]) -> Options:
    """The JVM options in the environment and on the container's own command line, duplicates kept."""
    command = [str(word) for word in chain(items(container.get("command")), items(container.get("args")))]
    own = jvm_words(command) if command and command[0].rpartition("/")[2] == "java" else ()
    read_from = tuple(environment[name] for name in OPTION_VARIABLES if environment.get(name, Variable("", "")).value)
    words = [(word, OPTION_VARIABLES[one.name]) for one in read_from for word in split(one.value)]
    words += [(word, Source.COMMAND_LINE) for word in own]
    shown = [(word, source) for word, source in words if is_showable(word)]
    found = tuple(flag for word, source in shown for flag in flags((word,), source))
    return Options(found, len(words) - len(shown), read_from, len(own))


def is_showable(word: str) -> bool:
    """Whether a JVM option can hold no secret: a switch, a size, a name or a path."""
    return bool(_SHOWABLE.fullmatch(word)) and not _SECRET_NAME.search(word.partition("=")[0])


def _variable(one: object, namespace: str, known: Mapping[ObjectRef, Body]) -> Variable | None:
    name = text_at(one, "name")
    for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
        chosen = mapping(at(one, "valueFrom", field))
        if chosen:
            ref = ObjectRef("v1", kind, namespace, text_at(chosen, "name"))
            value = _contents(known.get(ref)).get(text_at(chosen, "key"))
            return None if value is None else Variable(name, value, ref)
    return Variable(name, text_at(one, "value")) if "value" in mapping(one) else None


def _contents(holder: Body | None) -> dict[str, str]:
    """What a Secret or ConfigMap holds, as text; what is no text holds no options."""
    read = content(holder) if holder else {}
    return {key: value.decode(errors="replace") for key, value in read.items()}

"""What a container's JVM will be given, as far as the manifests hold it: each variable and each flag with the spot where it is written."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from seatrial.judge.manifest.bodies import at, items, kind_of, mapping, name_of, text_at
from seatrial.jvm.flags import Flag, Source, flags, split
from seatrial.model.findings import Path, Spot
from seatrial.model.writes import Body

BY_THE_JVM = {
    "JAVA_TOOL_OPTIONS": Source.JAVA_TOOL_OPTIONS,
    "JDK_JAVA_OPTIONS": Source.JDK_JAVA_OPTIONS,
    "_JAVA_OPTIONS": Source.JAVA_OPTIONS,
}
# Variables that a start script in wide use puts on java's command line.
BY_A_SCRIPT = frozenset(
    {"JAVA_OPTS", "JAVA_OPTS_APPEND", "JAVA_OPTIONS", "JVM_OPTS", "JAVA_ARGS", "CATALINA_OPTS", "JAVA_OPTS_KC_HEAP"}
    | {"KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_JVM_OPTS"}
    | {
        "ES_JAVA_OPTS",
        "OPENSEARCH_JAVA_OPTS",
        "LS_JAVA_OPTS",
        "SERVER_JVMFLAGS",
        "JVMFLAGS",
        "SOLR_OPTS",
        "SOLR_JAVA_MEM",
    }
    | {"GC_TUNE", "JENKINS_JAVA_OPTS", "JENKINS_JAVA_OPTIONS", "INSTALL4J_ADD_VM_PARAMS", "HADOOP_OPTS", "SBT_OPTS"}
    | {"SONAR_WEB_JAVAOPTS", "SONAR_CE_JAVAOPTS", "SONAR_SEARCH_JAVAOPTS", "PULSAR_MEM", "PULSAR_GC", "JDK_JAVA_OPTS"}
)
_JVM_WORD = re.compile(r"-X(?:m[xsn]|ss)[0-9]|-XX:[+\-A-Z]|-Xlog|-javaagent:")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "tini", "dumb-init"})
_ORDER = (Source.JAVA_TOOL_OPTIONS, Source.JDK_JAVA_OPTIONS, Source.COMMAND_LINE, Source.JAVA_OPTIONS)
_REFERENCE = re.compile(r"\$(?:\((\w+)\)|\{(\w+)[^}]*\}|(\w+))")


class Variable(Struct, frozen=True):
    """One variable of a container, and where its value is written."""

    name: str
    value: str
    spot: Spot


class Given(Struct, frozen=True):
    """One flag that the JVM will be given; variable is empty for the container's own command line."""

    flag: Flag
    spot: Spot
    variable: str = ""


class Holders(Struct, frozen=True):
    """The Secrets and ConfigMaps among the bodies, by kind and name."""

    bodies: tuple[Body, ...]
    numbers: Mapping[tuple[str, str], int]

    def held(self, kind: str, name: str) -> Iterator[tuple[str, str, Spot]]:
        """Keys, texts and spots of one of them; what is no text holds no options."""
        number = self.numbers.get((kind, name))
        body = {} if number is None else self.bodies[number]
        coded = "data" if kind == "Secret" else "binaryData"
        for field in ("data", "stringData"):
            for key, value in mapping(body.get(field)).items():
                text = decoded(value) if field == coded else value
                if isinstance(text, str):
                    yield str(key), text, Spot(number, (field, str(key)))


def holders_of(bodies: tuple[Body, ...]) -> Holders:
    """Those of the given objects."""
    numbered = {(kind_of(body), name_of(body)): number for number, body in enumerate(bodies)}
    return Holders(bodies, {key: number for key, number in numbered.items() if key[0] in ("Secret", "ConfigMap")})


_FROM_ALL = (("secretRef", "Secret"), ("configMapRef", "ConfigMap"))
_FROM_KEY = (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap"))


def variables(container: Body, where: tuple[int, Path], holders: Holders) -> dict[str, Variable]:
    """The variables by name: envFrom in its order, then env; of equal names the last, as the kubelet has it."""
    number, path = where
    found: dict[str, Variable] = {}
    for whole in items(container.get("envFrom")):
        prefix = text_at(whole, "prefix")
        for field, kind in _FROM_ALL:
            for key, value, spot in holders.held(kind, text_at(whole, field, "name")):
                found[prefix + key] = Variable(prefix + key, value, spot)
    for index, one in enumerate(items(container.get("env"))):
        variable = _variable(one, Spot(number, (*path, "env", index, "value")), holders)
        if variable is not None:
            found[variable.name] = variable
    return found


def _variable(one: object, spot: Spot, holders: Holders) -> Variable | None:
    name = text_at(one, "name")
    for field, kind in _FROM_KEY:
        if chosen := mapping(at(one, "valueFrom", field)):
            held = holders.held(kind, text_at(chosen, "name"))
            return next((Variable(name, text, at_) for key, text, at_ in held if key == text_at(chosen, "key")), None)
    return Variable(name, text_at(one, "value"), spot) if name and "value" in mapping(one) else None


def decoded(value: object) -> str | None:
    """Base64 as a Secret has it, as text; None where it is none. kustomize breaks long lines."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def is_jvm_variable(variable: Variable) -> bool:
    """Whether the variable holds JVM options, by its name or by its words."""
    known = variable.name in BY_THE_JVM or variable.name in BY_A_SCRIPT
    return known or bool(_JVM_WORD.search(variable.value))


def given(container: Body, where: tuple[int, Path], environment: Mapping[str, Variable]) -> tuple[Given, ...]:
    """Every JVM option of the container, duplicates kept, in the order in which the JVM takes them."""
    found = [
        Given(flag, Spot(one.spot.body, one.spot.path, word), one.name)
        for one in environment.values()
        if is_jvm_variable(one)
        for word in split(one.value)
        for flag in flags((word,), BY_THE_JVM.get(one.name, Source.COMMAND_LINE))
        if word.startswith("-")
    ]
    number, path = where
    for step, word in command_line(container):
        found += [Given(flag, Spot(number, (*path, *step), word)) for flag in flags((word,))]
    return tuple(sorted(found, key=lambda one: _ORDER.index(one.flag.source)))


def command_line(container: Body) -> Iterator[tuple[Path, str]]:
    """The JVM's words of the container's own command and args, each with its path; also inside `sh -c`."""
    words: list[tuple[Path, str]] = []
    for field in ("command", "args"):
        for index, text in enumerate(items(container.get(field))):
            if isinstance(text, str):
                pieces = split(text) if " " in text else (text,)
                words += [((field, index), piece) for piece in pieces]
    starts = next((number for number, (_, word) in enumerate(words) if _is_java(word)), None)
    if starts is None and not (words and words[0][1].startswith("-X")):
        return
    for path, word in words[0 if starts is None else starts + 1 :]:
        if word in ("-jar", "-m", "--module"):
            return
        if word.startswith("-"):
            yield path, word


def _is_java(word: str) -> bool:
    return word.rpartition("/")[2] == "java"


def starts_with_java(container: Body) -> bool:
    """Whether the container's own command is java itself."""
    return _is_java(text_at(container, "command", 0))


def is_shell(container: Body) -> bool:
    """Whether a shell (or an init that hands on to one) reads the command."""
    command = [word for word in items(container.get("command")) if isinstance(word, str)]
    has_shell = any(word.rpartition("/")[2] in _SHELLS for word in command[:3])
    return has_shell and any(re.fullmatch(r"-[a-z]*c", word) for word in command)


def references(container: Body) -> Iterator[tuple[Path, str, str]]:
    """The variables that command and args name: path, the reference as written, the variable's name."""
    for field in ("command", "args"):
        for index, text in enumerate(items(container.get(field))):
            for match in _REFERENCE.finditer(text if isinstance(text, str) else ""):
                yield (field, index), match[0], next(name for name in match.groups() if name)

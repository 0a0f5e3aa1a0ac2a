"""What the rules of manifests look at: the objects, their workloads and containers read once, the plan where there is one."""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from seatrial.judge.manifest.bodies import (
    at,
    bytes_at,
    count_at,
    items,
    kind_of,
    labels_at,
    mapping,
    name_of,
    namespace_of,
    text_at,
)
from seatrial.judge.manifest.environment import (
    BY_THE_JVM,
    Given,
    Holders,
    Variable,
    command_line,
    given,
    holders_of,
    is_jvm_variable,
    references,
    starts_with_java,
    variables,
)
from seatrial.jvm.flags import Flag, last_wins, masked
from seatrial.jvm.memory import JvmBudget, budget_of
from seatrial.model.findings import Change, Finding, Path, Severity, Spot
from seatrial.model.plan import Plan
from seatrial.model.writes import Body

_TEMPLATES: dict[str, Path] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"), ("spec", "template")),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
SERVES = ("Deployment", "StatefulSet", "DaemonSet")
_JVM_IMAGE = re.compile(
    r"(?:^|[/._-])(?:openjdk|jdk|jre|java|temurin|corretto|zulu|liberica|graalvm|spring|tomcat|jetty|wildfly|keycloak|kafka"
    r"|zookeeper|elasticsearch|opensearch|logstash|cassandra|solr|jenkins|nexus3?|sonarqube|activemq|pulsar|neo4j|quarkus)"
    r"(?:[/._:@-]|[0-9]|$)"
)
_JDK_TAG = re.compile(
    r"(?:openjdk|jdk|jre|java|temurin|corretto|zulu|liberica)[^/]*?[:_-]?(?:1\.)?(8|11|17|21|25)(?![0-9])"
)
# Their start scripts bring collector, ExitOnOutOfMemoryError and more of their own (jvm.options, kc.sh, kafka-run-class.sh).
_OWN_OPTIONS = re.compile(
    r"(?:^|[/._-])(?:keycloak|kafka|zookeeper|elasticsearch|opensearch|logstash|cassandra|solr|pulsar|neo4j|sonarqube|nexus3?)"
    r"(?:[/._:@-]|[0-9]|$)"
)
_DEFAULT_PERCENT = 25.0


class Container(Struct, frozen=True):
    """One container of a workload: number counts the bodies, path leads to it."""

    number: int
    path: Path
    body: Body
    variables: dict[str, Variable]
    given: tuple[Given, ...]
    is_jvm: bool
    is_init: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return text_at(self.body, "name")

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The flags that will hold: of duplicates the last."""
        return last_wins(one.flag for one in self.given)

    @property
    def limit_bytes(self) -> int | None:
        """The memory limit."""
        return bytes_at(self.body, "resources", "limits", "memory")

    @property
    def request_bytes(self) -> int | None:
        """The memory request; the limit where only that is written, as the API server fills it in."""
        request = bytes_at(self.body, "resources", "requests", "memory")
        return self.limit_bytes if request is None else request

    def value(self, flag: str) -> str:
        """The value of a flag by its long name; empty where it is not given."""
        return next((one.value for one in self.flags if one.name == flag), "")

    def where(self, *flags: str) -> Spot:
        """Where the last of these flags is written; the container's name where none is."""
        spots = [one.spot for one in self.given if one.flag.name in flags]
        return spots[-1] if spots else self.spot("name")

    @property
    def brings_own_options(self) -> bool:
        """Whether its start script adds options that the manifest does not show: then nothing can be called missing."""
        return bool(_OWN_OPTIONS.search(text_at(self.body, "image").lower()))

    def spot(self, *steps: str | int) -> Spot:
        """A part of the container."""
        return Spot(self.number, (*self.path, *steps))

    @property
    def heap_bytes(self) -> int | None:
        """How large the heap may become: by -Xmx, else the JVM's share of the limit; None where neither is known."""
        written = self.value("MaxHeapSize")
        if written.isdecimal():
            return int(written)
        return None if self.limit_bytes is None else int(self.limit_bytes * self._percent() / 100)

    def _percent(self) -> float:
        try:
            return min(max(float(self.value("MaxRAMPercentage") or _DEFAULT_PERCENT), 0.0), 100.0)
        except ValueError:
            return _DEFAULT_PERCENT

    def budget(self) -> JvmBudget | None:
        """The memory budget of its JVM."""
        return budget_of(self.flags, self.limit_bytes)


class Workload(Struct, frozen=True):
    """An object that makes pods."""

    number: int
    body: Body
    template: Body
    template_path: Path
    containers: tuple[Container, ...]

    @property
    def about(self) -> str:
        """As a finding names it."""
        return f"{kind_of(self.body).lower()}/{name_of(self.body)}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        return labels_at(self.template, "metadata", "labels")

    @property
    def replicas(self) -> int:
        """As many as it asks for, the default being 1."""
        count = count_at(self.body, "spec", "replicas")
        return 1 if count is None else count

    def spot(self, *steps: str | int) -> Spot:
        """A part of the object."""
        return Spot(self.number, steps)

    def pod_spot(self, *steps: str | int) -> Spot:
        """A part of the pod's spec."""
        return Spot(self.number, (*self.template_path, "spec", *steps))

    def jvms(self) -> Iterator[Container]:
        """Its containers that run a JVM, init containers left out."""
        return (one for one in self.containers if one.is_jvm and not one.is_init)


class Case(Struct, frozen=True):
    """Everything that a rule may look at. jdk: the JDK's major version where it was said."""

    bodies: tuple[Body, ...]
    workloads: tuple[Workload, ...]
    plan: Plan | None = None
    jdk: int | None = None

    def of_kind(self, *kinds: str) -> Iterator[tuple[int, Body]]:
        """The bodies of these kinds, numbered."""
        return ((number, body) for number, body in enumerate(self.bodies) if kind_of(body) in kinds)

    def serving(self) -> Iterator[Workload]:
        """Deployments, StatefulSets and DaemonSets."""
        return (one for one in self.workloads if kind_of(one.body) in SERVES)

    def jvms(self) -> Iterator[tuple[Workload, Container]]:
        """Every container with a JVM, and whose it is."""
        return ((workload, one) for workload in self.workloads for one in workload.jvms())

    def autoscalers(self, workload: Workload) -> tuple[tuple[int, Body], ...]:
        """The HPAs that target it."""
        me = (kind_of(workload.body), name_of(workload.body))
        return tuple(
            (number, body)
            for number, body in self.of_kind("HorizontalPodAutoscaler")
            if (text_at(body, "spec", "scaleTargetRef", "kind"), text_at(body, "spec", "scaleTargetRef", "name")) == me
            and _same_namespace(body, workload.body)
        )

    def planned(self) -> Workload | None:
        """The plan's workload."""
        if self.plan is None:
            return None
        me = (self.plan.target.kind.lower(), self.plan.target.name)
        return next((one for one in self.workloads if (kind_of(one.body).lower(), name_of(one.body)) == me), None)

    def jdk_of(self, container: Container) -> int | None:
        """The JDK's major version: as it was said, else as the image's tag says."""
        tag = _JDK_TAG.search(text_at(container.body, "image"))
        return self.jdk or (int(tag[1]) if tag else None)


def _same_namespace(one: Body, other: Body) -> bool:
    return not namespace_of(one) or not namespace_of(other) or namespace_of(one) == namespace_of(other)


def case_of(bodies: tuple[Body, ...], plan: Plan | None = None, jdk: int | None = None) -> Case:
    """Read the objects once for all rules."""
    holders = holders_of(bodies)
    read = (_workload(number, body, holders) for number, body in enumerate(bodies))
    case = Case(bodies, tuple(one for one in read if one is not None), plan, jdk)
    return _with_planned_jvm(case)


def _with_planned_jvm(case: Case) -> Case:
    """A plan that expects JVM flags says that its workload runs a JVM, even where nothing in the manifests does."""
    workload = case.planned()
    if case.plan is None or workload is None or not case.plan.expect.jvm_flags or any(True for _ in workload.jvms()):
        return case
    first = next((one for one in workload.containers if not one.is_init), None)
    found = tuple(replace(one, is_jvm=True) if one is first else one for one in workload.containers)
    told = tuple(replace(one, containers=found) if one is workload else one for one in case.workloads)
    return replace(case, workloads=told)


def _workload(number: int, body: Body, holders: Holders) -> Workload | None:
    path = _TEMPLATES.get(kind_of(body))
    if path is None:
        return None
    template = mapping(at(body, *path))
    found = tuple(
        _container(number, (*path, "spec", group, index), mapping(one), holders)
        for group in ("initContainers", "containers")
        for index, one in enumerate(items(at(template, "spec", group)))
    )
    return Workload(number, body, template, path, found)


def _container(number: int, path: Path, body: Body, holders: Holders) -> Container:
    found = variables(body, (number, path), holders)
    options = given(body, (number, path), found)
    is_jvm = bool(options) or any(map(is_jvm_variable, found.values())) or any(True for _ in command_line(body))
    if starts_with_java(body):
        named = {name for _, _, name in references(body)}
        options = tuple(one for one in options if one.variable in {"", *BY_THE_JVM, *named})
        is_jvm = True
    by_image = bool(_JVM_IMAGE.search(text_at(body, "image").lower()))
    is_init = "initContainers" in path and text_at(body, "restartPolicy") != "Always"
    return Container(number, path, body, found, options, is_jvm or by_image, is_init)


def shown(token: str) -> str:
    """An option as it may be printed: secrets blotted out, of properties and agents the name only."""
    return masked(token) if token.startswith("-X") else token.partition("=")[0]


def finding(
    rule: str,
    severity: Severity,
    about: str,
    spot: Spot,
    because: str,
    *,
    next_step: str = "",
    fix: Change | None = None,
) -> Finding:
    """A finding, in the order in which rules say it."""
    return Finding(rule, severity, about, spot, because, next_step, fix)

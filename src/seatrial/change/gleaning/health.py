"""What the manifests say of health: the port and path of the probes, and the Service that leads there."""

from collections.abc import Iterable

from seatrial.change.gleaning.facts import Facts
from seatrial.change.objects import at, items, mapping, pod_template, text_at
from seatrial.model.writes import Body
from seatrial.plan.writing import LeftOut, Said, Word

HEALTH = ("expect", "health")
PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


def health_words(facts: Facts) -> list[Word]:
    """Port and path of the first probe that asks by HTTP; the Service where it is not called as the workload is."""
    found = next(((name, probe) for name in PROBES if (probe := _http(facts.container, name))), None)
    if found is None:
        return [LeftOut(HEALTH, "no probe asks by HTTP; {port: 8080, path: /healthz} where something answers")]
    name, probe = found
    source = facts.in_container(f"{name}.httpGet")
    if text_at(probe, "scheme").upper() == "HTTPS":
        return [LeftOut(HEALTH, f"{source} asks by HTTPS, which is not spoken through the API server's proxy here")]
    port = port_number(facts.container, probe.get("port"))
    if port is None:
        return [LeftOut(HEALTH, f"{source}.port is {probe.get('port')}, which is no port of the container")]
    named = "" if isinstance(probe.get("port"), int) else f", the port called {probe.get('port')}"
    path = (text_at(probe, "path") or "/").partition("?")[0]
    if "health" not in path:
        how = f"{{port: {port}, path: {path}, status: UP}}"
        return [
            LeftOut(HEALTH, f'{how} where {source}.path answers with {{"status": "UP"}}, as Spring\'s actuator does')
        ]
    said: list[Word] = [
        Said((*HEALTH, "port"), port, f"{source}.port{named}"),
        Said((*HEALTH, "path"), path, f"{source}.path"),
    ]
    return [*said, *_service(facts)]


def port_number(container: Body, written: object) -> int | None:
    """The number of a port, which probes may give by the name that the container has for it."""
    if isinstance(written, int):
        return written
    if isinstance(written, str) and written.isdecimal():
        return int(written)
    named = (mapping(one) for one in items(container.get("ports")))
    numbers = [one.get("containerPort") for one in named if one.get("name") == written]
    return next((one for one in numbers if isinstance(one, int)), None)


def _http(container: Body, probe: str) -> Body:
    return mapping(at(container, probe, "httpGet"))


def _service(facts: Facts) -> list[Word]:
    services = list(_services_before(facts))
    names = [text_at(one, "metadata", "name") for one in services]
    path = (*HEALTH, "service")
    if not names:
        return [LeftOut(path, f"none among the manifests leads to the pods; {facts.ref.name} is asked for")]
    if facts.ref.name in names:
        return []
    return [Said(path, names[0], facts.origin(services[0], "spec.selector"))]


def _services_before(facts: Facts) -> Iterable[Body]:
    """The Services whose selector the pods fit."""
    labels = mapping(at(pod_template(facts.workload), "metadata", "labels"))
    for body in facts.bodies:
        selector = mapping(at(body, "spec", "selector"))
        is_here = text_at(body, "metadata", "namespace") == facts.ref.namespace
        if text_at(body, "kind") == "Service" and is_here and selector and selector.items() <= labels.items():
            yield body

"""From a part of a rendered object to the place in the file that a person edits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.model.findings import Finding, Path, Severity, Spot
from seatrial.model.writes import Body
from seatrial.sources.manifests import bodies
from seatrial.sources.placing import Generated, Placing, Sources
from seatrial.sources.sheets import read_text, sheet

BASE = """kind: Deployment
apiVersion: apps/v1
metadata: {name: rates}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - {name: proxy, image: envoy}
        - name: rates
          image: rates:1
          args: [-Xmx2g, -Xms1g]
"""
PATCH = """kind: Deployment
apiVersion: apps/v1
metadata: {name: rates}
spec:
  template:
    spec:
      containers:
        - name: rates
          image: rates:2
"""


def placed(rendered: str, path: Path, token: str = "", sources: Sources | None = None) -> str:
    """Where a finding about that part of the first rendered object is."""
    given_bodies = bodies(rendered, "rendered")
    texts = sources or Sources((read_text(BASE, "base.yaml"), read_text(PATCH, "patch.yaml")))
    finding = Finding("a-rule", Severity.WARN, "x", Spot(0, path, token), "because")
    return str(Placing(texts, given_bodies).located(finding).position)


CONTAINERS = ("spec", "template", "spec", "containers")


@pytest.mark.parametrize(
    ("rendered", "path", "token", "place"),
    [
        (BASE, ("spec", "replicas"), "", "base.yaml:5:3"),
        (BASE, (*CONTAINERS, 1, "image"), "", "patch.yaml:9:11"),
        (BASE, (*CONTAINERS, 1, "args", 1), "-Xms1g", "base.yaml:12:26"),
        (BASE, (*CONTAINERS, 0, "image"), "", "base.yaml:9:25"),
        (BASE, ("spec", "minReadySeconds"), "", "patch.yaml:4:1"),
        (BASE.replace("{name: rates}", "{name: blue-rates}"), ("spec", "replicas"), "", "base.yaml:5:3"),
        (BASE.replace("{name: rates}", "{name: rates-5h2mg9tbk4}"), ("spec", "replicas"), "", "base.yaml:5:3"),
        (BASE.replace("{name: rates}", "{name: other}"), ("spec", "replicas"), "", "None"),
        (BASE.replace("Deployment", "StatefulSet"), ("spec", "replicas"), "", "None"),
    ],
)
def test_the_place_is_the_file_that_has_the_value(rendered: str, path: Path, token: str, place: str) -> None:
    """A later file is a patch and wins where it says as much; containers are known by their names; prefixes and hashes are seen through."""
    assert placed(rendered, path, token) == place


def test_a_generated_secret_leads_to_its_env_file() -> None:
    """To the key's line, and in it to the flag; what comes from a literal leads to the kustomization."""
    env = sheet("env/x.env", "A=1\nARGS1=-Xms1g -Xmx2g\n")
    sources = Sources((), {("Secret", "rates-env"): Generated((env,))})
    secret = "kind: Secret\napiVersion: v1\nmetadata: {name: rates-env-5h2mg9tbk4}\ndata: {ARGS1: eA==}\n"

    assert placed(secret, ("data", "ARGS1"), "-Xmx2g", sources) == "env/x.env:2:14"
    assert placed(secret, ("data", "ARGS1"), "-Xmx9g", sources) == "env/x.env:2:1"


KEYS = st.sampled_from(["spec", "template", "containers", "name", "data", "x"])
VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=10,
)


@settings(max_examples=60)
@given(VALUES, st.lists(st.one_of(KEYS, st.integers(0, 3)), max_size=5))
def test_any_path_of_any_object_has_a_place_or_none(value: object, path: list[str | int]) -> None:
    """Whatever was rendered."""
    body: Body = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "rates"}, "spec": value}
    finding = Finding("a-rule", Severity.WARN, "x", Spot(0, tuple(path), "x"), "because")
    Placing(Sources((read_text(BASE, "base.yaml"),)), (body,)).located(finding)

"""A plan file: read whole, or refused with the line, the column and the way out of every fault."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.model.plan import Plan, Trigger
from seatrial.plan.document import Fault, FaultyDocumentError
from seatrial.plan.reading import read_plan
from seatrial.plan.schema import json_schema

RUNBOOK = (Path(__file__).parent / "runbook.yaml").read_text()


def faults(text: str) -> list[str]:
    """Every fault as it is printed."""
    with pytest.raises(FaultyDocumentError) as caught:
        read_plan(text, "/plans/plan.yaml")
    return [fault.say("plan.yaml") for fault in caught.value.faults]


def changed(old: str, new: str) -> str:
    """The runbook's plan with one thing changed."""
    assert old in RUNBOOK
    return RUNBOOK.replace(old, new, 1)


def test_the_runbooks_plan_is_read_whole() -> None:
    """Sizes in bytes, times in seconds, every default spelled out."""
    plan = read_plan(RUNBOOK, "/plans/plan.yaml")

    assert plan.target.kustomize == "/plans"
    assert plan.window is not None
    assert (plan.window.from_min, plan.window.until_min, plan.window.timezone) == (120, 240, "Asia/Taipei")
    assert plan.expect.memory.fail_above_bytes == 5905580032
    assert plan.rollout.graces.stuck_creating_s == 120.0
    assert plan.rollback.on[3:] == (
        Trigger("server-errors", above=0.05, lasting_s=120.0),
        Trigger("memory", above=5905580032.0, samples=3),
    )
    assert [one.by_s for one in plan.accept] == [1800.0, 86400.0, 604800.0]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("timeout: 10m", "timeot: 10m", "plan.yaml:22:43: spec.rollout.timeot: unknown field (did you mean timeout?)"),
        ("timeout: 10m", "timeout: soon", "'soon' is not a duration like 90s, 10m, 1h30m or 1w"),
        ("workload: deployment/", "workload: deploy/", "is not deployment/NAME"),
        (
            "commit: a9dffc6",
            "commit: 20251223",
            "20251223 is not a commit id of 4 to 40 hex digits, quoted if all digits",
        ),
        ("Asia/Taipei", "Asia/Taipeh", "'Asia/Taipeh' is no time zone of the tz database"),
        ("pods: {ready: 2,", "pods: {ready: many,", "spec.expect.pods.ready: 'many' is not a whole number"),
        ("days: [tue, wed, thu]", "days: [tue, wednesday]", "'wednesday' is not one of mon, tue"),
        ("days: [tue, wed, thu]", "days: []", "spec.window.days"),
        ("out-of-memory, {server", "out-of-memroy, {server", "(did you mean out-of-memory?)"),
        (
            "{server-errors: 5% for 2m}",
            "{server-error: 5%}",
            'should be {memory: above SIZE} or {server-errors: "SHARE',
        ),
        ("usual: 3Gi to 4.5Gi", "usual: 5Gi to 4.5Gi", "the first size is the larger one"),
        ("min: 2, max: 10", "min: 12, max: 10", "12 is more than max, 10"),
        ("every: 10m", "every: 0s", "would never rest"),
        ("to: baseline", "to: {git: HEAD~1}", "spec.rollback.to: a mapping is not one of baseline"),
        ("kind: Trial", "kind: Trail", "'Trail' is not one of Trial (did you mean Trial?)"),
        ("metadata: {name: exchange-service-oom-fix}\n", "", "plan.yaml:1:1: metadata is missing"),
        ("that: [out-of-memory]", "that: []", "spec.accept[2].that"),
        ("namespace: forex-prod", "namespace: Forex_Prod", "is not a Kubernetes name"),
        ("context: forex-prod", "context: *anchor", "not YAML"),
    ],
)
def test_a_fault_names_its_place_and_the_way_out(old: str, new: str, fault: str) -> None:
    """One thing wrong, one line said."""
    said = faults(changed(old, new))

    assert len(said) == 1
    assert fault in said[0]


def test_all_faults_are_said_at_once() -> None:
    """Nobody should fix a plan fault by fault."""
    text = (
        changed("timeout: 10m", "timeout: soon").replace("port: 10320", "port: 103200").replace("by: 1w", "by: never")
    )

    assert [line.split(": ")[1] for line in faults(text)] == [
        "spec.expect.health.port",
        "spec.rollout.timeout",
        "spec.accept[2].by",
    ]


def test_two_keys_alike_are_refused_with_both_places() -> None:
    """YAML would take the last one in silence."""
    said = faults(changed("    pods: {ready: 2, restarts: 0}\n", "    pods: {ready: 2}\n    pods: {ready: 3}\n"))

    assert said == ["plan.yaml:15:5: spec.expect.pods: is there twice; the first is at 14:5"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the file is empty"),
        ("- a\n- b\n", "should be a mapping"),
        ("a: &x [1]\nb: *x\n", "an alias"),
        ("a: !!python/object:os.system x\n", "the tag tag:yaml.org,2002:python/object:os.system is not taken"),
        ("[" * 5000, "not YAML"),
        ("[" * 40 + "]" * 40, "nested deeper than 32"),
        ("a: 'open\n", "not YAML"),
        ("x" * (1024 * 1024 + 1), "larger than 1 MiB"),
        ("a: \x00\n", "not YAML"),
    ],
)
def test_what_is_no_plan_at_all_is_refused(text: str, fault: str) -> None:
    """Bombs, tags, aliases, depth and size."""
    assert any(fault in line for line in faults(text))


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    """A plan, or faults."""
    read: Plan | tuple[Fault, ...]
    try:
        read = read_plan(text, "/p.yaml")
    except FaultyDocumentError as error:
        read = error.faults

    assert read


def test_the_schema_for_editors_knows_every_field() -> None:
    """It is printed from the same classes."""
    schema = json_schema()

    assert schema["$schema"].endswith("2020-12/schema")
    assert {"target", "window", "expect", "rollout", "rollback", "soak", "accept"} == set(
        schema["$defs"]["SpecPart"]["properties"]
    )
    assert "MemoryTrigger" in str(schema["$defs"]["RollbackPart"]["properties"]["on"])

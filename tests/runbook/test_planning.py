"""From a runbook to a plan: the first users' whole, and others."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.runbook.runbooks import FIRST, OTHERS, first, text_of

from seatrial.plan.reading import read_plan
from seatrial.runbook.accounts import How, unknown
from seatrial.runbook.document import Kind
from seatrial.runbook.planning import draw
from seatrial.runbook.telling import line_by_line, machine, plan_with_account

EVERY = [FIRST, *OTHERS]


def fields(text: str, timezone: str = "") -> dict[str, object]:
    """Every field that the runbook fixes."""
    return {".".join(one.path): one.value for one in draw(text, timezone).facts}


def test_the_first_users_runbook() -> None:
    """Each field that it fixes, and no other."""
    assert fields(first()) == {
        "target.context": "forex-prod",
        "target.namespace": "forex-prod",
        "target.kustomize": ".",
        "target.workload": "deployment/exchange-service",
        "target.commit": "a9dffc6",
        "window.days": ["tue", "wed", "thu"],
        "window.from": "02:00",
        "window.until": "04:00",
        "window.timezone": "Asia/Taipei",
        "expect.before.pods": 1,
        "expect.pods.ready": 2,
        "expect.pods.restarts": 0,
        "expect.autoscaler.name": "exchange-service-hpa",
        "expect.autoscaler.before": "absent",
        "expect.autoscaler.min": 2,
        "expect.autoscaler.max": 10,
        "expect.autoscaler.cpu": "70%",
        "expect.autoscaler.memory": "75%",
        "expect.autoscaler.unknownFor": "5m",
        "expect.jvm.flags": ["-Xms3072m", "-Xmx4096m", "-XX:+UseG1GC", "-XX:+HeapDumpOnOutOfMemoryError"],
        "expect.jvm.gcLog": "/forex/log/exchange-service/gc.log",
        "expect.memory.usual": "3Gi to 4.5Gi",
        "expect.memory.warnAbove": "5Gi",
        "expect.memory.failAbove": "5.5Gi",
        "expect.health.path": "/actuator/health",
        "expect.health.port": 10320,
        "expect.health.status": "UP",
        "expect.logs.absent": ["OutOfMemoryError"],
        "rollout.reach": "stamp",
        "rollout.stuckAfter": "2m",
        "rollback.to": "baseline",
        "rollback.on": [
            "rollout-failed",
            "crash-loop",
            "out-of-memory",
            {"server-errors": "5% for 2m"},
            {"memory": "above 5.5Gi", "samples": 3},
        ],
        "soak.for": "1h",
        "soak.every": "10m",
        "accept": [
            {"by": "30m", "that": ["pods", "autoscaler", "jvm", "out-of-memory", "memory", "health"]},
            {"by": "24h", "that": ["out-of-memory", "restarts", "autoscaler", "gc-log"]},
            {"by": "1w", "that": ["out-of-memory"]},
        ],
    }


def test_an_english_runbook_of_the_same_kind() -> None:
    """Other names and figures; its targets are named, its start-up line quoted, its zone said: nothing is a guess."""
    drawn = draw(text_of("rates.en.md"))
    found = {".".join(one.path): one.value for one in drawn.facts}

    assert len(list(unknown(drawn.accounts))) * 10 <= len(drawn.accounts)
    assert not any("GUESS" in one.note for one in drawn.facts)
    assert (found["target.context"], found["target.commit"]) == ("rates-prod", "c0ffee12")
    assert (found["window.days"], found["window.timezone"]) == (["tue", "wed", "thu"], "Asia/Singapore")
    assert (found["expect.before.pods"], found["expect.pods.ready"]) == (2, 3)
    assert (found["expect.autoscaler.min"], found["expect.autoscaler.memory"]) == (3, "80%")
    assert found["expect.autoscaler.unknownFor"] == "5m"
    assert found["expect.jvm.flags"] == ["-Xms2g", "-Xmx3g", "-XX:+UseG1GC"]
    assert found["expect.jvm.gcLog"] == "/var/log/rates/gc.log"
    assert (found["expect.memory.usual"], found["expect.memory.failAbove"]) == ("2Gi to 3Gi", "3.8Gi")
    assert (found["expect.health.port"], found["expect.logs.present"]) == (8080, ["Started RatesApplication"])
    assert (found["rollout.stuckAfter"], found["rollout.timeout"]) == ("3m", "8m")
    assert (found["soak.for"], found["soak.every"]) == ("2h", "15m")
    assert found["accept"] == [
        {"by": "30m", "that": ["pods", "autoscaler", "jvm", "memory", "health"]},
        {"by": "24h", "that": ["out-of-memory", "restarts", "gc-log"]},
        {"by": "1w", "that": ["out-of-memory"]},
    ]


def test_the_plan_asks_for_what_the_demo_proves() -> None:
    """The demo's plan, written by hand from the same runbook, is carried out to its end on a real cluster: the two agree."""
    written = read_plan((FIRST.parent / "plan.yaml").read_text(encoding="utf-8"), "/demo/plan.yaml")
    drawn = read_plan(draw(first()).plan, "/demo/plan.yaml")

    assert replace(drawn.target, commit="") == written.target
    assert replace(drawn.expect, log_present=written.expect.log_present) == written.expect
    assert (drawn.rollout, drawn.rollback) == (written.rollout, written.rollback)
    assert (drawn.soak.lasts_s, drawn.soak.every_s) == (3600.0, 600.0)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_every_plan_is_valid(path: Path) -> None:
    """With its account behind it too."""
    text = plan_with_account(draw(path.read_text(encoding="utf-8")))

    assert read_plan(text, "/plan.yaml").target.namespace


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_every_line_is_accounted_for_once(path: Path) -> None:
    """Understood or listed; and a field's lines are lines of the text."""
    text = path.read_text(encoding="utf-8")
    drawn = draw(text)
    written = [number for number, line in enumerate(text.split("\n"), 1) if line.strip()]

    assert [one.line for one in drawn.accounts] == written
    assert {line for one in drawn.facts for line in one.lines} <= set(written)
    assert all(one.says or one.rules or one.how is How.FIELD for one in drawn.accounts)


def test_at_most_a_tenth_of_the_first_users_runbook_is_listed() -> None:
    """And what is listed stands in the plan's end with its line."""
    drawn = draw(first())
    listed = [one.line for one in unknown(drawn.accounts)]
    text = plan_with_account(drawn)

    assert len(listed) * 10 <= len(drawn.accounts)
    assert all(f"# runbook:{line}  " in text for line in listed)


def test_the_same_text_gives_the_same_plan() -> None:
    """Letter by letter."""
    assert plan_with_account(draw(first())) == plan_with_account(draw(first()))
    assert machine(draw(first())) == machine(draw(first()))


def test_every_field_names_its_line() -> None:
    """Or says that it is a guess, a default or to be filled in."""
    plan = draw(first()).plan
    body = plan.partition("spec:\n")[2].splitlines()
    bare = []
    for before, line in zip(["", *body], body, strict=False):
        is_field = re.match(r"^\s+(?!-)\w+: \S", line) or line.rstrip().endswith(("on:", "accept:"))
        if is_field and not re.search(r"# .*(runbook:\d|GUESS|default|TO BE)", line + before):
            bare.append(line)

    assert bare == []


def test_nothing_is_guessed_silently() -> None:
    """Where the text has no figure, the plan says so."""
    notes = {".".join(one.path): one.note for one in draw(first()).facts}

    assert "GUESS" in notes["window.timezone"]
    assert "GUESS" in notes["expect.autoscaler.cpu"]
    assert "no number" in notes["rollback.on"]
    assert "confirm" in notes["expect.memory.failAbove"]
    assert "similar name" in notes["target.context"]


def test_a_time_zone_is_taken_from_the_text_or_from_the_option() -> None:
    """Otherwise there is no window, and the hours' line is listed."""
    assert fields(text_of("helm.md"))["window.timezone"] == "Europe/Berlin"
    assert fields(text_of("nginx.md"), "America/New_York")["window.from"] == "21:00"
    drawn = draw(text_of("nginx.md"))
    assert not any(one.path[0] == "window" for one in drawn.facts)
    assert "give --timezone" in drawn.plan
    assert 6 in [one.line for one in unknown(drawn.accounts)]
    assert not any(one.path[0] == "window" for one in draw(text_of("orders.zh-CN.md")).facts)


def test_what_a_runbook_does_not_have_is_to_be_filled_in() -> None:
    """A text without a single command still gives a valid plan that says so."""
    drawn = draw("# Hello\n\nNothing here.\n")

    assert drawn.plan.count("TO BE FILLED IN") == 3
    assert read_plan(drawn.plan, "/plan.yaml").target.context == "name-of-your-context"


def test_a_database_upgrade_is_mostly_not_understood() -> None:
    """Nothing of pg_upgrade is taken for a rollout; its loops are not followed."""
    drawn = draw(text_of("postgresql.md"))
    listed = {one.line for one in unknown(drawn.accounts)}

    assert {13, 14, 19, 20, 24, 28, 33, 39, 43} <= listed


def test_a_table_of_checks_gives_fields() -> None:
    """Commands in cells, what is expected in the next one."""
    found = fields(text_of("nginx.md"))

    assert (found["expect.pods.ready"], found["expect.health.path"], found["expect.health.port"]) == (
        3,
        "/healthz",
        8080,
    )
    assert found["soak.for"] == "30m"
    assert found["rollback.on"] == ["rollout-failed", "crash-loop", "out-of-memory", {"server-errors": "2% for 5m"}]


def test_a_value_that_the_schema_refuses_is_left_out_with_the_reason() -> None:
    """The runbook's word is named, and not written."""
    drawn = draw("# X\n```bash\nkubectl get pods -n Bad_Name\nkubectl rollout status deployment/web -n Bad_Name\n```\n")

    assert "# namespace: runbook:3,4:" in drawn.plan
    assert read_plan(drawn.plan, "/plan.yaml").target.namespace == "default"


def test_no_secret_of_a_runbook_is_repeated() -> None:
    """Neither from a command nor from a line that is listed."""
    text = (
        "# X\n```bash\ncurl -u admin:hunter2secret https://u:hunter2secret@x.org/orders\n"
        "export DB_PASSWORD=hunter2secret\n```\npassword: hunter2secret\n"
    )
    drawn = draw(text)

    assert "hunter2secret" not in plan_with_account(drawn) + machine(drawn) + line_by_line(drawn)


def test_a_sentence_over_two_lines_is_one_sentence() -> None:
    """Both lines have its account; a line with a key of its own begins anew."""
    drawn = draw("# X\n\nAll pods of the new version are\nRunning and ready.\n\nOwner: me\nPods: 3 pods Running\n")
    how = {one.line: (one.how, one.says) for one in drawn.accounts}

    assert how[3] == how[4]
    assert how[3][0] is How.RULE
    assert how[6][0] is How.UNKNOWN
    assert how[7][0] is How.RULE


LINES = st.sampled_from(first().split("\n") + text_of("helm.md").split("\n"))


@settings(max_examples=40, deadline=None)
@given(st.lists(LINES, max_size=40))
def test_any_text_gives_a_valid_plan(lines: list[str]) -> None:
    """Lines in any order: each is accounted for, and the plan is valid."""
    drawn = draw("\n".join(lines))

    assert len(drawn.accounts) == sum(one.kind is not Kind.BLANK for one in drawn.reading.document.lines)
    assert read_plan(plan_with_account(drawn), "/plan.yaml").name == drawn.name

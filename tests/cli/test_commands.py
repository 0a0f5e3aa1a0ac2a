"""Commands as they are typed: what is printed where, and the exit code of whatever happens."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.journals import PLAN, RUN, healthy, held, oom_rollback, refusal

from seatrial import __version__
from seatrial.cli.main import COMMANDS, run
from seatrial.journal.codec import encode
from seatrial.journal.runs import RunDirectory
from seatrial.model.events import Entry

RUNBOOK = (Path(__file__).parent.parent / "plan" / "runbook.yaml").read_text()
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, no kubeconfig, and the test's directory as the working directory."""
    place = tmp_path / "home"
    monkeypatch.setenv("SEATRIAL_HOME", str(place))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    monkeypatch.chdir(tmp_path)
    return place


def recorded(home: Path, entries: list[Entry], name: str = RUN) -> RunDirectory:
    """A run on the disk, as if it had been carried out here."""
    directory = RunDirectory(home / "runs" / name)
    directory.make(PLAN)
    directory.journal.write_bytes(b"".join(encode(entry) for entry in entries))
    return directory


def plan_file(text: str = RUNBOOK) -> str:
    """A plan in the working directory."""
    Path("plan.yaml").write_text(text)
    return "plan.yaml"


def kubeconfig_of(server: str) -> str:
    """A kubeconfig whose one context is the plan's."""
    Path("kubeconfig").write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: forex-prod\n"
        "contexts: [{name: forex-prod, context: {cluster: it, user: me}}]\n"
        f"clusters: [{{name: it, cluster: {{server: '{server}'}}}}]\n"
        "users: [{name: me, user: {token: not-to-be-printed}}]\n"
    )
    return "kubeconfig"


def closed_port() -> int:
    """A port of the loopback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


# ── check and schema


def test_check_of_a_good_plan_says_what_it_will_change(capsys: Capture) -> None:
    """On stdout, in one line."""
    assert run(["check", plan_file()]) == 0

    printed = capsys.readouterr()
    assert printed.out == (
        "plan.yaml: valid; exchange-service-oom-fix changes deployment/exchange-service in forex-prod\n"
    )
    assert printed.err == f"{Path.cwd()} has no kustomization: the manifests were not looked at\n"


def test_check_names_file_line_and_column_of_every_fault(capsys: Capture) -> None:
    """On stderr; stdout stays empty for pipes."""
    text = RUNBOOK.replace("timeout: 10m", "timeot: 10m").replace("restarts: 0", "restarts: none")

    assert run(["check", plan_file(text)]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "2 fault(s) in the plan; nothing was touched" in printed.err
    assert "plan.yaml:14:22: spec.expect.pods.restarts: 'none' is not a whole number" in printed.err
    assert "plan.yaml:22:43: spec.rollout.timeot: unknown field (did you mean timeout?)" in printed.err


@pytest.mark.parametrize("command", ["check", "deploy"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\n" * 1_000_000, "larger than 1 MiB"),
        (b"\xff\xfe", "not UTF-8 text, at byte 0"),
        (b"a: [", "not YAML"),
        (b"a: 1\na: 2\n", "is there twice"),
        (None, "No such file"),
    ],
    ids=["5 MB", "binary", "broken", "two keys alike", "absent"],
)
def test_what_is_no_plan_is_refused_before_anything_else(
    command: str, content: bytes | None, said: str, home: Path, capsys: Capture
) -> None:
    """Exit code 2, no run begun, the cluster not asked."""
    if content is not None:
        Path("plan.yaml").write_bytes(content)

    assert run([command, "plan.yaml"]) == 2

    assert said in capsys.readouterr().err
    assert not home.exists()


def test_schema_prints_json_schema(capsys: Capture) -> None:
    """For editors; nothing else on stdout."""
    assert run(["schema"]) == 0

    assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/PlanFile"


# ── readers of a journal


def test_status_says_what_is_owed_and_what_comes_next(home: Path, capsys: Capture) -> None:
    """Of a run that waits for a person."""
    recorded(home, held())

    assert run(["status"]) == 0

    said = capsys.readouterr().out
    assert RUN in said
    assert "Owed:          a rollback, until the run is settled" in said
    assert "seatrial approve" in said


def test_a_run_is_found_by_the_beginning_of_its_id(home: Path, capsys: Capture) -> None:
    """The newest one where none is named."""
    recorded(home, healthy(), "20261124-180258-shop-aaaa")
    recorded(home, refusal(), "20261125-180258-shop-bbbb")

    assert run(["status", "20261124"]) == 0
    assert "accepted" in capsys.readouterr().out.lower()
    assert run(["status"]) == 0
    assert "refused" in capsys.readouterr().out.lower()


@pytest.mark.parametrize("command", ["status", "report", "resume", "rollback", "approve", "abort", "retry"])
def test_an_unknown_run_is_refused_by_name(command: str, home: Path, capsys: Capture) -> None:
    """With where was looked, and how to list them."""
    recorded(home, healthy())

    assert run([command, "19990101"]) == 2

    assert f"no run 19990101 under {home / 'runs'}; `seatrial runs` lists them" in capsys.readouterr().err


def test_no_run_yet_is_said_as_such(capsys: Capture) -> None:
    """`runs` is no error; `status` has nothing to show."""
    assert run(["runs"]) == 0
    assert capsys.readouterr().out == "no runs yet; `seatrial deploy PLAN` makes one\n"
    assert run(["status"]) == 2
    assert "no run yet under" in capsys.readouterr().err


def test_runs_are_listed_newest_first(home: Path, capsys: Capture) -> None:
    """In kubectl's columns."""
    recorded(home, healthy(), "20261124-180258-shop-aaaa")
    recorded(home, oom_rollback(), "20261125-180258-shop-bbbb")

    assert run(["runs"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NAME", "PLAN", "NAMESPACE", "WORKLOAD", "PHASE", "OWED", "AGE", "VERDICT"]
    assert "rolled back" in lines[1]
    assert "accepted" in lines[2]


@pytest.mark.parametrize(
    ("output", "begins"),
    [("html", "<!doctype html>"), ("markdown", "# "), ("json", "{"), ("junit", "<?xml"), ("log", "")],
)
def test_a_report_in_every_form(output: str, begins: str, home: Path, capsys: Capture) -> None:
    """To stdout, or to a file."""
    recorded(home, oom_rollback())

    assert run(["report", "-o", output]) == 0
    printed = capsys.readouterr().out
    assert run(["report", "-o", output, "-f", "report.out"]) == 0

    assert printed.lower().startswith(begins)
    assert printed.strip()
    assert Path("report.out").read_text() == printed
    assert capsys.readouterr().out == ""


def test_a_broken_journal_is_named_by_line(home: Path, capsys: Capture) -> None:
    """Nothing after a broken line can be trusted."""
    directory = recorded(home, healthy())
    lines = directory.journal.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b'"', b"'", 1)
    directory.journal.write_bytes(b"\n".join(lines))

    assert run(["status"]) == 2

    assert f"{directory.journal}:3: " in capsys.readouterr().err


def test_an_ended_run_is_not_gone_on_with(home: Path, capsys: Capture) -> None:
    """Neither resumed nor taken back: what it needed is gone."""
    recorded(home, oom_rollback())

    assert run(["resume"]) == 2
    assert "has ended" in capsys.readouterr().err
    assert run(["rollback"]) == 2
    assert "go back by git" in capsys.readouterr().err


# ── words for a run


def test_a_word_is_left_for_whoever_goes_on(home: Path, capsys: Capture) -> None:
    """As a file in the run's inbox; the journal is not touched."""
    directory = recorded(home, held())
    before = directory.journal.read_bytes()

    assert run(["approve", "--because", "looks right"]) == 0

    assert "no process drives it now, `seatrial resume" in capsys.readouterr().out
    assert len(list(directory.inbox.iterdir())) == 1
    assert directory.journal.read_bytes() == before


@pytest.mark.parametrize("command", ["approve", "abort", "retry"])
def test_an_ended_run_is_told_nothing(home: Path, capsys: Capture, command: str) -> None:
    """Nobody would ever hear it, and the one who said it would think that it was done."""
    directory = recorded(home, oom_rollback())

    assert run([command]) == 2

    assert "has ended: rolled back" in capsys.readouterr().err
    assert list(directory.inbox.iterdir()) == []


def test_keep_wants_a_reason(home: Path, capsys: Capture) -> None:
    """Nothing is owed after it."""
    directory = recorded(home, held())

    assert run(["abort", "--keep"]) == 2

    assert "--keep needs --because" in capsys.readouterr().err
    assert list(directory.inbox.iterdir()) == []


# ── explain


def test_every_rule_can_be_explained(capsys: Capture) -> None:
    """The list is made of names that `explain` takes."""
    assert run(["explain", "--list"]) == 0
    names = capsys.readouterr().out.split()

    assert len(names) > 20
    for name in names:
        assert run(["explain", name]) == 0
        assert name in capsys.readouterr().out


def test_an_unknown_rule_is_refused(capsys: Capture) -> None:
    """With the way to the names."""
    assert run(["explain", "no-such-rule"]) == 2

    assert "no rule is called no-such-rule" in capsys.readouterr().err


# ── the cluster that is not there


def test_a_server_that_does_not_answer_is_exit_code_7(capsys: Capture) -> None:
    """The server is named, the token is not."""
    server = f"https://127.0.0.1:{closed_port()}"

    assert run(["deploy", plan_file(), "--yes", "--kubeconfig", kubeconfig_of(server)]) == 7

    said = capsys.readouterr()
    assert server in said.err
    assert "Nothing was touched." in said.err
    assert "not-to-be-printed" not in said.err + said.out


def test_no_kubeconfig_is_a_wrong_command_line(tmp_path: Path, capsys: Capture) -> None:
    """Exit code 2, with the place where it was looked for and the ways to name one."""
    assert run(["deploy", plan_file(), "--yes"]) == 2

    said = capsys.readouterr().err
    assert (
        f"No kubeconfig at {tmp_path / 'no-kubeconfig'}: name one with --kubeconfig, or set KUBECONFIG. Nothing was touched."
        in said
    )


def test_a_run_that_is_owed_stays_owed_where_the_cluster_is_gone(home: Path, capsys: Capture) -> None:
    """Exit code 5: a person is needed, and the run can be resumed."""
    recorded(home, held())
    server = f"https://127.0.0.1:{closed_port()}"

    assert run(["resume", "--kubeconfig", kubeconfig_of(server)]) == 5

    assert "A rollback is owed" in capsys.readouterr().err


# ── the command line itself


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["depoly"], "No such command 'depoly'"),
        (["check"], "Missing argument 'PLAN'"),
        (["check", "--nonsense", "x"], "No such option"),
        (["report", "-o", "pdf"], "'pdf' is not one of"),
        ([], "Usage: seatrial"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2(argv: list[str], said: str, capsys: Capture) -> None:
    """As every kubectl user expects."""
    assert run(argv) == 2

    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(flag: str, capsys: Capture) -> None:
    """Each with its one line."""
    assert run([flag]) == 0

    said = capsys.readouterr().out
    for name, (_, line) in COMMANDS.items():
        assert f"  {name} " in said
        assert line.split(":")[0].split(";")[0][:40] in said


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_of_its_own(name: str, capsys: Capture) -> None:
    """So its module can be imported, and its command is there."""
    assert run([name, "-h"]) == 0

    assert f"Usage: seatrial {name}" in capsys.readouterr().out


def test_version_imports_next_to_nothing() -> None:
    """Neither click nor anything of ours but the version."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "seatrial", "--version"], capture_output=True, text=True, check=True
    )

    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines() if line.startswith("import time")}
    assert told.stdout == f"seatrial {__version__}\n"
    assert {name for name in imported if name.startswith("seatrial")} == {"seatrial"}
    assert not imported & {"click", "msgspec", "asyncio", "yaml"}


def test_status_needs_neither_click_nor_yaml(home: Path, capsys: Capture) -> None:
    """Somebody has it in a shell prompt; what it prints is the same as by the long way."""
    recorded(home, healthy())
    assert run(["status"]) == 0
    by_the_long_way = capsys.readouterr().out

    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "seatrial", "status"], capture_output=True, text=True, check=True
    )

    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines() if line.startswith("import time")}
    assert not imported & {"click", "yaml", "asyncio"}
    assert told.stdout.splitlines()[0] == by_the_long_way.splitlines()[0]


@pytest.mark.parametrize("words", [["status", "19990101"], ["status", "--nonsense"], ["status", "a", "b"]])
def test_a_wrong_status_is_refused_by_the_short_way_too(words: list[str]) -> None:
    """Exit code 2, as everywhere."""
    told = subprocess.run([sys.executable, "-m", "seatrial", *words], capture_output=True, text=True, check=False)

    assert told.returncode == 2
    assert told.stdout == ""
    assert "Error: " in told.stderr


def test_a_closed_pipe_is_no_bug() -> None:
    """`seatrial explain --list | head -1` ends in silence."""
    reader = subprocess.Popen(
        [sys.executable, "-m", "seatrial", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    reader.stdout.close()
    _, said = reader.communicate(timeout=30)

    assert "Traceback" not in (said or "")

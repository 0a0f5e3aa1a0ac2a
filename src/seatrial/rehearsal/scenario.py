"""Makes the git repository that a demo or a test deploys from: the state before, the change, and the fault in it."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from seatrial.rehearsal.programs import require
from seatrial.rehearsal.troubles import MachineLacks, RehearsalError

BACKUP = "data/backup/20251223_135549"
BACKED_UP = ("deployment.yml", "env/forex.env", "kustomization.yml")
NAMESPACE = "forex-prod"
CONTEXT = "forex-prod"
GIT_TIMEOUT_S = 30


class Variant(StrEnum):
    """How large: the runbook's sizes, or sizes with which a run takes seconds."""

    PRODUCTION = "production"
    SMALL = "small"


class Fault(StrEnum):
    """What is wrong with the change."""

    NONE = "none"
    OOM = "oom"
    CRASH = "crash"
    LEAK = "leak"
    IMAGE = "image"
    SECRET_KEY = "secret-key"  # noqa: S105 - the name of a fault
    SLOW = "slow"
    ERRORS = "5xx"
    HANG = "hang"


@dataclass(frozen=True)
class Setting:
    """Where it is to be deployed, and which image; the defaults are the runbook's."""

    context: str = CONTEXT
    namespace: str = NAMESPACE
    image_tag: str = "1.0"


@dataclass(frozen=True)
class Repository:
    """A git repository whose newest commit is the change; `plan.yaml` lies beside the manifests, outside of git."""

    path: Path
    before_commit: str
    after_commit: str

    @property
    def plan(self) -> Path:
        """The plan that carries out the change."""
        return self.path / "plan.yaml"


@dataclass(frozen=True)
class Edit:
    """One piece of text in one file, replaced; it must be there exactly once."""

    file: str
    old: str
    new: str


DEPLOYMENT = "deployment.yml"
ENVIRONMENT = "env/forex.env"

# Halves the CPU time of a start: 2.4 s instead of 4.5 s, where several pods share two cores.
QUICK_START = "-XX:TieredStopAtLevel=1"
SMALL_EDITS = (
    Edit(DEPLOYMENT, "cpu: 400m", "cpu: 200m"),
    Edit(DEPLOYMENT, "memory: 4Gi", "memory: 384Mi"),
    Edit(DEPLOYMENT, "memory: 6Gi", "memory: 384Mi"),
    Edit(
        DEPLOYMENT,
        "initialDelaySeconds: 45\n            periodSeconds: 5",
        "initialDelaySeconds: 3\n            periodSeconds: 1",
    ),
    Edit(DEPLOYMENT, "initialDelaySeconds: 120", "initialDelaySeconds: 30"),
    Edit(ENVIRONMENT, "HISTORY_RESERVE_MIB=3584", "HISTORY_RESERVE_MIB=112"),
    # At rest for a minute, then quickly past the limit: creeping up to it, the kernel reclaims for half a minute first.
    Edit(ENVIRONMENT, "LOAD_HISTORY_AFTER_S=5", "LOAD_HISTORY_AFTER_S=60"),
)
SMALL_BEFORE = (Edit(ENVIRONMENT, "-Xms1024m -Xmx10240m", f"-Xms64m -Xmx640m {QUICK_START}"),)
SMALL_AFTER = (Edit(ENVIRONMENT, "-Xms3072m -Xmx4096m", f"-Xms64m -Xmx128m {QUICK_START}"),)

ALWAYS_THERE = "LOAD_REQUESTS_PER_S="
USE_OF_A_MISSING_KEY = """          env:
            - name: ARCHIVE_TOKEN
              valueFrom:
                secretKeyRef:
                  name: exchange-service-env
                  key: ARCHIVE_TOKEN
          envFrom:
"""


def make_repository(directory: Path, variant: Variant, fault: Fault, setting: Setting | None = None) -> Repository:
    """Commit the state before and the change; the same arguments give the same commit ids."""
    setting = setting or Setting()
    demo = demo_directory()
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "--quiet", "--initial-branch=main")
    _write_before(demo, directory, variant, setting)
    before = _commit(directory, "Exchange service as it runs in production", "2025-12-01T09:00:00+08:00")
    _write_after(demo, directory, variant, fault, setting)
    after = _commit(
        directory,
        "Fix the out-of-memory kills: two replicas, an autoscaler, a bounded heap",
        "2025-12-23T13:58:00+08:00",
    )
    _write_plan(demo, directory, variant, setting, after)
    return Repository(directory, before, after)


def export(repository: Repository, commit: str, directory: Path) -> None:
    """Write the files of one commit into a directory of their own."""
    directory.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=BytesIO(git(repository.path, "archive", "--format=tar", commit))) as archive:
        archive.extractall(directory, filter="data")


def demo_directory() -> Path:
    """Where the demo's sources lie: in the clone, beside `src`."""
    demo = Path(__file__).resolve().parents[3] / "demo"
    if not demo.is_dir():
        raise MachineLacks(f"The demo's sources are not at {demo}: run it from a clone of the project.")
    return demo


def apply_edits(directory: Path, edits: Sequence[Edit]) -> None:
    """Apply each edit; a text that is not there exactly once is a mistake in the demo, and said so."""
    for edit in edits:
        file = directory / edit.file
        text = file.read_text()
        if text.count(edit.old) != 1:
            raise RehearsalError(
                f"{file} has {text.count(edit.old)} times {edit.old!r}, expected once: mend scenario.py."
            )
        file.write_text(text.replace(edit.old, edit.new))


def fault_edits(fault: Fault, variant: Variant) -> tuple[Edit, ...]:
    """What the change has to get wrong for that fault."""
    small = variant is Variant.SMALL
    match fault:
        case Fault.NONE:
            return ()
        case Fault.OOM:
            return (_variables(FAULT_NATIVE_LEAK_MIB_PER_S=512 if small else 1024),)
        case Fault.CRASH:
            # The usual companion of -Xloggc, which no JVM since 9 knows.
            return (Edit(ENVIRONMENT, "-XX:+UseG1GC", "-XX:+UseG1GC -XX:+PrintGCDateStamps"),)
        case Fault.LEAK:
            rate, after_s = (8, 40) if small else (300, 65)
            return (_variables(FAULT_HEAP_LEAK_MIB_PER_S=rate, FAULT_HEAP_LEAK_AFTER_S=after_s),)
        case Fault.IMAGE:
            return (Edit(DEPLOYMENT, "image: exchange-service:", "image: exchange-service:unbuilt-"),)
        case Fault.SECRET_KEY:
            return (Edit(DEPLOYMENT, "          envFrom:\n", USE_OF_A_MISSING_KEY),)
        case Fault.SLOW:
            return (_variables(FAULT_START_DELAY_S=15 if small else 60),)
        case Fault.ERRORS:
            return (_variables(FAULT_ERROR_SHARE=0.5),)
        case Fault.HANG:
            return (_variables(FAULT_HEALTH_HANG_AFTER_S=0),)


def git(directory: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> bytes:
    """Run git, apart from the user's own settings."""
    apart = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        [require("git", "install git"), *arguments],
        cwd=directory,
        env={**inherited, **apart, **(environment or {})},
        capture_output=True,
        timeout=GIT_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise RehearsalError(
            f"git {arguments[0]} failed in {directory}: {done.stderr.decode(errors='replace').strip()}"
        )
    return done.stdout


def _write_before(demo: Path, directory: Path, variant: Variant, setting: Setting) -> None:
    shutil.copytree(demo / "manifests" / "before", directory, dirs_exist_ok=True)
    _adapt(directory, SMALL_BEFORE, variant, setting)


def _write_after(demo: Path, directory: Path, variant: Variant, fault: Fault, setting: Setting) -> None:
    """The change as the runbook has it: the backup of what it replaces, then the new files."""
    for name in BACKED_UP:
        kept = directory / BACKUP / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(directory / name, kept)
    shutil.copytree(demo / "manifests" / "after", directory, dirs_exist_ok=True)
    _adapt(directory, SMALL_AFTER, variant, setting)
    apply_edits(directory, fault_edits(fault, variant))


def _adapt(directory: Path, sizes: Sequence[Edit], variant: Variant, setting: Setting) -> None:
    if variant is Variant.SMALL:
        apply_edits(directory, [*SMALL_EDITS, *sizes])
    apply_edits(
        directory,
        [
            Edit("kustomization.yml", f"namespace: {NAMESPACE}", f"namespace: {setting.namespace}"),
            Edit(DEPLOYMENT, "image: exchange-service:1.0", f"image: exchange-service:{setting.image_tag}"),
        ],
    )


def _write_plan(demo: Path, directory: Path, variant: Variant, setting: Setting, commit: str) -> None:
    """Outside of git: it names the commit, which a file in that commit could not."""
    template = {Variant.PRODUCTION: "plan.yaml", Variant.SMALL: "plan-small.yaml"}[variant]
    shutil.copy(demo / template, directory / "plan.yaml")
    apply_edits(
        directory,
        [
            Edit("plan.yaml", f"context: {CONTEXT}", f"context: {setting.context}"),
            Edit("plan.yaml", f"namespace: {NAMESPACE}", f"namespace: {setting.namespace}"),
            Edit("plan.yaml", "kustomize: .\n", f'kustomize: .\n    commit: "{commit[:10]}"\n'),
        ],
    )
    (directory / ".git" / "info").mkdir(exist_ok=True)
    (directory / ".git" / "info" / "exclude").write_text("plan.yaml\n")


def _commit(directory: Path, subject: str, date: str) -> str:
    """With fixed names and dates, so that commit ids are the same everywhere."""
    who = {"NAME": "Exchange team", "EMAIL": "exchange@forex.example", "DATE": date}
    environment = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in who.items()}
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--no-gpg-sign", "--message", subject, environment=environment)
    return git(directory, "rev-parse", "HEAD").decode().strip()


def _variables(**variables: float) -> Edit:
    """More lines for the environment file, ahead of one that is always there."""
    lines = "".join(f"{name}={value}\n" for name, value in variables.items())
    return Edit(ENVIRONMENT, ALWAYS_THERE, lines + ALWAYS_THERE)

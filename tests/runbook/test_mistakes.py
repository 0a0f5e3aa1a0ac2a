"""What runbooks get wrong: each kind in words that are not the first users', and its sound sister without it."""

import pytest
from tests.runbook.runbooks import first, text_of

from seatrial.runbook.mistakes import MISTAKES, mistakes
from seatrial.runbook.reading import read_runbook

WRONG: dict[str, tuple[str, str]] = {
    "unhashed-secret": (
        "## Deploy\n```bash\nkubectl apply -k .\n# Expected output:\n# configmap/web-env configured\n"
        "# deployment.apps/web configured\n```\n",
        "## Deploy\n```bash\nkubectl apply -k .\n# Expected output:\n# configmap/web-env-7f9k4t2c5m configured\n```\n",
    ),
    "events-show-no-oom-kill": (
        "## Verify\n```bash\nkubectl get events -n shop | grep OOMKilled\n```\n",
        "## Verify\n```bash\nkubectl get events -n shop\n```\n- [ ] No OOM\n",
    ),
    "exec-sees-one-pod": (
        "```bash\nkubectl -n shop exec deploy/cart -- ls /data\n```\n",
        "```bash\nkubectl -n shop exec cart-5d8-x2 -- ls /data\n```\n",
    ),
    "environment-is-no-proof": (
        "```bash\nkubectl exec cart-1 -- printenv JAVA_OPTS\n```\n",
        "```bash\nkubectl exec cart-1 -- jcmd 1 VM.flags\n```\n",
    ),
    "memory-at-once": (
        "## Verify\n- Memory should be 2GB at once (Xms 2GB)\n",
        "## Verify\n- Memory should be 2GB at once (Xms 2GB, AlwaysPreTouch)\n",
    ),
    "autoscaler-never-comes-back": (
        "JVM flags: -Xmx2g\n\n- HPA: memory target 80%\n",
        "JVM flags: -Xmx2g\n\n- HPA: cpu target 80%\n",
    ),
    "autoscaler-deleted-late": (
        "## Rollback\n```bash\nkubectl apply -f old.yaml\nkubectl delete hpa cart\n```\n",
        "## Rollback\n```bash\nkubectl delete hpa cart\nkubectl apply -f old.yaml\n```\n",
    ),
    "git-revert-head": (
        "## 回滾\n```bash\ngit reset --hard HEAD~1\n```\n",
        "## 回滾\n```bash\ngit revert 4f2c9d1\n```\n",
    ),
    "undo-keeps-the-rest": (
        "## Deploy\n```bash\nkubectl apply -k .\n```\n## Rollback\n```bash\nkubectl rollout undo deploy/cart\n```\n",
        "## Deploy\n```bash\nkubectl set image deploy/cart c=c:2\n```\n## Rollback\n```bash\nkubectl rollout undo deploy/cart\n```\n",
    ),
    "relative-path-after-cd": (
        "```bash\ncd ~/ops\nSAVED=backups/today\ncd ~/deploy\ncp ${SAVED}/a.yaml .\n```\n",
        "```bash\ncd ~/ops\nSAVED=~/ops/backups/today\ncd ~/deploy\ncp ${SAVED}/a.yaml .\n```\n",
    ),
    "ticked-before": (
        "## Pre-flight\n- [ ] cluster access\n## Success criteria\n- [x] pods Running\n",
        "## Pre-flight\n- [x] cluster access\n## Success criteria\n- [x] pods Running\n",
    ),
    "head-keeps-the-oldest": (
        "```bash\nkubectl get events --sort-by=.metadata.creationTimestamp | head -n 20\n```\n",
        "```bash\nkubectl get events --sort-by=.metadata.creationTimestamp | tail -n 20\n```\n",
    ),
    "threshold-said-twice": (
        "## Rollback triggers\n- Memory > 3Gi\n## Alerts\n- Memory > 3Gi: warn\n",
        "## Rollback triggers\n- Memory > 3Gi\n## Alerts\n- Memory > 2.5Gi: warn\n",
    ),
    "percent-disagrees": (
        "- Memory above 1.5GiB (80% of 2GiB limit)\n",
        "- Memory above 1.6GiB (80% of 2GiB limit)\n",
    ),
    "decimal-units": (
        "- Memory below 2GB\n```bash\nkubectl top pods\n```\n",
        "- Memory below 2GiB\n```bash\nkubectl top pods\n```\n",
    ),
    "logs-of-current-containers": (
        "```bash\nkubectl logs -l app=cart --tail=100\n```\n",
        "```bash\nkubectl logs -l app=cart --previous\n```\n",
    ),
    "rescale-never-comes": (
        "## Preparation\n- deployment.yml (replicas: 3)\n## Verify\n- SuccessfulRescale from 1 to 3\n",
        "## Verify\n- SuccessfulRescale from 1 to 3\n",
    ),
    "silence-is-no-answer": (
        "```bash\nkubectl get pdb | grep cart\n# Expected: no output\n```\n",
        "```bash\nkubectl get pdb\n# Expected: no output\n```\n",
    ),
    "no-time-zone": (
        "## Maintenance window\n22:00-23:00 on Tuesday\n",
        "## Maintenance window\n22:00-23:00 UTC on Tuesday\n",
    ),
    "place-left-open": (
        "```bash\ncurl https://your-service/health\n```\n",
        "```bash\ncurl https://cart.shop/health\n```\n",
    ),
}
"""Of each kind: a text that has it, and one that does not."""


def found(text: str) -> dict[str, tuple[int, ...]]:
    """The kinds of mistakes of a text, with their lines."""
    return {one.name: one.lines for one in mistakes(read_runbook(text))}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_found_and_its_sister_is_not(name: str) -> None:
    """By its structure, in other words than the first users'."""
    wrong, sound = WRONG[name]

    assert name in found(wrong)
    assert name not in found(sound)


def test_every_kind_has_its_example() -> None:
    """And its function the same name."""
    assert {one.__name__.replace("_", "-") for one in MISTAKES} == set(WRONG)


def test_every_mistake_says_why_and_what_is_done_instead() -> None:
    """With lines that exist."""
    for wrong, _sound in WRONG.values():
        for one in mistakes(read_runbook(wrong)):
            assert one.because
            assert one.instead
            assert all(1 <= line <= wrong.count("\n") for line in one.lines)


def test_the_first_users_runbook() -> None:
    """Each with its lines."""
    lines = found(first())

    assert {
        "events-show-no-oom-kill": 332 in lines["events-show-no-oom-kill"],
        "exec-sees-one-pod": lines["exec-sees-one-pod"][:2] == (194, 207),
        "memory-at-once": 227 in lines["memory-at-once"],
        "relative-path-after-cd": lines["relative-path-after-cd"] == (298, 301, 302, 303),
        "unhashed-secret": lines["unhashed-secret"][0] == 97,
        "git-revert-head": lines["git-revert-head"] == (287,),
        "autoscaler-never-comes-back": 108 in lines["autoscaler-never-comes-back"],
        "ticked-before": lines["ticked-before"] == tuple(range(351, 358)),
        "autoscaler-deleted-late": lines["autoscaler-deleted-late"] == (288, 294, 305, 306),
        "head-keeps-the-oldest": lines["head-keeps-the-oldest"] == (387,),
        "threshold-said-twice": lines["threshold-said-twice"] == (281, 343),
        "percent-disagrees": lines["percent-disagrees"] == (343,),
        "logs-of-current-containers": lines["logs-of-current-containers"] == (212, 381),
    } == dict.fromkeys(
        [
            "events-show-no-oom-kill",
            "exec-sees-one-pod",
            "memory-at-once",
            "relative-path-after-cd",
            "unhashed-secret",
            "git-revert-head",
            "autoscaler-never-comes-back",
            "ticked-before",
            "autoscaler-deleted-late",
            "head-keeps-the-oldest",
            "threshold-said-twice",
            "percent-disagrees",
            "logs-of-current-containers",
        ],
        True,
    )


def test_a_database_upgrade_has_none_of_them() -> None:
    """No kind of mistake is made up."""
    assert found(text_of("postgresql.md")) == {}

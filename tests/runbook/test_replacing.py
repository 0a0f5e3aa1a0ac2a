"""What stands for each command, and that it exists."""

import pytest
from tests.runbook.runbooks import FIRST, OTHERS

import seatrial.judge.all_rules as _all_rules
from seatrial.judge.catalogue import card_of
from seatrial.runbook import accounts, mistakes, replacing, statements
from seatrial.runbook.planning import draw
from seatrial.runbook.reading import read_runbook
from seatrial.runbook.replacing import Replacement, replacement

assert _all_rules.__name__


def of(code: str, heading: str = "Verification") -> Replacement:
    """What stands for the first command below a heading."""
    reading = read_runbook(f"# T\n## {heading}\n```bash\n{code}\n```\n")
    return replacement(reading.commands[0], reading)


@pytest.mark.parametrize(
    ("code", "heading", "rule"),
    [
        ("kubectl config current-context", "Environment check", "context-matches"),
        ("kubectl auth can-i patch deploy", "Environment check", "access-allowed"),
        ("kubectl get pods -n x", "Environment check", "pods-running"),
        ("kubectl get pods -n x", "Verification", "pods-ready"),
        ("kubectl get pods -n x", "Rollback", "old-pods-serve"),
        ("kubectl get pods -w", "Rollout", "container-creating"),
        ("kubectl get hpa -n x", "Pre-flight", "autoscaler-absent"),
        ("kubectl get deployment metrics-server -n kube-system", "Pre-flight", "metrics-fresh"),
        ("kubectl diff -k .", "Apply", "change-reaches-pods"),
        ("kubectl apply -k .", "Apply", "spec-observed"),
        ("kubectl apply -k .", "Rollback", "objects-restored"),
        ("kubectl rollout status deploy/x", "Rollout", "progress-deadline"),
        ("kubectl exec deploy/x -- env", "Verification", "jvm-flags"),
        ("kubectl exec x-1 -- tail /logs/gc.log", "Verification", "gc-log"),
        ("kubectl logs -l app=x", "Verification", "log-absent"),
        ("kubectl get events --field-selector reason=OOMKilling", "Monitoring", "out-of-memory"),
        ("kubectl delete hpa x", "Rollback", "objects-restored"),
        ("git revert HEAD", "Rollback", "objects-restored"),
        ("git status", "Environment check", "work-tree-clean"),
        ("curl localhost:8080/actuator/health", "Verification", "health-of-pods"),
        ("curl https://x.org/health", "Verification", "health-through-service"),
        ("cp backup/deployment.yml .", "Rollback", "objects-restored"),
    ],
)
def test_a_rule_stands_for_a_command(code: str, heading: str, rule: str) -> None:
    """By its grammar and its place in the procedure."""
    assert rule in of(code, heading).rules


@pytest.mark.parametrize(
    "code",
    [
        "helm upgrade x ./chart",
        "kubectl scale deploy/x --replicas=0",
        "kubectl delete deployment x",
        "kubectl delete pod x-1",
        "kubectl exec deploy/x -- sh -c 'rm -rf /data'",
        "curl -X POST https://x.org/health",
        "curl https://x.org/orders",
        "pg_upgrade --link",
        "docker push x",
        "git push --force",
        "kubectl get virtualservice",
        "kubectl run x --image=y",
        "RESULT=$(trivy image x)",
        "echo $(kubectl delete pod x)",
        "kubectl get pods `whatever`",
    ],
)
def test_what_nothing_stands_for_is_said(code: str) -> None:
    """With the reason, and no rule."""
    made = of(code)

    assert not made.understood
    assert made.rules == ()
    assert made.because


@pytest.mark.parametrize("code", ["NOW=$(date +%s)", "N=$((1 + 2))", "P=$(kubectl get pods -o name)"])
def test_a_variable_that_only_tells_is_understood(code: str) -> None:
    """A date, a sum, what an object says."""
    assert of(code).understood


def test_every_rule_that_is_named_exists() -> None:
    """In the tables, and in the accounts of all test runbooks."""
    named = {rule for _needed, one in statements.MEANINGS for rule in one.rules}
    named |= {rule for _pattern, _says, rules in accounts.OUTPUTS for rule in rules}
    tables = (replacing._VERBS, replacing._GET, replacing._DESCRIBE, replacing._GET_PODS, replacing._GET_HPA)
    named |= {rule for table in tables for one in table.values() for rule in one.rules}
    for path in (FIRST, *OTHERS):
        drawn = draw(path.read_text(encoding="utf-8"))
        named |= {rule for one in drawn.accounts for rule in one.rules}
        named |= {rule for one in drawn.mistakes for rule in one.rules}

    assert [rule for rule in sorted(named) if card_of(rule) is None] == []
    assert len(mistakes.MISTAKES) == len({one.__name__ for one in mistakes.MISTAKES})

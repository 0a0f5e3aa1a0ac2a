"""Sentences: what they stand for, in both languages, and that nothing is made of the rest."""

import pytest

from seatrial.runbook.statements import read_decision, read_statement


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("無 OutOfMemoryError", "out-of-memory-error"),
        ("No OOMKilled events", "out-of-memory"),
        ("无 OOM", "out-of-memory"),
        ("2 個 Pod Running", "pods-ready"),
        ("All pods are Running", "pods-ready"),
        ("RESTARTS: 0", "restarts-allowed"),
        ("所有 Pod 重启次数为 0", "restarts-allowed"),
        ("HPA TARGETS 顯示數值", "autoscaler-metrics"),
        ("ScalingActive is True", "autoscaler-target"),
        ("JVM 參數正確", "jvm-flags"),
        ("GC 日誌正常累積", "gc-log"),
        ("HTTP 200", "health-of-pods"),
        ("服務響應正常", "health-of-pods"),
        ("kubectl 已配置正確 context", "context-matches"),
        ("有部署權限", "access-allowed"),
        ("Metrics Server 正常運行（HPA 需要）", "metrics-fresh"),
        ("無 CrashLoopBackOff", "crash-loop"),
        ("no errors in the logs", "log-absent"),
        ("記憶體使用在預期範圍（3-4.5GB）", "memory-window"),
        ("節點狀態正常", "nodes-ready"),
    ],
)
def test_a_sentence_stands_for_a_rule(text: str, rule: str) -> None:
    """By its words."""
    meaning = read_statement(text).meaning

    assert meaning is not None
    assert rule in meaning.rules


@pytest.mark.parametrize(
    "text",
    [
        "Replication lag below one second",
        "Deployment scheduled and communicated to stakeholders",
        "Database connections scaled appropriately",
        "Change ticket created and approved",
        "財務對帳一致",
        "資料庫主從延遲正常",
        "SSL/TLS certificates valid and not expiring within 30 days",
        "Ask the payment provider whether callbacks arrive",
        "Storage service (S3/MinIO) accessible",
        "切换时间 < 1 秒",
        "Any context about current state",
        "Restart the pods",
        "重新啟動 Pod",
        "Delete the pod",
        "The `virt-handler` pods are Running",
        "all ovnkube-node pods are ready",
    ],
)
def test_a_word_alone_makes_no_meaning(text: str) -> None:
    """Where more of a sentence is left over than read, it is not understood."""
    assert read_statement(text).meaning is None


def test_what_was_not_read_is_said() -> None:
    """The words that are left over."""
    assert "certificates" in read_statement("certificates of the service are valid").unread


@pytest.mark.parametrize(
    ("text", "rule", "action"),
    [
        ("如新 Pod CrashLoopBackOff → **立即回滾**（見 Step 7）", "crash-loop", "roll back"),
        ("If any pod is in CrashLoopBackOff, roll back immediately.", "crash-loop", "roll back"),
        ("如 Metrics Server 不存在或異常 → 暫停部署", "metrics-fresh", "stop"),
        ("Pod Not Running → 緊急", "pods-ready", "warn"),
        ("若 Pod 未就緒，則檢查事件", "pods-ready", "look"),
    ],
)
def test_decisions(text: str, rule: str, action: str) -> None:
    """When, and what follows."""
    decision = read_decision(text)

    assert decision is not None
    assert decision.when.meaning is not None
    assert rule in decision.when.meaning.rules
    assert decision.action == action


@pytest.mark.parametrize("text", ["2 個 Pod Running", "1 → 2", "If in doubt", "see https://x/a->b"])
def test_what_is_no_decision(text: str) -> None:
    """No condition, or nothing that follows."""
    assert read_decision(text) is None

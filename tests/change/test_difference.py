"""The diff: by keys and not by index, in kubectl's words, without a secret."""

import pytest
from tests.change.manifests import DEPLOYMENT, autoscaler, deployment, live, secret, service

from seatrial.change.difference import Change, changed_paths, diff_text, difference
from seatrial.change.masking import redactor
from seatrial.change.objects import with_at

SIEVE = redactor([secret(A="feed-3c1d7e52a9"), secret(A="feed-ffffffffff")], b"k" * 32)


def env(*names: str) -> list[object]:
    """Environment entries."""
    return [{"name": name, "value": f"value of {name}"} for name in names]


def test_an_inserted_entry_is_one_change() -> None:
    """Compared by index it would be four."""
    before, after = deployment(env=env("A", "B", "C")), deployment(env=env("A", "NEW", "B", "C"))

    found = difference(live(before), live(after), SIEVE)

    path = "spec.template.spec.containers[name=rates].env[name=NEW]"
    record = "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]"
    assert [change.path for change in found.changes] == [record, path]
    assert found.changes[1].after == '{"name": "NEW", "value": "value of NEW"}'
    assert found.word == "configured"


def test_a_changed_order_is_a_change() -> None:
    """$(A) in an entry reads only what stands above it."""
    before, after = deployment(env=env("A", "B")), deployment(env=env("B", "A"))

    path = "spec.template.spec.containers[name=rates].env[order]"
    assert changed_paths(before, after) == (path,)


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ([{"containerPort": 80}], [{"containerPort": 80, "protocol": "TCP"}], ("[containerPort=80,protocol=TCP].protocol",)),
        ([{"port": 53, "protocol": "UDP", "name": "a"}], [{"port": 53, "protocol": "TCP", "name": "a"}],
         ("[port=53,protocol=UDP]", "[port=53,protocol=TCP]")),
        ([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}], [{"name": "A", "value": "1"}], ("[name=A#2]",)),
        ([{"type": "Resource", "resource": {"name": "cpu", "x": 1}}, {"type": "Resource", "resource": {"name": "memory"}}],
         [{"type": "Resource", "resource": {"name": "memory"}}], ("[type=Resource,name=cpu]",)),
        (["a", "b"], ["a", "c"], ("",)),
        ([{"a": 1}], [], ("",)),
    ],
)  # fmt: skip
def test_lists_are_matched_by_their_keys(before: object, after: object, paths: tuple[str, ...]) -> None:
    """As the API server does it; a list without keys is one value."""
    assert changed_paths(before, after) == paths


def test_each_object_has_kubectls_word() -> None:
    """created, configured, unchanged, deleted."""
    one, other = live(service()), live(service(81))

    words = [
        difference(before, after, SIEVE).word
        for before, after in ((None, one), (one, other), (one, one), (one, {**one, "status": {"x": 1}}), (one, None))
    ]

    assert words == ["created", "configured", "unchanged", "unchanged", "deleted"]


def test_people_read_a_unified_diff() -> None:
    """With kubectl's name for the object, and its record in one line."""
    before, after = live(deployment()), live(with_at(deployment(), ("spec", "replicas"), 2))

    assert difference(before, after, SIEVE).text == (
        "deployment.apps/rates (forex-prod): configured\n"
        "@@ -4,7 +4,7 @@\n"
        "   name: rates\n"
        "   namespace: forex-prod\n"
        " spec:\n"
        "-  replicas: 1\n"
        "+  replicas: 2\n"
        "   selector:\n"
        "     matchLabels:\n"
        "       app: rates\n"
        "  (kubectl's record of what was last applied follows the change)\n"
    )


def test_a_changed_secret_is_seen_to_change_and_not_seen() -> None:
    """Neither in the text nor in the list."""
    found = difference(live(secret(A="feed-3c1d7e52a9")), live(secret(A="feed-ffffffffff")), SIEVE)

    changed = next(change for change in found.changes if change.path == "data.A")
    assert isinstance(changed, Change)
    assert (changed.before or "").startswith("*** (")
    assert changed.before != changed.after
    assert "-  A: '*** (" in found.text
    assert "feed-" not in found.text + str(found.changes)


def test_objects_that_stay_are_one_line() -> None:
    """The runbook lists them too."""
    differences = [difference(live(service()), live(service()), SIEVE), difference(None, autoscaler(), SIEVE)]

    lines = diff_text(differences).splitlines()

    assert lines[:2] == [
        "service/rates: unchanged",
        "horizontalpodautoscaler.autoscaling/rates-hpa (forex-prod): created",
    ]
    assert "+  maxReplicas: 10" in lines
    assert differences[0].ref.kind == "Service"


def test_a_huge_difference_is_cut() -> None:
    """And says by how much."""
    before, after = deployment(), deployment(env=env(*(f"A{index}" for index in range(3000))))

    text = difference(before, after, SIEVE).text

    assert text.startswith(f"{DEPLOYMENT} (forex-prod): configured\n")
    assert "more lines" in text.splitlines()[-1]
    assert len(text.splitlines()) < 2100

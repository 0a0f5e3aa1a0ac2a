"""The kernel's own counter of OOM kills, in both kinds of cgroup."""

import pytest

from seatrial.jvm.cgroup import oom_kills


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (b"low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n", 1),  # v2, from the kernel's documentation
        (b"oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3),  # v1, read in a pod
        (b"oom_kill_disable 0\nunder_oom 0\n", None),  # v1 before Linux 4.13 has no counter
        (b"", None),
        (b"oom_kill many\n", None),
    ],
)
def test_the_counter(text: bytes, count: int | None) -> None:
    """A file without it says nothing, which is not zero."""
    assert oom_kills(text) == count

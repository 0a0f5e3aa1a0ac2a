"""What a container's cgroup says of its memory: how often the kernel has killed something in it."""

import re

FILES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
"""cgroup v2 and v1; a container has one of them. v2: Documentation/admin-guide/cgroup-v2.rst; v1: memory.rst, oom_control."""

_OOM_KILL = re.compile(rb"^oom_kill (\d{1,18})$", re.MULTILINE)


def oom_kills(text: bytes) -> int | None:
    """The counter `oom_kill` of either file; None where neither could be read. It begins anew when the container restarts."""
    found = _OOM_KILL.search(text)
    return int(found[1]) if found else None

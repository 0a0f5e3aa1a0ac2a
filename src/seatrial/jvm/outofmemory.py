"""OutOfMemoryError in log text: which kind it is, and not the many lines that only speak of one."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import islice

import msgspec

from seatrial.jvm.flags import masked
from seatrial.jvm.plainlines import plain


class OutOfMemoryKind(Enum):
    """What ran out."""

    HEAP = "Java heap"
    GC_OVERHEAD = "Java heap (GC overhead limit)"
    METASPACE = "metaspace"
    CLASS_SPACE = "compressed class space"
    ARRAY_SIZE = "array larger than the VM's limit"
    DIRECT = "direct buffers"
    THREADS = "native threads"
    NATIVE = "native memory"
    OTHER = "memory, of a kind the line does not name"


class OutOfMemoryLine(msgspec.Struct, frozen=True):
    """One line that proves it, secrets masked; `number` counts the given lines from 1."""

    kind: OutOfMemoryKind
    line: str
    number: int
    ends_jvm: bool  # the JVM says in this line that it goes down with it


LINES_MAX = 1000
_LINE_CHARS_MAX = 4000

_MESSAGES: tuple[tuple[OutOfMemoryKind, str], ...] = (
    (OutOfMemoryKind.HEAP, r"Java heap space|Garbage-collected heap size exceeded"),
    (OutOfMemoryKind.GC_OVERHEAD, r"GC overhead limit exceeded"),
    (OutOfMemoryKind.METASPACE, r"Metaspace|PermGen space"),
    (OutOfMemoryKind.CLASS_SPACE, r"Compressed class space"),
    (OutOfMemoryKind.ARRAY_SIZE, r"Requested array size exceeds VM limit|Required (?:array )?length (?:exceeds|too)"),
    # JDK 8 to 16, then 17 and later.
    (OutOfMemoryKind.DIRECT, r"Direct buffer memory|Cannot reserve \d+ bytes of direct buffer memory"),
    (OutOfMemoryKind.THREADS, r"unable to create (?:new )?native thread"),
    (OutOfMemoryKind.NATIVE, r"Map failed|(?:request(?:ed)? )?\d+ bytes for .{1,200}Out of swap space"),
)
_MESSAGE = "|".join(f"(?P<{kind.name}>{words})" for kind, words in _MESSAGES)
_NAME = r"(?:java\.lang\.)?OutOfMemoryError"
# A message of the JVM's own proves it wherever it stands: in a log line, a nested cause, a JSON text.
_WITH_MESSAGE = re.compile(rf"(?:(?<![\w.$]){_NAME}|fatal error: OutOfMemory encountered): (?:{_MESSAGE})")
# Without one, only where a JVM or a logger puts the name of a throwable: a class name in prose proves nothing.
_BY_NAME = re.compile(
    r"(?:^|Caused by: |Suppressed: |due to |Exception in thread \"[^\"]{0,200}\" |^# |[-:\]] |nested exception is |\\n|\")"
    r"java\.lang\.OutOfMemoryError(?:$|: \S|\\n)"
    r"|Exception: java\.lang\.OutOfMemoryError thrown from the UncaughtExceptionHandler"
    r"|^JVMDUMP\d+I .*java/lang/OutOfMemoryError"
)
_NETTY = re.compile(r"OutOfDirectMemoryError: failed to allocate")
_NATIVE = re.compile(
    r"^# There is insufficient memory for the Java Runtime Environment|os::commit_memory\(.*errno=12\)"
)
_ENDS = re.compile(r"^(?:Terminating|Aborting) due to |^# There is insufficient memory|fatal error: OutOfMemory")
# Lines that echo flags, whatever the flags say.
_ECHO = re.compile(
    r"(?:NOTE: )?Picked up \w*JAVA_\w*OPTIONS|# -XX:OnOutOfMemoryError|#\s+Executing |Command Line: |jvm_args: "
    r"|VM Arguments|java_command: |\s+at "
)


def out_of_memory_lines(lines: Iterable[str]) -> tuple[OutOfMemoryLine, ...]:
    """Every line that proves an OutOfMemoryError, the first thousand of them; one error may well have several lines."""
    return tuple(islice(_found(lines), LINES_MAX))


def _found(lines: Iterable[str]) -> Iterator[OutOfMemoryLine]:
    for number, line in enumerate(lines, start=1):
        # The cheap look first: logs are long, and this is nearly always all there is to do.
        if "emory" in line and (text := plain(line[:_LINE_CHARS_MAX])) and (kind := kind_of(text)):
            yield OutOfMemoryLine(kind, masked(text), number, ends_jvm=_ENDS.search(text) is not None)


def kind_of(text: str) -> OutOfMemoryKind | None:
    """The kind of OutOfMemoryError that one plain line proves, or None."""
    if _ECHO.match(text):
        return None
    if found := _WITH_MESSAGE.search(text):
        return OutOfMemoryKind[found.lastgroup or "OTHER"]
    if _NETTY.search(text):
        return OutOfMemoryKind.DIRECT
    if _NATIVE.search(text):
        return OutOfMemoryKind.NATIVE
    return OutOfMemoryKind.OTHER if _BY_NAME.search(text) else None

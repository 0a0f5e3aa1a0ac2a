"""The JVM's own last words: the line by which it refuses to start, or says why it died.

The wordings are those of JDK 8 to 25 (runtime/arguments.cpp, memory/universe.cpp, libjli), each seen on 11, 17 or 25.
"""

import re
from collections.abc import Iterable
from enum import Enum

import msgspec

from seatrial.jvm.flags import masked
from seatrial.jvm.plainlines import plain


class FatalKind(Enum):
    """Why the JVM does not run, in words that finish the sentence `The JVM ended: ...`."""

    UNKNOWN_FLAG = "it does not know a flag"
    LOCKED_FLAG = "a flag must be unlocked first"
    BAD_VALUE = "a flag has a value that it does not take"
    HEAP_SIZES = "the initial heap is larger than the maximum"
    TWO_COLLECTORS = "more than one garbage collector was asked for"
    LOG_FILE = "it cannot open its log file"
    LOG_OPTION = "it does not understand a log option"
    NO_ROOM = "it cannot reserve the memory that it was told to use"
    NATIVE_MEMORY = "the machine or the container has no memory left for it"
    AGENT = "an agent did not load"
    NO_PROGRAM = "it finds no program to run"
    CRASH = "it crashed"
    OTHER = "it could not start"


class FatalLine(msgspec.Struct, frozen=True):
    """The line that says it best, secrets masked; `number` counts the given lines from 1."""

    kind: FatalKind
    line: str
    number: int


_WORDS: tuple[tuple[FatalKind, str], ...] = (
    (FatalKind.UNKNOWN_FLAG, r"Unrecognized (?:VM )?option"),
    (FatalKind.UNKNOWN_FLAG, r"(?:Missing|Unexpected) \+/- setting for VM option"),
    (FatalKind.LOCKED_FLAG, r"Error: VM option '\w+' is (?:experimental|diagnostic|develop|notproduct|product)"),
    (FatalKind.HEAP_SIZES, r"Initial heap size set to a larger value than the maximum heap size"),
    (FatalKind.HEAP_SIZES, r"Incompatible (?:minimum|initial|maximum) .{0,40}heap sizes? specified"),
    (FatalKind.TWO_COLLECTORS, r"(?:Multiple|Conflicting) (?:garbage )?collector"),
    (FatalKind.LOG_FILE, r"Error opening log file"),
    (FatalKind.LOG_OPTION, r"Invalid -Xlog option"),
    (FatalKind.LOG_OPTION, r"Invalid (?:level|tag|decorator|decorators|output) '.*' in "),
    (FatalKind.BAD_VALUE, r"Invalid (?:maximum|initial|minimum|thread|maximum and) .{0,40}size"),
    (FatalKind.BAD_VALUE, r"Improperly specified VM option"),
    (FatalKind.BAD_VALUE, r"\w+ \w+=\S+ is outside the allowed range"),
    (FatalKind.BAD_VALUE, r"(?:The )?(?:Java )?thread stack size specified is too small"),
    (FatalKind.BAD_VALUE, r"Too small (?:initial|maximum) heap"),
    (FatalKind.BAD_VALUE, r"Could not open (?:settings|options|argument) file"),
    (FatalKind.BAD_VALUE, r"Error: could not open `"),
    (FatalKind.NO_ROOM, r"Could not reserve enough space"),
    (FatalKind.NO_ROOM, r"Could not allocate (?:metaspace|heap|compressed class space)"),
    (FatalKind.NO_ROOM, r"The size of the object heap \+ .{0,60}exceeds the maximum representable size"),
    (FatalKind.NATIVE_MEMORY, r"# There is insufficient memory for the Java Runtime Environment"),
    (FatalKind.AGENT, r"Error opening zip file or JAR manifest missing"),
    (FatalKind.AGENT, r"(?:Could not find agent library|agent library failed to init|Failed to find Premain-Class)"),
    (FatalKind.AGENT, r"FATAL ERROR in native method: processing of -javaagent failed"),
    (FatalKind.NO_PROGRAM, r"Error: (?:Could not find or load main class|Unable to access jarfile|Invalid or corrupt)"),
    (FatalKind.NO_PROGRAM, r"(?:Error: LinkageError|Error: Main method not found|no main manifest attribute)"),
    (FatalKind.CRASH, r"# A fatal error has been detected by the Java Runtime Environment"),
)
# These only say that there was a reason; after the second one, its words are on the next line.
_NOT_CREATED = "Error: Could not create the Java Virtual Machine"
_NOT_INITIALISED = "Error occurred during initialization of "
_DECORATED = r"(?:\[[^\]]{1,60}\])*\s?"
_REASONS = tuple((kind, re.compile(_DECORATED + words)) for kind, words in _WORDS)
_ANY_REASON = re.compile(_DECORATED + "(?:" + "|".join(words for _, words in _WORDS) + ")")


def fatal_line(lines: Iterable[str]) -> FatalLine | None:
    """The first line that gives a reason, else the first that says the JVM did not start; None where no line does."""
    unnamed: FatalLine | None = None
    previous = ""
    for number, line in enumerate(lines, start=1):
        text = plain(line).lstrip()
        if _ANY_REASON.match(text):
            kind = next(kind for kind, words in _REASONS if words.match(text))
            return FatalLine(kind, masked(text), number)
        says_so = unnamed is None and text.startswith((_NOT_CREATED, _NOT_INITIALISED))
        if says_so or (text and previous.startswith(_NOT_INITIALISED)):
            unnamed = FatalLine(FatalKind.OTHER, masked(text), number)
        previous = text
    return unnamed

"""What the lint says of manifests: a finding, where it stands, and the edit that would mend it."""

from enum import Enum

from msgspec import Struct

Path = tuple[str | int, ...]
"""Field names and list indices, from the object down."""


class Severity(Enum):
    """BLOCK: it can't work. WARN: it will hurt some day. INFO: worth knowing."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


class Spot(Struct, frozen=True):
    """A part of an object: which of the bodies (by number), the path in it, and the word of its text that is meant.

    body None: the plan itself, and the path is one of the plan file.
    """

    body: int | None
    path: Path = ()
    token: str = ""


class SetField(Struct, frozen=True):
    """Give a field this value (JSON types); parents that are absent are made."""

    path: Path
    value: object


class DropField(Struct, frozen=True):
    """Take a field out."""

    path: Path


class SwapWord(Struct, frozen=True):
    """Replace one word of a text; an empty `new` takes it out."""

    path: Path
    old: str
    new: str


Change = SetField | DropField | SwapWord


class Finding(Struct, frozen=True):
    """What one rule says of one spot. about names the object as kubectl does; fix is mechanical, else next_step says what to do."""

    rule: str
    severity: Severity
    about: str
    spot: Spot
    because: str
    next_step: str = ""
    fix: Change | None = None


class Position(Struct, frozen=True, order=True):
    """A place in a file; line and column count from 1, and are 0 where only the file is known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Edit(Struct, frozen=True):
    """Characters `start` to `end` of a file's text, replaced. line and columns are those of the start and of the end."""

    file: str
    start: int
    end: int
    text: str
    line: int
    column: int
    end_line: int
    end_column: int


class Located(Struct, frozen=True):
    """A finding with its place (None: the rendered object has none), its edit, and the lines that the edit makes of it."""

    finding: Finding
    position: Position | None
    edit: Edit | None = None
    patch: tuple[str, ...] = ()

"""Starting at once: msgspec without what it does not need, and `status` without click. Somebody has it in a shell prompt."""

import importlib
import sys

from seatrial.cli.trouble import exit_code_of


def is_plain_status(words: list[str]) -> bool:
    """Whether the command line is `status` or `status RUN`: nothing in it is for click to understand."""
    return words[:1] == ["status"] and len(words) <= 2 and not any(word.startswith("-") for word in words)


def status(words: list[str]) -> int:
    """`status` and `status RUN`, as cli.reporting has it too."""
    import_msgspec()
    from seatrial.cli.standing import standing

    def command() -> int:
        sys.stdout.write(standing(words[1] if words[1:] else ""))
        return 0

    return exit_code_of(command)


def import_msgspec() -> None:
    """Import msgspec without typing_extensions, which it asks first and which costs as much as all the rest of a start.

    Since Python 3.11 `typing` has the same names, and msgspec goes on to ask there.
    """
    if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # None: "can't be imported" (importlib's own word)
    try:
        importlib.import_module("msgspec")
    except ImportError:
        sys.modules.pop("msgspec", None)
    finally:
        del sys.modules["typing_extensions"]

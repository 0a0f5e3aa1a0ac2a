"""How a command ends: its exit code, trouble that was expected, and a bug. Imports no click, for whoever does without it."""

import sys
from collections.abc import Callable


class WayOutError(Exception):
    """Trouble that was expected: a message that names the place and the way out, and its exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def exit_code_of(command: Callable[[], int]) -> int:
    """Run a command; its exit code. What was not expected is a bug of ours: 70, with its traceback."""
    try:
        return command()
    except WayOutError as error:
        sys.stderr.write(f"Error: {error}\n")
        return error.code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing was started\n")
        return 130
    except BrokenPipeError:
        return 0
    except Exception:  # noqa: BLE001 - the one place where a bug becomes an exit code
        import traceback

        sys.stderr.write(traceback.format_exc())
        sys.stderr.write("this is a bug of Seatrial; `seatrial status` shows whether anything is owed\n")
        return 70

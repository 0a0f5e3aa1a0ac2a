"""Entry point: answers --version without importing anything, and hands the rest to the command line."""

import gc
import sys


def main() -> int:
    """Run the command line and return its exit code."""
    if sys.argv[1:] == ["--version"]:
        from seatrial import __version__

        sys.stdout.write(f"seatrial {__version__}\n")
        return 0
    # Nothing that is imported is garbage; a command switches the collector on again when its imports are done.
    gc.disable()
    from seatrial.cli.quickly import is_plain_status, status

    if is_plain_status(sys.argv[1:]):
        return status(sys.argv[1:])
    from seatrial.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

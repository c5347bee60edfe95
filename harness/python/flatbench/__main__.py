"""The command ``flatbench``: ``python -m flatbench``."""

from __future__ import annotations

import signal
import sys


def main(arguments: list[str] | None = None) -> int:
    """Runs the program; `arguments` are those behind its name. Returns its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Ctrl-C is the program's, which keeps what is recorded; the interpreter would add a traceback of its own, and whoever started this
    # process would take it for that of a plugin.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        match arguments:
            case ["__parcel", path, "--out", out]:
                from . import _parcel

                return _parcel.main(path, out)
        from . import _flatbench

        return _flatbench.main(["flatbench", *arguments])
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main())

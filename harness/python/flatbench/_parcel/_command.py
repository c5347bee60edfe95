"""``python -m flatbench __parcel PATH --out DIR``: what the native program calls."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from .._failure import words
from .._version import __version__
from ._build import build


def main(path: str, out: str) -> int:
    """Makes the parcels of a file, and says so in one line of JSON on the standard output.

    Parameters
    ----------
    path, out
        The file and the folder for its parcels.

    Returns
    -------
    int
        0; 2 if the file cannot be imported: then the standard error has the traceback, its last line the reason.
    """
    with _own_output() as answer:
        try:
            built = build(path, out)
        except (Exception, SystemExit) as error:
            # What was printed before goes before it: the last line is the reason.
            sys.stdout.flush()
            print(words(error), file=sys.stderr, flush=True)
            return 2
        parcels = [{"path": os.path.abspath(parcel), "name": name} for parcel, name in built.parcels]
        line = {"version": __version__, "parcels": parcels, "problems": built.problems, "empty": built.empty}
        print(json.dumps(line, ensure_ascii=False), file=answer)
    return 0


@contextmanager
def _own_output() -> Iterator[TextIO]:
    """The standard output for the answer alone: what user code prints there goes to the standard error."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(own, "w", encoding="utf-8", closefd=False) as answer:
            yield answer
    finally:
        sys.stdout.flush()
        os.dup2(own, 1)
        os.close(own)

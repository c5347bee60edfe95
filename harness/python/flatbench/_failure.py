"""An exception of an optimizer in words, for a record."""

from __future__ import annotations

import importlib
import os
import re
import traceback

from .errors import FlatbenchError

WORLD = "_parcel_"
"""How the packages begin that the modules of parcels are in; of no interest to a reader."""

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_IMPORTING = (f"{_HERE}_parcel{os.sep}", os.path.dirname(importlib.__file__) + os.sep, "<frozen importlib")
_PACKAGE = re.compile(rf"\b{WORLD}[0-9a-f]+\.")


def words(error: BaseException) -> str:
    """The traceback of an exception from where this package calls the user's code; the last line is the reason.

    An error that this package found by itself, outside of user code, is its message alone.
    """
    whole = traceback.TracebackException.from_exception(error, compact=True)
    frames = list(whole.stack)
    ours = [frame.filename.startswith(_HERE) for frame in frames]
    if True in ours:
        del frames[: ours.index(True)]
    # How modules come to be run is of no interest, between those of the user neither.
    frames = [frame for frame in frames if not frame.filename.startswith(_IMPORTING)]
    theirs = [frame for frame in frames if not frame.filename.startswith(_HERE)]
    if theirs:
        del frames[: frames.index(theirs[0])]
    if not theirs and isinstance(error, FlatbenchError):
        return str(error)
    whole.stack = traceback.StackSummary.from_list(frames)
    return _PACKAGE.sub("", "".join(whole.format())).rstrip()

"""Parcels: what a Python optimizer is built to, in the place of a library.

A parcel is a zip file ``NAME.fbpy`` with all that decides what the optimizer does: its source and what that imports from beside it, or a
pickle, and the versions of the packages it names. The same optimizer is the same bytes, so that their hash tells whether two runs
are of one optimizer.
"""

from __future__ import annotations

from ._build import Built, build
from ._command import main
from ._load import load
from ._pack import pack

__all__ = ["Built", "build", "load", "main", "pack"]

"""Loads what a parcel holds."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from .._spec import Spec, class_of
from .._version import __version__
from ..errors import PluginError
from . import _packages
from ._archive import Parcel, Source, read
from ._modules import world
from ._pickle import unpickle
from ._python import PYTHON
from ._sources import shadowed


def load(path: str | os.PathLike[str]) -> Spec:
    """The optimizer in a parcel.

    Raises
    ------
    PluginError
        If it cannot be read, or was built with another version of flatbench, Python or one of its packages.
    Exception
        Whatever its modules raise when they are run.
    """
    parcel = read(Path(path))
    _check(parcel, os.fspath(path))
    with tidy_path():
        found = _object(parcel)
        class_of(found).prepare()
    return found  # type: ignore[no-any-return]


def _check(parcel: Parcel, what: str) -> None:
    for name, built, here in (("flatbench", parcel.flatbench, __version__), ("Python", parcel.python, PYTHON)):
        if built != here:
            raise PluginError(f"{what} was built with {name} {built}, and this is {here} (build it again: leave out --no-build)")
    _packages.check(parcel.packages, what)


def _object(parcel: Parcel) -> Any:
    if parcel.pickle is not None:
        return unpickle(parcel.pickle)
    module = run(parcel.sources, parcel.module) if parcel.sources else importlib.import_module(parcel.module)
    found: Any = module
    for part in parcel.attribute.split("."):
        found = getattr(found, part)
    return found


_importing = threading.local()


def is_importing() -> bool:
    """Whether this thread is in the middle of importing a file of optimizers: no time to run suites."""
    return bool(getattr(_importing, "depth", 0))


def run(sources: dict[str, Source], main: str) -> ModuleType:
    """Runs a module, and what it imports, from sources."""
    package = world(sources, shadowed(main, Path(sources[main].path)))
    return importlib.import_module(f"{package}.{main}")


@contextmanager
def tidy_path() -> Iterator[None]:
    """Puts ``sys.path`` back as it was: what a module adds there is not for those of other parcels."""
    before = list(sys.path)
    _importing.depth = getattr(_importing, "depth", 0) + 1
    try:
        yield
    finally:
        _importing.depth -= 1
        sys.path[:] = before

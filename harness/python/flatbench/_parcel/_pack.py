"""Parcels of live objects."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from .. import _name
from .._spec import Spec, class_of, is_plain
from ..errors import PluginError
from . import _packages
from ._archive import Parcel
from ._packages import local_modules
from ._pickle import dumps
from ._sources import collect


def pack(spec: Spec, out: str | os.PathLike[str], name: str | None = None) -> Path:
    """Makes a parcel of a class or an object, and returns its path in the folder `out`.

    A class from an importable file goes along as its source, one of the main program or of a notebook as a pickle. An object
    that is no more than its class and a setting is packed as its class: two of them are one optimizer at two settings
    (:func:`flatbench._spec.setting`).

    Parameters
    ----------
    spec
        A subclass of :class:`Optimizer`, or an object of one.
    out
        A folder, which is made if there is none.
    name
        Of the file, by the rule for optimizers; that of the optimizer itself if left out.

    Raises
    ------
    PluginError
        If it is no optimizer, or cannot be taken to another process.
    """
    cls = class_of(spec)
    name = cls.name if name is None else name
    reason = _name.mistake(name)
    if reason is not None:
        raise PluginError(f"a parcel cannot be called {name!r}: {reason} (allowed: {_name.RULE})")
    what: Any = cls if is_plain(spec) else spec
    parcel = _from_module(what, name) if what is cls and _is_importable(cls) else None
    if parcel is None:
        content, modules = dumps(what, name)
        parcel = Parcel(name, packages=_packages.versions(modules, cls.packages), pickle=content)
    return parcel.write(Path(out))


def _from_module(cls: type, name: str) -> Parcel | None:
    module = sys.modules[cls.__module__]
    packages: tuple[str, ...] = getattr(cls, "packages", ())
    if module not in local_modules():
        return Parcel(name, cls.__module__, cls.__qualname__, _packages.versions([cls.__module__.split(".")[0]], packages))
    main, tree = collect(Path(str(module.__file__)))
    if main != cls.__module__:
        return None
    return Parcel(name, main, cls.__qualname__, _packages.versions(tree.external, packages), tree.sources)


def _is_importable(cls: type) -> bool:
    """Whether a class is found by its name in a module that has a file and is not the main program."""
    module = sys.modules.get(cls.__module__)
    if module is None or cls.__module__ == "__main__" or not str(getattr(module, "__file__", "")).endswith(".py"):
        return False
    found: Any = module
    for part in cls.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is cls

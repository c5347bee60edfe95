"""Runs the modules of a parcel, each parcel in a world of its own.

The modules of a parcel are submodules of a package whose name is a hash of them, so that two parcels with a ``helper.py`` each
never meet, whenever they import it. What the sources call ``helper`` is found by the ``__import__`` that they are given.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from types import CodeType, ModuleType
from typing import Any

from .._failure import WORLD
from ._archive import Source


def world(sources: Mapping[str, Source], external: frozenset[str]) -> str:
    """Makes modules importable.

    Parameters
    ----------
    sources
        By name. A name between that has no source is a package without ``__init__.py``.
    external
        First names that mean something else than the source of this name wherever they are imported.

    Returns
    -------
    str
        The package they are in: import ``f"{package}.{module}"``.
    """
    state = blake2b(digest_size=6)
    for name, source in sorted(sources.items()):
        state.update(f"{name}\0{source.path}\0{len(source.code)}\0".encode() + source.code)
    package = WORLD + state.hexdigest()
    if not any(isinstance(finder, _Finder) and finder.package == package for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(package, dict(sources), external))
    return package


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of one parcel."""

    def __init__(self, package: str, sources: dict[str, Source], external: frozenset[str]) -> None:
        self.package = package
        self.sources = sources
        self.namespaces = {""}
        for name in sources:
            parts = name.split(".")
            self.namespaces.update(".".join(parts[:i]) for i in range(1, len(parts)))
        self.namespaces -= set(sources)
        self.tops = {name.split(".")[0] for name in sources} - external
        self.builtins = {**vars(builtins), "__import__": self.import_}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.package and not fullname.startswith(self.package + "."):
            return None
        name = fullname[len(self.package) + 1 :]
        source = self.sources.get(name)
        if source is None and name not in self.namespaces:
            return None
        package = source is None or source.package
        loader = _Loader(self, source)
        spec = importlib.machinery.ModuleSpec(fullname, loader, origin=None if source is None else source.path, is_package=package)
        spec.has_location = source is not None
        return spec

    def import_(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """What ``import`` does in the modules of this parcel."""
        top = name.partition(".")[0]
        if level != 0 or top not in self.tops:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        inner = f"{self.package}.{name}"
        if fromlist:
            return builtins.__import__(inner, globals, locals, fromlist, 0)
        importlib.import_module(inner)
        return sys.modules[f"{self.package}.{top}"]


class _Loader(importlib.abc.InspectLoader):
    """Runs one module, under its original file name."""

    def __init__(self, finder: _Finder, source: Source | None) -> None:
        self.finder = finder
        self.source = source

    def get_source(self, fullname: str) -> str:
        return "" if self.source is None else importlib.util.decode_source(self.source.code)

    def get_code(self, fullname: str) -> CodeType | None:
        if self.source is None:
            return None
        return self.source_to_code(self.source.code, self.source.path)

    def is_package(self, fullname: str) -> bool:
        return self.source is None or self.source.package

    def exec_module(self, module: ModuleType) -> None:
        if self.source is None:
            return
        # A traceback shows the lines that ran, though the file may have changed or gone. An entry without a time stays.
        text = self.get_source(module.__name__)
        linecache.cache[self.source.path] = (len(text), None, text.splitlines(keepends=True), self.source.path)
        module.__dict__["__builtins__"] = self.finder.builtins
        exec(self.source_to_code(self.source.code, self.source.path), module.__dict__)

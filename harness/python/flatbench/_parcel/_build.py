"""Parcels of the optimizers in a file."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from .._spec import Spec, class_of
from ..errors import PluginError
from ..optimizer import Optimizer
from . import _packages
from ._archive import SUFFIX, Parcel, read
from ._load import run, tidy_path
from ._sources import collect


@dataclass
class Built:
    """What came of a file.

    Attributes
    ----------
    parcels
        Path and name of each.
    problems
        What could not be used, and why, a line each.
    empty
        Whether nothing in it looks like an optimizer, which is then the only problem.
    """

    parcels: list[tuple[Path, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    empty: bool = False


def build(path: str | os.PathLike[str], out: str | os.PathLike[str]) -> Built:
    """Makes the parcels of a ``.py`` file, one for each optimizer defined in it, in the folder `out`.

    These are the subclasses of :class:`Optimizer` that the file defines, and the objects of such classes that stand in it; not those
    with ``_`` in front, and no abstract ones. Parcels of the same file from before that have no optimizer any more are removed.

    Raises
    ------
    PluginError
        If there is no such file, or something beside it cannot be taken along.
    Exception
        Whatever the file raises when it is run.
    """
    path, out = Path(path), Path(out)
    if not path.is_file():
        raise PluginError(f"{path}: there is no such file")
    main, tree = collect(path)
    with tidy_path():
        module = run(tree.sources, main)
    built = Built()
    named: dict[str, str] = {}
    for attribute, spec in _optimizers(module):
        try:
            cls = class_of(spec)
            if isinstance(spec, type):
                inspect.signature(spec).bind()
        except (PluginError, TypeError) as error:
            built.problems.append(f"{path}: `{attribute}` is left out: {error}")
            continue
        if cls.name in named:
            built.problems.append(
                f"{path}: `{attribute}` is left out: it is called {cls.name}, as is `{named[cls.name]}` (give one of the classes another `name`)"
            )
            continue
        named[cls.name] = attribute
        packages = _packages.versions(tree.external, cls.packages)
        parcel = Parcel(cls.name, main, attribute, packages, tree.sources)
        built.parcels.append((parcel.write(out), cls.name))
    _remove_others(path, out, {parcel for parcel, _ in built.parcels})
    built.empty = not built.parcels and not built.problems
    if built.empty:
        built.problems.append(
            f"{path}: there is no optimizer in it (a subclass of flatbench.Optimizer with a `step`, or an object such as "
            "`mine = flatbench.torch(..)`, at the level of the module and without `_` in front)"
        )
    return built


def _optimizers(module: ModuleType) -> Iterator[tuple[str, Spec]]:
    """Classes first, so that an object at other values does not take the name of its class."""
    for attribute, value in vars(module).items():
        if attribute.startswith("_") or not isinstance(value, type) or not issubclass(value, Optimizer):
            continue
        abstract = inspect.isabstract(value) or value.step is Optimizer.step
        if value.__module__ == module.__name__ and value.__name__ == attribute and not abstract:
            yield attribute, value
    seen: list[object] = []
    for attribute, value in vars(module).items():
        if not attribute.startswith("_") and isinstance(value, Optimizer) and not any(value is other for other in seen):
            seen.append(value)
            yield attribute, value


def _remove_others(path: Path, out: Path, keep: set[Path]) -> None:
    for file in set(out.glob(f"*{SUFFIX}")) - keep:
        try:
            parcel = read(file)
        except PluginError:
            continue
        source = parcel.sources.get(parcel.module)
        if source is not None and source.path == str(path.resolve()):
            file.unlink()

"""Finds what a file of Python imports from beside it, without running anything."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

from ..errors import PluginError
from ._archive import Source


@dataclass
class Tree:
    """The sources of an optimizer.

    Attributes
    ----------
    root
        The folder in which imports are looked for: that of the file, or that of the outermost package it lies in.
    sources
        By the name of the module; packages are whole.
    external
        First names of what is imported from elsewhere, without the standard library.
    """

    root: Path
    sources: dict[str, Source] = field(default_factory=dict)
    external: set[str] = field(default_factory=set)


def collect(path: Path) -> tuple[str, Tree]:
    """The module name of a file, and its sources.

    Raises
    ------
    PluginError
        If a file cannot be read, or something beside it is compiled.
    """
    path = path.resolve()
    folder = path.parent
    parts = [] if path.name == "__init__.py" else [path.stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    main = ".".join(parts)
    tree = Tree(folder)
    own = shadowed(main, path)
    pending = _add(tree, main, path) if len(parts) == 1 else _add_package(tree, parts[0], folder / parts[0])
    while pending:
        module = pending.pop()
        for name in _imports(module, tree.sources[module]):
            pending.extend(_resolve(tree, name, own))
    return main, tree


def shadowed(main: str, path: Path) -> frozenset[str]:
    """The name of a file that is also that of an installed package: in ``torch.py``, ``import torch`` is the package."""
    return frozenset({main} if "." not in main and _installed(main, path) else ())


def _imports(module: str, source: Source) -> Iterator[str]:
    """All that a module might import, as absolute names below the root; a name may be that of a module or of something in one."""
    try:
        syntax = ast.parse(source.code, source.path)
    except (SyntaxError, ValueError):
        # Whoever runs it sees the error with its line.
        return
    package = module.split(".") if source.package else module.split(".")[:-1]
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = above + (node.module.split(".") if node.module else [])
            # The dot in front says that it lies beside, whatever else has this name.
            mark = "." if node.level else ""
            if base:
                yield mark + ".".join(base)
            yield from (mark + ".".join([*base, alias.name]) for alias in node.names)


def _resolve(tree: Tree, name: str, own: frozenset[str]) -> list[str]:
    """Adds the modules on the way to a name; returns those that are new."""
    relative, name = name.startswith("."), name.removeprefix(".")
    parts = name.split(".")
    top = parts[0]
    if not relative and (top in sys.stdlib_module_names or top == "flatbench" or top in own):
        tree.external.update({top} - sys.stdlib_module_names)
        return []
    if top in tree.sources and tree.sources[top].package:
        return []
    new: list[str] = []
    for length in range(1, len(parts) + 1):
        module, place = ".".join(parts[:length]), tree.root.joinpath(*parts[:length])
        if module in tree.sources:
            continue
        if (place / "__init__.py").is_file():
            return new + _add_package(tree, module, place)
        if place.with_name(place.name + ".py").is_file():
            new += _add(tree, module, place.with_name(place.name + ".py"))
        elif _compiled(place):
            raise PluginError(f"{_compiled(place)}: `{name}` is compiled, and a parcel holds sources only (install it as a package)")
        elif not place.is_dir() or (length == 1 and not relative and _installed(top)):
            # A folder without __init__.py is a package only where there is no other.
            break
    if not any(module.split(".")[0] == top for module in tree.sources):
        tree.external.add(top)
    return new


def _add_package(tree: Tree, name: str, folder: Path) -> list[str]:
    new: list[str] = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if any(part.startswith(".") or part == "__pycache__" for part in parts) or not file.is_file():
            continue
        if file.name.endswith(tuple(EXTENSION_SUFFIXES)):
            raise PluginError(f"{file}: it is compiled, and a parcel holds sources only (install `{name}` as a package)")
        if file.suffix != ".py":
            continue
        inner = list(parts[:-1]) + ([] if file.name == "__init__.py" else [file.stem])
        new += _add(tree, ".".join([name, *inner]), file)
    return new


def _add(tree: Tree, module: str, file: Path) -> list[str]:
    if module in tree.sources:
        return []
    try:
        code = file.read_bytes()
    except OSError as error:
        raise PluginError(f"{file}: {error.strerror}") from None
    tree.sources[module] = Source(str(file), file.name == "__init__.py", code)
    return [module]


def _compiled(place: Path) -> Path | None:
    candidates = (place.with_name(place.name + suffix) for suffix in EXTENSION_SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def _installed(top: str, beside: Path | None = None) -> bool:
    """Whether there is a package or module of this name to import, other than the file that lies beside."""
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.loader is not None and spec.origin not in (None, str(beside))

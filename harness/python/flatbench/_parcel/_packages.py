"""The versions of what an optimizer imports from elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from ..errors import PluginError

_ALWAYS = ("numpy",)


def versions(modules: Iterable[str], distributions: Iterable[str] = ()) -> dict[str, str]:
    """The versions of modules by the distributions they come from, and of further distributions.

    What is no installed distribution, or is one that is run from its source tree, has a hash of its sources as version. What is not there
    is left out: its import may be guarded.
    """
    found: dict[str, str] = {}
    of_module = metadata.packages_distributions()
    for module in sorted(set(modules) - {"flatbench"}):
        if of_module.get(module):
            for distribution in of_module[module]:
                found[distribution] = _version(distribution, module)
        elif (digest := _digest(module)) is not None:
            found[module] = digest
    for distribution in (*_ALWAYS, *distributions):
        try:
            found.setdefault(distribution, metadata.version(distribution))
        except metadata.PackageNotFoundError:
            continue
    return dict(sorted(found.items()))


def check(packages: dict[str, str], what: str) -> None:
    """Refuses an optimizer that was built with other packages than there are.

    Raises
    ------
    PluginError
        Naming the first one.
    """
    for name, built in packages.items():
        try:
            here: str | None = metadata.version(name)
            if here != built:
                here = _version(name, *_modules_of(name))
        except metadata.PackageNotFoundError:
            here = _digest(name)
        if here is None:
            raise PluginError(f"{what} was built with {name} {built}, which is not here (pip install {name}=={built}, or build it again)")
        if here != built:
            raise PluginError(f"{what} was built with {name} {built}, and here is {here} (build it again: leave out --no-build)")


def _version(distribution: str, *modules: str) -> str:
    version = metadata.version(distribution)
    text = metadata.distribution(distribution).read_text("direct_url.json")
    if text is None or not json.loads(text).get("dir_info", {}).get("editable"):
        return version
    digests = [digest for module in modules if (digest := _digest(module)) is not None]
    return "+".join([version, *digests])


def _modules_of(distribution: str) -> list[str]:
    return sorted(module for module, names in metadata.packages_distributions().items() if distribution in names)


def _digest(module: str) -> str | None:
    """A hash of the sources of a module or package; None if there is none."""
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations is not None:
        folders = [Path(place) for place in spec.submodule_search_locations]
        files = [(folder, file) for folder in folders for file in sorted(folder.rglob("*.py"))]
    elif spec.origin is not None and Path(spec.origin).is_file():
        files = [(Path(spec.origin).parent, Path(spec.origin))]
    else:
        return None
    state = blake2b(digest_size=12)
    for folder, file in files:
        code = file.read_bytes()
        state.update(f"{file.relative_to(folder)}\0{len(code)}\0".encode() + code)
    return f"source-{state.hexdigest()}"


def local_modules() -> list[ModuleType]:
    """The files of Python among the modules of this process that no other process might find: those of no distribution."""
    installed = metadata.packages_distributions()
    modules = list(sys.modules.items())
    return [module for name, module in modules if name == getattr(module, "__name__", "") and _is_local(module, installed)]


def _is_local(module: object, installed: Mapping[str, list[str]]) -> bool:
    file = getattr(module, "__file__", None)
    name = getattr(module, "__name__", None)
    if not isinstance(file, str) or not isinstance(name, str) or not file.endswith(".py"):
        return False
    top = name.split(".")[0]
    foreign = top in ("flatbench", "__main__") or top in sys.stdlib_module_names or top in installed
    return not foreign and not Path(file).is_relative_to(sys.prefix)

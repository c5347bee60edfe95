"""The file of a parcel: a zip archive with ``parcel.json`` and the sources or a pickle, always the same bytes for the same content."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._version import __version__
from ..errors import PluginError
from ._python import PYTHON

FORMAT = 1
SUFFIX = ".fbpy"
_MANIFEST = "parcel.json"
_PICKLE = "object.pickle"
_SOURCES = "sources/"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Source:
    """A file of Python.

    Attributes
    ----------
    path
        Where it was read, absolute.
    package
        Whether it is the ``__init__.py`` of a package.
    code
        Its bytes.
    """

    path: str
    package: bool
    code: bytes


@dataclass
class Parcel:
    """An optimizer, ready to be loaded.

    Attributes
    ----------
    name
        What it is called.
    module, attribute
        Where it is found, among `sources` or among installed packages; both empty for a pickle.
    packages
        Versions of the distributions that it names.
    sources
        By the name of the module.
    pickle
        An object that has no file.
    flatbench, python
        What it was built with.
    """

    name: str
    module: str = ""
    attribute: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    pickle: bytes | None = None
    flatbench: str = __version__
    python: str = PYTHON

    def write(self, folder: Path) -> Path:
        """Writes ``NAME.fbpy`` into a folder, whole or not at all; the same content leaves the file as it is."""
        path = folder / f"{self.name}{SUFFIX}"
        content = self._bytes()
        if path.is_file() and path.read_bytes() == content:
            return path
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{self.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        return path

    def _bytes(self) -> bytes:
        import io

        files = {_SOURCES + _entry(name, source): source.code for name, source in self.sources.items()}
        if self.pickle is not None:
            files[_PICKLE] = self.pickle
        files[_MANIFEST] = json.dumps(self._manifest(), indent=1, sort_keys=True, ensure_ascii=False).encode()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(files):
                info = zipfile.ZipInfo(name, _EPOCH)
                info.create_system, info.external_attr = 3, 0o644 << 16
                archive.writestr(info, files[name])
        return buffer.getvalue()

    def _manifest(self) -> dict[str, Any]:
        place = {"pickle": True} if self.pickle is not None else {"module": self.module, "attribute": self.attribute}
        return {
            "format": FORMAT,
            "flatbench": self.flatbench,
            "python": self.python,
            "name": self.name,
            "packages": self.packages,
            "sources": {name: source.path for name, source in self.sources.items()},
            **place,
        }


def _entry(module: str, source: Source) -> str:
    return module.replace(".", "/") + ("/__init__.py" if source.package else ".py")


def read(path: Path) -> Parcel:
    """Reads a parcel.

    Raises
    ------
    PluginError
        If there is none, or it is of another format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            if manifest["format"] != FORMAT:
                raise PluginError(f"{path}: a parcel of format {manifest['format']}, and this flatbench reads {FORMAT} (build it again)")
            files = {name: archive.read(name) for name in archive.namelist()}
        sources = {}
        for module, origin in manifest["sources"].items():
            package = f"{_SOURCES}{module.replace('.', '/')}/__init__.py" in files
            sources[module] = Source(origin, package, b"")
            sources[module] = Source(origin, package, files[_SOURCES + _entry(module, sources[module])])
        return Parcel(
            name=manifest["name"],
            module=manifest.get("module", ""),
            attribute=manifest.get("attribute", ""),
            packages=manifest["packages"],
            sources=sources,
            pickle=files[_PICKLE] if manifest.get("pickle") else None,
            flatbench=manifest["flatbench"],
            python=manifest["python"],
        )
    except FileNotFoundError:
        raise PluginError(f"{path}: there is no such parcel") from None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise PluginError(f"{path}: not a parcel that can be read ({error}; build it again)") from error

"""What to run, as the program takes it: a suite, names of optimizers, and paths of plugins."""

from __future__ import annotations

import copy
import json
import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import _flatbench, _name, _parcel
from ._spec import Spec, class_of, plain, setting
from .errors import PluginError, SuiteError

__all__ = ["Plan", "Suite", "plan"]


class Suite:
    """A suite that makes sense: cases and optimizers, with the content of a ``.toml`` file.

    Parameters
    ----------
    content
        ``{"name": .., "case": [{"name": .., "family": .., ..}], "optimizer": [..], ..}``, by the names that a suite file has.

    Raises
    ------
    SuiteError
        With every mistake, each with its place, such as ``case[0].rows``. What an optimizer may be set to is known when it is run.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        if not isinstance(content, Mapping):
            raise SuiteError([f"a suite is a dict, not {content!r} (a name or a path goes to fb.run itself)"])
        self.content = copy.deepcopy(dict(content))
        self._text = _toml(self.content)
        mistakes = _flatbench.check_suite("suite", self._text, os.getcwd())
        if mistakes:
            raise SuiteError(placed(self._text, mistakes))

    def to_toml(self) -> str:
        """The content of a suite file."""
        return self._text

    def __repr__(self) -> str:
        cases = ", ".join(str(case.get("name", case.get("family"))) for case in self.content.get("case", []))
        return f"Suite({self.content.get('name')!r}, cases: {cases})"


@dataclass
class Plan:
    """What is handed to the program.

    Attributes
    ----------
    suite
        Name or path.
    names
        Optimizers to run; all of the suite where there are none.
    plugins
        Paths.
    generated
        The text of the suite, where it was written here.
    """

    suite: str
    names: list[str] = field(default_factory=list)
    plugins: list[str] = field(default_factory=list)
    generated: str | None = None


def plan(
    suite: str | os.PathLike[str] | Mapping[str, Any] | Suite,
    optimizers: Sequence[Spec | str] | None,
    directory: Path,
    folder: Path,
) -> Plan:
    """Packs optimizers into the run directory, and writes a suite into `folder` where its text is not that of a file."""
    names: list[str] = []
    plugins: list[str] = []
    settings: dict[str, list[dict[str, Any]]] = {}
    kinds: dict[str, object] = {}
    if not isinstance(suite, (str, os.PathLike, Mapping, Suite)):
        raise SuiteError([f"a suite is a name, a path or a dict, not {suite!r}"])
    if optimizers is not None and isinstance(optimizers, Sequence) and not optimizers:
        raise PluginError("the list of optimizers is empty (leave it out for all of the suite)")
    if isinstance(optimizers, (str, type)) or (optimizers is not None and not isinstance(optimizers, Iterable)):
        raise PluginError(f"optimizers is a list, such as [{optimizers!r}]")
    for spec in optimizers or ():
        if isinstance(spec, str):
            if _name.mistake(spec) is not None:
                raise PluginError(f"no optimizer can be called {spec!r} (allowed: {_name.RULE}; a file goes into plugins=[..])")
            names.append(spec)
            continue
        name = class_of(spec).name
        path = os.fspath(_parcel.pack(spec, directory / "plugins"))
        packed = Path(path).read_bytes()
        if kinds.setdefault(name, packed) != packed:
            raise PluginError(f"two optimizers are called {name!r} and are not the same (give one of them another name: `name=..`)")
        if path not in plugins:
            plugins.append(path)
        names.append(name)
        given = {key: plain(value) for key, value in setting(spec).items()}
        if given and given not in settings.setdefault(name, []):
            settings[name].append(given)
    names = list(dict.fromkeys(names))
    if isinstance(suite, (str, os.PathLike)) and not settings:
        return Plan(os.fspath(suite), names, plugins)
    content = _content(suite)
    for name, own in settings.items():
        _set(content, name, own)
    text = _toml(content)
    # The name of the file is what mistakes say.
    file = folder / "suite.toml"
    file.write_text(text, encoding="utf-8")
    return Plan(os.fspath(file), names, plugins, text)


def _content(suite: str | os.PathLike[str] | Mapping[str, Any] | Suite) -> dict[str, Any]:
    """A suite as data, its files by absolute paths."""
    base = Path.cwd()
    if isinstance(suite, Suite):
        content = copy.deepcopy(suite.content)
    elif isinstance(suite, Mapping):
        content = copy.deepcopy(dict(suite))
    else:
        built_in = _flatbench.built_in_suite(os.fspath(suite))
        if built_in is None:
            base = Path(suite).resolve().parent
            try:
                built_in = Path(suite).read_text(encoding="utf-8")
            except OSError as error:
                raise SuiteError([f"cannot read the suite {os.fspath(suite)}: {error.strerror}"]) from None
        try:
            content = tomllib.loads(built_in)
        except tomllib.TOMLDecodeError as error:
            raise SuiteError([f"{os.fspath(suite)}: {error}"]) from None
    for case in content.get("case", []):
        if isinstance(case, dict):
            for key, value in case.items():
                if key.endswith("file") and isinstance(value, str):
                    case[key] = os.fspath(base / value)
    return content


def _set(content: dict[str, Any], name: str, settings: list[dict[str, Any]]) -> None:
    """Gives an optimizer these settings in place of the suite's."""
    entries = content.setdefault("optimizer", [])
    for entry in entries:
        if entry.get("name") == name:
            entry["settings"] = settings
            return
    entries.append({"name": name, "settings": settings})


def _toml(content: Mapping[str, Any]) -> str:
    if wrong := list(_not_finite(content, "")):
        raise SuiteError([f"{place.lstrip('.')}: {value} is no number that a suite can have" for place, value in wrong])
    try:
        return _flatbench.to_toml(json.dumps(content, default=_plain, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise SuiteError([f"suite: {error}"]) from None


def _not_finite(value: object, place: str) -> Iterator[tuple[str, float]]:
    """Where the numbers are that TOML would have and no suite may."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _not_finite(inner, f"{place}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, f"{place}[{index}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, value


def _plain(value: object) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    item = getattr(value, "item", None)
    if callable(item):
        return item()
    if hasattr(value, "shape") and hasattr(value, "from_"):
        return plain(value)  # type: ignore[arg-type]
    raise TypeError(f"a suite has numbers, words, lists and dicts, not {value!r}")


def replaced(text: str, path: str, mistakes: Iterable[str]) -> list[str]:
    """Mistakes that name lines of a generated file, by their places."""
    pattern = re.compile(re.escape(path) + r":(\d+): (.*)", re.DOTALL)
    found = [(pattern.fullmatch(mistake), mistake) for mistake in mistakes]
    return [placed(text, [(int(m[1]), m[2])])[0] if m else mistake for m, mistake in found]


_HEADER = re.compile(r"^\[(\[?)([^\]]+)\]")
_KEY = re.compile(r'^("[^"]*"|[\w-]+)\s*=')


def placed(text: str, mistakes: Iterable[tuple[int, str]]) -> list[str]:
    """Mistakes by the place in a dict, such as ``case[0].rows``, instead of the line of its TOML."""
    lines = text.splitlines()
    return [f"{_place(lines, line)}: {message}" for line, message in mistakes]


def _place(lines: Sequence[str], line: int) -> str:
    counts: dict[str, int] = {}
    header = key = ""
    for content in lines[:line]:
        if found := _HEADER.match(content):
            parts = []
            for part in found[2].split("."):
                parts.append(part)
                joined = ".".join(parts)
                if found[1] and joined == found[2]:
                    counts[joined] = counts.get(joined, -1) + 1
            header = ".".join(
                f"{part}[{counts[whole]}]" if (whole := ".".join(parts[: i + 1])) in counts else part for i, part in enumerate(parts)
            )
            key = ""
        elif found := _KEY.match(content):
            key = found[1].strip('"')
    return ".".join(filter(None, [header, key])) or "suite"

"""What a suite came to."""

from __future__ import annotations

import html
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _child, _flatbench
from .errors import FlatbenchError
from .instance import Instance, Metrics
from .records import Records, Trajectory
from .vector import Vector

__all__ = ["Parameters", "Study"]

Array = NDArray[np.float64]
PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Parameters:
    """The parameters of a run.

    Attributes
    ----------
    iterate
        Where the optimizer ended, shape ``(d,)``.
    limit
        The zero-loss point that gradient flow reaches from there; None if there is none.
    """

    iterate: Vector
    limit: Vector | None


class Study:
    """A run directory: what a suite came to. In a notebook it shows its verdict and its central figure.

    Attributes
    ----------
    directory
        Where it is.
    """

    def __init__(self, directory: PathLike, plugins: Iterable[PathLike] = ()) -> None:
        self.directory = Path(directory).resolve()
        self._plugins = [os.fspath(path) for path in plugins]

    @cached_property
    def records(self) -> Records:
        """Its records."""
        return Records(self.directory)

    def record(self, key: str) -> dict[str, Any]:
        """The record whose key begins so.

        Raises
        ------
        FlatbenchError
            If there is none, or more than one.
        """
        if not isinstance(key, str):
            raise FlatbenchError(f"a run is named by its key, such as records[0]['key'], not by {key!r}")
        found = [record for record in self.records if record["key"].startswith(key)]
        if len(found) != 1:
            raise FlatbenchError(f"{len(found)} records have a key that begins with {key!r} (give a whole key: `records[0]['key']`)")
        return dict(found[0])

    def trajectory(self, key: str) -> Trajectory:
        """What was measured along a run.

        Raises
        ------
        FlatbenchError
            If the run left none.
        """
        full = self.record(key)["key"]
        text = _flatbench.trajectory(os.fspath(self.directory), full)
        if text is None:
            raise FlatbenchError(f"the run {full} has no trajectory: its record says {self.record(full)['outcome']!r}")
        return Trajectory(json.loads(text)["checkpoints"])

    def parameters(self, key: str) -> Parameters:
        """Where a run ended. Runs that did not keep their parameters are done again, and have to be the same bit for bit.

        Raises
        ------
        FlatbenchError
            If the run has none, or is another one today.
        """
        record = self.record(key)
        file = self.directory / "parameters" / f"{record['key']}.npz"
        if not file.is_file():
            given = [word for path in self._plugins for word in ("--plugin", path)]
            _child.call(["replay", os.fspath(self.directory), record["key"], "--save", *given])
        blocks = self.instance(record["key"]).blocks
        with np.load(file) as arrays:
            points = {point: _joined(arrays, point, blocks) for point in ("iterate", "limit")}
        if points["iterate"] is None:
            raise FlatbenchError(f"{file} has no iterate (was it written by another program? remove it, and ask again)")
        return Parameters(points["iterate"], points["limit"])

    def instance(self, key: str) -> Instance:
        """The instance of a run, with its start."""
        record = self.record(key)
        text = (self.directory / "suite.toml").read_text(encoding="utf-8")
        place = (record["case"], record["init"], record["split"], record["repetition"])
        return Instance._of_suite(os.fspath(self.directory / "suite.toml"), text, os.fspath(self.directory), *place)

    def metrics(self, key: str, point: str = "limit") -> Metrics | None:
        """What was measured at a point of a run: ``"limit"``, ``"iterate"`` or ``"start"``; None if it was not reached."""
        record = self.record(key)
        found = record.get(point)
        if point == "limit" and found is not None and found["state"] != "reached":
            return None
        own = ("state", "reason", "distance_moved")
        return None if found is None else Metrics({name: value for name, value in found.items() if name not in own})

    @property
    def verdict(self) -> list[str]:
        """What the report says, sentence by sentence."""
        return self._summary[0]

    @property
    def figure(self) -> str | None:
        """The central figure, as SVG."""
        return self._summary[1]

    @cached_property
    def _summary(self) -> tuple[list[str], str | None]:
        return _flatbench.summary(os.fspath(self.directory))

    def report(self, path: PathLike | None = None) -> Path:
        """Draws the report.

        Parameters
        ----------
        path
            A ``.html`` file, or a folder; the directory of the study where it is left out.

        Returns
        -------
        Path
            Of the page, one file that loads nothing from elsewhere.
        """
        target = self.directory if path is None else Path(path)
        if target.suffix != ".html":
            _child.call(["report", os.fspath(self.directory), *([] if path is None else ["--out", os.fspath(target)])])
            return target / "index.html"
        with tempfile.TemporaryDirectory() as folder:
            _child.call(["report", os.fspath(self.directory), "--out", folder])
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((Path(folder) / "index.html").read_bytes())
            except OSError as error:
                raise FlatbenchError(f"cannot write {target}: {error.strerror}") from None
        return target

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        first = f": {self.verdict[0]}" if self.verdict else ""
        return f"<Study {self.directory}, {len(self.records)} records{first}>"

    def _repr_html_(self) -> str:
        first, *more = [html.escape(sentence) for sentence in self.verdict] or ["no records yet"]
        rest = "".join(f"<li>{sentence}</li>" for sentence in more)
        folded = f"<details><summary>{len(more)} more sentences</summary><ul>{rest}</ul></details>" if more else ""
        figure = f'<div style="max-width:900px">{self.figure}</div>' if self.figure else ""
        return f"<div><p><b>{first}</b></p>{figure}{folded}<p><code>{html.escape(os.fspath(self.directory))}</code></p></div>"


def _joined(arrays: Mapping[str, Array], point: str, blocks: Iterable[Any]) -> Vector | None:
    names = [f"{point}_{block.name}" for block in blocks]
    if not all(name in arrays for name in names):
        return None
    return Vector(np.concatenate([arrays[name].ravel() for name in names]), list(blocks))

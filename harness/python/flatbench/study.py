"""Suites run from Python, and what came of them."""

from __future__ import annotations

import html
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _child, _flatbench, _plan
from ._spec import Spec
from .errors import FlatbenchError
from .instance import Instance, Metrics
from .vector import Vector

if TYPE_CHECKING:
    import pandas
    import polars

__all__ = ["Parameters", "Records", "Study", "Trajectory", "compare", "merge", "open_study", "run"]

Array = NDArray[np.float64]
PathLike = str | os.PathLike[str]


class Records(Sequence[dict[str, Any]]):
    """The records of a study: a sequence of dicts, as they stand in ``records.jsonl``, and a table.

    As a table it has a column for each number (``columns`` says what they mean), and is handed over without a copy by the Arrow
    PyCapsule interface: ``to_pandas()``, ``to_polars()``, ``pyarrow.table(records)``, and DuckDB by its name.
    """

    def __init__(self, directory: PathLike) -> None:
        self._table = _flatbench.Table(os.fspath(directory))

    @property
    def columns(self) -> dict[str, str]:
        """What each column means."""
        return {name: meaning for name, _, meaning in self._table.columns}

    def to_pandas(self) -> pandas.DataFrame:
        """As a data frame of pandas."""
        try:
            import pandas
        except ImportError:
            raise FlatbenchError("records.to_pandas() needs pandas (pip install pandas)") from None
        table: Any = self._table
        if hasattr(pandas.DataFrame, "from_arrow"):
            frame: pandas.DataFrame = pandas.DataFrame.from_arrow(table)
            return frame
        try:
            import pyarrow
        except ImportError:
            raise FlatbenchError("this pandas takes Arrow tables by pyarrow (pip install pyarrow, or pandas>=3)") from None
        frame = pyarrow.table(table).to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """As a data frame of polars."""
        try:
            import polars
        except ImportError:
            raise FlatbenchError("records.to_polars() needs polars (pip install polars)") from None
        frame: Any = polars.DataFrame(self._table)
        return frame  # type: ignore[no-any-return]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if isinstance(index, str):
            raise TypeError("records are numbered; a column is `records.to_pandas()[name]` or `records.to_polars()[name]`")
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"there are {len(self)} records")
        record: dict[str, Any] = json.loads(self._table.json(place))
        return record

    def __repr__(self) -> str:
        return f"<{len(self)} records, {len(self._table.columns)} columns>"


class Trajectory(Sequence[dict[str, Any]]):
    """The measured moments of a run, in order; ``trajectory["train_loss"]`` is one number along the run, NaN where it was not measured."""

    def __init__(self, checkpoints: list[dict[str, Any]]) -> None:
        self._checkpoints = checkpoints

    @property
    def names(self) -> list[str]:
        """Numbers that were measured at some moment, those that the optimizer reported as ``reported.NAME``."""
        names: dict[str, None] = {}
        for point in self._checkpoints:
            names.update(dict.fromkeys(name for name in point if name != "reported"))
        for point in self._checkpoints:
            names.update(dict.fromkeys(f"reported.{name}" for name in point.get("reported", {})))
        return list(names)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, str):
            return self._checkpoints[index]
        if index not in self.names:
            raise KeyError(f"nothing called {index!r} was measured (there are {', '.join(self.names)})")
        return self._along(index)

    def _along(self, name: str) -> Any:
        prefix, _, rest = name.partition(".")
        values = [p.get("reported", {}).get(rest) if prefix == "reported" and rest else p.get(name) for p in self._checkpoints]
        if any(isinstance(value, list) for value in values):
            width = max(len(value or []) for value in values)
            return np.array([[*(value or []), *[np.nan] * (width - len(value or []))] for value in values])
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def __len__(self) -> int:
        return len(self._checkpoints)

    def __repr__(self) -> str:
        return f"<trajectory of {len(self)} moments: {', '.join(self.names)}>"


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

    def __init__(self, directory: PathLike, plugins: Iterable[PathLike] = (), keep: object = None) -> None:
        self.directory = Path(directory).resolve()
        self._plugins = [os.fspath(path) for path in plugins]
        # A temporary folder, for as long as anybody has the study.
        self._keep = keep

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
        if point == "limit" and found is not None:
            found = found["metrics"] if found.get("state") == "reached" else None
        return None if found is None else Metrics(found)

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
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((Path(folder) / "index.html").read_bytes())
        return target

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        first = f": {self.verdict[0]}" if self.verdict else ""
        return f"<Study {self.directory}, {len(self.records)} records{first}>"

    def _repr_html_(self) -> str:
        sentences = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.verdict)
        figure = f'<div style="max-width:900px">{self.figure}</div>' if self.figure else ""
        return f"<div><ul>{sentences}</ul>{figure}<p><code>{html.escape(os.fspath(self.directory))}</code></p></div>"


def _joined(arrays: Mapping[str, Array], point: str, blocks: Iterable[Any]) -> Vector | None:
    names = [f"{point}_{block.name}" for block in blocks]
    if not all(name in arrays for name in names):
        return None
    return Vector(np.concatenate([arrays[name].ravel() for name in names]), list(blocks))


def run(
    suite: str | os.PathLike[str] | Mapping[str, Any] | _plan.Suite = "default",
    *,
    optimizers: Sequence[Spec | str] | None = None,
    families: Sequence[str] = (),
    seeds: int | None = None,
    out: PathLike | None = None,
    jobs: int | None = None,
    plugins: Sequence[PathLike] = (),
    time_limit: float | None = None,
    measuring_limit: float | None = None,
    memory_limit: str | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    keep_parameters: bool = False,
    progress: bool | None = None,
) -> Study:
    """Runs a suite, in worker processes of its own, and returns what came of it.

    Parameters
    ----------
    suite
        The name of a built-in suite, the path of a ``.toml`` file, a dict with the same content, or a :func:`flatbench.suite`.
    optimizers
        What to run: classes or objects of optimizers written in Python, and names of others. An object runs at the values it was made
        with (``Mine(step_size=0.1)``), one that the suite does not have at its defaults. All of the suite where it is left out.
    families
        The cases of these families only.
    seeds
        Repetitions of every case, in place of the suite's.
    out
        Run directory; running again continues. A temporary one, which goes with the study, where it is left out.
    jobs
        Worker processes at a time; as many as cores where it is left out.
    plugins
        Further plugins by their paths: libraries, crates, C files, ``.py`` files.
    time_limit, measuring_limit
        Seconds that the optimizer of a run, and measuring it, may take.
    memory_limit
        Of a worker, such as ``"8GiB"``.
    fresh, retry_failed
        Whether to do all runs anew, or those that failed.
    keep_parameters
        Whether to keep where runs end, for :meth:`Study.parameters`.
    progress
        Whether to show it; in a terminal and a notebook where it is left out.

    Raises
    ------
    SuiteError
        With every mistake in the suite.
    PluginError
        If an optimizer cannot be used.
    RunError
        If the harness could not do its work. Runs that fail are records, and no error.
    KeyboardInterrupt
        What was recorded is kept where `out` was given: the same call continues.
    """
    keep: tempfile.TemporaryDirectory[str] | None = None
    if out is None:
        keep = tempfile.TemporaryDirectory(prefix="flatbench-")
        out = Path(keep.name) / "study"
    directory = Path(out).resolve()
    with tempfile.TemporaryDirectory(prefix="flatbench-suite-") as folder:
        plan = _plan.plan(suite, optimizers, directory, Path(folder))
        words = ["run", plan.suite, "--out", os.fspath(directory), "--events"]
        if plan.names:
            words += ["--optimizer", ",".join(plan.names)]
        if families:
            words += ["--family", ",".join(families)]
        paths = [*plan.plugins, *(os.fspath(path) for path in plugins)]
        for path in paths:
            words += ["--plugin", path]
        numbers = {
            "--seeds": seeds,
            "--jobs": jobs,
            "--time-limit": time_limit,
            "--measuring-limit": measuring_limit,
            "--memory-limit": memory_limit,
        }
        words += [word for name, value in numbers.items() if value is not None for word in (name, str(value))]
        flags = {"--fresh": fresh, "--retry-failed": retry_failed, "--keep-parameters": keep_parameters}
        words += [name for name, is_set in flags.items() if is_set]
        _child.run(words, progress)
    return Study(directory, paths, keep)


def open_study(directory: PathLike, *, plugins: Sequence[PathLike] = ()) -> Study:
    """A run directory that is already there, from wherever it was made.

    Parameters
    ----------
    directory
        With a ``records.jsonl`` in it.
    plugins
        Paths of plugins that its runs need to be done again.
    """
    study = Study(directory, plugins)
    _ = study.records
    own = study.directory / "plugins"
    study._plugins += sorted(os.fspath(path) for path in own.glob("*.fbpy")) if own.is_dir() else []
    return study


def compare(before: Study | PathLike, after: Study | PathLike) -> dict[str, Any]:
    """What changed between two studies, with intervals, as a dict; runs are paired by case, start, draw and optimizer."""
    text = _child.call(["compare", _directory(before), _directory(after), "--json"])
    found: dict[str, Any] = json.loads(text)
    return found


def merge(studies: Iterable[Study | PathLike], out: PathLike) -> Study:
    """Joins studies of one suite, such as the parts of a sharded plan, in the run directory `out`."""
    parts = list(studies)
    _child.call(["merge", *(_directory(part) for part in parts), "--out", os.fspath(out)])
    return Study(out, [path for part in parts if isinstance(part, Study) for path in part._plugins])


def _directory(study: Study | PathLike) -> str:
    return os.fspath(study.directory if isinstance(study, Study) else study)



"""Records and trajectories of a run directory."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _flatbench
from .errors import FlatbenchError

if TYPE_CHECKING:
    import pandas
    import polars

__all__ = ["Records", "Trajectory"]


class Records(Sequence[dict[str, Any]]):
    """The records of a study: a sequence of dicts, as they stand in ``records.jsonl``, and a table.

    As a table it has a column for each number (``columns`` says what they mean), and is handed over without a copy by the Arrow
    PyCapsule interface: ``to_pandas()``, ``to_polars()``, ``pyarrow.table(records)``, and DuckDB by its name.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        if not isinstance(directory, (str, os.PathLike)):
            raise FlatbenchError(f"a run directory is given by its path, not as {directory!r}")
        self._table = _flatbench.Table(os.fspath(directory))
        if self._table.flaws:
            flaws = "; ".join(f"{os.fspath(directory)}/records.jsonl, {flaw}" for flaw in self._table.flaws[:5])
            if not len(self._table):
                raise FlatbenchError(f"no record can be read: {flaws}")
            warnings.warn(f"left out: {flaws}", stacklevel=3)

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

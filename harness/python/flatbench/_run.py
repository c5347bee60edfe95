"""One optimizer on its way through one run: its methods, and what they are held to."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from ._layout import Layout
from .errors import PluginError
from .optimizer import Optimizer
from .schedule import Schedule
from .vector import Block, Vector

if TYPE_CHECKING:
    from ._flatbench import Oracle


class Run:
    """What the compiled part holds of a run.

    ``w`` is a writable :class:`Vector` of the run's factors, the same one in every call of :meth:`initialize` and :meth:`step`.
    """

    def __init__(self, optimizer: Optimizer, blocks: tuple[Block, ...]) -> None:
        self._optimizer = optimizer
        self._layout = Layout.of(blocks)

    def initialize(self, w: Vector, oracle: Oracle) -> None:
        self._optimizer.initialize(w, oracle)

    def step(self, w: Vector, oracle: Oracle) -> bool:
        """Takes a step; True means that the optimizer says it has converged."""
        said: object = self._optimizer.step(w, oracle)
        if said is None or said is False:
            return False
        if isinstance(said, (bool, np.bool_)):
            return bool(said)
        if isinstance(said, np.ndarray) and said.ndim > 0:
            raise PluginError(
                f"{self._where('step')} returned an array: w is changed in place (`w -= …` or `w[:] = …`), and what is returned "
                "is True, False or None"
            )
        raise PluginError(f"{self._where('step')} returned {said!r}: it has to be True (converged), False or None")

    def report(self, oracle: Oracle) -> dict[str, float]:
        """The present values of schedules, then what the optimizer reports, which goes first where both have a name."""
        own = self._optimizer.report(oracle)
        if own is None:
            own = {}
        if not isinstance(own, dict):
            raise PluginError(f"{self._where('report')} returned {own!r}: it has to be a dict of numbers by name")
        all_of_it = {}
        for name in type(self._optimizer)._hyperparameters:
            value = getattr(self._optimizer, name)
            if isinstance(value, Schedule) and name not in own:
                all_of_it[name] = value(oracle)
        for name, value in own.items():
            if not isinstance(name, str) or not name:
                raise PluginError(f"{self._where('report')} has the name {name!r}: it has to be a text")
            all_of_it[name] = self._number(name, value)
        return all_of_it

    def evaluation_point(self, w: Vector) -> Vector | None:
        """Another point to be judged than w, if there is one. The optimizer sees w read-only."""
        seen = w.view()
        seen.flags.writeable = False
        point: object = self._optimizer.evaluation_point(seen)
        if point is None:
            return None
        array = np.asarray(point)
        if array.dtype.kind not in "fiub" or array.shape != (self._layout.dimension,):
            raise PluginError(
                f"{self._where('evaluation_point')} returned an array of shape {array.shape} and dtype {array.dtype}: it has to be "
                f"({self._layout.dimension},), float64, or None for w itself"
            )
        return Vector(np.ascontiguousarray(array, dtype=np.float64), self._layout.blocks)

    def _number(self, name: str, value: Any) -> float:
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        if not isinstance(value, (numbers.Real, np.bool_)):
            raise PluginError(f"{self._where('report')} has {value!r} for {name!r}: it has to be a number")
        return float(value)

    def _where(self, method: str) -> str:
        return f"{type(self._optimizer).__qualname__}.{method}"

"""What the oracle has answered, so that nothing is paid for twice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

from ..errors import PluginError
from ..vector import Vector

if TYPE_CHECKING:
    from .._flatbench import Batch, Oracle

T = TypeVar("T")


class Answers:
    """Loss and gradient at the points of a step, each asked once; over all measurements, or those of the step's batch.

    Parameters
    ----------
    batch_size
        0 for all measurements.
    what
        Who asks.
    keep
        Whether the latest answers are good in the next step too: for methods that search, and begin where they ended. Not where a
        schedule moves, which needs the budget to be spent, nor for methods that may stay where they are and count steps.

    Attributes
    ----------
    asked
        Questions of this step that the oracle had to answer.
    best
        The point of the lowest loss that was looked at in this step, and None before.
    """

    def __init__(self, batch_size: int, what: str, keep: bool) -> None:
        self._size = batch_size
        self._keep = keep
        self._what = what
        self._oracle: Oracle
        self.asked = 0
        self._batch: Batch | None = None
        self._losses: dict[bytes, float] = {}
        self._gradients: dict[bytes, Vector] = {}
        self._lowest = math.inf
        self.best: Vector | None = None

    def begin(self, oracle: Oracle) -> None:
        """Begins a step."""
        self._oracle = oracle
        self.asked = 0
        self._batch = oracle.sample_batch(self._size) if self._size else None
        self._losses = _latest(self._losses) if self._keep else {}
        self._gradients = _latest(self._gradients) if self._keep and self._batch is None else {}
        self._lowest, self.best = math.inf, None

    def known(self, w: Vector) -> tuple[float | None, Vector | None]:
        """Loss and gradient at a point, each if it was asked before."""
        point = w.tobytes()
        return self._losses.get(point), self._gradients.get(point)

    def loss(self, w: Vector) -> float:
        """f(w)."""
        if self._batch is not None and not self._batch.is_whole:
            raise PluginError(f"{self._what} looks at the loss, and the oracle has no loss of a batch (leave out batch_size)")
        point = w.tobytes()
        if point not in self._losses:
            self._losses[point] = self._oracle.loss(w)
            self.asked += 1
        if self._losses[point] < self._lowest:
            self._lowest, self.best = self._losses[point], w.copy()
        return self._losses[point]

    def gradient(self, w: Vector) -> Vector:
        """The gradient, shape ``(d,)``; not to be changed."""
        point = w.tobytes()
        if point not in self._gradients:
            batch = self._batch
            self._gradients[point] = self._oracle.gradient(w) if batch is None else self._oracle.batch_gradient(w, batch)
            self.asked += 1
        return self._gradients[point]


def _latest(answers: dict[bytes, T]) -> dict[bytes, T]:
    return dict(list(answers.items())[-1:])

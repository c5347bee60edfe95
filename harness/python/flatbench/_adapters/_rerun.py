"""A computation that cannot be held, made to go on in pieces: it is begun again with the answers that it had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import PluginError
from ..vector import Vector

if TYPE_CHECKING:
    from .._flatbench import Oracle

_GROWTH = 10


class Pause(Exception):
    """Enough iterations for one step."""


class Script:
    """The questions of a method that always asks the same, and their answers.

    What is asked is compared with what was asked in this place before, by a hash.

    Attributes
    ----------
    iterations
        How many there were.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._answers: list[tuple[int, Any]] = []
        self._place = 0
        self._passed = 0
        self.iterations = 0

    def begin(self, w: Vector, oracle: Oracle) -> None:
        """Goes back to the start; the iterates will be put into `w`."""
        self._w, self._oracle = w, oracle
        self._place = self._passed = 0
        # A share of what there was: with w at checkpoints in equal ratios of the budget, beginning again costs a constant factor.
        self._until = self.iterations + 1 + self.iterations // _GROWTH

    def loss(self, x: np.ndarray[Any, Any]) -> float:
        """f(x)."""
        return float(self._ask("loss", (x,), lambda: self._oracle.loss(_double(x))))

    def jac(self, x: np.ndarray[Any, Any]) -> Any:
        """∇f(x), shape ``(d,)``."""
        return np.array(self._ask("jac", (x,), lambda: self._oracle.gradient(_double(x))), subok=False)

    def hessp(self, x: np.ndarray[Any, Any], v: np.ndarray[Any, Any]) -> Any:
        """∇²f(x)·v, shape ``(d,)``."""
        return np.array(self._ask("hessp", (x, v), lambda: self._oracle.hessian_vector(_double(x), _double(v))), subok=False)

    def hess(self, x: np.ndarray[Any, Any]) -> Any:
        """∇²f(x), shape ``(d, d)``, column by column."""
        columns = [self.hessp(x, unit) for unit in np.eye(len(x))]
        whole = np.stack(columns, axis=1)
        return (whole + whole.T) / 2

    def iterated(self, x: np.ndarray[Any, Any], *_: Any) -> None:
        """Takes note of an iterate; breaks off after the last of a step."""
        self._passed += 1
        if self._passed <= self.iterations:
            return
        self.iterations = self._passed
        self._w[:] = x
        if self._passed >= self._until:
            raise Pause

    def _ask(self, kind: str, arguments: tuple[np.ndarray[Any, Any], ...], ask: Callable[[], Any]) -> Any:
        question = hash((kind, *(_double(a).tobytes() for a in arguments)))
        if self._place == len(self._answers):
            self._answers.append((question, ask()))
        known, answer = self._answers[self._place]
        if known != question:
            raise PluginError(f"{self._what} does not go the same way twice from one start (it draws numbers, or reads a clock)")
        self._place += 1
        return answer


def _double(x: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.ascontiguousarray(x, dtype=np.float64).reshape(-1)

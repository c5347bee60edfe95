"""The loss as a function inside of compiled JAX code, which asks at points of its own.

The oracle answers on the thread of its run alone, and compiled code calls back on any. So a callback only looks up what is known, and notes the
first point that is not; then the oracle is asked for it and the code is run again. Whatever it asks first is what it would have asked, since
it had the right answers up to there.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .._layout import Layout
from ..vector import Vector
from ._answers import Answers


class Search:
    """The questions of one transformation.

    Attributes
    ----------
    used
        Whether anything was ever asked, if only in tracing.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._answers: Answers | None = None
        self._missing: tuple[str, Vector] | None = None
        self.used = False

    def zeros(self) -> dict[str, Any]:
        """The pytree ``{factor: array}`` of zeros."""
        return tree_of(Vector(np.zeros(self._layout.dimension), self._layout.blocks))

    def answered(self, run: Callable[[], Any], answers: Answers) -> Any:
        """What `run` returns when it has every answer that it asks for."""
        import jax

        wait: Callable[[Any], Any] = jax.block_until_ready
        if not self.used:
            return run()
        self._answers = answers
        while True:
            self._missing = None
            result = run()
            wait(result)
            if self._missing is None:
                return result
            kind, point = self._missing
            answers.loss(point) if kind == "loss" else answers.gradient(point)

    def value_fn(self, tree: Any) -> Any:
        """f of a pytree, as a function that JAX can compile and differentiate."""
        import jax

        self.used = True
        shape: Any = jax.ShapeDtypeStruct
        number = shape((), np.float64)
        factors = {name: shape((rows, cols), np.float64) for name, rows, cols in self._layout.blocks}

        @jax.custom_vjp
        def loss(tree: Any) -> Any:
            return jax.pure_callback(self._loss, number, tree)

        def forward(tree: Any) -> Any:
            return loss(tree), tree

        def backward(tree: Any, factor: Any) -> Any:
            gradient = jax.pure_callback(self._gradient, factors, tree)
            return (jax.tree.map(lambda block: block * factor, gradient),)

        loss.defvjp(forward, backward)
        return loss(tree)

    def _loss(self, tree: Mapping[str, Any]) -> Any:
        return np.float64(self._look("loss", tree))

    def _gradient(self, tree: Mapping[str, Any]) -> Any:
        answer = self._look("gradient", tree)
        if isinstance(answer, Vector):
            return dict(answer.blocks)
        return {name: np.full((rows, cols), answer) for name, rows, cols in self._layout.blocks}

    def _look(self, kind: str, tree: Mapping[str, Any]) -> Any:
        entries = [np.asarray(tree[name], dtype=np.float64).ravel() for name, _, _ in self._layout.blocks]
        point = Vector(np.concatenate(entries), self._layout.blocks)
        answer = None if self._answers is None else self._answers.known(kind, point)
        if answer is None and self._missing is None:
            self._missing = kind, point
        return np.nan if answer is None else answer


def tree_of(vector: Vector) -> dict[str, Any]:
    """The factors as a pytree."""
    import jax.numpy

    # Copies: JAX would share memory that the next step changes.
    return {factor: jax.numpy.array(block) for factor, block in vector.blocks.items()}


def doubles() -> contextlib.AbstractContextManager[Any]:
    """Numbers of 64 bits, for this adapter alone: other code of the process may count on 32."""
    import jax

    switch: Any = getattr(jax, "enable_x64", None)
    if switch is None:
        switch = importlib.import_module("jax.experimental").enable_x64
    context: contextlib.AbstractContextManager[Any] = switch(True)
    return context


@contextlib.contextmanager
def doubles_everywhere() -> Iterator[None]:
    """The same on the threads of JAX too, where callbacks are: those have the setting of the process."""
    import jax

    configuration: Any = jax.config
    before = configuration.jax_enable_x64
    configuration.update("jax_enable_x64", True)
    try:
        yield
    finally:
        configuration.update("jax_enable_x64", before)

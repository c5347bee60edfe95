"""The loss as a function inside of compiled JAX code, which asks at points of its own.

The oracle answers on the thread of its run alone, and compiled code calls back on any. So a callback only looks up what is known. At the first
point that is not, it ends the code; then the oracle is asked, and the code is run again, which comes to the same point with the same answers.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
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
        self._missing: tuple[Vector, bool] | None = None
        self.used = False

    def zeros(self) -> dict[str, Any]:
        """The pytree ``{factor: array}`` of zeros."""
        return tree_of(Vector(np.zeros(self._layout.dimension), self._layout.blocks))

    def answered(self, run: Callable[[], Any], answers: Answers) -> Any:
        """What `run` returns when it has every answer that it asks for."""
        import jax

        if not self.used:
            return run()
        self._answers = answers
        wait: Callable[[Any], Any] = jax.block_until_ready
        while True:
            self._missing = None
            try:
                with _quiet():
                    return wait(run())
            except Exception:
                if self._missing is None:
                    raise
            point, with_gradient = self._missing
            answers.loss(point)
            if with_gradient:
                answers.gradient(point)

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
            return jax.pure_callback(self._loss_and_gradient, (number, factors), tree)

        def backward(gradient: Any, factor: Any) -> Any:
            return (jax.tree.map(lambda block: block * factor, gradient),)

        loss.defvjp(forward, backward)
        return loss(tree)

    def _loss(self, tree: Mapping[str, Any]) -> Any:
        return np.float64(self._known(self._point(tree), with_gradient=False)[0])

    def _loss_and_gradient(self, tree: Mapping[str, Any]) -> Any:
        loss, gradient = self._known(self._point(tree), with_gradient=True)
        return np.float64(loss), dict(gradient.blocks)

    def _point(self, tree: Mapping[str, Any]) -> Vector:
        entries = [np.asarray(tree[name], dtype=np.float64).ravel() for name, _, _ in self._layout.blocks]
        return Vector(np.concatenate(entries), self._layout.blocks)

    def _known(self, point: Vector, with_gradient: bool) -> tuple[float, Any]:
        assert self._answers is not None
        loss, gradient = self._answers.known(point)
        if loss is None or (with_gradient and gradient is None):
            if self._missing is None:
                self._missing = point, with_gradient
            raise _Unknown
        return loss, gradient


class _Unknown(Exception):
    """Ends compiled code where it asks for what is not known yet."""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps JAX from writing down that a callback has ended its caller."""
    log = logging.getLogger("jax._src.callback")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


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

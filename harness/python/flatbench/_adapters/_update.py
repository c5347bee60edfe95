"""One update of an Optax transformation as a function of arrays, compiled where that is possible."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .._layout import Layout
from ..errors import PluginError
from ..vector import Vector

Values = tuple[tuple[str, Any], ...]


class _Asked(Exception):
    """A transformation asks for the loss at a point of its own."""


@lru_cache(maxsize=64)
def update_of(cls: Any, plain: Values, scheduled: tuple[str, ...], layout: Layout) -> Update:
    """The update of an adapter's class at these hyper-parameters: runs with the same ones share what is compiled."""
    return Update(cls, dict(plain), scheduled, layout)


class Update:
    """How a transformation turns gradients into updates.

    Attributes
    ----------
    uses_value
        Whether it looks at the loss, or may do so.
    searches
        Whether it asks at points of its own.
    """

    def __init__(self, cls: Any, plain: Mapping[str, Any], scheduled: tuple[str, ...], layout: Layout) -> None:
        self._cls, self._plain, self._scheduled, self._layout = cls, plain, scheduled, layout
        self.uses_value = self.searches = False
        self._compiled: Callable[..., Any] | None = None
        with _doubles():
            self._look_at_it()

    def initial(self, w: Vector, now: Sequence[float]) -> Any:
        """The state at the start, where the schedules have the values `now`."""
        with _doubles():
            return self._transformation(now).init(_tree(w))

    def __call__(
        self, gradient: Vector, state: Any, w: Vector, now: Sequence[float], value: float, ask: Any
    ) -> tuple[Mapping[str, Any], Any]:
        """The updates by factor, and the next state.

        `ask` answers ``loss(w)`` and ``gradient(w)`` at any point.
        """
        import jax

        with _doubles():
            arguments = (_tree(gradient), state, _tree(w), list(now), value)
            if self._compiled is not None:
                compiled: tuple[Mapping[str, Any], Any] = self._compiled(*arguments)
                return compiled
            # Without compilation, loops are those of Python, and what they ask at are numbers.
            with jax.disable_jit():
                updated: tuple[Mapping[str, Any], Any] = self._update(*arguments, value_fn=self._value_fn(ask))
                return updated

    def _transformation(self, now: Sequence[Any]) -> Any:
        import optax

        cls = self._cls
        made = cls._factory
        if not isinstance(made, optax.GradientTransformation):
            made = made(**cls._arguments.call({**self._plain, **dict(zip(self._scheduled, now, strict=True))}))
        if not isinstance(made, optax.GradientTransformation):
            raise PluginError(f"{cls._what} returned {made!r}: it has to return a transformation (optax.GradientTransformation)")
        return optax.with_extra_args_support(made)

    def _update(self, gradient: Any, state: Any, parameters: Any, now: Any, value: Any, value_fn: Any) -> Any:
        transformation = self._transformation(now)
        return transformation.update(gradient, state, parameters, value=value, grad=gradient, value_fn=value_fn)

    def _look_at_it(self) -> None:
        """Finds out what it asks for, by an update of numbers that stand for any."""
        import jax

        def refuse(*_: Any) -> Any:
            raise _Asked

        def update(gradient: Any, state: Any, parameters: Any, now: Any, value: Any) -> Any:
            return self._update(gradient, state, parameters, now, value, refuse)

        zeros = _tree(Vector(np.zeros(self._layout.dimension), self._layout.blocks))
        ones = [1.0] * len(self._scheduled)
        state = self._transformation(ones).init(zeros)
        try:
            traced = jax.make_jaxpr(update)(zeros, state, zeros, ones, 0.0).jaxpr
        except _Asked:
            self.searches = self.uses_value = True
            return
        except jax.errors.JAXTypeError:
            # It decides by numbers in Python: not to be compiled, nor to be seen whether it uses the loss.
            self.uses_value = True
            return
        # Flattened, the value is the last argument.
        value = traced.invars[-1]
        used = [variable for equation in traced.eqns for variable in equation.invars] + list(traced.outvars)
        self.uses_value = any(variable is value for variable in used)
        self._compiled = jax.jit(update)

    def _value_fn(self, ask: Any) -> Any:
        """The loss as a function that JAX can differentiate: the oracle is asked for what is used."""
        import jax

        def vector(tree: Mapping[str, Any]) -> Vector:
            entries = [np.asarray(tree[name], dtype=np.float64).ravel() for name, _, _ in self._layout.blocks]
            return Vector(np.concatenate(entries), self._layout.blocks)

        @jax.custom_vjp
        def loss(tree: Any) -> Any:
            return jax.numpy.asarray(ask.loss(vector(tree)))

        def forward(tree: Any) -> Any:
            return jax.numpy.asarray(ask.loss(vector(tree))), tree

        def backward(tree: Any, factor: Any) -> Any:
            gradient = _tree(ask.gradient(vector(tree)))
            return (jax.tree.map(lambda block: block * factor, gradient),)

        loss.defvjp(forward, backward)
        return loss


def _tree(vector: Vector) -> dict[str, Any]:
    import jax.numpy

    # Copies: JAX would share memory that the next step changes.
    return {factor: jax.numpy.array(block) for factor, block in vector.blocks.items()}


def _doubles() -> contextlib.AbstractContextManager[Any]:
    """Numbers of 64 bits, for this adapter alone: other code of the process may count on 32."""
    import jax

    switch: Any = getattr(jax, "enable_x64", None)
    if switch is None:
        switch = importlib.import_module("jax.experimental").enable_x64
    context: contextlib.AbstractContextManager[Any] = switch(True)
    return context

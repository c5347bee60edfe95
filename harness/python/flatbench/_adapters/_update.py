"""One update of an Optax transformation as a function of arrays, compiled where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from .._layout import Layout
from ..errors import PluginError
from ..vector import Vector
from ._answers import Answers
from ._search import Search, doubles, doubles_everywhere, tree_of

Values = tuple[tuple[str, Any], ...]


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
    """

    def __init__(self, cls: Any, plain: Mapping[str, Any], scheduled: tuple[str, ...], layout: Layout) -> None:
        self._cls, self._plain, self._scheduled, self._layout = cls, plain, scheduled, layout
        self._search = Search(layout)
        self.uses_value = False
        self._compiled: Callable[..., Any] | None = None
        with doubles():
            self._look_at_it()

    def initial(self, w: Vector, now: Sequence[float]) -> Any:
        """The state at the start, where the schedules have the values `now`."""
        import jax

        with doubles():
            state = self._transformation(now).init(tree_of(w))
            # Of the types that later states have, so that one compilation serves all steps.
            return jax.tree.map(lambda leaf: jax.numpy.array(leaf, dtype=leaf.dtype) if hasattr(leaf, "dtype") else leaf, state)

    def __call__(
        self, gradient: Vector, state: Any, w: Vector, now: Sequence[float], value: float, ask: Answers
    ) -> tuple[Mapping[str, Any], Any]:
        """The updates by factor, and the next state."""
        import jax

        with doubles_everywhere() if self.searches else doubles():
            arguments = (tree_of(gradient), state, tree_of(w), list(now), value)
            updated: tuple[Mapping[str, Any], Any]
            if self._compiled is not None:
                compiled = self._compiled
                updated = self._search.answered(lambda: compiled(*arguments), ask)
            else:
                # Without compilation, loops are those of Python, and what they decide by are numbers.
                with jax.disable_jit():
                    updated = self._search.answered(lambda: self._update(*arguments, self._search.value_fn), ask)
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

        def update(gradient: Any, state: Any, parameters: Any, now: Any, value: Any) -> Any:
            return self._update(gradient, state, parameters, now, value, self._search.value_fn)

        zeros = self._search.zeros()
        ones = [1.0] * len(self._scheduled)
        state = self._transformation(ones).init(zeros)
        try:
            traced = jax.make_jaxpr(update)(zeros, state, zeros, ones, 0.0).jaxpr
        except jax.errors.JAXTypeError:
            # It decides by numbers in Python: not to be compiled, nor to be seen whether it uses the loss.
            self.uses_value = True
            return
        # Flattened, the value is the last argument.
        value = traced.invars[-1]
        used = [variable for equation in traced.eqns for variable in equation.invars] + list(traced.outvars)
        self.uses_value = any(variable is value for variable in used)
        self._compiled = jax.jit(update)

    @property
    def searches(self) -> bool:
        """Whether it asks at points of its own."""
        return self._search.used

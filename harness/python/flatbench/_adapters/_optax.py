"""Transformations of Optax: :func:`optax`."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _name
from .._layout import Layout
from ..errors import PluginError
from ..schedule import Schedule
from ..vector import Vector
from ._adapter import Adapter, about, make
from ._answers import Answers
from ._arguments import Arguments, split
from ._update import Update, update_of

if TYPE_CHECKING:
    from .._flatbench import Oracle

_SCHEDULED = frozenset({"learning_rate"})
_HUGE = 1e100


def optax(factory: Any, *args: Any, name: str | None = None, batch_size: int | None = None, **kwargs: Any) -> Adapter:
    """Makes an optimizer of an Optax transformation.

    ``fb.optax(optax.lion, learning_rate=fb.schedule.cosine(1e-3, 0))``. Parameters are a pytree ``{factor: array}`` of float64.
    ``learning_rate``, and whatever is given a schedule, follows it; other numbers and switches are hyper-parameters with the defaults of
    Optax, tuples one for each entry (``beta1``, ``beta2``); `batch_size` is one more.

    A transformation that takes extra arguments is given ``value`` and ``grad`` at the point, and ``value_fn``, which asks the oracle
    anywhere; the loss is asked for (and paid) only if the transformation uses it. Without ``value_fn`` an update is compiled once.

    Parameters
    ----------
    factory
        A function that returns a transformation, such as ``optax.adam``; or a transformation, which has no hyper-parameters and
        needs a `name`.
    *args, **kwargs
        Arguments of the function.
    name
        What to call it: ``optax-`` and the name of the function if left out.
    batch_size
        Measurements in the batch of a step, drawn without replacement; 0, the default, for all. Not for a transformation that
        uses the loss, since the oracle has no loss of a batch.

    Raises
    ------
    PluginError
        If it is nothing of the kind, or does not take the arguments.
    """
    missing = [package for package in ("optax", "jax") if importlib.util.find_spec(package) is None]
    if missing:
        raise PluginError(f"fb.optax needs {' and '.join(missing)}, which is not here: pip install 'flatbench[optax]'")
    import optax as package

    if isinstance(factory, package.GradientTransformation):
        if args or kwargs:
            raise PluginError("fb.optax takes no arguments behind a transformation that is already made")
        if name is None:
            raise PluginError("fb.optax needs a name for a transformation that is already made: fb.optax(transformation, name='mine')")
        what, title, arguments = f"the transformation {name}", "Transformation", Arguments()
        description = f"The Optax transformation {name}."
    elif callable(factory) and not isinstance(factory, type):
        title = getattr(factory, "__name__", type(factory).__name__)
        module = getattr(factory, "__module__", None) or ""
        what = f"{module.split('.')[0]}.{title}" if module.startswith("optax.") else title
        arguments = split(factory, what, args, kwargs, _SCHEDULED)
        description = about(factory, what)
    else:
        raise PluginError(f"fb.optax takes a function that returns a transformation, such as optax.adam, not {factory!r}")
    namespace: dict[str, Any] = {"description": description, "version": package.__version__, "_what": what, "_factory": factory}
    arguments.add_batch_size(batch_size, what, _uses_loss(SimpleNamespace(**namespace, _arguments=arguments)))
    namespace["_factory"] = staticmethod(factory)
    return make(Optax, title, f"optax-{_name.kebab(title)}" if name is None else name, namespace, arguments)


def _uses_loss(cls: Any) -> bool:
    """Whether a transformation looks at the loss, as far as an update of a small factor shows."""
    values = {name: entry.default for name, entry in cls._arguments.hyperparameters.items()} | cls._arguments.setting
    numbers = {name: value.from_ if isinstance(value, Schedule) else value for name, value in values.items()}
    try:
        return Update(cls, numbers, (), Layout.of([("w", 2, 2)])).uses_value
    except Exception:
        # A run says what is wrong with it.
        return False


class Optax(Adapter):
    """An Optax transformation."""

    packages = ("optax", "jax", "jaxlib")

    _factory: ClassVar[Any]

    def initialize(self, w: Vector, oracle: Oracle) -> None:
        values = self._values()
        self._schedules = {name: value for name, value in values.items() if isinstance(value, Schedule)}
        plain = tuple((name, value) for name, value in values.items() if name not in self._schedules)
        cls: Any = type(self)
        self._update = update_of(cls, plain, tuple(self._schedules), Layout.of(oracle.blocks))
        self._state = self._update.initial(w, self._now(oracle))
        still = all(curve.shape == "constant" for curve in self._schedules.values())
        self._answers = Answers(self.batch_size, self._what, self._update.searches and still)
        self._steps = 0

    def step(self, w: Vector, oracle: Oracle) -> bool:
        self._steps += 1
        ask = self._answers
        ask.begin(oracle)
        gradient = ask.gradient(w)
        value = ask.loss(w) if self._update.uses_value else 0.0
        updates, self._state = self._update(gradient, self._state, w, self._now(oracle), value, ask)
        given = {factor: np.asarray(updates[factor]) for factor in w.blocks}
        for factor, block in w.blocks.items():
            self._check(factor, given[factor], block, gradient)
        before = w.copy()
        for factor, block in w.blocks.items():
            block += given[factor]
        # A search that asks nothing new and goes nowhere has come to the end of what numbers can tell.
        return self._update.searches and ask.asked == 0 and bool(np.array_equal(w, before))

    def _now(self, oracle: Oracle) -> list[float]:
        return [curve(oracle) for curve in self._schedules.values()]

    def _check(self, factor: str, update: np.ndarray[Any, Any], block: np.ndarray[Any, Any], gradient: Vector) -> None:
        where = f"{self._what} returned for the factor {factor}, in step {self._steps},"
        if update.shape != block.shape or update.dtype != np.float64:
            raise PluginError(
                f"{where} an update of shape {update.shape} and dtype {update.dtype}: it has to be float64 of shape {block.shape}"
            )
        # Numbers that have grown beyond all bounds are a run that diverges, and no mistake.
        if np.isnan(update).any() and float(np.abs(gradient).max()) < _HUGE and bool(np.isfinite(block).all()):
            raise PluginError(
                f"{where} NaN for a finite gradient (norm {float(np.linalg.norm(gradient)):.3g}): look for 0/0 or the root of a negative "
                "number in it; a small `eps` in the denominator is the usual remedy"
            )

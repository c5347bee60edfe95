"""What the compiled part calls: optimizers as data, and runs of them.

A *spec* is a subclass of :class:`Optimizer`, or an object of one, a *template*, whose values are its defaults.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from . import _name
from ._hyperparameter import Hyperparameter, Value
from ._run import Run
from .errors import PluginError
from .optimizer import Optimizer
from .schedule import Schedule
from .vector import Block

Spec = type[Optimizer] | Optimizer
Given = bool | int | float | str | tuple[str, float, float, float]


def describe(spec: Spec) -> dict[str, Any]:
    """What an optimizer is and what can be set.

    Returns
    -------
    dict
        ``name``, ``version``, ``description`` and ``hyperparameters``, a list with a dict for each: ``name``, ``description``, ``kind``
        (``bool``, ``integer``, ``real``, ``schedule`` or ``choice``), ``min``, ``max`` (None for no end; int for integers), ``min_excluded``,
        ``words`` (of a choice), ``default`` (a schedule is ``{schedule, from, to, until}``), ``default_unit`` (``absolute`` or ``1/lambda_max``)
        and ``log_scale``.
    """
    cls = class_of(spec)
    given = setting(spec)
    return {
        "name": cls.name,
        "version": cls.version,
        "description": cls.description,
        "hyperparameters": [_entry(h, given) for h in cls._hyperparameters.values()],
    }


def _entry(hyperparameter: Hyperparameter, given: Mapping[str, Value]) -> dict[str, Any]:
    own = hyperparameter.name not in given
    default = hyperparameter.default if own else given[hyperparameter.name]
    numeric = hyperparameter.kind in ("integer", "real", "schedule")
    return {
        "name": hyperparameter.name,
        "description": hyperparameter.doc,
        "kind": hyperparameter.kind,
        "min": _end(hyperparameter, hyperparameter.lower) if numeric else None,
        "max": _end(hyperparameter, hyperparameter.max) if numeric else None,
        "min_excluded": hyperparameter.min_excluded,
        "words": list(hyperparameter.choices or ()),
        "default": plain(default),
        "default_unit": hyperparameter.unit if own and hyperparameter.unit is not None else "absolute",
        "log_scale": hyperparameter.scale == "log",
    }


def _end(hyperparameter: Hyperparameter, bound: float | None) -> float | None:
    return bound if bound is None or hyperparameter.kind == "integer" else float(bound)


def plain(value: Value) -> Any:
    """A value as a suite has it: a schedule is a number where it is constant, and otherwise ``{schedule, from, to, until}``."""
    if not isinstance(value, Schedule):
        return value
    if value.shape == "constant":
        return value.from_
    return {"schedule": value.shape, "from": value.from_, "to": value.to, "until": value.until}


def setting(spec: Spec) -> dict[str, Value]:
    """The values that a template was given, in the order of the class; none for a class. All are absolute."""
    if not isinstance(spec, Optimizer):
        return {}
    given = {}
    for name, hyperparameter in type(spec)._hyperparameters.items():
        if name in spec.__dict__:
            given[name] = hyperparameter.checked(spec.__dict__[name])
    return given


def is_plain(spec: Spec) -> bool:
    """Whether a spec is no more than its class and a setting."""
    return not isinstance(spec, Optimizer) or set(spec.__dict__) <= set(type(spec)._hyperparameters)


def create(spec: Spec, values: Mapping[str, Given], blocks: Sequence[tuple[str, int, int]]) -> Run:
    """The optimizer of one run.

    Parameters
    ----------
    spec
        A class, or a template: the run has a copy of it.
    values
        One for each hyper-parameter, in absolute units; a schedule is ``(shape, from, to, until)`` or a number.
    blocks
        The factors, as ``(name, rows, cols)``.

    Raises
    ------
    PluginError
        If a value is missing or not allowed, or no object can be made.
    """
    optimizer = copy.deepcopy(spec) if isinstance(spec, Optimizer) else _new(spec)
    missing = [name for name in type(optimizer)._hyperparameters if name not in values]
    if missing:
        raise PluginError(f"no value for the hyper-parameter `{missing[0]}`")
    optimizer._set({name: Schedule(*v) if isinstance(v, tuple) else v for name, v in values.items()})
    return Run(optimizer, tuple(Block(*block) for block in blocks))


def class_of(spec: Any) -> type[Optimizer]:
    """The class of a spec.

    Raises
    ------
    PluginError
        If it is none, or not one that can be run.
    """
    cls = spec if isinstance(spec, type) else type(spec)
    if not issubclass(cls, Optimizer):
        raise PluginError(f"{spec!r} is no optimizer (derive its class from flatbench.Optimizer, or use fb.torch, fb.optax or fb.scipy)")
    if cls.step is Optimizer.step:
        raise PluginError(f"{cls.__qualname__} does not say what a step does (give it `def step(self, w, oracle)`)")
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        raise PluginError(f"{cls.__qualname__} is abstract: it lacks {missing}")
    reason = _name.mistake(cls.name)
    if reason is not None:
        raise PluginError(f"{cls.__qualname__} cannot be called {cls.name!r}: {reason} (give it `name`: {_name.RULE})")
    return cls


def _new(cls: type[Optimizer]) -> Optimizer:
    class_of(cls)
    try:
        inspect.signature(cls).bind()
    except TypeError as error:
        raise PluginError(
            f"{cls.__qualname__} cannot be made without arguments: {error} (give them defaults, or hand over an object of it)"
        ) from None
    return cls()

"""The arguments of other packages' optimizers, cut into hyper-parameters and the rest."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._hyperparameter import Hyperparameter
from ..errors import PluginError
from ..optimizer import Optimizer
from ..schedule import Schedule

_TAKEN = frozenset(dir(Optimizer)) | {"name", "description", "batch_size"}


@dataclass
class Arguments:
    """What a function is called with.

    Attributes
    ----------
    hyperparameters
        Numbers and switches, with the defaults of the function.
    setting
        The values that were given for them.
    fixed
        All else that was given.
    tuples
        Arguments that are tuples of numbers, with the hyper-parameters of their entries: ``betas`` is ``beta1`` and ``beta2``.
    """

    hyperparameters: dict[str, Hyperparameter] = field(default_factory=dict)
    setting: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    tuples: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def call(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments, with these values for the hyper-parameters."""
        entries = {entry for names in self.tuples.values() for entry in names}
        plain = {name: values[name] for name in self.hyperparameters if name not in entries and name != "batch_size"}
        tuples = {name: tuple(values[entry] for entry in entries) for name, entries in self.tuples.items()}
        return {**self.fixed, **plain, **tuples}

    def scheduled(self) -> list[str]:
        """The hyper-parameters that may change along a run."""
        return [name for name, hyperparameter in self.hyperparameters.items() if hyperparameter.scheduled]

    def add_batch_size(self, size: int | None, what: str, searches: bool) -> None:
        """Takes the hyper-parameter that adapters add, 0 for all measurements; none where a method needs the loss.

        Raises
        ------
        PluginError
            If a size is given to such a method.
        """
        if not searches:
            doc = "Measurements in the batch of a step, drawn without replacement; 0 for all."
            self.hyperparameters = {"batch_size": Hyperparameter(0, min=0, doc=doc), **self.hyperparameters}
            if size is not None:
                self.setting["batch_size"] = size
        elif size:
            raise PluginError(f"{what} looks at the loss, and the oracle has no loss of a batch (leave out batch_size)")

    def add(self, name: str, default: Any, value: Any, annotation: Any, schedule: bool) -> bool:
        """Takes an argument as a hyper-parameter, if it can be one. `value` is what was given, the default where nothing was."""
        if name in _TAKEN:
            return False
        if not (is_value(default) or is_value(value)):
            return False
        origin = default if is_value(default) else value
        schedule = schedule or isinstance(origin, Schedule) or isinstance(value, Schedule)
        if not is_value(value) or (isinstance(origin, bool) and (schedule or not isinstance(value, bool))):
            return False
        if not schedule and not isinstance(origin, bool) and not _whole(origin, value, annotation):
            origin = float(origin)
        self.hyperparameters[name] = Hyperparameter(origin, scheduled=schedule, doc=f"Argument `{name}`.")
        if value is not default:
            self.setting[name] = value
        return True

    def add_tuple(self, name: str, default: Any, value: Any) -> bool:
        """Takes a tuple of numbers as a hyper-parameter for each entry."""
        if not _numbers(value) or name in _TAKEN:
            return False
        origin = default if _numbers(default) and len(default) == len(value) else value
        stem = name.removesuffix("s") or name
        names = tuple(f"{stem}{index}" for index in range(1, len(value) + 1))
        if any(entry in _TAKEN or entry in self.hyperparameters for entry in names):
            return False
        self.tuples[name] = names
        for entry, first, given in zip(names, origin, value, strict=True):
            self.hyperparameters[entry] = Hyperparameter(float(first), doc=f"Entry of the argument `{name}`.")
            if value is not default:
                self.setting[entry] = given
        return True


def split(
    function: Callable[..., Any],
    what: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    schedules: frozenset[str],
    ignored: frozenset[str] = frozenset(),
    skip: int = 0,
) -> Arguments:
    """Binds arguments to a function and sorts them.

    Parameters
    ----------
    function
        What is called.
    what
        What it is in a message.
    args, kwargs
        The arguments, without the first `skip`, which are given later.
    schedules
        Arguments that may change along a run.
    ignored
        Arguments that are about the way of computing: never hyper-parameters, and passed on where given.

    Raises
    ------
    PluginError
        If the function does not take them.
    """
    signature = inspect.signature(function)
    try:
        bound = signature.bind(*[None] * skip, *args, **kwargs)
    except TypeError as error:
        raise PluginError(f"{what} does not take these arguments: {error}") from None
    found = Arguments()
    for parameter in list(signature.parameters.values())[skip:]:
        name, given = parameter.name, parameter.name in bound.arguments
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            for more, value in bound.arguments.get(name, {}).items():
                if not found.add(more, value, value, inspect.Parameter.empty, more in schedules):
                    found.fixed[more] = value
                elif not isinstance(value, Schedule):
                    found.setting[more] = value
            continue
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            continue
        default = parameter.default
        value = bound.arguments[name] if given else default
        if name not in ignored and (
            found.add(name, default, value, parameter.annotation, name in schedules) or found.add_tuple(name, default, value)
        ):
            continue
        if name in schedules and given and value is not None and not callable(value):
            raise PluginError(f"`{name}` of {what} is {value!r}, and has to be a number or a schedule such as fb.schedule.linear(1e-2, 0)")
        if given:
            found.fixed[name] = value
    return found


def is_value(value: Any) -> bool:
    """Whether something can be the value of a hyper-parameter: a finite number, a switch or a schedule."""
    if isinstance(value, (Schedule, bool, np.bool_)):
        return True
    return isinstance(value, numbers.Real) and math.isfinite(value)


def _numbers(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and bool(value) and all(is_value(x) and isinstance(x, numbers.Real) for x in value)


def _whole(default: Any, value: Any, annotation: Any) -> bool:
    """Whether a number is one of something. A default written ``0`` where a real number is meant is a real number."""
    if not (isinstance(default, numbers.Integral) and isinstance(value, numbers.Integral)):
        return False
    if annotation is inspect.Parameter.empty:
        return int(default) not in (0, 1)
    return annotation is int or str(annotation) in ("int", "int | None", "Optional[int]", "typing.Optional[int]")

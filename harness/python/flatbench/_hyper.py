"""Hyper-parameters of an optimizer, as attributes of its class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from ._hyperparameter import Hyperparameter
from .schedule import Schedule

__all__ = ["hyper"]

Unit = Literal["1/lambda_max"]
Scale = Literal["log", "linear"]


@overload
def hyper(
    default: float | Schedule,
    *,
    schedule: Literal[True],
    min: float | None = None,
    max: float | None = None,
    above: float | None = None,
    unit: Unit | None = None,
    scale: Scale | None = None,
    doc: str = "",
) -> Schedule: ...
@overload
def hyper(default: bool, *, doc: str = "") -> bool: ...
@overload
def hyper(default: str, *, choices: Sequence[str], doc: str = "") -> str: ...
@overload
def hyper(
    default: int,
    *,
    min: int | None = None,
    max: int | None = None,
    above: float | None = None,
    unit: Unit | None = None,
    scale: Scale | None = None,
    doc: str = "",
) -> int: ...
@overload
def hyper(
    default: float,
    *,
    min: float | None = None,
    max: float | None = None,
    above: float | None = None,
    unit: Unit | None = None,
    scale: Scale | None = None,
    doc: str = "",
) -> float: ...
def hyper(
    default: Any,
    *,
    schedule: bool = False,
    min: float | None = None,
    max: float | None = None,
    above: float | None = None,
    choices: Sequence[str] | None = None,
    unit: str | None = None,
    scale: str | None = None,
    doc: str = "",
) -> Any:
    """Declares a hyper-parameter in the body of an optimizer's class.

    ``radius: float = fb.hyper(0.05, min=0)``. In a run, the attribute has the value that the suite gives.

    Its type is that of the annotation, or else of the default: ``float``, ``int``, ``bool`` or ``str``. With ``schedule=True`` it
    is a :class:`Schedule` (annotate it so, or not at all): ``self.step_size(oracle)`` is its value now, and a suite may give a
    plain number or a curve.

    Parameters
    ----------
    default
        The value where a suite gives none.
    schedule
        Whether it may change over the budget.
    min, max
        Smallest and largest allowed value.
    above
        A lower end that is itself excluded, in place of `min`.
    choices
        The allowed words of a ``str``.
    unit
        ``"1/lambda_max"`` if the default is a multiple of 1/λ_max at the large starting point, so that one default serves every problem.
        Values in a run are always plain numbers.
    scale
        ``"log"`` if equal ratios are equal steps: a hint for choosing a grid.
    doc
        What it is, for users.

    Raises
    ------
    PluginError
        When the class is made, with all mistakes of all of its hyper-parameters.
    """
    return Hyperparameter(
        default=default,
        scheduled=schedule,
        min=min,
        max=max,
        above=above,
        choices=None if choices is None else tuple(choices),
        unit=unit,
        scale=scale,
        doc=" ".join(doc.split()),
    )

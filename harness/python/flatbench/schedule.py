"""Numbers that change over the course of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import PluginError

if TYPE_CHECKING:
    from ._flatbench import Oracle

__all__ = ["SHAPES", "Schedule", "constant", "cosine", "geometric", "linear"]

SHAPES = ("constant", "linear", "geometric", "cosine")
"""The curves that there are."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A number over the course of a run.

    With t the spent fraction of the budget divided by `until`, at most 1, the value is

    - ``constant``: `from_`;
    - ``linear``: ``from_ + (to - from_)·t``;
    - ``geometric``: ``from_·(to/from_)^t``, both ends > 0;
    - ``cosine``: ``to + (from_ - to)·(1 + cos πt)/2``.

    Past `until` it stays at `to`. A plain number is as good as a constant schedule wherever one is asked for.

    Parameters
    ----------
    shape
        The curve: ``"constant"``, ``"linear"``, ``"geometric"`` or ``"cosine"``.
    from_, to
        The values at the start and at the end; finite.
    until
        Fraction of the budget, in (0, 1], at which `to` is reached.

    Raises
    ------
    PluginError
        If one of these does not hold.
    """

    shape: str
    from_: float
    to: float
    until: float = 1.0

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise PluginError(f"there is no schedule {self.shape!r} (there are {', '.join(SHAPES)})")
        for name in ("from_", "to", "until"):
            value = getattr(self, name)
            try:
                number = float(value)
            except (TypeError, ValueError):
                number = math.nan
            if not math.isfinite(number) or isinstance(value, (bool, str)):
                raise PluginError(f"{name.rstrip('_')} of a schedule is {value!r}, and has to be a finite number")
            object.__setattr__(self, name, number)
        if not 0.0 < self.until <= 1.0:
            raise PluginError(f"`until` of a schedule is {self.until}, and has to be a fraction of the budget in (0, 1]")
        if self.shape == "geometric" and not (self.from_ > 0.0 and self.to > 0.0):
            raise PluginError(f"both ends of a geometric schedule have to be > 0, and are {self.from_} and {self.to}")
        if self.shape == "constant":
            object.__setattr__(self, "to", self.from_)

    def at(self, progress: float) -> float:
        """The value when the fraction `progress` of the budget is spent."""
        if self.shape == "constant":
            return self.from_
        t = min(max(progress / self.until, 0.0), 1.0)
        if t == 1.0:
            # The last point is exact whatever the rounding of the formula.
            return self.to
        if self.shape == "linear":
            return self.from_ + (self.to - self.from_) * t
        if self.shape == "geometric":
            return float(self.from_ * math.pow(self.to / self.from_, t))
        return self.to + (self.from_ - self.to) * 0.5 * (1.0 + math.cos(math.pi * t))

    def __call__(self, oracle: Oracle) -> float:
        """The value now, by the budget spent so far."""
        # A constant costs no call to the host.
        return self.from_ if self.shape == "constant" else self.at(oracle.progress)


def constant(value: float) -> Schedule:
    """Stays at `value`."""
    return Schedule("constant", value, value)


def linear(from_: float, to: float, until: float = 1.0) -> Schedule:
    """Moves along a straight line, and stays at `to` from the fraction `until` of the budget on."""
    return Schedule("linear", from_, to, until)


def geometric(from_: float, to: float, until: float = 1.0) -> Schedule:
    """Moves by equal ratios, and stays at `to` from the fraction `until` of the budget on; both ends > 0."""
    return Schedule("geometric", from_, to, until)


def cosine(from_: float, to: float, until: float = 1.0) -> Schedule:
    """Moves along half a cosine wave, and stays at `to` from the fraction `until` of the budget on."""
    return Schedule("cosine", from_, to, until)

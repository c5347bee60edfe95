"""What is known of a hyper-parameter, and which values it may have."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass, field
from typing import Any

from .errors import PluginError
from .schedule import Schedule

Value = bool | int | float | str | Schedule

_KINDS = {"float": "real", "int": "integer", "bool": "bool", "str": "choice", "Schedule": "schedule"}
_INTEGERS = (-(2**63), 2**63 - 1)


@dataclass(eq=False)
class Hyperparameter:
    """A hyper-parameter as it stands in a class. Read from an optimizer, it is its value."""

    default: Any
    scheduled: bool = False
    min: float | None = None
    max: float | None = None
    above: float | None = None
    choices: tuple[str, ...] | None = None
    unit: str | None = None
    scale: str | None = None
    doc: str = ""
    name: str = field(default="", init=False)
    kind: str = field(default="", init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: object | None, owner: type) -> Any:
        # No data descriptor: what an instance has of this name goes first.
        return self if optimizer is None else self.default

    def settle(self, annotation: str | None) -> list[str]:
        """Finds its kind by the annotation or the default; returns what is wrong with it."""
        word = None if annotation is None else annotation.rsplit(".", 1)[-1]
        if self.scheduled or word == "Schedule" or isinstance(self.default, Schedule):
            word = "Schedule"
        elif annotation is not None and (annotation.split("[")[0].rsplit(".", 1)[-1]) == "Literal":
            word = "str"
        elif word is None:
            word = type(self.default).__name__
        kind = _KINDS.get(word)
        if kind is None:
            return [f"`{self.name}` cannot have the type {word} (allowed: float, int, bool, str, fb.Schedule)"]
        self.kind = kind
        mistakes = self._misplaced()
        if not mistakes:
            try:
                self.default = self.checked(self.default, default=True)
            except PluginError as error:
                mistakes.append(f"the default of {error}")
        return mistakes

    def _misplaced(self) -> list[str]:
        """Arguments that mean nothing for its kind, or contradict each other."""
        given = {n: getattr(self, n) for n in ("min", "max", "above", "choices", "unit", "scale")}
        given = {name: value for name, value in given.items() if value is not None}
        numeric = {"min", "max", "above", "scale"}
        meaningful = {
            "bool": set(),
            "choice": {"choices"},
            "integer": numeric,
        }.get(self.kind, numeric | {"unit"})
        found = [f"`{n}` of `{self.name}` means nothing for {self._noun()}" for n in given if n not in meaningful]
        if self.kind == "choice" and not self.choices:
            found.append(f"`{self.name}` needs its allowed words (choices=[..])")
        if self.min is not None and self.above is not None:
            found.append(f"give `{self.name}` either `min` (inclusive) or `above` (exclusive)")
        if self.unit not in (None, "1/lambda_max"):
            found.append(f"the unit of `{self.name}` is {self.unit!r}, and can only be '1/lambda_max'")
        if self.scale not in (None, "log", "linear"):
            found.append(f"the scale of `{self.name}` is {self.scale!r}, and can only be 'log' or 'linear'")
        if not meaningful.isdisjoint(numeric):
            found.extend(self._bounds())
        return found

    def _bounds(self) -> list[str]:
        lower, upper = self.lower, self.max
        for bound in (lower, upper):
            if bound is not None and (not _is_number(bound) or math.isnan(bound)):
                return [f"a bound of `{self.name}` is {bound!r}, and has to be a number"]
            if bound is not None and self.kind == "integer" and not isinstance(bound, numbers.Integral):
                return [f"a bound of `{self.name}` is {bound!r}, and has to be a whole number"]
        if lower is not None and upper is not None and (lower > upper or (lower == upper and self.above is not None)):
            return [f"`{self.name}` has the bounds {lower} and {upper}, and nothing between"]
        return []

    @property
    def lower(self) -> float | None:
        """The lower end, whether excluded or not; for an integer the smallest allowed."""
        if self.above is None:
            return self.min
        return self.above + 1 if self.kind == "integer" and isinstance(self.above, int) else self.above

    @property
    def min_excluded(self) -> bool:
        return self.above is not None and self.kind != "integer"

    def checked(self, value: Any, default: bool = False) -> Value:
        """`value` in the type of the hyper-parameter.

        Raises
        ------
        PluginError
            If it is not allowed.
        """
        if self.kind == "bool" and isinstance(value, (bool, _numpy_bool())):
            return bool(value)
        if self.kind == "choice" and isinstance(value, str) and value in (self.choices or ()):
            return value
        if self.kind == "integer" and isinstance(value, numbers.Integral) and not isinstance(value, bool):
            if _INTEGERS[0] <= int(value) <= _INTEGERS[1] and self._contains(int(value)):
                return int(value)
        if (
            self.kind == "real"
            and _is_number(value)
            and math.isfinite(value)
            and (self._contains(float(value)) or (default and self.unit is not None))
        ):
            return float(value)
        if self.kind == "schedule":
            curve = value if isinstance(value, Schedule) else None
            if _is_number(value) and math.isfinite(value):
                curve = Schedule("constant", float(value), float(value))
            # In a unit of the instance, only the instance can tell whether the number is within its bounds.
            if curve and ((default and self.unit) or (self._contains(curve.from_) and self._contains(curve.to))):
                return curve
        raise PluginError(f"`{self.name}` is {value!r}, and has to be {self._noun()}")

    def _contains(self, x: float) -> bool:
        lower, upper = self.lower, self.max
        above = lower is None or (x > lower if self.min_excluded else x >= lower)
        return above and (upper is None or x <= upper)

    def _noun(self) -> str:
        if self.kind == "bool":
            return "True or False"
        if self.kind == "choice":
            return "one of the words " + ", ".join(self.choices or ())
        bounds = []
        if self.lower is not None:
            bounds.append(f"{'>' if self.min_excluded else '≥'} {self.lower}")
        if self.max is not None:
            bounds.append(f"≤ {self.max}")
        number = "a whole number" if self.kind == "integer" else "a finite number"
        text = " ".join([number, " and ".join(bounds)]).rstrip()
        return text if self.kind != "schedule" else f"{text}, or a schedule between such numbers"


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _numpy_bool() -> type:
    import numpy

    return numpy.bool_

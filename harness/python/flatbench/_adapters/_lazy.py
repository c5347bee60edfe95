"""A loss that is asked for when somebody looks at it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Lazy:
    """A tensor of no dimension, float64, whose value is computed at the first use."""

    def __init__(self, compute: Callable[[], float]) -> None:
        self._compute = compute
        self._tensor: Any = None

    def tensor(self) -> Any:
        """The value as a tensor."""
        if self._tensor is None:
            import torch

            self._tensor = torch.tensor(self._compute(), dtype=torch.float64)
        return self._tensor

    def backward(self, *arguments: Any, **keywords: Any) -> None:
        """Does nothing: the gradient is in its place."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.tensor(), name)

    def __float__(self) -> float:
        return float(self.tensor())

    def __bool__(self) -> bool:
        return bool(self.tensor())

    def __format__(self, specification: str) -> str:
        return format(self.tensor(), specification)

    def __repr__(self) -> str:
        return repr(self.tensor())

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return function(*map(_plain, args), **{name: _plain(value) for name, value in (kwargs or {}).items()})


def _plain(value: Any) -> Any:
    return value.tensor() if isinstance(value, Lazy) else value


def _operator(function: Callable[..., Any], reflected: bool) -> Callable[..., Any]:
    def apply(self: Lazy, *others: Any) -> Any:
        operands = (self.tensor(), *map(_plain, others))
        return function(*(reversed(operands) if reflected else operands))

    return apply


for _name in ("add", "sub", "mul", "truediv", "pow", "lt", "le", "gt", "ge", "eq", "ne", "neg", "abs"):
    setattr(Lazy, f"__{_name}__", _operator(getattr(operator, _name), False))
for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(Lazy, f"__r{_name}__", _operator(getattr(operator, _name), True))

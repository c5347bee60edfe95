"""Parameter vectors that know the factors they are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._layout import Layout
from .errors import PluginError

__all__ = ["Block", "Blocks", "Vector", "norm"]


class Block(NamedTuple):
    """A named factor inside the parameter vector, stored row by row.

    Attributes
    ----------
    name
        Such as ``"L"`` or ``"W1"``.
    rows, cols
        Shape of the factor.
    """

    name: str
    rows: int
    cols: int


class BlockNotFound(PluginError, KeyError):
    """A vector has no factor of this name or number."""

    def __str__(self) -> str:
        return str(self.args[0])


class Vector(np.ndarray[tuple[int], np.dtype[np.float64]]):
    """A vector of float64 that knows its factors; otherwise a NumPy array like any other.

    Arithmetic, copies and ``np.zeros_like`` keep the factors; what has another length is a plain array or has none.

    Parameters
    ----------
    values
        The entries, shape ``(d,)``; an array of float64 is not copied.
    blocks
        The factors in order, as ``(name, rows, cols)``; their sizes add up to ``d``.

    Raises
    ------
    PluginError
        If the values are not ``d`` real numbers.
    """

    _layout: Layout | None

    def __new__(cls, values: ArrayLike, blocks: Iterable[tuple[str, int, int]]) -> Vector:  # noqa: D102
        layout = Layout.of(blocks)
        array = np.asarray(values)
        if array.dtype.kind not in "fiub":
            raise PluginError(f"a Vector has real numbers, not entries of dtype {array.dtype}")
        if array.shape != (layout.dimension,):
            raise PluginError(f"a Vector of the factors {layout} has shape ({layout.dimension},), not {array.shape} (flatten it)")
        vector = array.astype(np.float64, copy=False).view(cls)
        vector._layout = layout
        return vector

    def __array_finalize__(self, source: object) -> None:
        self._layout = getattr(source, "_layout", None)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        # NumPy would make a Vector of no dimension of a sum, and one of any shape of an outer product.
        if return_scalar:
            return array[()]
        if array.shape != self.shape or array.dtype != np.float64 or isinstance(array, Vector):
            return array
        wrapped = array.view(Vector)
        wrapped._layout = self._layout
        return wrapped

    @property
    def blocks(self) -> Blocks:
        """The factors, in order: a mapping from names to views of shape ``(rows, cols)`` that share memory.

        ``w.blocks["L"]`` and ``w.blocks[0]`` are views; ``w.blocks["L"] = X`` and ``w.blocks["L"] -= X`` change the vector.

        Raises
        ------
        PluginError
            If this is only a part of a parameter vector, or one in another order.
        """
        layout = self._layout
        if layout is None or self.shape != (layout.dimension,) or not self.flags.c_contiguous:
            raise PluginError(
                f"this array of shape {self.shape} has no factors: it is a piece of a vector, or was put together anew "
                "(make one like w by fb.Vector(values, oracle.blocks), or fill np.zeros_like(w))"
            )
        return Blocks(self.view(np.ndarray), layout)

    def __reduce__(self) -> tuple[Any, ...]:
        plain = np.array(self, subok=False)
        layout = self._layout
        if layout is None or self.shape != (layout.dimension,) or self.dtype != np.float64:
            return (np.asarray, (plain,))
        return (Vector, (plain, layout.blocks))


class Blocks(Mapping[str, NDArray[np.float64]]):
    """The factors of a :class:`Vector` by name or by number; a view of its memory."""

    __slots__ = ("_array", "_layout")

    def __init__(self, array: NDArray[np.float64], layout: Layout) -> None:
        self._array = array
        self._layout = layout

    def __getitem__(self, key: str | int) -> NDArray[np.float64]:
        place = self._layout.places.get(key)
        if place is None:
            raise BlockNotFound(f"there is no factor {key!r} (this problem has {self._layout})")
        start, stop, rows, cols = place
        return self._array[start:stop].reshape(rows, cols)

    def __setitem__(self, key: str | int, values: ArrayLike) -> None:
        view = self[key]
        given = np.asarray(values)
        if given.shape not in (view.shape, ()):
            raise PluginError(f"the factor {key!r} has shape {view.shape}, and cannot be set to an array of shape {given.shape}")
        view[...] = given

    def __iter__(self) -> Iterator[str]:
        return (block[0] for block in self._layout.blocks)

    def __len__(self) -> int:
        return len(self._layout.blocks)

    def __repr__(self) -> str:
        return f"Blocks({self._layout})"


def norm(array: ArrayLike) -> float:
    """Square root of the sum of squares of all entries: Euclidean for vectors, Frobenius for matrices."""
    entries = np.asarray(array, dtype=np.float64).ravel()
    return math.sqrt(float(np.dot(entries, entries)))

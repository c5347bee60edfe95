"""How a parameter vector is cut into factors: in order, without gaps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


class Layout:
    """The factors of a problem and their places.

    Attributes
    ----------
    blocks
        ``(name, rows, cols)`` of each factor.
    places
        ``(start, stop, rows, cols)`` by name and by number.
    dimension
        Number of entries of all factors together.
    """

    __slots__ = ("blocks", "dimension", "places")

    def __init__(self, blocks: tuple[tuple[str, int, int], ...]) -> None:
        self.blocks = blocks
        self.places: dict[str | int, tuple[int, int, int, int]] = {}
        self.dimension = 0
        for index, (name, rows, cols) in enumerate(blocks):
            place = (self.dimension, self.dimension + rows * cols, rows, cols)
            self.places[name] = self.places[index] = place
            self.dimension += rows * cols

    @staticmethod
    def of(blocks: Iterable[tuple[str, int, int]]) -> Layout:
        """The one layout with these factors: vectors of a problem share it."""
        return _layout(tuple((str(name), int(rows), int(cols)) for name, rows, cols in blocks))

    def __str__(self) -> str:
        return ", ".join(f"{name} {rows}×{cols}" for name, rows, cols in self.blocks)


@lru_cache(maxsize=64)
def _layout(blocks: tuple[tuple[str, int, int], ...]) -> Layout:
    return Layout(blocks)

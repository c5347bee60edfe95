"""Comparisons, kept as the worst of each quantity and family."""

from dataclasses import dataclass

import numpy as np

@dataclass
class Line:
    tolerance: float
    worst: float = 0.0
    where: str = ""
    count: int = 0
    beyond: int = 0

    @property
    def passed(self):
        return self.beyond == 0


class Tally:
    def __init__(self):
        self.lines = {}

    def compare(self, quantity, family, found, expected, tolerance, where="", scale=0.0):
        """|found − expected|, relative to the larger of |expected| and `scale`. Both missing agree, one missing is beyond any
        tolerance."""
        if found is None and expected is None:
            return
        if found is None or expected is None:
            deviation = np.inf
        elif found == expected:
            deviation = 0.0
        else:
            deviation = abs(found - expected) / max(abs(expected), scale)
        self.deviation(quantity, family, deviation, tolerance, where)

    def deviation(self, quantity, family, deviation, tolerance, where=""):
        """A deviation that is measured already; one that is no number counts as infinite."""
        line = self.lines.setdefault((quantity, family), Line(tolerance))
        deviation = float(deviation) if np.isfinite(deviation) else np.inf
        line.count += 1
        line.beyond += deviation > tolerance
        if deviation > line.worst or not line.where:
            line.worst, line.where = max(deviation, line.worst), where

    def claim(self, quantity, family, holds, where=""):
        """Something that is so or not: 0 or beyond."""
        self.deviation(quantity, family, 0.0 if holds else np.inf, 0.0, where)

    def merge(self, other):
        for key, line in other.lines.items():
            own = self.lines.setdefault(key, Line(line.tolerance))
            own.count += line.count
            own.beyond += line.beyond
            if line.worst > own.worst or not own.where:
                own.worst, own.where = max(line.worst, own.worst), line.where

    @property
    def passed(self):
        return all(line.passed for line in self.lines.values())

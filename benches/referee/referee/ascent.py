"""Worst-case sharpness: max f(w + ε) − f(w) over ‖ε‖ ≤ ρ."""

import numpy as np
from scipy.sparse.linalg import eigsh

from .loss import flat, unflat

RADIUS = 0.05
STEPS = 150


def worst_case(loss, hessian, w):
    """The best of fixed-point ascents ε ← ρ ∇f/‖∇f‖, along which f grows as long as it is convex, from the slope and from both sides of
    the sharpest direction: a lower bound of the maximum."""
    start, base = flat(w), loss.value(w)
    slope = flat(loss.gradient(w))
    sharpest = eigsh(hessian, 1, which="LA", v0=np.ones(len(start)), tol=1e-3)[1][:, 0]
    best = 0.0
    for direction in (slope, sharpest, -sharpest):
        value = -np.inf
        for _ in range(STEPS):
            length = np.linalg.norm(direction)
            if length == 0.0:
                break
            at = unflat(start + direction * (RADIUS / length), w)
            value, last = loss.value(at), value
            best = max(best, value - base)
            if value - last <= 1e-8 * abs(value):
                break
            direction = flat(loss.gradient(at))
    return best

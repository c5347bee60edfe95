"""The Euclidean projection onto the ℓ1 ball, by its optimality condition: soft thresholding, at the root of a monotone function."""

import numpy as np
from scipy.optimize import brentq


def project(v, radius):
    """The nearest point to v with ‖·‖₁ ≤ radius."""
    size = np.abs(v)
    if not size.sum() > radius:  # nor where it is no number
        return v.copy()

    def excess(t):
        return np.maximum(size - t, 0.0).sum() - radius

    threshold = brentq(excess, 0.0, size.max(), xtol=1e-16, rtol=1e-15)
    # On the piece that the root lies in the function is linear: solve it there once more, to rounding.
    above = size > threshold
    threshold = (size[above].sum() - radius) / above.sum()
    return np.sign(v) * np.maximum(size - threshold, 0.0)

"""What the singular values of X say."""

import numpy as np


def of(x):
    """Singular values, descending. A vector is a matrix with one column (FORMAT.md): its only one is ‖x‖₂."""
    return np.linalg.svd(x, compute_uv=False)


def effective_rank(s):
    """exp of the entropy of σ/Σσ [roy2007effective]; 1 at X = 0."""
    if s.sum() == 0.0:
        return 1.0
    p = s[s > 0.0] / s.sum()
    return float(np.exp(-np.sum(p * np.log(p))))


def stable_rank(s):
    """Σσ²/σ₁²."""
    # Of ratios: squares of what is left near the origin are no numbers any more.
    return float(np.sum((s / s[0]) ** 2)) if s[0] > 0.0 else None

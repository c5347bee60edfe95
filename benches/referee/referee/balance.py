"""How far the factors are from balanced: ‖LᵀL − RᵀR‖_F, and its analogues."""

import numpy as np


def balancedness(w, kind):
    if kind == "left-right":
        return np.linalg.norm(w[0].T @ w[0] - w[1].T @ w[1])
    if kind == "gram":
        return 0.0 if len(w) == 1 else np.linalg.norm(w[0].T @ w[1])
    if kind == "chain":
        return np.sqrt(sum(np.linalg.norm(b.T @ b - a @ a.T) ** 2 for a, b in zip(w, w[1:])))
    return np.sqrt(sum(np.sum((b**2 - a**2) ** 2) for a, b in zip(w, w[1:])))

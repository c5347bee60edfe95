"""floor(X): the smallest tr H of any factorization of X, by the closed forms of METRICS.md."""

import numpy as np

from . import chain_floor


def square_root(s):
    """S^½ of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(s)
    return vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T


def moments(instance):
    """S1 = Σ A_i A_iᵀ and S2 = Σ A_iᵀ A_i."""
    a = instance.each
    return np.einsum("irc,isc->rs", a, a, optimize=True), np.einsum("irc,ird->cd", a, a, optimize=True)


def column_means(instance):
    """c_j = (1/m) Σ_i a_ij² of a vector's measurements."""
    return np.mean(instance.matrix**2, axis=0)


def floor(instance, x):
    """The floor of X at the depth and kind of the instance."""
    m, kind, factors = instance.count, instance.kind, len(instance.names)
    if kind == "hadamard":
        return 2 * factors * np.sum(column_means(instance) * np.abs(x.ravel()) ** (2 - 2 / factors))
    s1, s2 = moments(instance)
    if kind == "gram":
        d = s1 / m  # of A_i = x_i x_iᵀ: (1/m) Σ ‖x_i‖² x_i x_iᵀ
        if len(instance.names) == 1:
            return 8 * np.trace(d @ x)
        root = square_root(d)
        return 8 * np.linalg.svd(root @ x @ root, compute_uv=False).sum()
    if kind == "left-right" or factors == 2:
        return 4 / m * np.linalg.svd(square_root(s1) @ x @ square_root(s2), compute_uv=False).sum()
    return chain_floor.floor(instance, x, factors, s1, s2)

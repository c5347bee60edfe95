"""The floor of three layers and more.

With X = B Cᵀ of rank r and M_1, …, M_{L−1} the Gram matrices of METHODOLOGY.md, (m/2) tr H is
tr(F M_1⁻¹) + Σ_l Σ_i tr(C_iᵀ M_{l+1}⁻¹ C_i M_l) + tr(E M_{L−1}), F = Bᵀ S1 B, E = Cᵀ S2 C, C_i = Bᵀ A_i C. In each M_l alone it is
tr(F_l M_l⁻¹) + tr(E_l M_l), least where M_l E_l M_l = F_l. The sum is geodesically convex, so that a point where this holds for all l
together is the minimum; that it holds is checked, whatever led there, and nan is returned where it does not.
"""

import numpy as np

NEGLIGIBLE = 1e-9
"""Singular values below this part of the largest are left out: the floor of the rest is as much smaller, in parts of itself."""
STATIONARY = 1e-9
PASSES = 2000


def floor(instance, x, layers, s1, s2):
    u, s, vt = np.linalg.svd(x)
    rank = int(np.sum(s > NEGLIGIBLE * s[0]))
    if rank == 0:
        return 0.0
    s = s[:rank]
    b, c = u[:, :rank] * np.sqrt(s), vt[:rank].T * np.sqrt(s)
    each = np.einsum("ra,irc,cd->iad", b, instance.each, c, optimize=True).reshape(instance.count, -1)
    # sorted for M ↦ Σ_i C_i M C_iᵀ
    pairs = (each.T @ each).reshape((rank,) * 4).transpose(0, 2, 1, 3).reshape(rank**2, rank**2)
    grams = [np.diag(s ** (2 * l / layers - 1)) for l in range(1, layers)]  # those of balanced layers
    first, last = b.T @ s1 @ b, c.T @ s2 @ c

    def weights(l):
        """F_l and E_l with all other M as they are."""
        before = first if l == 0 else (pairs @ grams[l - 1].ravel()).reshape(rank, rank)
        after = last if l == layers - 2 else (pairs.T @ np.linalg.inv(grams[l + 1]).ravel()).reshape(rank, rank)
        return before, after

    for _ in range(PASSES):
        worst = 0.0
        for l in range(layers - 1):
            f, e = weights(l)
            left, right = np.sum(np.linalg.inv(grams[l]) * f), np.sum(grams[l] * e)
            off = np.linalg.norm(grams[l] @ e - np.linalg.solve(grams[l].T, f.T).T)  # similar to the geodesic slope
            worst = max(worst, off / (left + right))
            grams[l] = solution(f, e)
        if worst <= STATIONARY:
            break
    else:
        return np.nan
    total = np.sum(first * np.linalg.inv(grams[0]))
    return 2.0 / instance.count * (total + sum(np.sum(grams[l] * weights(l)[1]) for l in range(layers - 1)))


def solution(f, e):
    """The positive definite M with M E M = F."""
    root = np.linalg.cholesky(e)
    values, vectors = np.linalg.eigh(root.T @ f @ root)
    inner = np.linalg.solve(root.T, vectors * np.sqrt(np.sqrt(np.maximum(values, 0.0))))
    return inner @ inner.T

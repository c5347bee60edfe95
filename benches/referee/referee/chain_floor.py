"""The floor of three layers and more, by descent.

With X = B Cᵀ of rank r and M_1, …, M_{L−1} the Gram matrices of METHODOLOGY.md, (m/2) tr H is
tr(F M_1⁻¹) + Σ_l Σ_i tr(C_iᵀ M_{l+1}⁻¹ C_i M_l) + tr(E M_{L−1}), F = Bᵀ S1 B, E = Cᵀ S2 C, C_i = Bᵀ A_i C. It is minimised over
square roots of the M_l, M_l = T_l R_l R_lᵀ T_lᵀ with T_l that of balanced layers, by a quasi-Newton method with hand-made gradients:
no closed form of a single M_l is used.
"""

import numpy as np
from scipy.optimize import minimize


def floor(instance, x, layers, s1, s2):
    u, s, vt = np.linalg.svd(x)
    rank = int(np.sum(s > 1e-13 * s[0])) if s[0] > 0 else 0
    if rank == 0:
        return 0.0
    s = s[:rank]
    b, c = u[:, :rank] * np.sqrt(s), vt[:rank].T * np.sqrt(s)
    f, e = b.T @ s1 @ b, c.T @ s2 @ c
    each = np.einsum("ra,irc,cd->iad", b, instance.each, c, optimize=True).reshape(instance.count, -1)
    # pairs[a, c, b, d] = Σ_i C_i[a, c] C_i[b, d], sorted for M ↦ Σ_i C_i M C_iᵀ
    pairs = (each.T @ each).reshape((rank,) * 4).transpose(0, 2, 1, 3).reshape(rank**2, rank**2)
    roots = [s ** (l / layers - 0.5) for l in range(1, layers)]
    least, scale = np.inf, None

    def objective(flat):
        r = [root[:, None] * g for root, g in zip(roots, flat.reshape(layers - 1, rank, rank))]
        grams = [a @ a.T for a in r]
        try:
            inverses = [np.linalg.inv(a) for a in grams]
        except np.linalg.LinAlgError:
            return np.inf, np.zeros_like(flat)
        slopes = [np.zeros((rank, rank)) for _ in r]

        def falling(l, weight):  # tr(weight M_l⁻¹)
            slopes[l] -= inverses[l] @ weight @ inverses[l]
            return np.sum(weight * inverses[l])

        total = falling(0, f) + np.sum(e * grams[-1])
        slopes[-1] += e
        for l in range(layers - 2):
            total += falling(l + 1, (pairs @ grams[l].ravel()).reshape(rank, rank))
            slopes[l] += (pairs.T @ inverses[l + 1].ravel()).reshape(rank, rank)
        slope = [root[:, None] * (g + g.T) @ a for root, g, a in zip(roots, slopes, r)]
        return total / scale, np.concatenate([g.ravel() for g in slope]) / scale

    at = np.tile(np.eye(rank), (layers - 1, 1, 1)).ravel()
    scale = 1.0
    scale = objective(at)[0]
    for _ in range(6):
        found = minimize(objective, at, jac=True, method="L-BFGS-B", options={"maxiter": 3000, "maxfun": 4000, "maxcor": 30, "ftol": 1e-16, "gtol": 1e-10})
        at, last, least = found.x, least, found.fun
        if last - least <= 1e-12 * least:
            break
    return 2.0 / instance.count * scale * least

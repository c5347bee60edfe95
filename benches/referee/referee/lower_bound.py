"""A lower bound of tr H for three layers, by the theorem in METHODOLOGY.md ("The references"), maximised over y.

tr H ≥ (2L/m) ((bᵀy)^{L−1} / (‖y‖^{L−2} ‖S1^{−½} M(y) S2^{−½}‖_{2/(L−2)}))^{2/L}. At L = 3 the Schatten norm is that of Frobenius, so that
with factors as wide as X the best y is a solution of (Q + t I) y = b for some t > 0, Q the Gram matrix of S1^{−½} A_i S2^{−½}.
"""

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize_scalar

from .floor import moments, square_root


def three_layers(instance):
    s1, s2 = (np.linalg.inv(square_root(s)) for s in moments(instance))
    whitened = np.einsum("rs,isc,cd->ird", s1, instance.each, s2, optimize=True).reshape(instance.count, -1)
    values, vectors = eigh(whitened @ whitened.T)
    b = vectors.T @ instance.targets

    def bound(log_t):
        y = b / (np.maximum(values, 0.0) + np.exp(log_t))
        spread = np.linalg.norm(y) * np.sqrt(np.sum(values * y**2))
        return 6 / instance.count * ((b @ y) ** 2 / spread) ** (2 / 3)

    grid = np.linspace(-20, 20, 161) + np.log(values.max())
    start = grid[np.argmax([bound(t) for t in grid])]
    return -minimize_scalar(lambda t: -bound(t), bracket=(start - 0.3, start, start + 0.3), tol=1e-12).fun

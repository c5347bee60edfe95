"""Lower bounds of tr H and of the norm over all zero-loss X, as dual convex programs, solved by an interior-point method.

The primal programs are those of [ding2024flat]: min 4/m ‖S1^½ X S2^½‖_*, 8 tr(D X) over X ⪰ 0, 8 ‖D^½ X D^½‖_* over symmetric X, and
2k Σ c_j |x_j|^{2−2/k}, where X fits. Their duals maximise bᵀy under a bound on M(y) = Σ y_i A_i. Whatever the solver returns is scaled
until it is feasible, so that its value is a bound by itself; with a zero-loss X of that trace both are proven best.
"""

import warnings

import cvxpy as cp
import numpy as np

from .floor import column_means, moments, square_root


def least_trace(instance):
    """A lower bound of tr H, or None where no convex program is known (three layers and more)."""
    layers, m = len(instance.names), instance.count
    if instance.kind == "hadamard":
        return vector(instance, 2 * layers * column_means(instance), 2 - 2 / layers)
    s1, s2 = moments(instance)
    if instance.kind == "gram":
        root = np.linalg.inv(square_root(8 * s1 / m))
        return symmetric(instance, root)
    if layers == 2:
        left, right = (np.linalg.pinv(square_root(s)) for s in (s1, s2))
        return 4 / m * nuclear(instance, left, right)
    return None


def least_norm(instance):
    """A lower bound of the nuclear norm, of the trace over X ⪰ 0, or of ℓ1 for a vector."""
    if instance.kind == "hadamard":
        return vector(instance, np.ones(instance.rows), 1.0)
    if instance.kind == "gram":
        return symmetric(instance, np.eye(instance.rows))
    return nuclear(instance, np.eye(instance.rows), np.eye(instance.cols))


def norm(instance, x):
    """What `least_norm` bounds."""
    return np.abs(x).sum() if instance.kind == "hadamard" else np.linalg.svd(x, compute_uv=False).sum()


def nuclear(instance, left, right):
    """min ‖left⁻¹ X right⁻¹‖_*: max bᵀy with ‖left M(y) right‖₂ ≤ 1; in robust PCA ⟨Y, M⟩ − τ‖M‖_∞."""
    each = np.einsum("rs,isc,cd->ird", left, instance.each, right, optimize=True).reshape(instance.count, -1)
    y = cp.Variable(instance.count)
    m = cp.reshape(each.T @ y, (instance.rows, instance.cols), order="C")
    radius = instance.radius or 0.0
    solve(cp.Problem(cp.Maximize(instance.targets @ y - radius * cp.norm_inf(y)), [cp.sigma_max(m) <= 1]))
    length = np.linalg.norm((each.T @ y.value).reshape(instance.rows, instance.cols), 2)
    return (instance.targets @ y.value - radius * np.abs(y.value).max()) / length


def symmetric(instance, root):
    """min tr(D (P + N)), D = root⁻², over P, N ⪰ 0 with P − N fitting: max bᵀy with −1 ⪯ root M(y) root ⪯ 1, the left side only if
    there is an N."""
    each = np.einsum("rs,isc,cd->ird", root, instance.each, root, optimize=True).reshape(instance.count, -1)
    y = cp.Variable(instance.count)
    m = cp.reshape(each.T @ y, (instance.rows, instance.rows), order="C")
    m = (m + m.T) / 2
    signed = -1.0 in instance.signs
    solve(cp.Problem(cp.Maximize(instance.targets @ y), [cp.lambda_max(m) <= 1] + [cp.lambda_min(m) >= -1] * signed))
    values = np.linalg.eigvalsh((each.T @ y.value).reshape(instance.rows, instance.rows))
    return instance.targets @ y.value / max(values[-1], -values[0] if signed else 0.0)


def vector(instance, weights, power):
    """min Σ c_j |x_j|^p: max bᵀy with |Aᵀy| ≤ c at p = 1, otherwise less the conjugate of each term, which needs no constraint."""
    a, b = instance.matrix, instance.targets
    y = cp.Variable(len(b))
    if power == 1.0:
        solve(cp.Problem(cp.Maximize(b @ y), [cp.abs(a.T @ y) <= weights]))
        return b @ y.value / np.max(np.abs(a.T @ y.value) / weights)
    # sup_x z x − c |x|^p = (p − 1) c (|z| / (p c))^q with q = p / (p − 1)
    q = power / (power - 1)
    slopes = a.T / (power * weights)[:, None]
    costs = (power - 1) * weights
    solve(cp.Problem(cp.Maximize(b @ y - costs @ cp.power(cp.abs(slopes @ y), q))))
    return b @ y.value - costs @ np.abs(slopes @ y.value) ** q


def solve(problem):
    """As far as the solver comes: a value that is not accurate is a worse bound, and is seen as one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Solution may be inaccurate")
        problem.solve(solver=cp.CLARABEL, max_threads=1, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)

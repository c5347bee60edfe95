"""Where a run stops that lowers tr H along the zero-loss set: is it a local minimum there?

At zero loss H = (2/m) Jᵀ J with the Jacobian J of the residuals, so tr H = (2/m) ‖J‖². Along the set {ρ = 0} the first-order condition is
Tᵀ ∇tr H = 0 with an orthonormal basis T of the null space of J, the second-order one that Tᵀ (∇² tr H − Σ λᵢ ∇²ρᵢ) T has no negative
eigenvalue, with the multipliers λ of ∇tr H = Jᵀ λ [nocedal2006numerical, section 12.5]. Derivatives of J are symmetric differences, which
are exact where X is of degree three at most in w.

Where X has a lower rank than next to it J loses rank, the set has a corner, and singular values of J that are next to nothing say how near
the run came to it. They count as zero, which makes T the directions along the corner and those of all branches that meet there.
"""

import numpy as np

from . import model
from .loss import flat, unflat

LARGEST = 200
"""Parameters beyond which the matrix of second derivatives is left out: it takes one Jacobian for every pair of directions."""
SLOPE = 1e-3
"""What trace-flow asks for where rounding leaves nothing to gain; next to corners that comes before its tolerance of 1e-8."""
CURVATURE = 1e-6
CORNER = 1e-5
"""Singular values of J, relative to the largest, below which it has lost rank."""


def check(tally, loss, w, family, where):
    """First and second order at the end of a run that says it has converged."""
    if loss.instance.radius is not None or flat(w).size > LARGEST:
        return
    slope, least, regular = order(loss, w)
    if not regular and len(w) > 2:
        # With three factors the set does not follow the null space of J at a corner.
        return
    tally.deviation("trace-flow's end: slope of tr H along the zero-loss set", family, slope, SLOPE, where)
    tally.deviation("trace-flow's end: negative curvature of tr H there", family, max(-least, 0.0), CURVATURE, where)


def order(loss, w):
    """‖Tᵀ ∇tr H‖ / ‖∇tr H‖, the least eigenvalue along the set, relative to the largest in size, and whether J has full rank."""
    center, size = flat(w), flat(w).size
    step = 0.1 * np.linalg.norm(center) / np.sqrt(size)
    jacobian = lambda v: loss.instance.matrix @ model.jacobian(loss.terms, unflat(v, w))
    j = jacobian(center)
    scale = 2.0 / len(j)
    change = lambda u: (jacobian(center + step * u) - jacobian(center - step * u)) / (2 * step)
    gradient = 2 * scale * np.array([np.sum(j * change(unit)) for unit in np.eye(size)])
    _, s, vt = np.linalg.svd(j)
    rank = np.sum(s > CORNER * s[0])
    tangent = vt[rank:]
    slope = np.linalg.norm(tangent @ gradient) / np.linalg.norm(gradient)
    multipliers = np.linalg.lstsq(j.T, gradient, rcond=CORNER)[0]
    # Σ λᵢ ∇²ρᵢ is the second derivative of ⟨Σ λᵢ Aᵢ, X(w)⟩.
    weight = (loss.instance.matrix.T @ multipliers).reshape(loss.product(w).shape)
    bent = model.curvature(loss.terms, w, weight)
    changes = np.array([change(t).ravel() for t in tangent])
    # ⟨J, D²J[u, u]⟩, and for two directions by polarization.
    along = lambda u: np.sum(j * (jacobian(center + step * u) + jacobian(center - step * u) - 2 * j)) / step**2
    alone = [along(u) for u in tangent]
    second = np.diag(alone)
    for a, u in enumerate(tangent):
        for b, v in enumerate(tangent[:a]):
            second[a, b] = second[b, a] = (along(u + v) - alone[a] - alone[b]) / 2
    second = 2 * scale * (changes @ changes.T + second)
    values = np.linalg.eigvalsh(second - tangent @ bent @ tangent.T)
    return slope, values[0] / np.abs(values).max(), rank == len(j)

"""Numbers that are read off a dense Hessian."""

import numpy as np


def by_factor(hessian, w):
    """The diagonal blocks of H, one for each factor."""
    ends = np.cumsum([0] + [block.size for block in w])
    return [hessian[a:b, a:b] for a, b in zip(ends, ends[1:])]


def scaled_trace(hessian, w):
    """Σ over factors of (its part of tr H) / (its rows) [ding2024flat]."""
    return sum(np.trace(part) / block.shape[0] for part, block in zip(by_factor(hessian, w), w))


def relative_flatness(hessian, w, kind):
    """Σ over layers of Σ ⟨w_s, w_s'⟩ tr H_{s,s'} over neurons s, s' [petzka2021relative].

    A layer's rows are its neurons: rows of L and of W_l, columns of R and of U; the entries of a Hadamard factor, alone on the
    diagonal of theirs.
    """
    total = 0.0
    for index, (part, block) in enumerate(zip(by_factor(hessian, w), w)):
        if kind == "hadamard":
            total += np.sum(block.ravel() ** 2 * np.diag(part))
            continue
        h = part.reshape(block.shape * 2)
        neurons_are_columns = kind == "gram" or (kind == "left-right" and index == 1)
        traces, layer = (np.einsum("isit->st", h), block.T) if neurons_are_columns else (np.einsum("siti->st", h), block)
        total += np.sum(layer @ layer.T * traces)
    return total


def worst_case(loss, hessian, w, radius=0.05, steps=400):
    """max f(w + ε) − f(w) over ‖ε‖ ≤ radius: the best of fixed-point ascents ε ← radius · ∇f/‖∇f‖ from both sides of the sharpest
    directions, of the slope, and of a few random ones. Another lower bound of the same maximum."""
    from .loss import flat, unflat

    start = flat(w)
    base = loss.value(w)
    slope = flat(loss.gradient(w))
    random = np.random.default_rng(0).standard_normal((4, len(start)))
    _, vectors = np.linalg.eigh(hessian)
    directions = [slope, *vectors[:, -3:].T, *-vectors[:, -3:].T, *random]
    best = 0.0
    for direction in directions:
        length = np.linalg.norm(direction)
        if length == 0.0:
            continue
        step, last = direction * (radius / length), -np.inf
        for _ in range(steps):
            value = loss.value(unflat(start + step, w))
            if value - last <= 1e-12 * abs(value):
                break
            last = value
            g = flat(loss.gradient(unflat(start + step, w)))
            step = g * (radius / np.linalg.norm(g))
        best = max(best, last - base, value - base)
    return best

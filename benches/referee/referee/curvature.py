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

"""X as a sum of multilinear terms of the factors, and its derivatives.

A term is a sign, an Einstein sum and the factor that stands in each of its slots. Since a term is linear in each slot, its derivative
by a slot is the same sum with unit matrices there, and its second derivative has them in two slots: exact, and no family needs a
formula of its own.
"""

from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase

import numpy as np


@dataclass(frozen=True)
class Term:
    sign: float
    slots: tuple
    """Index letters of each slot."""
    result: str
    blocks: tuple
    """Which factor each slot holds."""


def terms(kind, count, signs):
    """The terms of X for `count` factors: L Rᵀ, Σ ± U Uᵀ, W_L ⋯ W_1, or v_1 ⊙ ⋯ ⊙ v_k."""
    if kind == "left-right":
        return [Term(1.0, ("ik", "jk"), "ij", (0, 1))]
    if kind == "gram":
        return [Term(sign, ("ik", "jk"), "ij", (block, block)) for block, sign in enumerate(signs)]
    if kind == "chain":
        slots = tuple(ascii_lowercase[l + 1] + ascii_lowercase[l] for l in range(count))
        return [Term(1.0, slots, ascii_lowercase[count] + "a", tuple(range(count)))]
    if kind == "hadamard":
        return [Term(1.0, ("iz",) * count, "iz", tuple(range(count)))]
    raise ValueError(f"a factorization of the kind {kind!r} is unknown")


def product(all_terms, w):
    """X, rows × cols."""
    return sum(t.sign * contract(t, w, t.result) for t in all_terms)


def pull_back(all_terms, w, g):
    """Derivatives of ⟨G, X(w)⟩ by each factor."""
    out = [np.zeros_like(block) for block in w]
    for t in all_terms:
        for slot, letters in enumerate(t.slots):
            out[t.blocks[slot]] += t.sign * contract(t, w, letters, without=(slot,), weight=g)
    return out


def jacobian(all_terms, w):
    """dX/dw, (rows · cols) × p, factors one after the other, each row by row."""
    size = product(all_terms, w).size
    columns = [np.zeros((size, block.size)) for block in w]
    for t in all_terms:
        for slot in range(len(t.slots)):
            block = t.blocks[slot]
            derivative = contract(t, w, t.result + "PQ", without=(slot,), units={slot: "PQ"})
            columns[block] += t.sign * derivative.reshape(size, w[block].size)
    return np.hstack(columns)


def curvature(all_terms, w, g):
    """Second derivative of ⟨G, X(w)⟩ by w, p × p."""
    ends = np.cumsum([0] + [block.size for block in w])
    out = np.zeros((ends[-1], ends[-1]))
    for t in all_terms:
        for one in range(len(t.slots)):
            for other in range(len(t.slots)):
                if one == other:
                    continue
                a, b = t.blocks[one], t.blocks[other]
                second = contract(t, w, "PQRS", without=(one, other), units={one: "PQ", other: "RS"}, weight=g)
                out[ends[a] : ends[a + 1], ends[b] : ends[b + 1]] += t.sign * second.reshape(w[a].size, w[b].size)
    return out


def contract(term, w, wanted, without=(), units=None, weight=None):
    """The sum of a term with slots left out, or unit matrices in them, or its result contracted with a weight."""
    operands, letters = [], []
    for slot, indices in enumerate(term.slots):
        block = w[term.blocks[slot]]
        if slot not in without:
            operands.append(block)
            letters.append(indices)
        for old, new, length in zip(indices, (units or {}).get(slot, ""), block.shape):
            operands.append(np.eye(length))
            letters.append(old + new)
    if weight is not None:
        operands.append(weight)
        letters.append(term.result)
    subscripts = ",".join(letters) + "->" + wanted
    return np.einsum(subscripts, *operands, optimize=order(subscripts, *(operand.shape for operand in operands)))


@cache
def order(subscripts, *shapes):
    """In which order operands of these shapes are best contracted."""
    if len(shapes) < 3:
        return False
    return np.einsum_path(subscripts, *(np.broadcast_to(0.0, shape) for shape in shapes))[0]

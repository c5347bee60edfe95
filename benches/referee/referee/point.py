"""Every metric of METRICS.md at one point, next to what the record says."""

import numpy as np

from . import ascent, balance, curvature, floor, spectrum
from .loss import flat

ROUNDING = 1e-11
"""Formulas of a few thousand multiply-adds at double precision, some through a decomposition."""
MINIMISED = 1e-8
"""The floor of a chain is the value of a minimisation, singular values of 1e-9 left out."""
ASCENT = 5e-2
"""Two lower bounds of one maximum; how near they come to it is not promised."""


def check(tally, instance, loss, w, recorded, record, where):
    family, root = instance.family, lambda value: np.sqrt(value)
    start = record["start"]
    compare = lambda name, own, tolerance=ROUNDING, scale=0.0: tally.compare(
        name, family, recorded[name], own, tolerance, where, scale
    )
    # A loss far below that of the start is rounding of the residuals, which are differences of numbers of the size of b.
    tally.compare(
        "√ train_loss", family, root(recorded["train_loss"]), root(loss.value(w)), 1e-12, where, root(start["train_loss"])
    )
    hessian, x = loss.hessian(w), loss.product(w)
    s, size = spectrum.of(x), np.linalg.norm(flat(w))
    own_floor = floor.floor(instance, x)
    deep = instance.kind == "chain" and len(w) > 2
    if instance.truth is not None:
        error = np.linalg.norm(x - instance.truth) / np.linalg.norm(instance.truth)
        compare("relative_error", error, scale=1.0)
    trace = np.trace(hessian)
    compare("hessian_trace", trace)
    compare("scaled_trace", curvature.scaled_trace(hessian, w))
    compare("flatness_floor", own_floor, MINIMISED if deep else ROUNDING)
    compare("balance_gap", trace / own_floor if own_floor > 0 else None, MINIMISED if deep else ROUNDING)
    reference = record["reference"].get("flat")
    if reference:
        compare("model_gap", own_floor / reference["hessian_trace"], MINIMISED if deep else ROUNDING)
        compare("excess_flatness", trace / reference["hessian_trace"])
    compare("nuclear_norm", s.sum())
    compare("effective_rank", spectrum.effective_rank(s), 1e-9)
    compare("stable_rank", spectrum.stable_rank(s))
    compare("balancedness", balance.balancedness(w, instance.kind), scale=size**2)
    compare("parameter_norm", size)
    compare("relative_flatness", curvature.relative_flatness(hessian, w, instance.kind))
    for own, value in zip(s, recorded["singular_values"], strict=False):
        tally.compare("singular_values", family, value, own, ROUNDING, where, s[0])
    check_largest(tally, family, np.linalg.eigvalsh(hessian), recorded, where)
    if recorded["lambda_max"] is not None:
        compare("worst_case_sharpness", ascent.worst_case(loss, hessian, w), ASCENT)


def check_largest(tally, family, values, recorded, where):
    """λ_max, and what its residual promises: an eigenvalue within ‖Hv − λv‖ of λ [parlett1998symmetric]."""
    value, residual = recorded["lambda_max"], recorded["lambda_max_residual"]
    tally.compare("lambda_max", family, value, values[-1], 1e-9, where)
    if value is not None:
        distance = np.min(np.abs(values - value)) / abs(value)
        tally.claim("lambda_max_residual", family, distance <= residual + 1e-13, where)

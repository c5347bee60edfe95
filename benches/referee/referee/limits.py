"""Limits: where gradient flow from the saved iterate ends, integrated once more by another method."""

import numpy as np

from . import flow
from .loss import flat

FLOW = 3e-3
"""What METRICS.md promises of tr H and of the relative error."""
ARRIVED = 1e-16


def check(tally, instance, loss, iterate, limit, record, where):
    """`limit` is None where none was reached."""
    family, told, start = instance.family, record["limit"], record["start"]["train_loss"]
    tally.claim("limit is saved where it was reached", family, (told["state"] == "reached") == (limit is not None), where)
    if told["state"] != "reached":
        return
    # Rounding of residuals may move a loss of 1e-16 by a few parts in 10⁸ of itself.
    tally.claim("limit has f ≤ 1e-16 f(start)", family, loss.value(limit) <= ARRIVED * start * (1 + 1e-6), where)
    distance = np.linalg.norm(flat(limit) - flat(iterate))
    tally.compare("distance_moved", family, told["distance_moved"], distance, 1e-11, where, np.linalg.norm(flat(iterate)))
    own = flow.limit(loss, iterate, start)
    if own is None:
        tally.claim("limit, by another integrator: reached", family, False, where)
        return
    moved = "at the iterate" if distance == 0.0 else "by another integrator"
    trace = np.trace(loss.hessian(own))
    tally.compare(f"limit, {moved}: hessian_trace", family, told["hessian_trace"], trace, FLOW, where)
    if instance.truth is not None:
        error = np.linalg.norm(loss.product(own) - instance.truth) / np.linalg.norm(instance.truth)
        tally.compare(f"limit, {moved}: relative_error", family, told["relative_error"], error, FLOW, where, 1.0)

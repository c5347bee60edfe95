"""What the checkpoints of any run have to agree with: its start, its iterate, its budget, and its termination."""

import numpy as np

from .loss import flat


def check(tally, family, points, checkpoints, record, where):
    first, last = checkpoints[0], checkpoints[-1]
    claim = lambda quantity, holds: tally.claim(f"trajectory: {quantity}", family, holds, where)
    told = ("train_loss", "hessian_trace", "relative_error", "balancedness")
    claim("begins at the start", first["step"] == 0 and all(first[k] == record["start"][k] for k in told))
    for field in ("step", "gradient_equivalents", "path_length"):
        values = [c[field] for c in checkpoints]
        claim("steps, cost and path grow", all(a <= b for a, b in zip(values, values[1:])))
    claim("path is no shorter than distance", all(c["distance"] <= c["path_length"] * (1 + 1e-12) for c in checkpoints))
    if last["step"] != record["steps"] or record["termination"] == "diverged":
        return
    claim("ends at the iterate", all(last[k] == record["iterate"][k] for k in told))
    claim("ends with the budget spent", last["gradient_equivalents"] == record["gradient_equivalents"])
    start, end = flat(points["start"]), flat(points["iterate"])
    tally.compare(
        "trajectory: distance", family, last["distance"], np.linalg.norm(end - start), 1e-11, where, np.linalg.norm(end)
    )
    if record["termination"] == "stalled":
        moved = last["path_length"] - checkpoints[-2]["path_length"]
        # Both are sums of many numbers, rounded.
        claim("stalled where it stands still", moved <= 1e-15 * np.linalg.norm(end) + 1e-14 * last["path_length"])

"""Runs replayed in NumPy from the saved start, checked at their checkpoints and at their iterate."""

import numpy as np

from . import replay
from .loss import flat

REPLAYED = 1e-9
"""Where rounding is not amplified."""
CHAOTIC = 1e-12
"""A twin whose start is moved by 1e-15 and that ends further away than this shows that rounding is amplified."""

LONGEST = 10_000
"""Steps that are taken again; of a longer run the checkpoints up to there are compared."""


def check(tally, instance, loss, points, record, plugin, checkpoints, where):
    family, steps = instance.family, min(record["steps"], LONGEST)
    if plugin not in replay.MOVES or not steps or record["termination"] == "diverged":
        return
    marks = {c["step"]: c for c in checkpoints if 0 < c["step"] <= steps}
    own, seen = replay.run(loss, points["start"], record, plugin, steps, marks)
    twin, _ = replay.run(loss, points["start"], record, plugin, steps, nudge=1e-15)
    size, whole = np.linalg.norm(flat(own)), steps == record["steps"]
    apart = np.linalg.norm(flat(own) - flat(twin)) / size
    off = np.linalg.norm(flat(own) - flat(points["iterate"])) / size
    if apart > CHAOTIC:
        if whole:
            tally.deviation(f"{plugin} replayed, chaotic: iterate over twin", family, off / apart, 1e3, where)
        return
    if whole:
        tally.deviation(f"{plugin} replayed: iterate", family, off, REPLAYED, where)
    start, path, last = flat(points["start"]), 0.0, flat(points["start"])
    for step, mark in sorted(marks.items()):
        w = seen[step]
        at = flat(w)
        path, last = path + np.linalg.norm(at - last), at
        compare = lambda name, value, scale=0.0: tally.compare(
            f"replayed checkpoints: {name}", family, mark[name], value, REPLAYED, where, scale
        )
        compare("distance", np.linalg.norm(at - start), size)
        compare("path_length", path, size)
        if instance.truth is not None:
            compare("relative_error", np.linalg.norm(loss.product(w) - instance.truth) / np.linalg.norm(instance.truth), 1.0)
        told, value, scale = (np.sqrt(v) for v in (mark["train_loss"], loss.value(w), record["start"]["train_loss"]))
        tally.compare("replayed checkpoints: √ train_loss", family, told, value, REPLAYED, where, scale)
    for step in sorted(marks)[:: max(len(marks) // 4, 1)]:
        trace = np.trace(loss.hessian(seen[step]))
        tally.compare("replayed checkpoints: hessian_trace", family, marks[step]["hessian_trace"], trace, REPLAYED, where)

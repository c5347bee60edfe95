"""The two references of an instance: do they fit, is their trace what is claimed, and can no zero-loss point do better?"""

import numpy as np

from . import floor, lower_bound, programs
from .loss import Loss

PROGRAM = 1e-6
"""A dual program solved to about 1e-8, its value scaled to a bound, against a claim of 1e-8."""


def check(tally, instance, recorded, where):
    """`recorded` is the field `reference` of the records of the instance."""
    about, family, loss = instance.about, instance.family, Loss(instance)
    compare = lambda name, found, own, tolerance: tally.compare(name, family, found, own, tolerance, where)
    if instance.truth is not None:
        deep = instance.kind == "chain" and len(instance.names) > 2
        compare("reference: truth_floor", recorded["truth_floor"], floor.floor(instance, instance.truth), 1e-8 if deep else 1e-11)
    for name, key in (("flattest", "flat"), ("norm_minimal", "norm_minimal")):
        point, told = about[name], recorded.get(key)
        if not told or "array" not in point:
            tally.claim(f"reference: {name} or a reason", family, not told or told["exact"], where)
            continue
        for field in ("hessian_trace", "relative_error", "certified", "exact", "lower", "upper"):
            if field in point or field in told:
                tally.claim(f"reference: {name} in records and exports", family, point.get(field) == told.get(field), where)
        check_point(tally, instance, loss, name, told, where)
    check_bounds(tally, instance, loss, recorded, where)


def check_point(tally, instance, loss, name, told, where):
    family, about = instance.family, instance.about[name]
    x = instance.arrays[about["array"]]
    deep = instance.kind == "chain" and len(instance.names) > 2
    if told["exact"]:
        misfit = np.sqrt(np.mean(loss.residuals(x) ** 2) / np.mean(instance.targets**2))
        tally.deviation(f"reference: {name} fits", family, misfit, 1e-9, where)
    tally.compare(
        f"reference: {name} trace", family, told["hessian_trace"], floor.floor(instance, x), 1e-8 if deep else 1e-9, where
    )
    if instance.truth is not None:
        error = np.linalg.norm(x - instance.truth) / np.linalg.norm(instance.truth)
        tally.compare(f"reference: {name} error", family, told["relative_error"], error, 1e-11, where, 1.0)
    if about.get("factors"):
        w = [instance.arrays[about["factors"][block]] for block in instance.names]
        distance = np.linalg.norm(loss.product(w) - x) / np.linalg.norm(x)
        tally.deviation(f"reference: {name} factors have its X", family, distance, 1e-9, where)
        trace = np.trace(loss.hessian(w))
        tally.compare(
            f"reference: {name} factors are flattest", family, told["hessian_trace"], trace, 1e-8 if deep else 1e-9, where
        )


def check_bounds(tally, instance, loss, recorded, where):
    family, flat, normal = instance.family, recorded.get("flat"), recorded.get("norm_minimal")
    if flat and flat.get("certified"):
        own = programs.least_trace(instance)
        tally.compare("reference: flattest, by a dual program", family, flat["hessian_trace"], own, PROGRAM, where)
    if normal and normal.get("certified") and "array" in instance.about["norm_minimal"]:
        x = instance.arrays[instance.about["norm_minimal"]["array"]]
        own = programs.least_norm(instance)
        tally.compare("reference: norm-minimal, by a dual program", family, programs.norm(instance, x), own, PROGRAM, where)
    if flat and flat.get("lower") is not None:
        ordered = flat["lower"] <= min(flat["hessian_trace"], flat["upper"]) * (1 + 1e-8)
        tally.claim("reference: lower ≤ trace and upper", family, ordered, where)
        wide = instance.start[0].shape[0] >= min(instance.rows, instance.cols)
        if len(instance.names) == 3 and instance.kind == "chain" and wide:
            # Any y gives a bound; ours is the best one. flatbench promises a bound, and comes within a per cent of the best.
            best = lower_bound.three_layers(instance)
            tally.claim("reference: lower is a bound", family, flat["lower"] <= best * (1 + 1e-8), where)
            tally.compare("reference: lower near the best bound", family, flat["lower"], best, 1e-2, where)
    fits = instance.truth is not None and np.sqrt(np.mean(loss.residuals(instance.truth) ** 2)) < 1e-9
    if fits and flat and flat.get("upper") is not None:
        tally.claim("reference: upper ≤ trace of the truth", family, flat["upper"] <= recorded["truth_floor"] * (1 + 1e-8), where)

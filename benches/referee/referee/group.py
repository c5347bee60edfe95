"""All that one draw of a case can be asked: its export, starts, references, and the runs on it."""

import tempfile
from pathlib import Path

import numpy as np

from . import again, held_out, limits, point, references, stationary, trajectory
from .loss import Loss, flat
from .tally import Tally

EXPORT = 1e-12


def check(directory, records):
    """A tally of everything about these records, which share case and draw."""
    tally, first = Tally(), records[0]
    with tempfile.TemporaryDirectory() as folder:
        instances = {
            init: directory.export(first["case"], first["instance_seed"], init, Path(folder) / init)
            for init in ("large", *{r["init"] for r in records} - {"large"})
        }
    place = f"{first['case']} {first['repetition']}"
    references.check(tally, instances["large"], first["reference"], place)
    for init, instance in instances.items():
        check_start(tally, instance, instances["large"], f"{place} {init}")
    largest = np.linalg.eigvalsh(Loss(instances["large"]).hessian(instances["large"].start))[-1]
    seen, started = [], {}
    for record in records:
        check_run(tally, directory, instances[record["init"]], record, largest, seen, started)
    check_held_out(tally, instances["large"], seen, place)
    return tally


def check_start(tally, instance, large, where):
    """The exported start has the loss, trace and gradient that the export tells, and a small one is a hundredth of the large one."""
    loss, told, family = Loss(instance), instance.about["start"], instance.family
    tally.compare("export: loss at the start", family, told["loss"], loss.value(instance.start), EXPORT, where)
    tally.compare(
        "export: trace at the start", family, told["hessian_trace"], np.trace(loss.hessian(instance.start)), EXPORT, where
    )
    gradient = flat(loss.gradient(instance.start))
    off = np.linalg.norm(gradient - flat(instance.start_gradient)) / np.linalg.norm(gradient)
    tally.deviation("export: gradient at the start", family, off, EXPORT, where)
    if instance is not large:
        off = np.linalg.norm(flat(instance.start) - 0.01 * flat(large.start)) / np.linalg.norm(flat(instance.start))
        tally.deviation("small start is a hundredth of the large one", family, off, EXPORT, where)


def check_run(tally, directory, instance, record, largest, seen, started):
    where = f"{record['case']} {record['init']} {record['optimizer']} {record['key'][:8]}"
    loss, points = Loss(instance), directory.points(record, instance.names)
    same = all(np.array_equal(a, b) for a, b in zip(points["start"], instance.start))
    tally.claim("start of the run is the exported one", instance.family, same, where)
    check_resolved(tally, record, largest, where)
    started.setdefault(record["init"], record["start"])
    if record["termination"] != "diverged":
        for name, w in points.items():
            if name == "start" and record["start"] is not started[record["init"]]:
                same = record["start"] == started[record["init"]]
                tally.claim("start has the same numbers in every run", instance.family, same, where)
                continue
            if name == "limit" and record["limit"].get("distance_moved") == 0.0:
                tally.claim("limit that is the iterate has its numbers", instance.family, agree(record), where)
                continue
            told = record[name]
            point.check(tally, instance, loss, w, told, record, f"{where} {name}")
            seen.append((loss.product(w), told["validation_loss"], told["test_loss"], f"{where} {name}"))
        limits.check(tally, instance, loss, points["iterate"], points.get("limit"), record, where)
    checkpoints, plugin = directory.checkpoints(record), directory.plugins[record["optimizer"]]
    if plugin == "trace-flow" and record["termination"] == "converged":
        stationary.check(tally, loss, points["iterate"], instance.family, where)
    trajectory.check(tally, instance.family, points, checkpoints, record, where)
    again.check(tally, instance, loss, points, record, plugin, checkpoints, where)


def agree(record):
    return all(record["limit"][name] == value for name, value in record["iterate"].items())


def check_resolved(tally, record, largest, where):
    """Settings in units of 1/λ_max, the curvature at the large start."""
    for name, told in record.get("resolved", {}).items():
        own = record["hyperparameters"][name]
        if isinstance(own, dict) and own["unit"] == "1/lambda_max":
            for end in ("from", "to"):
                tally.compare("resolved settings", record["family"], told[end], own[end] / largest, 1e-9, where)


def check_held_out(tally, instance, seen, where):
    """Losses on measurements that are not exported, as far as they can be known."""
    family = instance.family
    if instance.truth is None or not seen or instance.case.get("noise"):
        return
    if family == "matrix-completion":
        size, misfit = held_out.split_of_completion(instance, [p[:3] for p in seen])
        tally.deviation("validation_loss and test_loss, unseen entries", family, misfit, 1e-11, f"{where}, {size} of validation")
        return
    for x, validation, test, place in seen:
        for name, value in (("validation_loss", validation), ("test_loss", test)):
            off = np.linalg.norm(x - instance.truth)
            if value is not None and off > 1e-6 * np.linalg.norm(instance.truth):
                count = held_out.fresh(instance.count)
                away = held_out.standard_deviations(instance, x, value, count)
                tally.deviation(f"{name}, standard deviations", family, abs(away), held_out.DEVIATIONS, place)
    if family == "robust-pca":
        tally.claim("no held-out loss without measurements", family, all(p[1] is None for p in seen), where)

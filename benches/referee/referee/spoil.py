"""python -m referee.spoil DIR --program FLATBENCH: does the referee see a wrong number? Each number of a record is made wrong in turn."""

import argparse
import copy
import json
import sys
import tempfile
from pathlib import Path

from . import ledger, limits, point, selection
from .loss import Loss
from .run import Directory
from .tally import Tally

WRONG = 1 + 1e-4
LOOSE = {"worst_case_sharpness": 1.2}
"""By how much a number is wrong, where a small error is allowed for."""


def failures(check, *arguments):
    tally = Tally()
    check(tally, *arguments)
    return {quantity for (quantity, _), line in tally.lines.items() if not line.passed}


def unseen(directory):
    """Names of wrong numbers that were not seen."""
    record = next(
        r for records in directory.groups(1).values() for r in records
        if r["limit"]["state"] == "reached" and r["limit"]["distance_moved"] > 0 and r["optimizer"] == "label-noise-sgd"
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        instance = directory.export(record["case"], record["instance_seed"], record["init"], Path(folder) / "instance")
    loss, points = Loss(instance), directory.points(record, instance.names)
    at_point = lambda r: failures(point.check, instance, loss, points["iterate"], r["iterate"], r, "")
    at_limit = lambda r: failures(limits.check, instance, loss, points["iterate"], points["limit"], r, "")
    plugin = directory.plugins[record["optimizer"]]
    in_ledger = lambda r: failures(ledger.check, r, plugin, "")
    out = [f"clean: {name}" for check in (at_point, at_limit, in_ledger) for name in check(record)]

    def spoiled(path, factor, check):
        wrong = copy.deepcopy(record)
        *way, last = path
        inner = wrong
        for step in way:
            inner = inner[step]
        inner[last] = inner[last] * factor if not isinstance(inner[last], bool) else not inner[last]
        if not check(wrong):
            out.append(".".join(map(str, path)))

    for name, value in record["iterate"].items():
        if name not in ("validation_loss", "test_loss", "lambda_max_residual", "singular_values") and value:
            spoiled(("iterate", name), LOOSE.get(name, WRONG), at_point)
    spoiled(("iterate", "singular_values", 0), WRONG, at_point)
    spoiled(("limit", "hessian_trace"), 1.01, at_limit)
    spoiled(("limit", "distance_moved"), WRONG, at_limit)
    for name in ("gradient_equivalents", "interpolated", "steps"):
        spoiled((name,), 2 if name == "steps" else WRONG, in_ledger)
    return out + unseen_choice(directory)


def unseen_choice(directory):
    """Every chosen setting exchanged for another one of those tried."""
    records = copy.deepcopy(directory.records)
    for record in records:
        if record["split"] == "evaluation" and any(t["split"] == "tuning" and t["case"] == record["case"] for t in records):
            grid = selection.grid(directory.suite, record["optimizer"], record["init"])
            tried = next(s for s in grid if s != selection.setting(record))
            record["hyperparameters"] = json.loads(tried)
    return [] if "chosen setting" in failures(selection.check, directory.suite, records) else ["chosen setting"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="referee.spoil", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    missed = unseen(Directory(arguments.directory, arguments.program))
    print("every wrong number was seen" if not missed else f"wrong numbers that were not seen: {', '.join(missed)}")
    sys.exit(1 if missed else 0)

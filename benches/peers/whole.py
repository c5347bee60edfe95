"""A whole study, from the command line to the end: flatbench and benchopt in turns, one worker each, processor time."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pandas

HERE = Path(__file__).resolve().parent
CASES = ["sensing", "anisotropic", "bilinear", "covariance"]
REPETITIONS = 3
TURNS = 3


def compare(root, scratch):
    program, study = root / "target" / "release" / "flatbench", HERE / "study"
    instances = scratch / "study"
    # Builds every plugin of the tree, which no turn should.
    subprocess.run([program, "list", "optimizers"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    for case in CASES:
        for repetition in range(REPETITIONS):
            folder = instances / f"{case}-{repetition}"
            if not (folder / "instance.json").exists():
                where = ["--repetition", str(repetition), "--out", folder]
                export = [program, "export-instance", study / "suite.toml", case, *where]
                subprocess.run(export, check=True, stdout=subprocess.DEVNULL)
    records, output = scratch / "whole", scratch / "benchopt"
    ours = [program, "run", study / "suite.toml", "--fresh", "--jobs", "1", "--quiet", "--no-build", "--out", records]
    theirs = [sys.executable, "-m", "benchopt", "run", study, "-r", "1", "-j", "1", "--no-cache", "--no-plot"]
    theirs += ["--no-timeout", "--output", output]
    settings = {"PYTHONPATH": str(HERE), "FLATBENCH_INSTANCES": str(instances)}
    seconds = {"flatbench": [], "benchopt": []}
    for _ in range(TURNS):
        for name, command in (("flatbench", ours), ("benchopt", theirs)):
            # benchopt would number its results rather than write over them.
            output.with_suffix(".parquet").unlink(missing_ok=True)
            begun = spent_by_children()
            subprocess.run(command, cwd=root, check=True, env=os.environ | settings, stdout=subprocess.DEVNULL)
            seconds[name].append(spent_by_children() - begun)
    off = agreement(records / "records.jsonl", output.with_suffix(".parquet"))
    assert off < 1e-8, f"gradient descent ends elsewhere: off by {off:.1e}"
    row = {
        "grid": f"{len(CASES)} cases × gd, sgd × {REPETITIONS} instances, budget 5000 full gradients",
        "flatbench_seconds": seconds["flatbench"],
        "benchopt_seconds": seconds["benchopt"],
        "ratio": min(seconds["benchopt"]) / min(seconds["flatbench"]),
        "losses_agree_to": off,
        "note": "flatbench also solves the reference programs, measures 60 points along every run and the limit point, "
        "and draws the report; benchopt takes one measurement per run and draws nothing.",
    }
    print(json.dumps(row), flush=True)
    return row


def spent_by_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def agreement(records, table):
    """Largest relative difference of the final losses of gradient descent; SGD draws its rows differently."""
    ours = {}
    for record in map(json.loads, records.read_text().splitlines()):
        if record["optimizer"] == "gd":
            ours[record["case"], record["repetition"]] = record["iterate"]["train_loss"]
    frame = pandas.read_parquet(table)
    theirs = frame[frame.solver_name.str.startswith("gd")]
    off = [
        abs(row.objective_value / ours[row.p_dataset_case, int(row.p_dataset_repetition)] - 1) for row in theirs.itertuples()
    ]
    assert len(off) == len(ours), f"{len(off)} runs of benchopt for {len(ours)} of flatbench"
    return max(off)

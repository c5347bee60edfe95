"""A run directory made with --keep-parameters: its records, suite, parameters and trajectories."""

import json
import subprocess
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import instance


@dataclass
class Directory:
    path: Path
    program: str
    """The binary `flatbench`, which exports instances."""

    def __post_init__(self):
        self.records = [json.loads(line) for line in (self.path / "records.jsonl").read_text().splitlines()]
        self.suite = tomllib.loads((self.path / "suite.toml").read_text())
        self.plugins = {o["name"]: o.get("plugin", o["name"]) for o in self.suite["optimizer"]}

    def groups(self, repetitions):
        """Records whose runs are computed again, by case and draw: evaluation runs of the first repetitions with parameters."""
        out = defaultdict(list)
        for record in self.records:
            chosen = record["split"] == "evaluation" and record["repetition"] < repetitions
            if chosen and (self.path / "parameters" / f"{record['key']}.npz").exists():
                out[record["case"], record["instance_seed"]].append(record)
        return dict(out)

    def export(self, case, seed, init, folder):
        """The instance of a record, written by flatbench to `folder` and read back."""
        command = [
            self.program,
            "export-instance",
            self.path / "suite.toml",
            case,
            "--init",
            init,
            "--seed",
            str(seed),
            "--out",
            folder,
        ]
        subprocess.run(command, check=True, capture_output=True)
        return instance.load(folder)

    def points(self, record, names):
        """Saved points by name, each a list of factors."""
        saved = np.load(self.path / "parameters" / f"{record['key']}.npz")
        return {point: [saved[f"{point}_{name}"] for name in names] for point in ("start", "iterate", "limit") if point in saved}

    def checkpoints(self, record):
        path = self.path / "trajectories" / f"{record['key']}.json"
        return json.loads(path.read_text())["checkpoints"]

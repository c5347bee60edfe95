"""An exported instance, and its predictions written once for NumPy, PyTorch and JAX."""

import json
from pathlib import Path

import numpy as np


class Instance:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.about = json.loads((self.folder / "instance.json").read_text())
        measurements = self.about["measurements"]
        self.kind = measurements["kind"]
        self.gram = self.about["factorization"]["kind"] == "gram"
        self.targets = self._load(self.about["targets"])
        self.start = [self._load(self.about["start"]["blocks"][name]) for name in self.about["factorization"]["blocks"]]
        if self.kind == "dense":
            array = self._load(measurements["array"])
            self.arrays = [array.reshape(len(array), -1)]
        elif self.kind == "rank-one":
            left, right = self._load(measurements["left"]), self._load(measurements["right"])
            self.arrays = [left] if self.gram else [left, right]
        else:
            # Observed entries as a matrix with zeros elsewhere: three products of matrices beat any gathering of entries.
            shape = self.start[0].shape[0], self.start[1].shape[0]
            mask, values = np.zeros(shape), np.zeros(shape)
            places = tuple(self._load(measurements["positions"]).T)
            mask[places], values[places] = measurements["amplitude"], self.targets
            self.arrays = [mask, values]

    def _load(self, name):
        return np.load(self.folder / name)

    @property
    def measurements(self):
        return len(self.targets)

    @property
    def size(self):
        return self.start[0].shape[0]


def residuals(kind, factors, arrays, targets):
    """Predictions minus targets. Every operation exists in NumPy, PyTorch and JAX alike."""
    if kind == "dense":
        return arrays[0] @ (factors[0] @ factors[1].T).reshape(-1) - targets
    if kind == "rank-one" and len(factors) == 1:
        return ((arrays[0] @ factors[0]) ** 2).sum(1) - targets
    if kind == "rank-one":
        return ((arrays[0] @ factors[0]) * (arrays[1] @ factors[1])).sum(1) - targets
    return arrays[0] * (factors[0] @ factors[1].T) - arrays[1]

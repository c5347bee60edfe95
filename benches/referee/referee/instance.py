"""One exported instance (`flatbench export-instance`), read by the layout in FORMAT.md."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass
class Instance:
    """Measurements, targets, truth, start and references of one draw."""

    family: str
    case: dict
    kind: str
    names: list
    signs: list
    rows: int
    cols: int
    matrix: np.ndarray
    """The measurements as one dense matrix, m × (rows · cols): the prediction is `matrix @ X.ravel()`."""
    targets: np.ndarray
    radius: float | None
    truth: np.ndarray | None
    start: list
    start_gradient: list
    about: dict = field(repr=False)
    arrays: dict = field(repr=False)

    @property
    def count(self):
        return len(self.targets)

    @property
    def each(self):
        """The measurements one by one, m × rows × cols."""
        return self.matrix.reshape(self.count, self.rows, self.cols)


def load(folder):
    """The instance in `folder`."""
    folder = Path(folder)
    about = json.loads((folder / "instance.json").read_text())
    arrays = {path.name: np.load(path) for path in folder.glob("*.npy")}
    factors, start = about["factorization"], about["start"]
    shape = shape_of(about, factors["kind"], arrays)
    truth = about["truth"].get("array")
    return Instance(
        family=about["family"],
        case=about["parameters"],
        kind=factors["kind"],
        names=factors["blocks"],
        signs=factors["signs"],
        rows=shape[0],
        cols=shape[1],
        matrix=dense(about["measurements"], arrays, shape),
        targets=arrays[about["targets"]].ravel(),
        radius=about["outlier_radius"],
        truth=None if truth is None else arrays[truth],
        start=[arrays[start["blocks"][name]] for name in factors["blocks"]],
        start_gradient=[arrays[start["gradient"][name]] for name in factors["blocks"]],
        about=about,
        arrays=arrays,
    )


def shape_of(about, kind, arrays):
    """Rows and columns of X: a vector is a matrix with one column."""
    sizes = about["dimensions"]
    return (sizes["rows"], 1) if kind == "hadamard" else (sizes["rows"], sizes["cols"])


def dense(measurements, arrays, shape):
    """Any kind of measurements, written out."""
    size = shape[0] * shape[1]
    kind = measurements["kind"]
    if kind == "dense":
        return arrays[measurements["array"]].reshape(-1, size)
    if kind == "rank-one":
        left, right = arrays[measurements["left"]], arrays[measurements["right"]]
        return (left[:, :, None] * right[:, None, :]).reshape(-1, size)
    if kind == "entries":
        positions = arrays[measurements["positions"]]
        matrix = np.zeros((len(positions), size))
        matrix[np.arange(len(positions)), np.ravel_multi_index(tuple(positions.T), shape)] = measurements["amplitude"]
        return matrix
    if kind == "all-entries":
        return np.eye(size)
    raise ValueError(f"measurements of the kind {kind!r} are unknown")

"""Problems whose answers are known, in NumPy alone: a second implementation of what an optimizer is given, to check the first one by."""

from __future__ import annotations

import numpy as np

import flatbench as fb
from flatbench import _spec


class Batch:
    """Indices of measurements."""

    def __init__(self, indices, is_whole):
        self.indices = np.asarray(indices)
        self.is_whole = is_whole

    def __len__(self):
        return len(self.indices)


class Oracle:
    """f(w) = (1/m) Σ ρ_i(w)² with a budget, by residuals and their Jacobian, shape (m, d)."""

    def __init__(self, blocks, start, budget=np.inf, seed=0):
        self.blocks = tuple(fb.Block(*block) for block in blocks)
        self.start = fb.Vector(np.array(start, dtype=float), self.blocks)
        self.budget = budget
        self.spent = 0.0
        self.calls = {"loss": 0, "gradient": 0, "minibatch": 0, "hessian_vector": 0}
        self._draws = np.random.default_rng(seed)

    @property
    def dimension(self):
        return len(self.start)

    @property
    def progress(self):
        return min(self.spent / self.budget, 1.0) if np.isfinite(self.budget) else 0.0

    @property
    def remaining(self):
        return self.budget - self.spent

    def _charge(self, kind, price):
        if self.spent + price > self.budget:
            raise fb.BudgetSpent("the budget does not cover this call")
        self.spent += price
        self.calls[kind] += 1

    def loss(self, w):
        self._charge("loss", 0.5)
        return float(np.mean(self.residuals(w) ** 2))

    def gradient(self, w):
        self._charge("gradient", 1.0)
        return self._gradient(w, np.arange(self.measurements))

    def batch_gradient(self, w, batch):
        self._charge("minibatch", len(batch) / self.measurements)
        return self._gradient(w, batch.indices)

    def _gradient(self, w, indices):
        residuals, jacobian = self.residuals(w)[indices], self.jacobian(w)[indices]
        return fb.Vector(2 / len(indices) * jacobian.T @ residuals, self.blocks)

    def hessian_vector(self, w, v):
        self._charge("hessian_vector", 2.0)
        h = 1e-6
        both = [self._gradient(np.asarray(w) + s * np.asarray(v), np.arange(self.measurements)) for s in (h, -h)]
        return fb.Vector((both[0] - both[1]) / (2 * h), self.blocks)

    def sample_batch(self, size, replacement=False):
        m = self.measurements
        if size == 0 or size >= m:
            return Batch(np.arange(m), True)
        return Batch(self._draws.choice(m, size, replace=replacement), False)


class LeastSquares(Oracle):
    """ρ(w) = A w − y, in the factors L 2×2 and R 1×3; consistent, so that the least loss is 0."""

    def __init__(self, budget=np.inf, m=12):
        draws = np.random.default_rng(7)
        super().__init__([("L", 2, 2), ("R", 1, 3)], draws.normal(size=7), budget)
        self.a = draws.normal(size=(m, 7))
        self.y = self.a @ draws.normal(size=7)
        self.measurements = m

    def residuals(self, w):
        return self.a @ np.asarray(w) - self.y

    def jacobian(self, w):
        return self.a


class Factorization(Oracle):
    """ρ_i(w) = (L R)_i − Y_i with L 4×2 and R 2×3: every entry of a matrix of rank 2 is a measurement."""

    def __init__(self, budget=np.inf, scale=1.0):
        draws = np.random.default_rng(11)
        super().__init__([("L", 4, 2), ("R", 2, 3)], scale * draws.normal(size=14), budget)
        self.y = draws.normal(size=(4, 2)) @ draws.normal(size=(2, 3))
        self.measurements = 12

    def _factors(self, w):
        w = np.asarray(w)
        return w[:8].reshape(4, 2), w[8:].reshape(2, 3)

    def residuals(self, w):
        left, right = self._factors(w)
        return (left @ right - self.y).ravel()

    def jacobian(self, w):
        left, right = self._factors(w)
        return np.hstack([np.kron(np.eye(4), right.T), np.kron(left, np.eye(3))])


def defaults(spec):
    """The values of an optimizer at its defaults, as the harness hands them over."""
    values = {}
    for entry in _spec.describe(spec)["hyperparameters"]:
        value = entry["default"]
        if isinstance(value, dict):
            value = (value["schedule"], value["from"], value["to"], value["until"])
        values[entry["name"]] = value
    return values


def begin(spec, oracle, **values):
    """A run of an optimizer, initialized, and its w."""
    run = _spec.create(spec, {**defaults(spec), **values}, oracle.blocks)
    w = oracle.start.copy()
    run.initialize(w, oracle)
    return run, w


def iterates(spec, oracle, steps, **values):
    """The points of a run after each of so many steps, shape (steps, d)."""
    run, w = begin(spec, oracle, **values)
    points = []
    for _ in range(steps):
        run.step(w, oracle)
        points.append(np.array(w, subok=False))
    return np.array(points)


def run_out(spec, oracle, steps=100_000, **values):
    """Goes on until the optimizer says that it has converged, or the budget is spent. Returns w, the steps, and whether it converged."""
    run, w = begin(spec, oracle, **values)
    for step in range(steps):
        try:
            if run.step(w, oracle):
                return w, step + 1, True
        except fb.BudgetSpent:
            return w, step + 1, False
    return w, steps, False

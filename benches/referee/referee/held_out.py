"""Losses on measurements that an export does not hold: validation and test.

For completion they are mean squares over two sets that together are all entries not observed, so that one whole number, the size of the
first, has to explain both at every point. Elsewhere the measurements are fresh draws of a known law, and a mean of their squares lies
within a few standard deviations of what that law expects.
"""

import numpy as np

DEVIATIONS = 6.0
"""Standard deviations of a mean of squares that are allowed; of a Gaussian one in 10⁹ lies beyond, of a chi-square of 60 one in 10⁶."""


def fresh(measurements):
    """How many fresh measurements each of the two sets has."""
    return max(16, -(-measurements // 4))


def split_of_completion(instance, points):
    """The size of the validation set that fits best, and the relative misfit; `points` are (X, validation loss, test loss)."""
    unseen = np.abs(instance.matrix).sum(axis=0) == 0.0
    scale = instance.about["measurements"]["amplitude"]
    sums = np.array([np.sum((scale * (x - instance.truth).ravel()[unseen]) ** 2) for x, _, _ in points])
    validation, test = (np.array([p[k] or 0.0 for p in points]) for k in (1, 2))
    total = int(unseen.sum())
    misfits = [np.max(np.abs(n * validation + (total - n) * test - sums) / np.max(sums)) for n in range(total + 1)]
    return int(np.argmin(misfits)), min(misfits)


def standard_deviations(instance, x, mean_square, count):
    """How far `mean_square` over `count` fresh measurements of X − X* is from its expectation, without noise."""
    d = x - instance.truth
    if instance.kind in ("left-right", "chain") and instance.about["measurements"]["kind"] == "dense":
        condition = instance.case.get("condition_number", 1.0)
        left, right = (condition ** (-np.arange(n) / (2 * max(n - 1, 1))) for n in d.shape)
        second = np.sum((left[:, None] * d * right) ** 2)
        fourth = 3 * second**2
    elif instance.kind == "hadamard":
        second = np.sum(d**2)
        fourth = 3 * second**2
    elif instance.kind == "left-right":  # aᵀ D b
        second = np.sum(d**2)
        fourth = 3 * (second**2 + 2 * np.sum((d.T @ d) ** 2))
    else:  # xᵀ D x, by its cumulants 2^{k−1} (k − 1)! tr Dᵏ
        k1, k2, k3, k4 = (c * np.trace(np.linalg.matrix_power(d, n)) for n, c in zip((1, 2, 3, 4), (1, 2, 8, 48)))
        second = k2 + k1**2
        fourth = k4 + 4 * k3 * k1 + 3 * k2**2 + 6 * k2 * k1**2 + k1**4
    return (mean_square - second) / np.sqrt((fourth - second**2) / count)

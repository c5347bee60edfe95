"""Gradients written out by hand, one step after the other."""

import time

from instance import residuals


class NumPy:
    def __init__(self, instance):
        self.instance = instance

    def gradient(self, factors, rows=slice(None)):
        kind, m = self.instance.kind, self.instance.measurements
        arrays = self.instance.arrays
        if kind == "entries":
            G = 2 / m * arrays[0] * residuals(kind, factors, arrays, None)
            return [G @ factors[1], G.T @ factors[0]]
        arrays = [array[rows] for array in arrays]
        targets = self.instance.targets[rows]
        if kind == "dense":
            u = 2 / len(targets) * residuals(kind, factors, arrays, targets)
            G = (u @ arrays[0]).reshape(len(factors[0]), len(factors[1]))
            return [G @ factors[1], G.T @ factors[0]]
        products = [array @ factor for array, factor in zip(arrays, factors)]
        if len(factors) == 1:
            u = (products[0] ** 2).sum(1) - targets
            return [arrays[0].T @ (4 / len(targets) * u[:, None] * products[0])]
        u = 2 / len(targets) * ((products[0] * products[1]).sum(1) - targets)[:, None]
        return [arrays[0].T @ (u * products[1]), arrays[1].T @ (u * products[0])]

    def loss(self, factors):
        i = self.instance
        return float((residuals(i.kind, factors, i.arrays, i.targets) ** 2).sum() / i.measurements)

    def descend(self, step_size, batches):
        factors = [factor.copy() for factor in self.instance.start]
        for batch in batches:
            for factor, slope in zip(factors, self.gradient(factors, batch)):
                factor -= step_size * slope
        return factors

    def gd(self, step_size, steps):
        return self.sgd(step_size, [slice(None)] * steps)

    def sgd(self, step_size, batches):
        begun = time.process_time()
        factors = self.descend(step_size, batches)
        return time.process_time() - begun, self.loss(factors)

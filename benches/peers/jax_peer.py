"""JAX: gradient by `grad`, the whole run one compiled `scan`, and the same mapped over several step sizes."""

import time
from functools import partial

import jax
import jax.numpy as jnp

from instance import residuals

jax.config.update("jax_enable_x64", True)


class Jax:
    def __init__(self, instance):
        self.kind, self.m = instance.kind, instance.measurements
        self.data = [jnp.asarray(array) for array in instance.arrays], jnp.asarray(instance.targets)
        self.start = [jnp.asarray(factor) for factor in instance.start]
        self._gd = jax.jit(self._descend, static_argnums=2)
        self._gd_many = jax.jit(jax.vmap(self._descend, in_axes=(None, 0, None, None)), static_argnums=2)
        self._sgd = jax.jit(self._descend_on_batches)

    def _loss(self, factors, data):
        return (residuals(self.kind, factors, *data) ** 2).sum() / self.m

    def _batch_loss(self, factors, data, batch):
        arrays, targets = data
        return (residuals(self.kind, factors, [array[batch] for array in arrays], targets[batch]) ** 2).mean()

    def _descend(self, start, step_size, steps, data):
        def step(factors, _):
            slopes = jax.grad(self._loss)(factors, data)
            return [w - step_size * g for w, g in zip(factors, slopes)], None

        return jax.lax.scan(step, start, length=steps)[0]

    def _descend_on_batches(self, start, step_size, batches, data):
        def step(factors, batch):
            slopes = jax.grad(self._batch_loss)(factors, data, batch)
            return [w - step_size * g for w, g in zip(factors, slopes)], None

        return jax.lax.scan(step, start, batches)[0]

    def _timed(self, run, *arguments):
        begun = time.process_time()
        ends = jax.block_until_ready(run(self.start, *arguments, self.data))
        return time.process_time() - begun, ends

    def gd(self, step_size, steps):
        seconds, ends = self._timed(self._gd, step_size, steps)
        return seconds, float(self._loss(ends, self.data))

    def gd_many(self, step_sizes, steps):
        seconds, ends = self._timed(self._gd_many, jnp.asarray(step_sizes), steps)
        one = partial(self._loss, data=self.data)
        return seconds, [float(one([end[run] for end in ends])) for run in range(len(step_sizes))]

    def sgd(self, step_size, batches):
        seconds, ends = self._timed(self._sgd, step_size, jnp.asarray(batches))
        return seconds, float(self._loss(ends, self.data))

"""Eager PyTorch: the loss as one would write it, its gradient by `backward`."""

import time

import torch

from instance import residuals

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.set_num_interop_threads(1)


class PyTorch:
    def __init__(self, instance):
        self.instance = instance
        self.arrays = [torch.from_numpy(array) for array in instance.arrays]
        self.targets = torch.from_numpy(instance.targets)

    def loss(self, factors):
        i = self.instance
        return (residuals(i.kind, factors, self.arrays, self.targets) ** 2).sum() / i.measurements

    def _start(self):
        return [torch.tensor(factor, requires_grad=True) for factor in self.instance.start]

    def _descend(self, step_size, losses):
        factors = self._start()
        optimizer = torch.optim.SGD(factors, lr=step_size)
        begun = time.process_time()
        for loss in losses:
            optimizer.zero_grad()
            loss(factors).backward()
            optimizer.step()
        seconds = time.process_time() - begun
        with torch.no_grad():
            return seconds, float(self.loss(factors))

    def gd(self, step_size, steps):
        return self._descend(step_size, [self.loss] * steps)

    def sgd(self, step_size, batches):
        kind = self.instance.kind

        def on(batch):
            def loss(factors):
                arrays = [array[batch] for array in self.arrays]
                return (residuals(kind, factors, arrays, self.targets[batch]) ** 2).mean()

            return loss

        return self._descend(step_size, [on(batch) for batch in torch.from_numpy(batches)])

    def hutchinson(self, samples):
        """Seconds for, and value of, the mean of v'Hv over random signs v, by backward twice."""
        factors = self._start()
        torch.manual_seed(0)
        begun = time.process_time()
        slopes = torch.autograd.grad(self.loss(factors), factors, create_graph=True)
        total = 0.0
        for _ in range(samples):
            signs = [torch.randint(0, 2, factor.shape).to(factor.dtype) * 2 - 1 for factor in factors]
            curved = torch.autograd.grad(slopes, factors, grad_outputs=signs, retain_graph=True)
            total += sum(float((v * h).sum()) for v, h in zip(signs, curved))
        return time.process_time() - begun, total / samples

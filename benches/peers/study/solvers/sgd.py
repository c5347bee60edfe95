import numpy as np
from benchopt import BaseSolver


class Solver(BaseSolver):
    """As many steps as the budget of the suite pays for, each with rows drawn at random."""

    name = "sgd"
    sampling_strategy = "run_once"
    parameters = {"step_size": [0.001], "budget": [5000], "batch_size": [16]}

    def set_objective(self, numpy):
        self.numpy = numpy

    def run(self, _):
        m = self.numpy.instance.measurements
        steps = self.budget * m // self.batch_size
        batches = np.random.default_rng(0).integers(m, size=(steps, self.batch_size))
        self.factors = self.numpy.descend(self.step_size, batches)

    def get_result(self):
        return dict(factors=self.factors)

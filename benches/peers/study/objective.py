from benchopt import BaseObjective

from numpy_peer import NumPy


class Objective(BaseObjective):
    """The study of study/suite.toml, as a benchmark of benchopt."""

    name = "Low-rank recovery"
    min_benchopt_version = "1.10"

    def set_data(self, instance):
        self.numpy = NumPy(instance)

    def get_objective(self):
        return dict(numpy=self.numpy)

    def evaluate_result(self, factors):
        return dict(value=self.numpy.loss(factors))

    def get_one_result(self):
        return dict(factors=self.numpy.instance.start)

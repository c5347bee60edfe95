from benchopt import BaseSolver


class Solver(BaseSolver):
    """As many steps as the budget of the suite pays for."""

    name = "gd"
    sampling_strategy = "run_once"
    parameters = {"step_size": [0.01], "budget": [5000]}

    def set_objective(self, numpy):
        self.numpy = numpy

    def run(self, _):
        self.factors = self.numpy.descend(self.step_size, [slice(None)] * self.budget)

    def get_result(self):
        return dict(factors=self.factors)

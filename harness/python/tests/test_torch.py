"""PyTorch's optimizers against the same methods as loops over NumPy arrays."""

import copy
import pickle

import cloudpickle
import numpy as np
import pytest
from support import Factorization, LeastSquares, begin, iterates, run_out

import flatbench as fb
from flatbench import _spec

torch = pytest.importorskip("torch")


def test_adam_takes_the_steps_of_a_numpy_loop():
    problem = Factorization()
    found = iterates(fb.torch(torch.optim.Adam, lr=0.05), problem, 10)
    w, m, v = np.array(problem.start), np.zeros(14), np.zeros(14)
    for t in range(1, 11):
        g = np.array(problem.gradient(w))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.05 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(found[t - 1], w, rtol=0, atol=1e-12)


def test_sgd_with_momentum_takes_the_same_steps_to_the_bit():
    problem = Factorization()
    found = iterates(fb.torch(torch.optim.SGD, lr=0.0625, momentum=0.5), problem, 50)
    w, velocity = np.array(problem.start), None
    for point in found:
        g = np.array(problem.gradient(w))
        velocity = g if velocity is None else 0.5 * velocity + g
        w = w - 0.0625 * velocity
        # Products with powers of two are exact, so that a fused multiplication and addition rounds as two operations do.
        assert np.array_equal(point, w)


def test_sgd_at_any_rate_differs_by_rounding_alone():
    problem = Factorization()
    found = iterates(fb.torch(torch.optim.SGD, lr=0.01, momentum=0.9), problem, 50)
    w, velocity = np.array(problem.start), np.zeros(14)
    for point in found:
        velocity = 0.9 * velocity + np.array(problem.gradient(w))
        w = w - 0.01 * velocity
        np.testing.assert_allclose(point, w, rtol=0, atol=1e-13)


def test_a_step_of_one_that_ignores_the_closure_costs_one_gradient():
    problem = LeastSquares()
    iterates(fb.torch(torch.optim.AdamW, lr=0.1), problem, 5)
    assert problem.calls == {"loss": 0, "gradient": 5, "minibatch": 0, "hessian_vector": 0}


@pytest.mark.parametrize("options", [{"lr": 0.5}, {"line_search_fn": "strong_wolfe"}])
def test_lbfgs_converges_and_stops_within_its_tolerances(options):
    problem = Factorization()
    w, steps, converged = run_out(fb.torch(torch.optim.LBFGS, tolerance_change=0.0, **options), problem)
    assert converged and steps < 50
    assert np.abs(problem.gradient(w)).max() <= 1e-7
    assert np.mean(problem.residuals(w) ** 2) < 1e-12


def test_lbfgs_in_short_steps_takes_the_same_way_at_the_same_price():
    long, short = Factorization(), Factorization()
    end, _, _ = run_out(fb.torch(torch.optim.LBFGS, lr=0.5), long)
    same, steps, _ = run_out(fb.torch(torch.optim.LBFGS, lr=0.5, max_iter=1), short)
    assert np.array_equal(end, same) and long.calls == short.calls and steps > 20


class Sam(torch.optim.Optimizer):
    """Sharpness-aware minimization as it is usually written: it puts old parameters back by another tensor."""

    def __init__(self, params, base_optimizer, rho=0.05, **kwargs):
        super().__init__(params, dict(rho=rho, **kwargs))
        self.base_optimizer = base_optimizer(self.param_groups, **kwargs)
        self.param_groups = self.base_optimizer.param_groups

    @torch.no_grad()
    def step(self, closure=None):
        assert closure is not None
        closure = torch.enable_grad()(closure)
        parameters = [p for group in self.param_groups for p in group["params"]]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(p.grad) for p in parameters]))
        for p in parameters:
            self.state[p]["old"] = p.data.clone()
            p.add_(p.grad * (self.param_groups[0]["rho"] / norm))
        self.zero_grad()
        closure()
        for p in parameters:
            p.data = self.state[p]["old"]
        self.base_optimizer.step()


def test_an_optimizer_in_the_style_of_sam_asks_twice():
    problem = Factorization()
    spec = fb.torch(Sam, torch.optim.SGD, rho=0.1, lr=0.02)
    found = iterates(spec, problem, 10)
    assert problem.calls["gradient"] == 20 and problem.calls["loss"] == 0
    w = np.array(problem.start)
    for point in found:
        g = np.array(problem.gradient(w))
        w = w - 0.02 * np.array(problem.gradient(w + 0.1 * g / np.linalg.norm(g)))
        np.testing.assert_allclose(point, w, rtol=0, atol=1e-12)


def test_the_rate_follows_its_schedule():
    problem = LeastSquares(budget=11)
    found = iterates(fb.torch(torch.optim.SGD, lr=fb.schedule.linear(0.1, 0.0)), problem, 10)
    w = np.array(problem.start)
    for k, point in enumerate(found):
        w = w - 0.1 * (1 - (k + 1) / 11) * (2 / 12 * problem.a.T @ problem.residuals(w))
        np.testing.assert_allclose(point, w, rtol=0, atol=1e-13)


def test_a_rate_that_begins_at_0_gets_going():
    problem = LeastSquares(budget=40)
    for kind, options in ((torch.optim.SGD, {}), (torch.optim.LBFGS, {"max_iter": 1})):
        _, _, converged = run_out(fb.torch(kind, lr=fb.schedule.linear(0.0, 0.1), **options), problem, steps=200)
        assert not converged and problem.remaining < 1.5
        problem = LeastSquares(budget=40)


def test_groups_are_arguments_of_single_factors():
    problem = LeastSquares()
    found = iterates(fb.torch(torch.optim.SGD, lr=0.1, groups={"R": {"lr": 0.0}}), problem, 3)
    assert np.array_equal(found[-1][4:], problem.start[4:])
    assert not np.array_equal(found[-1][:4], problem.start[:4])
    scheduled = fb.torch(torch.optim.SGD, lr=0.0, groups={"R": {"lr": fb.schedule.constant(0.1)}})
    found = iterates(scheduled, problem, 3)
    assert np.array_equal(found[-1][:4], problem.start[:4])
    assert not np.array_equal(found[-1][4:], problem.start[4:])


def test_a_group_for_a_factor_that_there_is_not_skips_the_problem():
    with pytest.raises(fb.NotSupported, match="a group for the factor W1, and this problem has L, R"):
        begin(fb.torch(torch.optim.SGD, lr=0.1, groups={"W1": {"lr": 0.0}}), LeastSquares())


def test_numbers_and_switches_are_hyperparameters():
    spec = fb.torch(torch.optim.AdamW, lr=fb.schedule.geometric(1e-2, 1e-4), betas=(0.8, 0.99), amsgrad=True)
    entries = {entry["name"]: entry for entry in _spec.describe(spec)["hyperparameters"]}
    assert list(entries) == ["batch_size", "lr", "beta1", "beta2", "eps", "weight_decay", "amsgrad"]
    kinds = {name: entry["kind"] for name, entry in entries.items()}
    assert kinds == {
        "batch_size": "integer",
        "lr": "schedule",
        "beta1": "real",
        "beta2": "real",
        "eps": "real",
        "weight_decay": "real",
        "amsgrad": "bool",
    }
    assert entries["lr"]["default"] == {"schedule": "geometric", "from": 1e-2, "to": 1e-4, "until": 1.0}
    assert (entries["beta1"]["default"], entries["amsgrad"]["default"]) == (0.8, True)
    assert spec.name == "torch-adam-w" and spec.version == torch.__version__ and "torch.optim.AdamW" in spec.description
    # The class has the defaults of PyTorch, so that two objects of other values are one optimizer at two settings.
    of_class = {entry["name"]: entry["default"] for entry in _spec.describe(type(spec))["hyperparameters"]}
    assert (of_class["lr"], of_class["beta1"], of_class["amsgrad"]) == (1e-3, 0.9, False)
    assert _spec.is_plain(spec)
    assert _spec.setting(spec) == {"lr": fb.schedule.geometric(1e-2, 1e-4), "beta1": 0.8, "beta2": 0.99, "amsgrad": True}


def test_whole_numbers_stay_whole_and_other_arguments_are_passed_on():
    spec = fb.torch(torch.optim.LBFGS, line_search_fn="strong_wolfe", max_iter=5)
    kinds = {entry["name"]: (entry["kind"], entry["default"]) for entry in _spec.describe(spec)["hyperparameters"]}
    assert kinds["max_iter"] == ("integer", 5) and kinds["history_size"] == ("integer", 100) and kinds["lr"] == ("schedule", 1.0)
    assert "line_search_fn" not in kinds
    problem = LeastSquares()
    begin(spec, problem)[0].step(problem.start.copy(), problem)


def test_momentum_written_0_is_a_real_number():
    kinds = {entry["name"]: entry["kind"] for entry in _spec.describe(fb.torch(torch.optim.SGD))["hyperparameters"]}
    assert kinds["momentum"] == kinds["weight_decay"] == "real" and kinds["nesterov"] == "bool" and "maximize" not in kinds


def test_batches_are_those_of_the_oracle():
    problem = LeastSquares()
    iterates(fb.torch(torch.optim.SGD, lr=0.01, batch_size=3), problem, 8)
    assert problem.calls["minibatch"] == 8 and problem.spent == pytest.approx(8 * 3 / 12)


def test_the_loss_of_a_batch_cannot_be_had():
    with pytest.raises(fb.PluginError, match=r"torch.optim.LBFGS looks at the loss.*leave out batch_size"):
        fb.torch(torch.optim.LBFGS, batch_size=3)
    assert "batch_size" not in type(fb.torch(torch.optim.LBFGS))._hyperparameters

    class Looking(torch.optim.SGD):
        def step(self, closure=None):
            float(closure())

    problem = LeastSquares()
    run, w = begin(fb.torch(Looking, batch_size=3), problem)
    with pytest.raises(fb.PluginError, match=r"Looking looks at the loss.*leave out batch_size"):
        run.step(w, problem)


@pytest.mark.parametrize(
    "spec",
    [
        fb.torch(torch.optim.LBFGS, lr=0.5),
        fb.torch(torch.optim.LBFGS, line_search_fn="strong_wolfe"),
        fb.torch(Sam, torch.optim.SGD, lr=0.02),
    ],
    ids=["plain", "wolfe", "sam"],
)
def test_a_refusal_within_a_step_leaves_a_point_that_is_none_of_the_trials(spec):
    start = np.mean(Factorization().residuals(Factorization().start) ** 2)
    losses = []
    for budget in np.arange(1.0, 36.0, 0.5):
        problem = Factorization(budget=budget)
        w, _, converged = run_out(spec, problem, steps=1000)
        assert not converged and np.isfinite(w).all()
        losses.append(np.mean(problem.residuals(w) ** 2))
    assert max(losses) <= start and losses[-1] < 0.8 * start


class Single(torch.optim.Optimizer):
    """Casts its parameters to single precision, as code for neural networks does."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.data = p.data.float()


def test_parameters_in_single_precision_are_refused():
    problem = LeastSquares()
    run, w = begin(fb.torch(Single), problem)
    with pytest.raises(fb.PluginError, match=r"Single made the factor L a tensor of torch.float32 .*parameters stay torch.float64"):
        run.step(w, problem)


def test_what_is_no_class_of_optimizers_is_refused():
    with pytest.raises(fb.PluginError, match="takes a class of optimizers"):
        fb.torch(torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))]))
    with pytest.raises(fb.PluginError, match=r"torch.optim.Adam does not take these arguments: .*learning_rate"):
        fb.torch(torch.optim.Adam, learning_rate=0.1)
    with pytest.raises(fb.PluginError, match="`lr` of torch.optim.Adam is 'big', and has to be a number or a schedule"):
        fb.torch(torch.optim.Adam, lr="big")
    with pytest.raises(fb.PluginError, match="cannot be called 'Adam 2'"):
        fb.torch(torch.optim.Adam, name="Adam 2")


def test_runs_share_nothing():
    problem, other = LeastSquares(), LeastSquares()
    spec = fb.torch(torch.optim.Adam, lr=0.1)
    alone = iterates(spec, problem, 6)
    (first, w), (second, v) = begin(spec, problem), begin(spec, other, lr=0.5)
    for point in alone:
        first.step(w, problem)
        second.step(v, other)
        assert np.array_equal(w, point)
    assert not np.array_equal(w, v)


def test_another_w_is_taken_up():
    problem = LeastSquares()
    expected = iterates(fb.torch(torch.optim.SGD, lr=0.01, momentum=0.9), problem, 2)
    run, w = begin(fb.torch(torch.optim.SGD, lr=0.01, momentum=0.9), problem)
    run.step(w, problem)
    moved = w.copy()
    run.step(moved, problem)
    assert np.array_equal(moved, expected[1]) and np.array_equal(w, expected[0])


def test_it_can_be_copied_and_pickled():
    problem = LeastSquares()
    spec = fb.torch(torch.optim.Adam, lr=fb.schedule.linear(0.1, 0.01))
    expected = iterates(spec, problem, 3)
    for same in (copy.deepcopy(spec), pickle.loads(cloudpickle.dumps(spec))):
        assert np.array_equal(iterates(same, problem, 3), expected)

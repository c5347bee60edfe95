"""Optax transformations against the same methods as loops over NumPy arrays."""

import copy
import pickle

import cloudpickle
import numpy as np
import pytest
from support import Factorization, LeastSquares, begin, iterates, run_out

import flatbench as fb
from flatbench import _spec

optax = pytest.importorskip("optax")
jax = pytest.importorskip("jax")


def test_adam_takes_the_steps_of_a_numpy_loop():
    problem = Factorization()
    found = iterates(fb.optax(optax.adam, learning_rate=0.05), problem, 10)
    w, m, v = np.array(problem.start), np.zeros(14), np.zeros(14)
    for t in range(1, 11):
        g = np.array(problem.gradient(w))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.05 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(found[t - 1], w, rtol=0, atol=1e-12)


def test_lion_takes_the_steps_of_a_numpy_loop():
    problem = Factorization()
    found = iterates(fb.optax(optax.lion, learning_rate=0.01, weight_decay=0.1), problem, 40)
    w, m = np.array(problem.start), np.zeros(14)
    for point in found:
        g = np.array(problem.gradient(w))
        w = w - 0.01 * (np.sign(0.9 * m + 0.1 * g) + 0.1 * w)
        m = 0.99 * m + 0.01 * g
        np.testing.assert_allclose(point, w, rtol=0, atol=1e-12)


def test_lbfgs_with_its_line_search_converges():
    problem = Factorization()
    w = iterates(fb.optax(optax.lbfgs), problem, 40)[-1]
    assert np.mean(problem.residuals(w) ** 2) < 1e-20
    # A point that the search ended at is not paid for again.
    assert problem.calls["gradient"] < 80


def test_a_line_search_that_goes_back_converges():
    search = optax.chain(optax.sgd(learning_rate=1.0), optax.scale_by_backtracking_linesearch(max_backtracking_steps=20))
    problem = LeastSquares()
    w = iterates(fb.optax(search, name="backtracking"), problem, 300)[-1]
    assert np.mean(problem.residuals(w) ** 2) < 1e-4 * np.mean(problem.residuals(problem.start) ** 2)


def test_the_loss_is_paid_for_only_where_it_is_used():
    adam, polyak = LeastSquares(), LeastSquares()
    iterates(fb.optax(optax.adam, learning_rate=0.1), adam, 5)
    assert adam.calls == {"loss": 0, "gradient": 5, "minibatch": 0, "hessian_vector": 0}
    found = iterates(fb.optax(optax.polyak_sgd), polyak, 5)
    assert polyak.calls == {"loss": 5, "gradient": 5, "minibatch": 0, "hessian_vector": 0}
    w, problem = np.array(polyak.start), LeastSquares()
    for point in found:
        g = np.array(problem.gradient(w))
        w = w - min(problem.loss(w) / (g @ g), 1.0) * g
        np.testing.assert_allclose(point, w, rtol=0, atol=1e-12)


def test_the_rate_follows_its_schedule():
    problem = LeastSquares(budget=11)
    found = iterates(fb.optax(optax.sgd, learning_rate=fb.schedule.linear(0.1, 0.0)), problem, 10)
    w = np.array(problem.start)
    for k, point in enumerate(found):
        w = w - 0.1 * (1 - (k + 1) / 11) * (2 / 12 * problem.a.T @ problem.residuals(w))
        np.testing.assert_allclose(point, w, rtol=0, atol=1e-13)


def test_steps_that_only_collect_go_on():
    problem = LeastSquares(budget=20)
    _, steps, converged = run_out(fb.optax(optax.MultiSteps(optax.sgd(0.05), 4).gradient_transformation(), name="multi"), problem)
    assert not converged and steps == 21


def test_a_transformation_that_decides_in_python_is_not_compiled():
    def update(updates, state, params=None):
        if float(jax.numpy.abs(updates["L"]).max()) > 0.5:
            return jax.tree.map(lambda u: -0.01 * u, updates), state
        return jax.tree.map(lambda u: -0.02 * u, updates), state

    spec = fb.optax(optax.GradientTransformation(lambda params: optax.EmptyState(), update), name="eager")
    problem = LeastSquares()
    w = iterates(spec, problem, 200)[-1]
    assert np.mean(problem.residuals(w) ** 2) < 0.1 * np.mean(problem.residuals(problem.start) ** 2)


def test_numbers_and_switches_are_hyperparameters():
    spec = fb.optax(optax.adam, learning_rate=0.1, nesterov=True)
    entries = {entry["name"]: (entry["kind"], entry["default"]) for entry in _spec.describe(spec)["hyperparameters"]}
    assert entries == {
        "batch_size": ("integer", 0),
        "learning_rate": ("schedule", 0.1),
        "b1": ("real", 0.9),
        "b2": ("real", 0.999),
        "eps": ("real", 1e-8),
        "eps_root": ("real", 0.0),
        "nesterov": ("bool", True),
    }
    assert spec.name == "optax-adam" and spec.version == optax.__version__


def test_values_of_the_harness_reach_the_transformation():
    problem = Factorization()
    given = iterates(fb.optax(optax.adam, learning_rate=0.05, b1=0.5), problem, 5)
    assert np.array_equal(iterates(fb.optax(optax.adam, learning_rate=0.05), problem, 5, b1=0.5), given)


def test_batches_are_those_of_the_oracle():
    problem = LeastSquares()
    iterates(fb.optax(optax.sgd, learning_rate=0.01, batch_size=3), problem, 8)
    assert problem.calls["minibatch"] == 8


def test_the_loss_of_a_batch_cannot_be_had():
    for factory in (optax.lbfgs, optax.polyak_sgd):
        assert "batch_size" not in type(fb.optax(factory))._hyperparameters
        with pytest.raises(fb.PluginError, match=r"optax.\w+ looks at the loss, and the oracle has no loss of a batch"):
            fb.optax(factory, batch_size=3)


def test_a_search_that_goes_nowhere_has_converged():
    problem = Factorization()
    w, steps, converged = run_out(fb.optax(optax.lbfgs), problem, steps=2000)
    assert converged and steps < 200 and np.mean(problem.residuals(w) ** 2) < 1e-25


def test_nan_for_a_finite_gradient_is_named():
    def update(updates, state, params=None):
        return jax.tree.map(lambda u: u / jax.numpy.maximum(u - u, 0.0) * 0.0, updates), state

    spec = fb.optax(optax.GradientTransformation(lambda params: optax.EmptyState(), update), name="bad")
    problem = LeastSquares()
    run, w = begin(spec, problem)
    before = w.copy()
    with pytest.raises(
        fb.PluginError, match=r"the transformation bad returned for the factor L, in step 1, NaN for a finite gradient \(norm .*eps"
    ):
        run.step(w, problem)
    assert np.array_equal(w, before)


def test_a_run_that_diverges_is_no_mistake_of_the_transformation():
    problem = Factorization()
    run, w = begin(fb.optax(optax.sgd, learning_rate=10.0), problem)
    with np.errstate(all="ignore"):
        for _ in range(30):
            run.step(w, problem)
    assert not np.isfinite(w).all()


def test_updates_in_single_precision_are_refused():
    def update(updates, state, params=None):
        return jax.tree.map(lambda u: u.astype("float32"), updates), state

    problem = LeastSquares()
    run, w = begin(fb.optax(optax.GradientTransformation(lambda params: optax.EmptyState(), update), name="single"), problem)
    with pytest.raises(fb.PluginError, match="an update of shape .2, 2. and dtype float32: it has to be float64"):
        run.step(w, problem)


def test_what_is_no_transformation_is_refused():
    with pytest.raises(fb.PluginError, match="needs a name for a transformation"):
        fb.optax(optax.adam(1e-3))
    with pytest.raises(fb.PluginError, match="optax.adam does not take these arguments: missing a required argument: 'learning_rate'"):
        fb.optax(optax.adam)
    with pytest.raises(fb.PluginError, match="takes a function that returns a transformation, such as optax.adam, not 3"):
        fb.optax(3)
    with pytest.raises(fb.PluginError, match="wrong returned 3: it has to return a transformation"):

        def wrong():
            return 3

        begin(fb.optax(wrong), LeastSquares())


def test_double_precision_is_for_the_adapter_alone():
    problem = LeastSquares()
    run, w = begin(fb.optax(optax.adam, learning_rate=0.1), problem)
    run.step(w, problem)
    assert jax.numpy.asarray(0.1).dtype == "float32"


def test_it_can_be_copied_and_pickled():
    problem = LeastSquares()
    spec = fb.optax(optax.lion, learning_rate=fb.schedule.linear(0.1, 0.01))
    expected = iterates(spec, problem, 3)
    for same in (copy.deepcopy(spec), pickle.loads(cloudpickle.dumps(spec))):
        assert np.array_equal(iterates(same, problem, 3), expected)

"""Methods of scipy.optimize.minimize, in steps, against one call of them."""

import numpy as np
import pytest
from support import Factorization, LeastSquares, begin, run_out

import flatbench as fb
from flatbench import _spec
from flatbench._adapters._scipy import _DERIVATIVES

optimize = pytest.importorskip("scipy.optimize")


def limit(method, number):
    """An end after so many iterations, or evaluations where a method has no other."""
    return {"maxfun" if method == "TNC" else "maxiter": number}


def alone(problem, method, **options):
    """One call of minimize, as its documentation has it, and its iterates."""
    points = []
    asked = {}
    if "jac" in _DERIVATIVES[method]:
        asked["jac"] = lambda x: np.array(problem.gradient(x))
    if "hessp" in _DERIVATIVES[method]:
        asked["hessp"] = lambda x, v: np.array(problem.hessian_vector(x, v))
    if "hess" in _DERIVATIVES[method]:

        def hess(x):
            h = np.stack([np.array(problem.hessian_vector(x, e)) for e in np.eye(len(x))], axis=1)
            return (h + h.T) / 2

        asked["hess"] = hess
    result = optimize.minimize(
        problem.loss, np.array(problem.start), method=method, options=options, callback=lambda x, *_: points.append(x.copy()), **asked
    )
    return result, points


@pytest.mark.parametrize("method", list(_DERIVATIVES))
def test_every_method_goes_the_way_of_one_call_at_its_price(method):
    whole, pieces = LeastSquares(), LeastSquares()
    result, points = alone(whole, method, **limit(method, 60))
    run, w = begin(fb.scipy(method, **limit(method, 60)), pieces)
    seen = []
    for _ in range(200):
        converged = run.step(w, pieces)
        seen.append(np.array(w))
        if converged:
            break
    assert converged and np.array_equal(w, result.x)
    assert pieces.calls == whole.calls
    # Every point that a step ended at is one of the iterates.
    assert all(any(np.array_equal(point, x) for x in points) for point in seen[:-1]) and len(seen) > 1


def test_lbfgs_converges():
    problem = Factorization()
    w, steps, converged = run_out(fb.scipy("L-BFGS-B", gtol=1e-9, ftol=0.0), problem)
    assert converged and steps > 10 and np.mean(problem.residuals(w) ** 2) < 1e-15


@pytest.mark.parametrize("method", list(_DERIVATIVES))
def test_a_spent_budget_ends_it_at_the_last_iterate(method):
    whole = Factorization()
    _, points = alone(whole, method, **limit(method, 30))
    for budget in (0.0, 9.0, 33.0):
        problem = Factorization(budget=budget)
        w, _, converged = run_out(fb.scipy(method, **limit(method, 30)), problem)
        assert converged or problem.remaining < 2.0
        assert converged or any(np.array_equal(w, x) for x in [np.array(problem.start), *points])


def test_options_are_hyperparameters():
    spec = fb.scipy("l-bfgs-b", maxcor=5, gtol=1e-9)
    entries = {entry["name"]: (entry["kind"], entry["default"]) for entry in _spec.describe(spec)["hyperparameters"]}
    assert entries == {"maxcor": ("integer", 5), "gtol": ("real", 1e-9)}
    assert spec.name == "scipy-l-bfgs-b"
    assert fb.scipy("Nelder-Mead").name == "scipy-nelder-mead"


def test_mistakes_are_named():
    with pytest.raises(fb.PluginError, match=r"has no method 'LBFGS' \(did you mean L-BFGS-B\?\)"):
        fb.scipy("LBFGS")
    with pytest.raises(fb.PluginError, match="the option `gtol` of .* cannot be a schedule"):
        fb.scipy("BFGS", gtol=fb.schedule.linear(1, 2))


def test_giving_up_is_tried_once_more_and_then_the_end():
    problem = Factorization()
    w, _, converged = run_out(fb.scipy("BFGS", gtol=0.0), problem, steps=2000)
    assert converged and np.mean(problem.residuals(w) ** 2) < 1e-20

"""Instances against NumPy: the same loss, derivatives and metrics by other means."""

import threading

import numpy as np
import pytest

import flatbench as fb


@pytest.fixture(scope="module")
def sensing():
    return fb.Instance("matrix-sensing", rows=6, cols=5, rank=1, measurements=24, seed=3)


def residuals(p, w):
    w = p.vector(w)
    x = w.blocks["L"] @ w.blocks["R"].T
    return np.einsum("mij,ij->m", p.measurements["matrices"], x) - p.targets


def test_loss_and_derivatives_are_those_of_the_formulas(sensing):
    p, rng = sensing, np.random.default_rng(0)
    w, v = p.start + 0.1 * rng.normal(size=p.dimension), rng.normal(size=p.dimension)
    f = lambda w: np.mean(residuals(p, w) ** 2)
    assert np.isclose(p.loss(w), f(w), rtol=1e-13)
    assert np.allclose(p.residuals(w), residuals(p, w), atol=1e-13)
    h = 1e-6
    assert np.isclose((f(w + h * v) - f(w - h * v)) / (2 * h), p.gradient(w) @ v, rtol=1e-7)
    along = (p.gradient(w + h * v) - p.gradient(w - h * v)) / (2 * h)
    assert np.allclose(p.hessian_vector(w, v), along, rtol=1e-5, atol=1e-7)
    dense = np.array([p.hessian_vector(w, e) for e in np.eye(p.dimension)])
    assert np.allclose(dense, dense.T) and np.isclose(np.trace(dense), p.hessian_trace(w), rtol=1e-12)
    rise = (p.hessian_trace(w + h * v) - p.hessian_trace(w - h * v)) / (2 * h)
    assert np.isclose(p.hessian_trace_gradient(w) @ v, rise, rtol=1e-6)
    batch, noise = [2, 7, 7], np.array([0.1, -0.2, 0.3])
    g = lambda w: np.mean((residuals(p, w)[batch] - noise) ** 2)
    assert np.isclose(p.minibatch_gradient(w, batch, noise) @ v, (g(w + h * v) - g(w - h * v)) / (2 * h), rtol=1e-6)
    value, gradient = p.value_and_gradient(w)
    assert value == p.loss(w) and np.array_equal(gradient, p.gradient(w))


def test_metrics_limit_and_references(sensing):
    p = sensing
    flat = p.reference.flat
    assert flat.certified and flat.exact and np.linalg.norm(flat.X - p.truth) < 1e-7
    at_flat = p.metrics(flat.w)
    assert np.isclose(at_flat.excess_flatness, 1, atol=1e-7) and at_flat.relative_error < 1e-7
    limit = p.limit(p.start)
    assert limit.reason is None and p.loss(limit.w) <= 1e-16 * p.start_loss
    assert np.isclose(limit.distance, np.linalg.norm(limit.w - p.start))
    dense = np.array([p.hessian_vector(limit.w, e) for e in np.eye(p.dimension)])
    found = p.metrics(limit.w)
    assert np.isclose(found.hessian_trace, np.trace(dense)) and np.isclose(found["lambda_max"], np.linalg.eigvalsh(dense)[-1])
    with pytest.raises(AttributeError, match="hessian_trace"):
        _ = found.hesian_trace


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        ("bilinear-sensing", {"rows": 6, "cols": 5, "rank": 1, "measurements": 28}),
        ("matrix-completion", {"rows": 7, "cols": 6, "rank": 1, "sampling_rate": 0.8}),
        ("covariance-estimation", {"dimension": 6, "rank": 1, "measurements": 12}),
    ],
)
def test_measurements_of_every_structure_give_the_loss(family, parameters):
    try:
        p = fb.Instance(family, seed=1, **parameters)
    except fb.SuiteError as error:
        pytest.fail(str(error))
    x, found = p.end_to_end(p.start), p.measurements
    if found["kind"] == "rank-one":
        predicted = np.einsum("mi,ij,mj->m", found["left"], x, found["right"])
    else:
        predicted = found["amplitude"] * x[tuple(found["positions"].T)]
    assert np.isclose(np.mean((predicted - p.targets) ** 2), p.loss(p.start), rtol=1e-12)


def test_what_does_not_fit_is_refused_in_words(sensing):
    p = sensing
    w = p.start.copy()
    other = fb.Instance("matrix-sensing", rows=4, cols=4, rank=1, measurements=12)
    cases = [
        (other.start, "entries instead of"),
        (w.astype(np.float32), "float64"),
        (w.reshape(-1, 1), "shape"),
        ([1.0] * p.dimension, "NumPy vector"),
        (np.ones(p.dimension, dtype=complex), "complex128"),
    ]
    for wrong, words in cases:
        with pytest.raises(fb.OracleError, match=words):
            p.gradient(wrong)
    with pytest.raises(fb.OracleError, match="read-only"):
        p.gradient(w, out=p.start)
    with pytest.raises(fb.OracleError, match="out of range"):
        p.minibatch_gradient(w, [24])
    with pytest.raises(fb.OracleError, match="whole numbers"):
        p.minibatch_gradient(w, [-1])
    with pytest.raises(fb.OracleError, match="empty"):
        p.minibatch_gradient(w, [])
    with pytest.raises(ValueError, match="read-only"):
        p.truth[0, 0] = 1.0
    # A strided view is as good as another array.
    wide = np.zeros(2 * p.dimension)
    wide[::2] = w
    assert np.array_equal(p.gradient(wide[::2]), p.gradient(w))


def test_all_mistakes_of_an_instance_are_told_at_once():
    with pytest.raises(fb.SuiteError) as refused:
        fb.Instance("matrix-sensing", rows=0, cosl=5)
    assert len(refused.value.mistakes) >= 3 and any("cosl" in mistake for mistake in refused.value.mistakes)
    with pytest.raises(fb.SuiteError, match="known: "):
        fb.Instance("matrix-sensin", rows=4)
    for wrong in ({"rows": None}, {"rows": float("nan")}, {"rows": [6]}, {"seed": -1}, {"seed": 1.0}, {"budget": 0}, {"budget": float("nan")}):
        with pytest.raises(fb.SuiteError, match=next(iter(wrong))):
            fb.Instance("matrix-sensing", **{"rows": 4, "cols": 4, "rank": 1, "measurements": 12, **wrong})
    with pytest.raises(fb.FlatbenchError, match="GiB"):
        fb.Instance("matrix-sensing", rows=10**5, cols=10**5, rank=1, measurements=30)
    with pytest.raises(fb.FlatbenchError, match="large"):
        fb.Instance("matrix-sensing", rows=4, cols=4, rank=1, measurements=12, init="medium")


def test_threads_may_use_instances(sensing):
    found = {}

    def work(seed):
        p = fb.Instance("matrix-sensing", rows=6, cols=5, rank=1, measurements=24, seed=seed)
        found[seed] = [p.loss(p.start), *p.gradient(p.start), sensing.loss(sensing.start)]

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (0, 1, 2, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in (0, 1, 2):
        p = fb.Instance("matrix-sensing", rows=6, cols=5, rank=1, measurements=24, seed=seed)
        assert found[seed] == [p.loss(p.start), *p.gradient(p.start), sensing.loss(sensing.start)]


def test_a_module_of_torch_has_the_gradient(sensing):
    torch = pytest.importorskip("torch")
    from flatbench._adapters.module import loss_at

    model = sensing.torch()
    flat = torch.cat([parameter.detach().reshape(-1) for parameter in model.parameters()]).requires_grad_()
    loss = lambda w: loss_at(sensing, w)
    assert torch.autograd.gradcheck(loss, (flat,)) and torch.autograd.gradgradcheck(loss, (flat,))
    model().backward()
    gradient = np.concatenate([parameter.grad.numpy().ravel() for parameter in model.parameters()])
    assert np.array_equal(gradient, sensing.gradient(sensing.start))
    assert np.array_equal(model.w, sensing.start) and set(model.state_dict()) == {"L", "R"}
    with pytest.raises(fb.FlatbenchError, match="float64"):
        sensing.torch().float()()

"""Optimizers in Python in the harness itself: the compiled part gives them oracle, batches and chance, and holds them to the contract."""

import os
import subprocess
import sys
import textwrap

import pytest

import flatbench as fb

pytest.importorskip("flatbench._flatbench", reason="the compiled part is not built (maturin develop)")

MINE = """
    import numpy as np
    import flatbench as fb


    class Asking(fb.Optimizer):
        \"\"\"Gradient descent that asks everything once and holds the answers against each other.\"\"\"

        step_size = fb.hyper(0.1, schedule=True, unit="1/lambda_max", min=0, scale="log", doc="Step size.")

        def initialize(self, w, oracle):
            assert isinstance(w, fb.Vector) and w.flags.writeable and w.flags.c_contiguous
            assert [tuple(b) for b in oracle.blocks] == [(n, *x.shape) for n, x in w.blocks.items()]
            assert oracle.dimension == len(w)
            before = oracle.remaining
            gradient = oracle.gradient(w)
            assert isinstance(gradient, fb.Vector) and list(gradient.blocks) == list(w.blocks)
            assert before - oracle.remaining == 1.0
            self.check_batches(w, oracle, gradient)
            self.check_curvature(w, oracle, gradient)
            self.check_residuals(w, oracle, gradient)
            self.check_flatness(w, oracle)
            self.check_refusals(w, oracle)

        def check_batches(self, w, oracle, gradient):
            m = oracle.measurements
            whole = oracle.sample_batch(0)
            assert whole.is_whole and len(whole) == m and list(whole.indices) == list(range(m))
            assert np.array_equal(oracle.batch_gradient(w, whole), gradient)
            size = min(3, m - 1)
            if size > 0:
                batch = oracle.sample_batch(size)
                assert not batch.is_whole and len(batch) == size
                part = oracle.batch_gradient(w, batch)
                assert np.array_equal(oracle.minibatch_gradient(w, np.asarray(batch)), part)
                np.testing.assert_allclose(oracle.batch_gradient(w, batch, np.zeros(size)), part, rtol=1e-13, atol=1e-13)
            assert np.array_equal(oracle.gradient_with_noise(w, np.zeros(m)), gradient)
            out = np.zeros_like(w)
            oracle.gradient(w, out=out)
            assert np.array_equal(out, gradient)
            drawn = oracle.random.normal(5)
            assert drawn.shape == (5,) and 0.0 <= oracle.random.uniform() < 1.0 and 0 <= oracle.random.index(7) < 7

        def check_curvature(self, w, oracle, gradient):
            h, v = 1e-5, gradient / fb.norm(gradient)
            slope = (oracle.loss(w + h * v) - oracle.loss(w - h * v)) / (2 * h)
            np.testing.assert_allclose(slope, gradient @ v, rtol=1e-5)
            curved = (oracle.gradient(w + h * v) - oracle.gradient(w - h * v)) / (2 * h)
            np.testing.assert_allclose(oracle.hessian_vector(w, v), curved, rtol=1e-4, atol=1e-4 * fb.norm(curved))
            trace = (oracle.hessian_trace(w + h * v) - oracle.hessian_trace(w - h * v)) / (2 * h)
            np.testing.assert_allclose(oracle.hessian_trace_gradient(w) @ v, trace, rtol=1e-4, atol=1e-4)

        def check_residuals(self, w, oracle, gradient):
            m, v = oracle.measurements, oracle.random.normal(len(w))
            loss, again = oracle.loss_and_gradient(w)
            assert np.array_equal(again, gradient) and np.isclose(loss, oracle.loss(w), rtol=1e-12, atol=1e-12)
            assert list(oracle.losses_along(w, v, [0, 0.5])) == [oracle.loss(w), oracle.loss(w + 0.5 * v)]
            rho = oracle.residuals(w)
            assert rho.shape == (m,) and np.isclose(np.mean(rho**2), loss, rtol=1e-10, atol=1e-12)
            forward = oracle.jacobian_vector(w, v)
            differences = (oracle.residuals(w + 1e-5 * v) - oracle.residuals(w - 1e-5 * v)) / 2e-5
            np.testing.assert_allclose(forward, differences, rtol=1e-5, atol=1e-5 * (1 + fb.norm(forward)))
            np.testing.assert_allclose(2 / m * oracle.jacobian_transpose_vector(w, rho), gradient, rtol=1e-9, atol=1e-9)
            product = oracle.gauss_newton_vector(w, v)
            np.testing.assert_allclose(product, 2 / m * oracle.jacobian_transpose_vector(w, forward), rtol=1e-9, atol=1e-9)
            some = [0, m - 1, 0]
            assert np.allclose(oracle.minibatch_residuals(w, some), rho[some], rtol=1e-10, atol=1e-12)
            assert np.isclose(oracle.minibatch_loss(w, some), np.mean(rho[some] ** 2), rtol=1e-10, atol=1e-12)
            curved = (oracle.minibatch_gradient(w + 1e-5 * v, some) - oracle.minibatch_gradient(w - 1e-5 * v, some)) / 2e-5
            out = np.zeros_like(w)
            assert oracle.minibatch_hessian_vector(w, v, some, out=out) is out
            np.testing.assert_allclose(out, curved, rtol=1e-4, atol=1e-4 * (1 + fb.norm(curved)))
            whole = oracle.sample_batch(0)
            assert oracle.batch_loss(w, whole) == oracle.loss(w) and np.array_equal(oracle.batch_residuals(w, whole), rho)
            assert np.array_equal(oracle.batch_hessian_vector(w, v, whole), oracle.hessian_vector(w, v))

        def check_flatness(self, w, oracle):
            largest, u = oracle.lambda_max(w)
            assert np.isclose(fb.norm(u), 1)
            np.testing.assert_allclose(oracle.hessian_vector(w, u), largest * u, atol=1e-5 * (1 + abs(largest)))
            v, h = oracle.random.normal(len(w)), 1e-5
            v /= np.linalg.norm(v)

            def rises(gradient, value):
                slope = (value(w + h * v) - value(w - h * v)) / (2 * h)
                assert np.isclose(gradient @ v, slope, rtol=1e-4, atol=1e-4 * (1 + fb.norm(gradient)))

            traces = oracle.hessian_trace_by_block(w)
            assert traces.shape == (len(w.blocks),) and np.isclose(traces.sum(), oracle.hessian_trace(w))
            weights = np.arange(len(traces)) - 0.5
            rises(oracle.weighted_hessian_trace_gradient(w, weights), lambda w: oracle.hessian_trace_by_block(w) @ weights)
            rises(oracle.curvature_gradient(w, u), lambda w: oracle.hessian_vector(w, u) @ u)
            rises(oracle.relative_flatness_gradient(w), oracle.relative_flatness)

        def check_refusals(self, w, oracle):
            lists = (
                ("u has", lambda: oracle.jacobian_transpose_vector(w, np.zeros(oracle.measurements + 1))),
                ("weights", lambda: oracle.weighted_hessian_trace_gradient(w, np.zeros(len(w.blocks) + 1))),
                ("numbers", lambda: oracle.losses_along(w, np.asarray(w), "steps")),
                ("out of range", lambda: oracle.minibatch_loss(w, [oracle.measurements])),
                ("empty", lambda: oracle.minibatch_residuals(w, [])),
            )
            for words, wrong in lists:
                try:
                    wrong()
                except fb.OracleError as error:
                    assert words in str(error), error
                else:
                    raise AssertionError(f"what is refused with `{words}` was taken")
            for wrong in (w[1:], w.reshape(1, -1), w.astype(np.float32), w.astype(complex), list(w), None):
                try:
                    oracle.gradient(wrong)
                except fb.OracleError as error:
                    assert "w" in str(error)
                else:
                    raise AssertionError(f"{type(wrong)} was taken")
            for batch in ([oracle.measurements], [-1]):
                try:
                    oracle.minibatch_gradient(w, batch)
                except fb.OracleError:
                    pass
                else:
                    raise AssertionError(f"{batch} was taken")

        def step(self, w, oracle):
            w -= self.step_size(oracle) * oracle.gradient(w)
    """


def flatbench(*arguments, cwd):
    command = [sys.executable, "-P", "-m", "flatbench", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env={**os.environ, "OMP_NUM_THREADS": "1"})


def write(folder, text, name="mine"):
    (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return folder / f"{name}.py"


def test_every_question_is_answered(tmp_path):
    done = flatbench("plugin", "check", write(tmp_path, MINE), cwd=tmp_path)
    passed = "".join(line for line in done.stdout.splitlines() if line.startswith("  passed"))
    assert "made from its defaults" in passed and "deterministic" in passed, done.stdout + done.stderr
    assert "AssertionError" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "made", ["fb.scipy('L-BFGS-B')", "fb.torch(torch.optim.Adam)", "fb.torch(torch.optim.LBFGS)", "fb.optax(optax.lion, 1e-2)"]
)
def test_adapters_hold_the_contract(tmp_path, made):
    package = made[3:].split("(")[0]
    pytest.importorskip(package)
    imported = "" if package == "scipy" else f"import {package}\n"
    file = write(tmp_path, f"import flatbench as fb\n{imported}mine = {made}\n")
    done = flatbench("plugin", "check", file, cwd=tmp_path)
    failed = [line for line in done.stdout.splitlines() if line.lstrip().startswith("failed")]
    assert done.returncode == 0 and not failed, done.stdout + done.stderr


def test_the_command_and_the_package_are_of_one_version(tmp_path):
    assert flatbench("--version", cwd=tmp_path).stdout.split()[-1] == fb.__version__

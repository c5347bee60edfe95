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

        def check_refusals(self, w, oracle):
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

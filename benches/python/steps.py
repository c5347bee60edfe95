"""What a step costs that is taken by a plugin in Python, beside the loop that one would write without flatbench: see README.md.

    python benches/python/steps.py --binary target/release/flatbench

Needs the package flatbench with torch, optax and scipy installed. Ratios hold within one run of this script.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

import flatbench as fb

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)

SIZES = {20: 240, 50: 1000, 100: 4000}
RATE = 1e-3


class NumpyGd(fb.Optimizer):
    """Gradient descent on NumPy arrays."""

    def step(self, w, oracle):
        w -= RATE * oracle.gradient(w)


class Asking(fb.Optimizer):
    """Asks one thing again and again, and does nothing else."""

    what: str = fb.hyper("loss", choices=["loss", "gradient", "gradient, out="])
    calls: int = fb.hyper(1, min=0)

    def initialize(self, w, oracle):
        self.out = np.zeros_like(w)

    def step(self, w, oracle):
        out = self.out if self.what.endswith("=") else None
        for _ in range(self.calls):
            oracle.loss(w) if self.what == "loss" else oracle.gradient(w, out)
        oracle.loss(w)
        w *= 1 - 1e-12


def case(d, m):
    sizes = {"rows": d, "cols": d, "rank": 2, "factor_rank": d, "measurements": m}
    return {"name": f"sensing-{d}", "family": "matrix-sensing", "init": ["large"], **sizes}


def suite(d, m, budget):
    return {"name": "steps", "budget": budget, "seeds": 1, "baseline": "gd", "case": [case(d, m)], "optimizer": [{"name": "gd"}]}


def of_plugin(spec, d, m, budget):
    """Seconds a step of an optimizer in the harness; None for a step of the native gd."""
    study = fb.run(suite(d, m, budget), optimizers=[spec], jobs=1, progress=False)
    (record,) = study.records
    assert record["outcome"] == "completed" and record["steps"] >= budget / 3, record
    return record["optimizer_seconds"] / record["steps"]


class Loop:
    """The instance as arrays."""

    def __init__(self, d, m):
        p = fb.Instance("matrix-sensing", rows=d, cols=d, rank=2, factor_rank=d, measurements=m, seed=0)
        self.a, self.b = p.measurements["matrices"].reshape(m, -1), p.targets
        self.start, self.d, self.m = p.start, d, m

    def numpy(self, steps):
        left, right = (np.array(self.start.blocks[name]) for name in "LR")
        begun = time.perf_counter()
        for _ in range(steps):
            residual = self.a @ (left @ right.T).ravel() - self.b
            slope = (2 / self.m) * (residual @ self.a).reshape(self.d, self.d)
            left, right = left - RATE * slope @ right, right - RATE * slope.T @ left
        return (time.perf_counter() - begun) / steps

    def torch(self, make, steps):
        a, b = torch.tensor(self.a), torch.tensor(self.b)
        factors = [torch.tensor(np.array(self.start.blocks[name]), requires_grad=True) for name in "LR"]
        optimizer = make(factors)
        begun = time.perf_counter()
        for _ in range(steps):
            optimizer.zero_grad()
            (((a @ (factors[0] @ factors[1].T).reshape(-1)) - b) ** 2).mean().backward()
            optimizer.step()
        return (time.perf_counter() - begun) / steps

    def jax(self, transformation, steps):
        """A loop in Python over a compiled step, as one writes it where every step is looked at."""
        a, b = jnp.asarray(self.a), jnp.asarray(self.b)
        factors = [jnp.asarray(np.array(self.start.blocks[name])) for name in "LR"]
        state = transformation.init(factors)

        @jax.jit
        def step(factors, state):
            slopes = jax.grad(lambda f: jnp.mean((a @ (f[0] @ f[1].T).ravel() - b) ** 2))(factors)
            updates, state = transformation.update(slopes, state, factors)
            return optax.apply_updates(factors, updates), state

        factors, state = step(factors, state)
        begun = time.perf_counter()
        for _ in range(steps):
            factors, state = step(factors, state)
        jax.block_until_ready(factors)
        return (time.perf_counter() - begun) / steps


def median(measure, turns):
    return statistics.median(measure() for _ in range(turns))


def micro(seconds):
    return f"{seconds * 1e6:.1f}"


def steps_table(turns, budget):
    yield "| d, m | native gd | NumPy plugin | NumPy loop | ratio | `fb.torch` Adam | PyTorch Adam | ratio | `fb.optax` lion | JAX, jit a step | ratio |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for d, m in SIZES.items():
        loop = Loop(d, m)
        steps = max(30, budget * 400 // (d * d))
        adam = fb.torch(torch.optim.Adam, lr=RATE)
        lion = fb.optax(optax.lion, learning_rate=RATE)
        plugin = [median(lambda s=s: of_plugin(s, d, m, steps), turns) for s in ("gd", NumpyGd, adam, lion)]
        alone = [
            median(lambda: loop.numpy(steps), turns),
            median(lambda: loop.torch(lambda f: torch.optim.Adam(f, lr=RATE), steps), turns),
            median(lambda: loop.jax(optax.lion(RATE), steps), turns),
        ]
        native, *plugins = plugin
        cells = [f"{d}, {m}", micro(native)]
        for own, other in zip(plugins, alone, strict=True):
            cells += [micro(own), micro(other), f"{own / other:.2f}"]
        yield "| " + " | ".join(cells) + " |"


def oracle_call(what, turns, budget):
    """Seconds of an oracle call from NumPy on the smallest instance, whose kernel takes next to nothing."""

    def difference():
        few, many = (of_calls(what, calls, budget) for calls in (1, 101))
        return (many - few) / 100

    return median(difference, turns)


def of_calls(what, calls, budget):
    study = fb.run(suite(2, 3, budget * (calls + 1) / 3), optimizers=[Asking(what=what, calls=calls)], jobs=1, progress=False)
    (record,) = study.records
    return record["optimizer_seconds"] / record["steps"]


def seconds(command):
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def whole(turns, binary):
    commands = {"`python -m flatbench run quick`": [sys.executable, "-P", "-m", "flatbench", "run", "quick", "--out"]}
    if binary:
        commands = {"`flatbench run quick`, the binary": [binary, "run", "quick", "--no-build", "--out"]} | commands
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as folder:
            yield name, median(lambda c=command, f=folder: seconds([*c, str(Path(tempfile.mkdtemp(dir=f)) / "run")]), turns)

    def from_python():
        begun = time.perf_counter()
        fb.run("quick", progress=False)
        return time.perf_counter() - begun

    yield '`fb.run("quick")`', median(from_python, turns)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one turn of few steps, to see that it works")
    parser.add_argument("--binary", help="the native program, to be compared with")
    arguments = parser.parse_args()
    turns, budget = (1, 60) if arguments.short else (3, 2000)
    print(f"flatbench {fb.__version__}, Python {sys.version.split()[0]}, numpy {np.__version__}, torch {torch.__version__}, ", end="")
    print(f"jax {jax.__version__}, optax {optax.__version__}. Microseconds a step, medians of {turns}.\n")
    for line in steps_table(turns, budget):
        print(line, flush=True)
    calls = (f"{what} {oracle_call(what, turns, budget) * 1e6:.2f}" for what in ("loss", "gradient", "gradient, out="))
    print(f"\nµs of an oracle call from NumPy with next to no kernel: {'; '.join(calls)}\n")
    print("| the whole of `quick` | seconds |\n|---|---|")
    for name, taken in whole(turns, arguments.binary):
        print(f"| {name} | {taken:.2f} |", flush=True)


if __name__ == "__main__":
    main()

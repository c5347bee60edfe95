"""What is compared with what, turn by turn."""

import json
import subprocess

import results
import whole
from flatbench_peer import Flatbench
from instance import Instance
from jax_peer import Jax
from numpy_peer import NumPy
from torch_peer import PyTorch

DENSE = ["sensing-20-240", "sensing-30-500", "sensing-50-1000", "sensing-50-1500", "sensing-100-4000"]
STRUCTURED = ["bilinear-100", "covariance-100", "completion-100"]
BATCHES = ["sensing-20-240", "sensing-50-1008"]
TRACES = ["sensing-20-240", "sensing-50-1000", "covariance-100"]
GROUP = 16
SAMPLES = 100


def run(root, scratch, arguments):
    libraries = build(root)
    parts = {
        "gd": lambda: [descent(open_case(root, scratch, name), libraries, arguments.turns) for name in DENSE],
        "structured": lambda: [descent(open_case(root, scratch, name), libraries, arguments.turns) for name in STRUCTURED],
        "batches": lambda: [
            batches(open_case(root, scratch, name), libraries, arguments.turns, size) for name in BATCHES for size in (1, 16)
        ],
        "trace": lambda: [trace(open_case(root, scratch, name), libraries) for name in TRACES],
        "whole": lambda: whole.compare(root, scratch),
    }
    for name, measure in parts.items():
        if arguments.only in (None, name):
            results.save(arguments.out, name, measure())
    results.write_table(arguments.out)


def build(root):
    """Builds what is timed; returns the folder with the program and the plugins."""
    for packages in (
        ["-p", "flatbench", "-p", "flatbench-gd", "-p", "flatbench-sgd"],
        ["-p", "flatbench-benches", "--example", "peer-steps"],
    ):
        subprocess.run(["cargo", "build", "--quiet", "--release", *packages], cwd=root, check=True)
    return root / "target" / "release"


def open_case(root, scratch, name):
    folder = scratch / "instances" / name
    if not (folder / "instance.json").exists():
        print(f"exporting {name}", flush=True)
        program = root / "target" / "release" / "flatbench"
        suite = root / "benches" / "peers" / "suite.toml"
        subprocess.run([program, "export-instance", suite, name, "--out", folder], check=True, stdout=subprocess.DEVNULL)
    return Instance(folder)


def flatbench(instance, libraries):
    return Flatbench(libraries / "examples" / "peer-steps", libraries, instance)


def steps_for(instance):
    """So many that a turn of one run takes some tenths of a second at most."""
    work = sum(array.size for array in instance.arrays) * (1 if instance.kind == "dense" else instance.size)
    return int(min(1000, max(4, 2e8 / work)))


def take_turns(rivals, turns, steps):
    """Least seconds per step of everyone, after one turn that shows that they end at the same loss.

    A rival is (seconds, losses) = rival(); the first one is the measure of the others.
    """
    worst, least = 0.0, {}
    expected = None
    for turn in range(turns + 1):
        for name, rival in rivals.items():
            seconds, losses = rival()
            if turn == 0:
                expected = expected or losses
                # A rival that does one run is compared with the first of a group.
                off = max((abs(a / b - 1) for a, b in zip(losses, expected)), default=0.0)
                assert off < 1e-10, f"{name} ends at {losses[0]!r}, flatbench at {expected[0]!r}: off by {off:.1e}"
                worst = max(worst, off)
            else:
                least[name] = min(least.get(name, seconds), seconds)
    return {name: seconds / steps for name, seconds in least.items()}, worst


def single(answer):
    seconds, loss = answer
    return seconds, [loss]


def descent(instance, libraries, turns):
    """Gradient descent on all measurements: one run, and runs of several step sizes side by side."""
    ours = flatbench(instance, libraries)
    numpy, torch, jax = NumPy(instance), PyTorch(instance), Jax(instance)
    steps, eta = steps_for(instance), 0.5 / ours.about["lambda_max"]
    etas = [eta * (1 - 0.5 * run / GROUP) for run in range(GROUP)]
    rivals = {
        f"flatbench group of {GROUP}": lambda: ours.gd_many(etas, steps),
        "flatbench alone": lambda: single(ours.gd(eta, steps)),
        "NumPy": lambda: single(numpy.gd(eta, steps)),
        "PyTorch eager": lambda: single(torch.gd(eta, steps)),
        "JAX jit": lambda: single(jax.gd(eta, steps)),
        f"JAX vmap {GROUP}": lambda: jax.gd_many(etas, steps),
        f"kernel group of {GROUP}": lambda: (ours.gradients(GROUP, steps), []),
        "kernel alone": lambda: (ours.gradients(1, steps), []),
    }
    times, off = take_turns(rivals, turns, steps)
    for name in times:
        if str(GROUP) in name:
            times[name] /= GROUP
    ours.close()
    return report(instance, steps, times, off)


def batches(instance, libraries, turns, size):
    """Stochastic gradient descent, everyone given the rows that the plugin draws."""
    ours = flatbench(instance, libraries)
    numpy, torch, jax = NumPy(instance), PyTorch(instance), Jax(instance)
    # A single row is steeper than the mean of all, the more so the larger the matrix.
    steps, eta = 2000, 0.2 / (instance.size * ours.about["lambda_max"])
    rows = ours.batches(eta, size, steps)
    rivals = {
        "flatbench alone": lambda: single(ours.sgd(eta, rows)),
        "NumPy": lambda: single(numpy.sgd(eta, rows)),
        "PyTorch eager": lambda: single(torch.sgd(eta, rows)),
        "JAX jit": lambda: single(jax.sgd(eta, rows)),
    }
    times, off = take_turns(rivals, turns, steps)
    ours.close()
    return report(instance, steps, times, off) | {"batch_size": size}


def trace(instance, libraries):
    """The exact Hessian trace against 100 samples of v'Hv."""
    ours, torch = flatbench(instance, libraries), PyTorch(instance)
    exact = min(ours.trace(200) for _ in range(10))
    sampled = min(torch.hutchinson(SAMPLES) for _ in range(4))
    ours.close()
    times = {"flatbench exact": exact[0], f"PyTorch, {SAMPLES} samples": sampled[0]}
    off = abs(sampled[1] / exact[1] - 1)
    return report(instance, 1, times, None) | {"sampling_error": off}


def report(instance, steps, times, off):
    row = {
        "case": instance.about["case"],
        "family": instance.about["family"],
        "d": instance.size,
        "m": instance.measurements,
        "steps": steps,
        "microseconds": {name: 1e6 * seconds for name, seconds in times.items()},
        "losses_agree_to": off,
    }
    print(json.dumps(row), flush=True)
    return row

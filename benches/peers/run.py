"""Compares flatbench with NumPy, PyTorch and JAX step by step, and with benchopt as a whole.

    python benches/peers/run.py             everything: some ten minutes on an idle machine
    python benches/peers/run.py --only gd   one of: gd, batches, structured, trace, whole
    python benches/peers/run.py --out DIR   where the results go; by default benches/peers/results

Needs Rust, Python 3.11 or later, and for the first time a network: packages go into target/peers/venv. Everything is pinned
to one core and takes turns, in float64. Times are processor time, which other work on the machine hardly changes; what counts
is the least of many turns, and the ratios.
"""

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCRATCH = ROOT / "target" / "peers"


def inside(environment):
    """Starts this again in an environment that has what is needed."""
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    stamp, wanted = environment / "requirements.txt", (HERE / "requirements.txt").read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    # One thread for everyone, whatever the library calls it; no accelerators.
    settings = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    settings |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", "FLATBENCH_PEERS": "1"}
    os.execve(python, [python, *sys.argv], os.environ | settings)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["gd", "batches", "structured", "trace", "whole"])
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--turns", type=int, default=7, help="turns that everyone takes (default 7)")
    arguments = parser.parse_args()
    if "FLATBENCH_PEERS" not in os.environ:
        inside(SCRATCH / "venv")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import comparison

    comparison.run(ROOT, SCRATCH, arguments)


if __name__ == "__main__":
    main()

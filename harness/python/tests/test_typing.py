"""What type checkers make of an optimizer that a user has written."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import flatbench as fb

pytest.importorskip("mypy")

PACKAGE = Path(fb.__file__).parent


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """What mypy has found out about the package, for all tests here."""
    return tmp_path_factory.mktemp("mypy")


def check(tmp_path, cache, text):
    file = tmp_path / "mine.py"
    file.write_text(textwrap.dedent(text))
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports", "silent", "--cache-dir", str(cache), str(file)]
    # What is installed is found by itself.
    place = {} if "site-packages" in PACKAGE.parts else {"MYPYPATH": str(PACKAGE.parent)}
    return subprocess.run(command, capture_output=True, text=True, env=place, cwd=tmp_path, check=False)


def test_an_optimizer_is_well_typed(tmp_path, cache):
    done = check(
        tmp_path,
        cache,
        """
        import flatbench as fb

        class Mine(fb.Optimizer):
            step_size: fb.Schedule = fb.hyper(0.5, schedule=True, min=0, unit="1/lambda_max", scale="log", doc="Step size.")
            curve = fb.hyper(fb.schedule.linear(1, 0), schedule=True)
            radius: float = fb.hyper(1, above=0)
            samples: int = fb.hyper(3, min=1)
            flag = fb.hyper(True)
            norm: str = fb.hyper("a", choices=["a", "b"])

            def initialize(self, w: fb.Vector, oracle: fb.Oracle) -> None:
                self.velocity = w.copy()

            def step(self, w: fb.Vector, oracle: fb.Oracle) -> bool:
                batch = oracle.sample_batch(self.samples)
                g = oracle.batch_gradient(w, batch)
                w -= (self.step_size(oracle) + self.curve.at(0.5)) / fb.norm(g) * g
                w.blocks["L"] -= self.radius * g.blocks["L"]
                return self.flag and self.norm == "a"
        """,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_mistakes_are_seen(tmp_path, cache):
    done = check(
        tmp_path,
        cache,
        """
        import flatbench as fb

        class Mine(fb.Optimizer):
            samples: int = fb.hyper(0.5)
            norm = fb.hyper("a")
            step_size: float = fb.hyper(0.5, schedule=True)

            def step(self, w: fb.Vector, oracle: fb.Oracle) -> bool:
                return oracle.gradient(w)
        """,
    )
    assert done.returncode == 1
    for line in (5, 6, 7, 10):
        assert f"mine.py:{line}: error" in done.stdout, done.stdout

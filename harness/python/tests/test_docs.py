"""The blocks of the page for Python are run, one after the other, and the notebook too."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "harness/docs/PYTHON.md"
NOTEBOOK = ROOT / "harness/python/examples/first.ipynb"


def test_the_page_runs(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("pandas")
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 6
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "quick.html").is_file() and "excess flatness" in done.stdout and "case[0].rows" in done.stdout


def test_the_notebook_runs(tmp_path):
    pytest.importorskip("nbconvert")
    pytest.importorskip("torch")
    command = ["nbconvert", "--to", "html", "--execute", "--output-dir", os.fspath(tmp_path), os.fspath(NOTEBOOK)]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=tmp_path, env=_environment()
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "first.html").read_text(encoding="utf-8")
    assert "<svg" in page and "excess flatness" in page


def _environment():
    # Where the package is the source tree, a child finds it too.
    import flatbench

    return {**os.environ, "PYTHONPATH": os.fspath(Path(flatbench.__file__).parents[1])}

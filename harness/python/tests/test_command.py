"""``python -m flatbench __parcel``: what the native program calls."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import flatbench as fb
from flatbench._version import __version__

MINE = """
import os
import flatbench as fb

print("by Python")
os.write(1, b"by the system\\n")

class Mine(fb.Optimizer):
    def step(self, w, oracle): ...
"""


def command(folder, text=MINE):
    if text is not None:
        (folder / "mine.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(Path(fb.__file__).parents[1])}
    arguments = [sys.executable, "-P", "-m", "flatbench", "__parcel", str(folder / "mine.py"), "--out", str(folder / "target")]
    return subprocess.run(arguments, capture_output=True, text=True, env=environment)


def test_the_answer_is_one_line_and_prints_go_elsewhere(tmp_path):
    done = command(tmp_path)
    path = str(tmp_path / "target" / "mine.fbpy")
    assert done.returncode == 0 and done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == {"version": __version__, "parcels": [{"path": path, "name": "mine"}], "problems": [], "empty": False}
    assert "by Python" in done.stderr and "by the system" in done.stderr


@pytest.mark.parametrize(
    "text, reason",
    [
        ("import flatbench\nprint('first')\n1/0", "ZeroDivisionError: division by zero"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("def f(:", "SyntaxError: invalid syntax"),
        ("raise SystemExit('no more')", "SystemExit: no more"),
        (
            "import flatbench as fb\nclass Mine(fb.Optimizer):\n    a = fb.hyper('x')",
            "flatbench.errors.PluginError: the optimizer Mine makes no sense: `a` needs its allowed words (choices=[..])",
        ),
    ],
)
def test_a_file_that_cannot_be_imported_has_its_traceback(tmp_path, text, reason):
    done = command(tmp_path, text=text)
    lines = done.stderr.rstrip().splitlines()
    assert done.returncode == 2 and done.stdout == "" and lines[-1] == reason
    assert f'File "{tmp_path}/mine.py", line' in done.stderr
    assert "_parcel" not in done.stderr


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    done = command(tmp_path, text=None)
    assert done.returncode == 2 and done.stderr == f"{tmp_path}/mine.py: there is no such file\n"


def test_a_file_without_optimizers_says_so(tmp_path):
    answer = json.loads(command(tmp_path, text="import flatbench").stdout)
    assert answer["parcels"] == [] and answer["empty"] is True and len(answer["problems"]) == 1

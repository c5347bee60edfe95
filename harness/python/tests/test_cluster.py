"""A suite that is submitted from the package runs in its interpreter."""

import subprocess
import sys


def test_scripts_start_this_interpreter(tmp_path):
    command = [sys.executable, "-m", "flatbench", "submit", "quick", "--tasks", "2", "--dry-run", "--out", tmp_path / "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("exec ") and " run " in line]
    assert line.split()[1] == sys.executable
    assert " -m flatbench run cluster/suite.toml --libraries cluster/libraries " in line
    assert not (tmp_path / "out").exists()

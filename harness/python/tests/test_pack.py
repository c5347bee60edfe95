"""Parcels of live objects: what a notebook or a script has made goes to another process."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

import flatbench as fb
from flatbench import _parcel, _spec

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(fb.__file__).parents[1]), "PYTHONHASHSEED": "0"}
STEP = """
import sys, numpy as np, flatbench as fb
from flatbench import _parcel, _spec
spec = _parcel.load(sys.argv[1])
values = {h["name"]: h["default"] for h in _spec.describe(spec)["hyperparameters"]}
w = fb.Vector(np.zeros(2), [("L", 1, 2)])
_spec.create(spec, values, [("L", 1, 2)]).step(w, None)
print(_spec.describe(spec)["name"], w[0])
"""


def python(*arguments, cwd=None):
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, env=ENVIRONMENT, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def manifest(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("parcel.json"))


def test_a_class_of_the_main_program_goes_to_another_process(tmp_path):
    (tmp_path / "helper.py").write_text("import json\nVALUE = 2.0\ndef scale(x):\n    return VALUE * x\n")
    (tmp_path / "script.py").write_text(
        textwrap.dedent("""
        import numpy as np
        import flatbench as fb
        import helper
        from flatbench import _parcel

        GLOBAL = 3.0

        class Mine(fb.Optimizer):
            \"\"\"Mine.\"\"\"
            rate: float = fb.hyper(0.5)

            def step(self, w, oracle):
                w[:] = helper.scale(GLOBAL) * self.rate

        print(_parcel.pack(Mine, "out"), _parcel.pack(Mine(rate=0.25), "out"))
        """)
    )
    first, second = python("script.py", cwd=tmp_path).split()
    # An object that is its class and a setting is its class: two of them are one optimizer.
    assert first == second
    content = (tmp_path / first).read_bytes()
    assert manifest(tmp_path / first)["pickle"] is True and "numpy" in manifest(tmp_path / first)["packages"]
    assert python("-c", STEP, tmp_path / first) == "mine 3.0"
    python("script.py", cwd=tmp_path)
    assert (tmp_path / first).read_bytes() == content
    (tmp_path / "helper.py").write_text("VALUE = 4.0\ndef scale(x):\n    return VALUE * x\n")
    python("script.py", cwd=tmp_path)
    assert (tmp_path / first).read_bytes() != content and python("-c", STEP, tmp_path / first) == "mine 6.0"


def test_a_class_of_an_imported_file_goes_along_as_its_source(tmp_path):
    (tmp_path / "library.py").write_text(
        textwrap.dedent("""
        import flatbench as fb
        import neighbour

        class Mine(fb.Optimizer):
            def step(self, w, oracle):
                w[:] = neighbour.VALUE
        """)
    )
    (tmp_path / "neighbour.py").write_text("VALUE = 5.0")
    (tmp_path / "script.py").write_text("import library\nfrom flatbench import _parcel\nprint(_parcel.pack(library.Mine(), 'out'))")
    path = tmp_path / python("script.py", cwd=tmp_path)
    assert sorted(manifest(path)["sources"]) == ["library", "neighbour"] and manifest(path)["attribute"] == "Mine"
    assert python("-c", STEP, path) == "mine 5.0"


def test_an_object_with_more_than_a_setting_goes_along_whole(tmp_path):
    class Mine(fb.Optimizer):
        def __init__(self, matrix):
            super().__init__()
            self.matrix = matrix

        def step(self, w, oracle):
            w[:] = self.matrix.sum()

    path = _parcel.pack(Mine(np.ones(4)), tmp_path, name="with-state")
    assert path.name == "with-state.fbpy" and python("-c", STEP, path) == "mine 4.0"


def test_adapters_go_to_another_process(tmp_path):
    torch = pytest.importorskip("torch")
    first = _parcel.pack(fb.torch(torch.optim.SGD, lr=0.1), tmp_path)
    content = first.read_bytes()
    assert _parcel.pack(fb.torch(torch.optim.SGD, lr=0.2), tmp_path) == first and first.read_bytes() == content
    assert {"torch", "numpy"} <= set(manifest(first)["packages"])
    loaded = _parcel.load(first)
    assert loaded.name == "torch-sgd" and _spec.describe(loaded) == _spec.describe(type(fb.torch(torch.optim.SGD)))


def test_a_module_of_an_installed_package_is_named_and_no_more(tmp_path, monkeypatch):
    from flatbench._parcel import _pack

    class Fake(fb.Optimizer):
        def step(self, w, oracle): ...

    monkeypatch.setattr(_pack, "local_modules", list)
    monkeypatch.setattr(_pack, "_is_importable", lambda cls: True)
    found = manifest(_parcel.pack(Fake, tmp_path))
    assert found["module"] == Fake.__module__ and found["sources"] == {} and "pickle" not in found


def test_what_cannot_go_is_refused(tmp_path):
    class Locked(fb.Optimizer):
        def __init__(self):
            super().__init__()
            self.lock = threading.Lock()

        def step(self, w, oracle): ...

    with pytest.raises(fb.PluginError, match="the optimizer `locked` cannot be taken to another process: .*lock"):
        _parcel.pack(Locked(), tmp_path)
    with pytest.raises(fb.PluginError, match="is no optimizer"):
        _parcel.pack(3, tmp_path)
    with pytest.raises(fb.PluginError, match="a parcel cannot be called '../x'"):
        _parcel.pack(fb.scipy("BFGS"), tmp_path, name="../x")

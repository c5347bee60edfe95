"""Parcels: the same bytes for the same content, all that belongs to an optimizer, and nothing of its neighbour's."""

import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest

import flatbench as fb
from flatbench import _failure, _parcel, _spec

MINE = """
    import flatbench as fb

    class Mine(fb.Optimizer):
        \"\"\"Mine.\"\"\"

        def step(self, w, oracle):
            import helper
            from . import helper as same
            assert same is helper
            w[:] = helper.VALUE
    """


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / (name.replace("__", "/").replace("INIT", "__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def build(folder, name="mine"):
    return _parcel.build(folder / f"{name}.py", folder / "target")


def manifest(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("parcel.json"))


def first_step(path):
    """What the optimizer of a parcel makes of w in one step."""
    run = _spec.create(_parcel.load(path), {}, [("L", 1, 2)])
    w = fb.Vector(np.zeros(2), [("L", 1, 2)])
    run.step(w, None)
    return w[0]


def test_two_neighbours_of_one_name_never_meet(tmp_path):
    a = write(tmp_path / "a", mine=MINE, helper="VALUE = 1.0")
    b = write(tmp_path / "b", mine=MINE, helper="VALUE = 2.0")
    (first, _), (second, _) = build(a).parcels[0], build(b).parcels[0]
    before = list(sys.path)
    # Imported late, within a step, when both are there.
    assert [first_step(path) for path in (first, second, first)] == [1.0, 2.0, 1.0]
    assert "helper" not in sys.modules and "mine" not in sys.modules and sys.path == before


def test_an_edited_helper_is_another_parcel_and_an_untouched_one_the_same(tmp_path):
    folder = write(tmp_path, mine=MINE, helper="VALUE = 1.0")
    path = build(folder).parcels[0][0]
    content, time = path.read_bytes(), path.stat().st_mtime_ns
    build(folder)
    assert path.read_bytes() == content and path.stat().st_mtime_ns == time
    write(folder, helper="VALUE = 3.0")
    build(folder)
    assert path.read_bytes() != content and first_step(path) == 3.0


def test_it_is_the_same_in_another_process(tmp_path):
    folder = write(tmp_path, mine=MINE, helper="VALUE = 1.0", other="import flatbench as fb\nadam = fb.scipy('BFGS', gtol=1e-9)")
    contents = set()
    for seed in "01":
        code = f"from flatbench import _parcel; [_parcel.build(f'{folder}/{{n}}.py', '{folder}/{seed}') for n in ('mine', 'other')]"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(fb.__file__).parents[1])}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        contents.add(tuple(path.read_bytes() for path in sorted((folder / seed).iterdir())))
    assert len(contents) == 1 and len(next(iter(contents))) == 2


def test_what_is_imported_from_beside_it_comes_along(tmp_path):
    folder = write(
        tmp_path / "beside",
        mine="""
            import flatbench as fb
            import one, json
            from two import thing
            import tools.deep
            from space import inside
            from . import four
            from .five import nothing
            try:
                import not_there
            except ImportError:
                not_there = None

            class Mine(fb.Optimizer):
                def step(self, w, oracle):
                    import three
                    w[:] = one.x + thing + three.x + tools.deep.x + inside.x + four.x + nothing
            """,
        one="import chained; x = chained.x",
        chained="x = 1.0",
        two="thing = 1.0",
        three="x = 1.0",
        four="x = 1.0",
        five="nothing = 1.0",
        tools__INIT="",
        tools__deep="from .sub import up\nfrom .. import four\nx = up.x",
        tools__sub__INIT="",
        tools__sub__up="from ..other import x",
        tools__other="x = 1.0",
        tools__unused="",
        space__inside="x = 1.0",
        space__unused="",
        unrelated="raise SystemExit",
    )
    path = build(folder).parcels[0][0]
    found = manifest(path)
    tools = ["tools", "tools.deep", "tools.other", "tools.sub", "tools.sub.up", "tools.unused"]
    names = ["mine", "one", "chained", "two", "three", "four", "five", "space.inside", *tools]
    assert sorted(found["sources"]) == sorted(names)
    assert found["sources"]["tools.sub"] == str(folder / "tools/sub/__init__.py")
    assert (found["format"], found["name"], found["module"], found["attribute"]) == (1, "mine", "mine", "Mine")
    assert found["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert first_step(path) == 7.0


def test_a_file_in_a_package_has_the_package_along(tmp_path):
    folder = write(
        tmp_path, pack__INIT="", pack__mine=MINE.replace("import helper\n", "from pack import helper\n"), pack__helper="VALUE = 4.0"
    )
    path = _parcel.build(folder / "pack/mine.py", tmp_path / "out").parcels[0][0]
    assert manifest(path)["module"] == "pack.mine" and sorted(manifest(path)["sources"]) == ["pack", "pack.helper", "pack.mine"]
    assert first_step(path) == 4.0


def test_a_file_with_the_name_of_a_package_imports_the_package(tmp_path):
    folder = write(
        tmp_path,
        scipy="""
        import flatbench as fb
        import scipy.optimize

        class Mine(fb.Optimizer):
            def step(self, w, oracle):
                import scipy
                w[:] = len(scipy.optimize.__name__)
        """,
    )
    pytest.importorskip("scipy")
    path = build(folder, "scipy").parcels[0][0]
    assert first_step(path) == len("scipy.optimize") and "scipy" in manifest(path)["packages"]


def test_the_versions_of_named_packages_are_in_it(tmp_path):
    folder = write(
        tmp_path,
        mine="""
        import flatbench as fb
        import cloudpickle
        import helper

        class Mine(fb.Optimizer):
            packages = ("pytest",)

            def step(self, w, oracle):
                import packaging.version
        """,
        helper="import json, iniconfig",
    )
    found = manifest(build(folder).parcels[0][0])["packages"]
    assert sorted(found) == ["cloudpickle", "iniconfig", "numpy", "packaging", "pytest"]
    assert found["numpy"] == np.__version__


def test_another_version_of_a_package_is_refused(tmp_path):
    path = build(write(tmp_path, mine=MINE, helper="VALUE = 1.0")).parcels[0][0]
    parcel = _parcel._archive.read(path)
    for change, message in [
        ({"packages": {"numpy": "1.0"}}, rf"was built with numpy 1.0, and here is {np.__version__} \(build it again"),
        ({"packages": {"nowhere": "1.0"}}, r"was built with nowhere 1.0, which is not here \(pip install nowhere==1.0"),
        ({"python": "3.1"}, "was built with Python 3.1, and this is"),
        ({"flatbench": "0.0.1"}, "was built with flatbench 0.0.1, and this is"),
    ]:
        for name, value in change.items():
            setattr(parcel, name, value)
        with pytest.raises(fb.PluginError, match=message):
            _parcel.load(parcel.write(tmp_path / "other"))
        parcel = _parcel._archive.read(path)


def test_what_is_imported_but_not_installed_counts_by_its_source(tmp_path, monkeypatch):
    library = write(tmp_path / "library", elsewhere__part="x = 1.0", elsewhere__INIT="")
    monkeypatch.syspath_prepend(library)
    folder = write(
        tmp_path / "own", mine=MINE.replace("import helper\n", "import elsewhere.part as helper\n").replace("VALUE", "x"), helper=""
    )
    before = build(folder).parcels[0][0].read_bytes()
    write(library, elsewhere__part="x = 2.0")
    path = build(folder).parcels[0][0]
    assert path.read_bytes() != before and manifest(path)["packages"]["elsewhere"].startswith("source-")
    write(library, elsewhere__part="x = 3.0")
    with pytest.raises(fb.PluginError, match="was built with elsewhere source-"):
        _parcel.load(path)


def test_all_optimizers_of_a_file_and_no_others(tmp_path):
    built = build(
        write(
            tmp_path,
            mine="""
        import abc
        import flatbench as fb
        from helper import Imported, made_there

        class Base(fb.Optimizer, abc.ABC):
            def step(self, w, oracle): ...
            @abc.abstractmethod
            def direction(self): ...

        class Idle(fb.Optimizer):
            pass

        class First(Base):
            def direction(self): ...

        class _Hidden(First):
            pass

        class Renamed(First):
            name = "second"

        again = Renamed
        tuned = First()
        _hidden = First()
        third = fb.scipy("L-BFGS-B", name="third")
        same = third

        class Needy(First):
            def __init__(self, x):
                pass
        """,
            helper="""
        import flatbench as fb
        class Imported(fb.Optimizer):
            def step(self, w, oracle): ...
        class Other(Imported): ...
        made_there = Other()
        """,
        )
    )
    assert [name for _, name in built.parcels] == ["first", "second", "other", "third"]
    assert [path.name for path, _ in built.parcels] == ["first.fbpy", "second.fbpy", "other.fbpy", "third.fbpy"]
    assert len(built.problems) == 2
    assert "`Needy` is left out: missing a required argument: 'x'" in built.problems[0]
    assert "`tuned` is left out: it is called first, as is `First` (give one of the classes another `name`)" in built.problems[1]
    assert isinstance(_parcel.load(built.parcels[3][0]), fb.Optimizer)


def test_no_optimizer_is_a_problem(tmp_path):
    built = build(write(tmp_path, mine="x = 1"))
    assert (
        built.parcels == []
        and built.empty
        and "there is no optimizer in it (a subclass of flatbench.Optimizer with a `step`" in built.problems[0]
    )


def test_parcels_of_optimizers_that_are_gone_go(tmp_path):
    folder = write(tmp_path, mine=MINE + "\n    class Second(Mine): ...\n", helper="", other=MINE.replace("Mine", "Other"))
    build(folder), build(folder, "other")
    assert sorted(p.name for p in (folder / "target").iterdir()) == ["mine.fbpy", "other.fbpy", "second.fbpy"]
    write(folder, mine=MINE)
    build(folder)
    assert sorted(p.name for p in (folder / "target").iterdir()) == ["mine.fbpy", "other.fbpy"]


def test_the_main_program_is_not_run(tmp_path):
    folder = write(tmp_path, mine=MINE + '\n    if __name__ == "__main__":\n        raise SystemExit("run")\n', helper="VALUE = 1.0")
    assert first_step(build(folder).parcels[0][0]) == 1.0


def test_a_traceback_shows_the_users_lines_though_the_file_has_changed(tmp_path):
    folder = write(
        tmp_path,
        mine=MINE.replace("w[:] = helper.VALUE", "helper.fail(w)"),
        helper="""
        class Odd(Exception):
            pass

        def fail(w):
            raise Odd("out of luck")  # as it was
        """,
    )
    path = build(folder).parcels[0][0]
    run = _spec.create(_parcel.load(path), {}, [("L", 1, 2)])
    write(folder, helper="\n\n\n\n\n# edited\n")
    with pytest.raises(Exception) as error:
        run.step(fb.Vector(np.zeros(2), [("L", 1, 2)]), None)
    words = _failure.words(error.value)
    lines = words.splitlines()
    assert lines[0] == "Traceback (most recent call last):" and lines[1].startswith(f'  File "{folder}/mine.py", line ')
    assert f'File "{folder}/helper.py"' in words and 'raise Odd("out of luck")  # as it was' in words
    assert lines[-1] == "helper.Odd: out of luck" and "flatbench" not in words and "_parcel_" not in words


def test_modules_look_as_usual_to_themselves(tmp_path):
    folder = write(
        tmp_path,
        mine="""
        import dataclasses, inspect, typing
        from pathlib import Path
        import flatbench as fb

        @dataclasses.dataclass
        class State:
            x: "float" = 1.0

        class Mine(fb.Optimizer):
            def step(self, w, oracle):
                assert typing.get_type_hints(State) == {"x": float}
                assert "def step" in inspect.getsource(Mine)
                w[:] = float((Path(__file__).parent / "data.txt").read_text())
        """,
    )
    (folder / "data.txt").write_text("6.5")
    assert first_step(build(folder).parcels[0][0]) == 6.5


def test_what_is_compiled_beside_it_is_refused(tmp_path):
    folder = write(tmp_path, mine=MINE)
    (folder / "helper.abi3.so").write_bytes(b"")
    with pytest.raises(fb.PluginError, match=r"helper.abi3.so: `helper` is compiled, and a parcel holds sources only"):
        build(folder)


@pytest.mark.parametrize("content, message", [(b"", "not a parcel"), (b"PK\3\4 but no archive", "not a parcel")])
def test_what_is_no_parcel_is_refused(tmp_path, content, message):
    (tmp_path / "x.fbpy").write_bytes(content)
    with pytest.raises(fb.PluginError, match=message):
        _parcel.load(tmp_path / "x.fbpy")


def test_a_parcel_or_a_file_that_is_not_there(tmp_path):
    with pytest.raises(fb.PluginError, match="there is no such parcel"):
        _parcel.load(tmp_path / "x.fbpy")
    with pytest.raises(fb.PluginError, match="there is no such file"):
        _parcel.build(tmp_path / "x.py", tmp_path)

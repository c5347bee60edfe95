"""Suites run from Python, for real: in worker processes, with their records on the disk."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import flatbench as fb

SUITE = {
    "name": "small",
    "budget": 200,
    "seeds": 2,
    "baseline": "gd",
    "case": [
        {"name": "sensing", "family": "matrix-sensing", "rows": 6, "cols": 5, "rank": 1, "measurements": 24, "init": ["large"]}
    ],
    "optimizer": [{"name": "gd", "settings": [{"step_size": {"value": 0.5, "unit": "1/lambda_max"}}]}],
}


class Mine(fb.Optimizer):
    """Gradient descent."""

    step_size: fb.Schedule = fb.hyper(0.05, schedule=True, min=0, doc="Step size.")

    def step(self, w, oracle):
        w -= self.step_size(oracle) * oracle.gradient(w)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    out = tmp_path_factory.mktemp("study") / "run"
    return fb.run(SUITE, optimizers=[Mine(step_size=0.02), Mine(step_size=0.05), "gd"], out=out, keep_parameters=True)


def test_records_are_a_sequence_and_a_table(study):
    records = study.records
    assert len(records) == 6 and {r["optimizer"] for r in records} == {"gd", "mine"}
    assert all(r["outcome"] == "completed" for r in records)
    assert {r["hyperparameters"]["step_size"] for r in records if r["optimizer"] == "mine"} == {0.02, 0.05}
    lines = [json.loads(line) for line in (study.directory / "records.jsonl").read_text().splitlines()]
    assert sorted(r["key"] for r in records) == sorted(line["key"] for line in lines)
    pandas, polars, pyarrow = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    frames = records.to_pandas(), records.to_polars(), pyarrow.table(records)
    for frame in frames:
        assert len(frame) == 6
    column = [r["iterate"]["hessian_trace"] for r in records]
    assert frames[0]["iterate_hessian_trace"].tolist() == column
    assert frames[1]["iterate_hessian_trace"].to_list() == column
    assert frames[2]["iterate_hessian_trace"].to_pylist() == column
    assert isinstance(frames[0], pandas.DataFrame) and isinstance(frames[1], polars.DataFrame)
    with pytest.raises(TypeError, match="to_pandas"):
        records["optimizer"]


def test_parameters_are_those_of_the_record_bit_for_bit(study):
    for record in study.records:
        p, ends = study.instance(record["key"]), study.parameters(record["key"])
        at_end = p.metrics(ends.iterate)
        for name, value in record["iterate"].items():
            assert at_end[name] == value, name
        if ends.limit is not None:
            assert p.metrics(ends.limit).hessian_trace == study.metrics(record["key"]).hessian_trace
            assert np.array_equal(p.limit(ends.iterate).w, ends.limit)
        start = p.metrics(p.start)
        assert all(start[name] == value for name, value in record["start"].items())


def test_parameters_of_a_run_that_kept_none_are_had_by_doing_it_again(tmp_path):
    study = fb.run({**SUITE, "seeds": 1}, optimizers=[Mine()], out=tmp_path / "run")
    key = study.records[0]["key"]
    ends = study.parameters(key)
    assert study.instance(key).loss(ends.iterate) == study.records[0]["iterate"]["train_loss"]


def test_gradient_descent_in_python_takes_the_steps_of_a_loop(study):
    for record in study.records:
        if record["optimizer"] == "gd":
            continue
        p = study.instance(record["key"])
        w, step = p.start.copy(), record["hyperparameters"]["step_size"]
        for _ in range(record["steps"]):
            w -= step * p.gradient(w)
        assert np.array_equal(w, study.parameters(record["key"]).iterate)


def test_trajectories_reports_verdicts_and_figures(study, tmp_path):
    key = study.records[0]["key"]
    along = study.trajectory(key)
    assert len(along) == len(along["train_loss"]) and along["step"][0] == 0
    assert along["singular_values"].shape[0] == len(along)
    with pytest.raises(KeyError, match="train_loss"):
        along["trainloss"]
    assert study.verdict and study.figure.startswith("<svg")
    shown = study._repr_html_()
    assert "<svg" in shown and "<script" not in shown
    page = study.report(tmp_path / "page.html")
    assert page.read_text().startswith("<!doctype html>") or page.read_text().startswith("<!DOCTYPE html>")
    assert fb.open(study.directory).records[0]["key"] == study.records[0]["key"]


def test_running_again_continues_and_merging_joins(tmp_path):
    first = fb.run(SUITE, optimizers=["gd"], seeds=1, out=tmp_path / "a")
    again = fb.run(SUITE, optimizers=["gd"], seeds=2, out=tmp_path / "a")
    assert len(first.records) in (1, 2) and len(again.records) == 2
    other = fb.run(SUITE, optimizers=[Mine()], out=tmp_path / "b")
    assert "pairs" in fb.compare(again, again) or fb.compare(again, again)
    same_suite = fb.run(SUITE, optimizers=["gd"], seeds=2, out=tmp_path / "c")
    joined = fb.merge([again, same_suite], tmp_path / "joined")
    assert len(joined.records) == 2 and len(other.records) == 2


def test_failures_are_records_with_their_traceback(tmp_path):
    class Broken(fb.Optimizer):
        """Raises in its third step."""

        def initialize(self, w, oracle):
            self.count = 0

        def step(self, w, oracle):
            self.count += 1
            if self.count == 3:
                self.inner()

        def inner(self):
            raise ValueError("no third step")

    study = fb.run({**SUITE, "seeds": 1}, optimizers=[Broken, "gd"], out=tmp_path / "run")
    by_name = {record["optimizer"]: record for record in study.records}
    detail = by_name["broken"]["outcome_detail"]
    assert by_name["gd"]["outcome"] == "completed" and by_name["broken"]["outcome"] == "plugin-error"
    assert detail.startswith("ValueError: no third step") and "in inner" in detail and "_run.py" not in detail


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("import os; os._exit(3)", "crashed"),
        ("while True: pass", "timed-out"),
        ("import sys; sys.exit(0)", "plugin-error"),
        ("import ctypes; ctypes.string_at(0)", "crashed"),
    ],
)
def test_an_optimizer_costs_its_own_run_alone(tmp_path, code, outcome):
    (tmp_path / "hostile.py").write_text(
        textwrap.dedent(f"""
        import flatbench as fb

        class Hostile(fb.Optimizer):
            "Does harm."
            def step(self, w, oracle):
                oracle.gradient(w)
                {code}
        """)
    )
    suite = {**SUITE, "optimizer": [*SUITE["optimizer"], {"name": "hostile"}]}
    study = fb.run(suite, plugins=[tmp_path / "hostile.py"], out=tmp_path / "run", time_limit=3)
    outcomes = {(r["optimizer"], r["outcome"]) for r in study.records}
    assert len(study.records) == 4 and outcomes == {("gd", "completed"), ("hostile", outcome)}


def test_memory_and_leaked_threads_cost_their_own_run(tmp_path):
    (tmp_path / "greedy.py").write_text(
        textwrap.dedent("""
        import threading, time
        import flatbench as fb

        class Greedy(fb.Optimizer):
            "Takes all memory."
            def step(self, w, oracle):
                self.kept = getattr(self, "kept", []) + [bytearray(1 << 28)]

        class Leaky(fb.Optimizer):
            "Leaves threads behind."
            def step(self, w, oracle):
                threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
                w -= 0.02 * oracle.gradient(w)
        """)
    )
    suite = {**SUITE, "seeds": 1, "budget": 60, "optimizer": [*SUITE["optimizer"], {"name": "greedy"}, {"name": "leaky"}]}
    study = fb.run(suite, plugins=[tmp_path / "greedy.py"], out=tmp_path / "run", memory_limit="2GiB", time_limit=20)
    outcomes = {r["optimizer"]: r["outcome"] for r in study.records}
    assert outcomes["gd"] == "completed" and outcomes["leaky"] == "completed" and outcomes["greedy"] not in ("completed",)


def test_a_hundred_runs_in_company_have_the_bits_of_runs_alone(tmp_path):
    class Chance(fb.Optimizer):
        """SGD with a random walk."""

        step_size: float = fb.hyper(0.01, min=0)

        def initialize(self, w, oracle):
            self.velocity = np.zeros_like(w)

        def step(self, w, oracle):
            batch = oracle.sample_batch(4)
            self.velocity = 0.5 * self.velocity + oracle.batch_gradient(w, batch)
            w -= self.step_size * (self.velocity + 0.1 * oracle.gradient(w)) + 1e-4 * oracle.random.normal(w.size)

    # Large enough that runs on threads share passes over the measurements.
    sizes = {"rows": 20, "cols": 20, "rank": 1, "measurements": 510}
    suite = {**SUITE, "seeds": 10, "budget": 40, "case": [{**SUITE["case"][0], **sizes}]}
    settings = [Chance(step_size=0.001 * (1 + i)) for i in range(10)]
    together = fb.run(suite, optimizers=settings, out=tmp_path / "a", jobs=1)
    apart = fb.run(suite, optimizers=settings[::-1], out=tmp_path / "b", jobs=2)
    alone = fb.run(suite, optimizers=settings[3:4], out=tmp_path / "c", jobs=1)
    assert len(together.records) == len(apart.records) == 100 and len(alone.records) == 10
    ends, others, single = ({r["key"]: r["iterate"] for r in study.records} for study in (together, apart, alone))
    assert all(r["outcome"] == "completed" for r in together.records)
    assert ends == others
    assert single.items() <= ends.items()


def test_all_mistakes_of_a_suite_are_told_by_their_places():
    with pytest.raises(fb.SuiteError) as refused:
        fb.suite({"name": "wrong", "bugdet": 3, "case": [SUITE["case"][0], {"name": "a", "family": "matrix-sensing", "rows": -1}]})
    text = "\n".join(refused.value.mistakes)
    assert "bugdet" in text and "case[1].rows" in text
    with pytest.raises(fb.SuiteError, match="budget is None"):
        fb.suite({**SUITE, "budget": None})
    with pytest.raises(fb.SuiteError, match="step_sise"):
        fb.run({**SUITE, "optimizer": [{"name": "gd", "settings": [{"step_sise": 1.0}]}]})
    with pytest.raises(fb.SuiteError, match="budget: nan"):
        fb.suite({**SUITE, "budget": float("nan")})
    for nonsense in (None, 3, ["quick"]):
        with pytest.raises(fb.SuiteError, match="a name, a path or a dict"):
            fb.run(nonsense)
    with pytest.raises(fb.SuiteError, match="is a dict"):
        fb.suite("quick")
    with pytest.raises(fb.FlatbenchError, match="no suite `--help`"):
        fb.run("--help")
    with pytest.raises(fb.FlatbenchError, match="no suite `quik`"):
        fb.run("quik")
    with pytest.raises(fb.FlatbenchError, match="step_size"):
        fb.run(SUITE, optimizers=[Mine(step_size=-1.0)])


def test_two_optimizers_of_one_name_are_refused():
    other = type("Mine", (Mine,), {"step": lambda self, w, oracle: None, "__doc__": "Another."})
    with pytest.raises(fb.PluginError, match="another name"):
        fb.run(SUITE, optimizers=[Mine(), other()])
    with pytest.raises(fb.PluginError, match="list"):
        fb.run(SUITE, optimizers=Mine)
    with pytest.raises(fb.PluginError, match="no optimizer"):
        fb.run(SUITE, optimizers=[3])
    with pytest.raises(fb.PluginError, match="empty"):
        fb.run(SUITE, optimizers=[])
    with pytest.raises(fb.PluginError, match="can be called '--help'"):
        fb.run(SUITE, optimizers=["--help"])
    with pytest.raises(fb.PluginError, match="is a list"):
        fb.run(SUITE, families="matrix-sensing")


def test_what_is_no_run_directory_is_told(tmp_path):
    with pytest.raises(fb.FlatbenchError, match="no run directory"):
        fb.open(tmp_path)
    (tmp_path / "records.jsonl").write_bytes(b"\xff garbage\n")
    with pytest.raises(fb.FlatbenchError, match="line 1"):
        fb.open(tmp_path)
    with pytest.raises(fb.FlatbenchError, match="by its path"):
        fb.open(None)
    with pytest.raises(fb.FlatbenchError, match="empty"):
        fb.merge([], tmp_path / "out")


def test_a_run_directory_brings_its_optimizers_along(tmp_path):
    study = fb.run({**SUITE, "seeds": 1, "budget": 40}, optimizers=[Mine()], out=tmp_path / "run")
    command = [sys.executable, "-P", "-m", "flatbench", "replay", os.fspath(study.directory), study.records[0]["key"]]
    from flatbench._child import _environment

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=_environment())
    assert done.returncode == 0 and "bit for bit" in done.stdout, done.stderr


def test_a_study_ends_with_its_caller(tmp_path):
    script = textwrap.dedent(f"""
        import flatbench as fb
        class Slow(fb.Optimizer):
            "Sleeps."
            def step(self, w, oracle):
                import time
                time.sleep(1)
                w -= 1e-3 * oracle.gradient(w)
        if __name__ == "__main__":
            fb.run({SUITE!r}, optimizers=[Slow], out={os.fspath(tmp_path / "run")!r}, jobs=1)
        """)
    (tmp_path / "script.py").write_text(script)
    import time

    child = subprocess.Popen([sys.executable, tmp_path / "script.py"], cwd=tmp_path)
    lock = tmp_path / "run" / "log.txt"
    deadline = time.monotonic() + 30
    while not lock.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert lock.is_file()
    child.kill()
    child.wait()
    mark = os.fspath(tmp_path / "run").encode()
    while _named(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _named(mark)


def _named(mark):
    """Processes that were started with this among their words."""
    from pathlib import Path

    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark in place.read_bytes():
                found.append(place)
        except OSError:
            continue
    return found


def test_ctrl_c_keeps_what_is_recorded(tmp_path):
    script = textwrap.dedent(f"""
        import flatbench as fb
        class Slow(fb.Optimizer):
            "Sleeps."
            def step(self, w, oracle):
                import time
                time.sleep(0.05)
                w -= 1e-3 * oracle.gradient(w)
        if __name__ == "__main__":
            suite = {SUITE!r} | {{"seeds": 3, "budget": 40}}
            try:
                fb.run(suite, optimizers=["gd", Slow], out={os.fspath(tmp_path / "run")!r}, jobs=1)
            except KeyboardInterrupt:
                print("stopped")
        """)
    (tmp_path / "script.py").write_text(script)
    import signal
    import time

    child = subprocess.Popen([sys.executable, tmp_path / "script.py"], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    records = tmp_path / "run" / "records.jsonl"
    deadline = time.monotonic() + 60
    while not (records.is_file() and records.read_text().count("\n") >= 2) and time.monotonic() < deadline:
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=60)
    assert "stopped" in said
    assert 2 <= len(fb.open(tmp_path / "run").records) < 6


def test_a_spawned_or_forked_process_may_run_a_study(tmp_path):
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply_async(_count, (os.fspath(tmp_path / "run"),)).get(timeout=300) == 2
    # In a process without threads, which a fork would not take along.
    script = textwrap.dedent(f"""
        import multiprocessing
        import flatbench as fb

        def count(out):
            return len(fb.run({SUITE!r}, optimizers=["gd"], out=out).records)

        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(1) as pool:
                assert pool.apply_async(count, ({os.fspath(tmp_path / "forked")!r},)).get(timeout=300) == 2
        """)
    (tmp_path / "forking.py").write_text(script)
    subprocess.run([sys.executable, tmp_path / "forking.py"], check=True, cwd=tmp_path, timeout=320)


def _count(out):
    return len(fb.run(SUITE, optimizers=["gd"], out=out).records)


def test_a_file_of_optimizers_that_runs_a_suite_is_told_where_that_belongs(tmp_path):
    (tmp_path / "eager.py").write_text(
        textwrap.dedent("""
        import flatbench as fb

        class Eager(fb.Optimizer):
            "Does nothing."
            def step(self, w, oracle):
                return True

        fb.run("quick", optimizers=[Eager()])
        """)
    )
    with pytest.raises(fb.PluginError, match="__main__"):
        fb.run(SUITE, plugins=[tmp_path / "eager.py"], out=tmp_path / "run")


def test_what_prepares_an_optimizer_is_no_time_of_a_run(tmp_path):
    class Slow(fb.Optimizer):
        """Takes a second to get ready."""

        @classmethod
        def prepare(cls):
            import time

            time.sleep(1)

        def step(self, w, oracle):
            oracle.gradient(w)

    study = fb.run({**SUITE, "seeds": 1}, optimizers=[Slow], out=tmp_path / "run", time_limit=0.9)
    (record,) = study.records
    assert record["outcome"] == "completed" and record["optimizer_seconds"] < 0.5

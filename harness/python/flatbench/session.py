"""Suites run from Python, and run directories put together and compared."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _child, _plan
from ._spec import Spec
from .errors import FlatbenchError, PluginError, SuiteError
from .study import PathLike, Study

__all__ = ["compare", "merge", "open_study", "run"]


def run(
    suite: str | os.PathLike[str] | Mapping[str, Any] | _plan.Suite = "default",
    *,
    optimizers: Sequence[Spec | str] | None = None,
    families: Sequence[str] = (),
    seeds: int | None = None,
    out: PathLike | None = None,
    jobs: int | None = None,
    plugins: Sequence[PathLike] = (),
    beside: Sequence[PathLike] = (),
    time_limit: float | None = None,
    measuring_limit: float | None = None,
    memory_limit: str | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    keep_parameters: bool = False,
    progress: bool | None = None,
) -> Study:
    """Runs a suite, in worker processes of its own, and returns what came of it.

    Parameters
    ----------
    suite
        The name of a built-in suite, the path of a ``.toml`` file, a dict with the same content, or a :func:`flatbench.suite`.
    optimizers
        What to run: classes or objects of optimizers written in Python, and names of others. An object runs at the values it was made
        with (``Mine(step_size=0.1)``), one that the suite does not have at its defaults. All of the suite where it is left out.
    families
        The cases of these families only.
    seeds
        Repetitions of every case, in place of the suite's.
    out
        Run directory; running again continues. A temporary one, which goes with the study, where it is left out.
    jobs
        Worker processes at a time; as many as cores where it is left out.
    plugins
        Further plugins by their paths: libraries, crates, C files, ``.py`` files.
    beside
        Archives by their names, and run directories by their paths, whose runs the report draws and compares beside these.
    time_limit, measuring_limit
        Seconds that the optimizer of a run, and measuring it, may take.
    memory_limit
        Of a worker, such as ``"8GiB"``.
    fresh, retry_failed
        Whether to do all runs anew, or those that failed.
    keep_parameters
        Whether to keep where runs end, for :meth:`Study.parameters`.
    progress
        Whether to show it; in a terminal and a notebook where it is left out.

    Raises
    ------
    SuiteError
        With every mistake in the suite.
    PluginError
        If an optimizer cannot be used.
    RunError
        If the harness could not do its work. Runs that fail are records, and no error.
    KeyboardInterrupt
        What was recorded is kept where `out` was given: the same call continues.
    """
    for what, given in (("families", families), ("plugins", plugins), ("beside", beside)):
        if isinstance(given, (str, os.PathLike)):
            raise PluginError(f"{what} is a list: {what}=[{os.fspath(given)!r}]")
    temporary = out is None
    directory = Path(tempfile.mkdtemp(prefix="flatbench-"), "study") if out is None else Path(out).resolve()
    with tempfile.TemporaryDirectory(prefix="flatbench-suite-") as folder:
        plan = _plan.plan(suite, optimizers, directory, Path(folder))
        words = ["run", "--out", os.fspath(directory), "--events"]
        if plan.names:
            words += ["--optimizer", ",".join(plan.names)]
        if families:
            words += ["--family", ",".join(families)]
        paths = [*plan.plugins, *(os.fspath(path) for path in plugins)]
        for path in paths:
            words += ["--plugin", path]
        for rival in beside:
            words += ["--beside", os.fspath(rival)]
        numbers = {
            "--seeds": seeds,
            "--jobs": jobs,
            "--time-limit": time_limit,
            "--measuring-limit": measuring_limit,
            "--memory-limit": memory_limit,
        }
        words += [word for name, value in numbers.items() if value is not None for word in (name, str(value))]
        flags = {"--fresh": fresh, "--retry-failed": retry_failed, "--keep-parameters": keep_parameters}
        words += [name for name, is_set in flags.items() if is_set]
        words += ["--", plan.suite]
        try:
            _child.run(words, progress, plan.names)
        except SuiteError as error:
            if plan.generated is None:
                raise
            raise SuiteError(_plan.replaced(plan.generated, plan.suite, error.mistakes)) from None
    study = Study(directory, paths)
    if temporary:
        # It goes with the study.
        weakref.finalize(study, shutil.rmtree, directory.parent, ignore_errors=True)
    return study


def open_study(directory: PathLike, *, plugins: Sequence[PathLike] = ()) -> Study:
    """A run directory that is already there, from wherever it was made.

    Parameters
    ----------
    directory
        With a ``records.jsonl`` in it.
    plugins
        Paths of plugins that its runs need to be done again.
    """
    if not isinstance(directory, (str, os.PathLike)):
        raise FlatbenchError(f"a run directory is given by its path, not as {directory!r}")
    study = Study(directory, plugins)
    _ = study.records
    own = study.directory / "plugins"
    study._plugins += sorted(os.fspath(path) for path in own.glob("*.fbpy")) if own.is_dir() else []
    return study


def compare(before: Study | PathLike, after: Study | PathLike) -> dict[str, Any]:
    """What changed between two studies, with intervals, as a dict; runs are paired by case, start, draw and optimizer."""
    text = _child.call(["compare", _directory(before), _directory(after), "--json"])
    found: dict[str, Any] = json.loads(text)
    return found


def merge(studies: Iterable[Study | PathLike], out: PathLike) -> Study:
    """Joins studies of one suite, such as the parts of a sharded plan, in the run directory `out`."""
    if isinstance(studies, (Study, str, os.PathLike)):
        raise FlatbenchError("merge takes a list of studies: fb.merge([a, b], out)")
    parts = list(studies)
    if not parts:
        raise FlatbenchError("merge takes one study or more, and the list is empty")
    _child.call(["merge", *(_directory(part) for part in parts), "--out", os.fspath(out)])
    return Study(out, [path for part in parts if isinstance(part, Study) for path in part._plugins])


def _directory(study: Study | PathLike) -> str:
    return os.fspath(study.directory if isinstance(study, Study) else study)

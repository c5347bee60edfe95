"""The implicit bias of optimizers on low-rank recovery, from Python.

An optimizer is a class that says what a step does; see :class:`Optimizer`::

    import flatbench as fb

    class Mine(fb.Optimizer):
        \"\"\"Normalized gradient descent.\"\"\"

        step_size = fb.hyper(0.05, schedule=True, min=0, doc="Step size η.")

        def step(self, w, oracle):
            g = oracle.gradient(w)
            w -= self.step_size(oracle) / fb.norm(g) * g

``torch``, ``optax`` and ``scipy`` make optimizers of those that these packages have.
"""

from __future__ import annotations

# As in `typing`, which takes longer to import than all else here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import schedule
    from ._adapters import optax, scipy, torch
    from ._flatbench import Batch, Oracle, Random
    from ._hyper import hyper
    from ._plan import Suite
    from ._plan import Suite as suite
    from ._version import __version__
    from .errors import BudgetSpent, FlatbenchError, NotSupported, OracleError, PluginError, RunError, SuiteError
    from .instance import Instance, Limit, Metrics, Reference, References
    from .optimizer import Optimizer
    from .records import Records, Trajectory
    from .schedule import Schedule
    from .session import compare, merge, run
    from .session import open_study as open
    from .study import Parameters, Study
    from .vector import Block, Blocks, Vector, norm

__all__ = [
    "Batch",
    "Block",
    "Blocks",
    "BudgetSpent",
    "FlatbenchError",
    "Instance",
    "Limit",
    "Metrics",
    "NotSupported",
    "Optimizer",
    "Oracle",
    "OracleError",
    "Parameters",
    "PluginError",
    "Random",
    "Records",
    "Reference",
    "References",
    "RunError",
    "Schedule",
    "Study",
    "Suite",
    "SuiteError",
    "Trajectory",
    "Vector",
    "__version__",
    "compare",
    "hyper",
    "merge",
    "norm",
    "open",
    "optax",
    "run",
    "schedule",
    "scipy",
    "suite",
    "torch",
]

# Modules, and the names that are found in them when somebody asks: a worker of the program starts often, and needs none of it.
_MODULES = {
    "_adapters": ("optax", "scipy", "torch"),
    "_flatbench": ("Batch", "Oracle", "Random"),
    "_hyper": ("hyper",),
    "_plan": ("Suite",),
    "_version": ("__version__",),
    "errors": ("BudgetSpent", "FlatbenchError", "NotSupported", "OracleError", "PluginError", "RunError", "SuiteError"),
    "instance": ("Instance", "Limit", "Metrics", "Reference", "References"),
    "optimizer": ("Optimizer",),
    "records": ("Records", "Trajectory"),
    "schedule": ("Schedule",),
    "session": ("compare", "merge", "open_study", "run"),
    "study": ("Parameters", "Study"),
    "vector": ("Block", "Blocks", "Vector", "norm"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}
_OTHER_NAMES = {"suite": "Suite", "open": "open_study"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "schedule":
        return import_module(".schedule", __name__)
    own = _OTHER_NAMES.get(name, name)
    module = _HOME.get(own)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f".{module}", __name__), own)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)

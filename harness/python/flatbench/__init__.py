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

from typing import TYPE_CHECKING, Any

from . import schedule
from ._adapters import optax, scipy, torch
from ._version import __version__
from .errors import BudgetSpent, FlatbenchError, NotSupported, OracleError, PluginError, RunError, SuiteError
from .hyper import hyper
from .optimizer import Optimizer
from .schedule import Schedule
from .vector import Block, Blocks, Vector, norm

if TYPE_CHECKING:
    from ._flatbench import Batch, Oracle, Random
    from ._plan import Suite
    from ._plan import Suite as suite
    from .instance import Instance, Limit, Metrics, Reference, References
    from .records import Records, Trajectory
    from .session import compare, merge, run
    from .session import open_study as open
    from .study import Parameters, Study

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

# The compiled part is large, and not needed to write an optimizer: names of modules, and of what is in them, loaded when asked for.
_LATER = {
    **dict.fromkeys(("Batch", "Oracle", "Random"), "_flatbench"),
    **dict.fromkeys(("Instance", "Limit", "Metrics", "Reference", "References"), "instance"),
    **dict.fromkeys(("Records", "Trajectory"), "records"),
    **dict.fromkeys(("compare", "merge", "open_study", "run"), "session"),
    **dict.fromkeys(("Parameters", "Study"), "study"),
    "Suite": "_plan",
}
_OTHER_NAMES = {"suite": "Suite", "open": "open_study"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    own = _OTHER_NAMES.get(name, name)
    module = _LATER.get(own)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f".{module}", __name__), own)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
